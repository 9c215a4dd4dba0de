//! Did posts leave, how late, and when?

use std::collections::BTreeMap;

use domain::model::{Lateness, SkipReason};
use domain::ports::store::{Ending, EndingCount};
use jiff::civil::Date;

use super::file_of;
use crate::chart::{Bars, Drawing, Layer, Legend, Panel, Rank, Table, heat};
use crate::component::{count, grouped, percent};
use crate::pages::period::Period;

const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const NOTHING: &str = "Nothing was due in these days. What leaves, and what is skipped and why, is \
                       counted here from the first slot on.";

/// What became of the slots of a day.
#[derive(Clone, Copy, Default)]
struct Tally {
    on_time: u64,
    late: u64,
    rehearsed: u64,
    skipped: u64,
    failed: u64,
}

impl Tally {
    fn add(&mut self, one: &EndingCount) {
        let place = match one.ending {
            Ending::Posted(None) => &mut self.on_time,
            Ending::Posted(Some(late)) if late.is_on_time() => &mut self.on_time,
            Ending::Posted(Some(_)) => &mut self.late,
            Ending::Skipped(SkipReason::DryRun) => &mut self.rehearsed,
            Ending::Skipped(_) => &mut self.skipped,
            Ending::Failed(_) => &mut self.failed,
        };
        *place += one.count;
    }

    fn all(self) -> u64 {
        self.on_time + self.late + self.rehearsed + self.skipped + self.failed
    }
}

/// Outcomes day by day.
pub(super) fn outcomes(ended: &[EndingCount], period: &Period) -> Panel {
    let (id, question) = ("outcomes", "Did every slot have its post?");
    let mut days: BTreeMap<Date, Tally> =
        period.dates().into_iter().map(|day| (day, Tally::default())).collect();
    let mut whole = Tally::default();
    for one in ended {
        if let Some(tally) = days.get_mut(&period.day_of(one.due_at)) {
            tally.add(one);
            whole.add(one);
        }
    }
    if whole.all() == 0 {
        return Panel::nothing(id, question, NOTHING);
    }
    let of = |pick: fn(&Tally) -> u64| days.values().map(pick).collect::<Vec<u64>>();
    let layers = [
        ("on-time", "on time", of(|one| one.on_time)),
        ("late", "later than 10 s", of(|one| one.late)),
        ("unknown", "dry run", of(|one| one.rehearsed)),
        ("paused", "skipped", of(|one| one.skipped)),
        ("needs-you", "failed", of(|one| one.failed)),
    ];
    let legend = layers.iter().filter(|(_, _, values)| values.iter().any(|value| *value > 0));
    let legend = legend.map(|(class, name, _)| Legend { class, name }).collect();
    let label = |(day, one): (&Date, &Tally)| {
        format!(
            "{day}: {} on time, {} late, {} skipped, {} failed",
            one.on_time, one.late, one.skipped, one.failed
        )
    };
    let bars = Bars {
        labels: days.iter().map(label).collect(),
        layers: layers.into_iter().map(|(class, _, values)| Layer { class, values }).collect(),
    };
    Panel {
        id,
        question,
        answer: said(whole),
        drawing: days_drawing(&bars, &days, grouped(bars.most())),
        legend,
        table: Table {
            heads: vec!["day", "on time", "late", "dry run", "skipped", "failed"],
            rows: days
                .iter()
                .rev()
                .map(|(day, one)| {
                    let figures = [one.on_time, one.late, one.rehearsed, one.skipped, one.failed];
                    let figures = figures.iter().map(ToString::to_string);
                    std::iter::once(day.to_string()).chain(figures).collect()
                })
                .collect(),
        },
        file: file_of(id, period),
    }
}

fn days_drawing<T>(bars: &Bars, days: &BTreeMap<Date, T>, most: String) -> Drawing {
    let day = |day: Option<(&Date, &T)>| {
        day.map_or_else(String::new, |(day, _)| day.strftime("%-d %b").to_string())
    };
    Drawing::Days {
        svg: bars.draw(),
        most,
        first: day(days.first_key_value()),
        last: day(days.last_key_value()),
    }
}

fn said(whole: Tally) -> String {
    let left = whole.on_time + whole.late;
    let mut said = if left == 0 {
        "No post left.".to_owned()
    } else {
        format!("{} of {} left on time.", grouped(whole.on_time), count(left, "post"))
    };
    for (number, word) in
        [(whole.skipped, "skipped"), (whole.failed, "failed"), (whole.rehearsed, "only rehearsed")]
    {
        if number > 0 {
            let was = if number == 1 { "was" } else { "were" };
            let was = if word == "failed" { "" } else { was };
            said.push_str(&format!(" {} {was} {word}.", count(number, "slot")).replace("  ", " "));
        }
    }
    said
}

/// How late posts left.
pub(super) fn lateness(ended: &[EndingCount], period: &Period) -> Panel {
    let (id, question) = ("lateness", "How late did posts leave?");
    let of = |step: Lateness| -> u64 {
        let same = |one: &&EndingCount| one.ending == Ending::Posted(Some(step));
        ended.iter().filter(same).map(|one| one.count).sum()
    };
    let steps: Vec<(Lateness, u64)> = Lateness::ALL.iter().map(|step| (*step, of(*step))).collect();
    let all: u64 = steps.iter().map(|(_, count)| count).sum();
    if all == 0 {
        return Panel::nothing(id, question, "No post left in these days.");
    }
    let on_time = steps.iter().filter(|(step, _)| step.is_on_time()).map(|(_, count)| count).sum();
    let class = |step: Lateness| if step.is_on_time() { "on-time" } else { "late" };
    let named = steps.iter().map(|(step, count)| (step.explain().to_owned(), *count, class(*step)));
    Panel {
        id,
        question,
        answer: format!("{} left within ten seconds of their slot.", percent(on_time, all)),
        drawing: Drawing::Ranks(Rank::all(named, grouped)),
        legend: Vec::new(),
        table: Table {
            heads: vec!["late by", "posts"],
            rows: steps
                .iter()
                .map(|(step, count)| vec![step.explain().to_owned(), count.to_string()])
                .collect(),
        },
        file: file_of(id, period),
    }
}

/// At which hours of the week posts left.
pub(super) fn hours(ended: &[EndingCount], period: &Period) -> Panel {
    let (id, question) = ("hours", "When do posts leave?");
    let mut hours = [[0_u64; 24]; 7];
    for one in ended.iter().filter(|one| matches!(one.ending, Ending::Posted(_))) {
        let local = one.due_at.to_zoned(period.zone.clone());
        let day = usize::from(local.weekday().to_monday_zero_offset().unsigned_abs());
        hours[day][usize::from(local.hour().unsigned_abs())] += one.count;
    }
    let places = (0..7).flat_map(|day| (0..24).map(move |hour| (day, hour)));
    // The first of those with most.
    let most = places.clone().rev().max_by_key(|(day, hour)| hours[*day][*hour]);
    let Some((day, hour)) = most.filter(|(day, hour)| hours[*day][*hour] > 0) else {
        return Panel::nothing(id, question, "No post left in these days.");
    };
    let zone = period.zone_name();
    let label = |day: usize, hour: usize, posts: u64| {
        format!("{} {hour:02}:00: {}", WEEKDAYS[day], count(posts, "post"))
    };
    Panel {
        id,
        question,
        answer: format!(
            "Most leave on {}s from {hour:02}:00: {}. Hours of {zone}.",
            WEEKDAYS[day],
            count(hours[day][hour], "post")
        ),
        drawing: Drawing::Week(heat(&hours, label)),
        legend: Vec::new(),
        table: Table {
            heads: vec!["weekday", "hour", "posts"],
            rows: places
                .filter(|(day, hour)| hours[*day][*hour] > 0)
                .map(|(day, hour)| {
                    let posts = hours[day][hour].to_string();
                    vec![WEEKDAYS[day].to_owned(), format!("{hour:02}:00"), posts]
                })
                .collect(),
        },
        file: file_of(id, period),
    }
}

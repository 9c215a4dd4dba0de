//! The first line of the overview: is all well?

use askama::Template;
use domain::model::{BotState, Lateness};
use domain::ports::store::{Ending, EndingCount, SlotLine};
use domain::rules::well::{Reason, Status, verdict};

use super::text::{Prose, count, grouped, money};
use super::time::Moment;
use crate::snapshot::{Boards, Pulse};

/// The answer and what speaks against it.
#[derive(Debug, PartialEq, Template)]
#[template(path = "component/summary.html")]
pub(crate) struct Summary {
    class: &'static str,
    icon: &'static str,
    line: String,
    /// When the next post leaves, if anything is going to.
    next: Option<Moment>,
    /// What else is to be said, a sentence each.
    rest: Vec<Prose<String>>,
    figures: Vec<(String, &'static str)>,
}

impl Summary {
    pub(crate) fn of(pulse: &Pulse, boards: &Boards) -> Self {
        let (status, reasons) = verdict(&pulse.facts());
        let (class, icon) = match status {
            Status::Ok => ("well", "on-time"),
            Status::Degraded => ("degraded", "late"),
            Status::Down => ("down", "needs-you"),
        };
        let week = Week::of(&boards.week);
        let unsaid = (!reasons.is_empty()).then(|| week.sentence()).flatten();
        let next = boards.next.iter().find(|slot| will_go(slot, pulse));
        let will_leave = status == Status::Ok || reasons == [Reason::NeedsAttention];
        Self {
            class,
            icon,
            line: line(pulse, &week, &reasons),
            next: next.filter(|_| will_leave).map(|slot| Moment::relative(slot.due_at, pulse.now)),
            rest: reasons
                .iter()
                .skip(1)
                .map(|reason| reason.explain().to_owned())
                .chain(unsaid)
                .map(Prose)
                .collect(),
            figures: figures(pulse),
        }
    }
}

/// Nothing keeps it, as far as anybody can see.
fn will_go(slot: &SlotLine, pulse: &Pulse) -> bool {
    let mut bots = pulse.house.iter().flat_map(|house| &house.bots);
    let bot = bots.find(|bot| bot.stats.bot == slot.bot);
    let can = bot.is_none_or(|bot| {
        bot.state == BotState::Active && (slot.text.is_some() || bot.stats.remaining_posts > 0)
    });
    can && slot.due_at >= pulse.now
}

/// The posts of the last seven days.
struct Week {
    left: u64,
    on_time: u64,
}

impl Week {
    fn of(ended: &[EndingCount]) -> Self {
        let sum = |is_meant: fn(&Ending) -> bool| {
            ended.iter().filter(|one| is_meant(&one.ending)).map(|one| one.count).sum()
        };
        Self {
            left: sum(|ending| matches!(ending, Ending::Posted(_))),
            on_time: sum(|ending| match ending {
                Ending::Posted(late) => late.is_none_or(Lateness::is_on_time),
                Ending::Skipped(_) | Ending::Failed(_) => false,
            }),
        }
    }

    /// Where any left.
    fn sentence(&self) -> Option<String> {
        let of = grouped(self.on_time);
        match (self.left, self.on_time) {
            (0, _) => None,
            (1, 1) => Some("The one post of this week left on time.".to_owned()),
            (left, _) => Some(format!("{of} of {} this week left on time.", count(left, "post"))),
        }
    }
}

fn line(pulse: &Pulse, week: &Week, reasons: &[Reason]) -> String {
    let counts = pulse.house.as_ref().map(|house| house.counts.clone()).unwrap_or_default();
    match reasons.first() {
        Some(Reason::NeedsAttention) if counts.attention == 1 => "One post needs you.".to_owned(),
        Some(Reason::NeedsAttention) => format!("{} need you.", count(counts.attention, "post")),
        Some(reason) => reason.explain().to_owned(),
        None if counts.bots == 0 => "All well, and nothing to do: no bot is declared.".to_owned(),
        None if counts.published == 0 => "All well. Nothing has left yet.".to_owned(),
        None => match week.sentence() {
            Some(sentence) => format!("All well. {sentence}"),
            None => "All well. Nothing was due this week.".to_owned(),
        },
    }
}

fn figures(pulse: &Pulse) -> Vec<(String, &'static str)> {
    let Ok(house) = &pulse.house else { return Vec::new() };
    let counts = &house.counts;
    let bots = if counts.bots_active == counts.bots {
        grouped(counts.bots)
    } else {
        format!("{} of {}", grouped(counts.bots_active), grouped(counts.bots))
    };
    vec![
        (bots, if counts.bots == 1 { "bot active" } else { "bots active" }),
        (grouped(counts.queued), if counts.queued == 1 { "post queued" } else { "posts queued" }),
        (grouped(counts.published), "out"),
        (
            grouped(counts.unknown),
            if counts.unknown == 1 { "outcome open" } else { "outcomes open" },
        ),
        (money(counts.spend), "spent"),
    ]
}

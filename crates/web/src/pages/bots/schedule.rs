//! Schedule: each pattern in words, what comes next, and what clocks do to it in the coming year.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use domain::model::{BotId, OnMiss, Schedule};
use domain::rules::plan::{Firing, Note, next_firings};
use jiff::{SignedDuration, Timestamp, ToSpan as _, tz::TimeZone};

use super::fields;
use super::head::{Head, Known, Tab};
use super::persona::Sheet;
use super::save::Shown;
use crate::access::Caller;
use crate::component::Moment;
use crate::pages::done::Done;
use crate::pages::forms::with_status;
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;

/// Slots of each schedule on the page.
const FIRINGS: usize = 20;
/// Slots looked at around a change of the clocks. A pattern of every minute has fewer.
const AROUND_MAX: usize = 600;
/// Clocks change by less than this.
const AROUND: SignedDuration = SignedDuration::from_hours(3);
/// Changes of the clocks in a year; most zones have two or none.
const CHANGES_MAX: usize = 4;

#[derive(Template)]
#[template(path = "bots/schedule.html")]
struct Page<'a> {
    frame: Frame<'a>,
    head: Head,
    done: Option<String>,
    schedules: Vec<Pattern>,
    form: Option<Sheet>,
}

struct Pattern {
    name: String,
    cron: String,
    words: String,
    zone: String,
    policies: Vec<String>,
    rows: Vec<Row>,
    changes: Vec<Change>,
}

struct Row {
    local: String,
    utc: String,
    near: Moment,
    notes: String,
}

/// A change of the clocks, and what becomes of the slots that it meets.
struct Change {
    what: String,
    met: Vec<String>,
}

/// The page.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(bot): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let known = Known::find(&shared, bot).await?;
    let shown = Shown::of(&shared, &known.bot).await?;
    Ok(render(&shared, &caller, (&known, shown), done.sentence()))
}

/// The tab with that form, or with its problems.
pub(super) fn render(
    shared: &Shared,
    caller: &Caller,
    (known, shown): (&Known, Shown),
    done: Option<String>,
) -> Response {
    let (now, id) = (shared.clock.now(), &known.bot.id);
    let frame = Frame::of(shared, caller, Section::Nowhere);
    let status = shown.status;
    let form = known.is_editable(&frame).then(|| Sheet {
        groups: fields::schedules(&shown.form, &shown.problems),
        stamp: shown.stamp,
        said: shown.said,
    });
    let schedules = known.bot.schedules.iter().map(|one| Pattern::of(id, one, now)).collect();
    let head = known.head(Tab::Schedule);
    with_status(status, &Page { frame, head, done, schedules, form })
}

impl Pattern {
    fn of(bot: &BotId, schedule: &Schedule, now: Timestamp) -> Self {
        let rows = next_firings(bot, schedule, now, FIRINGS);
        Self {
            name: schedule.name.clone(),
            cron: schedule.cron.to_string(),
            words: schedule.cron.describe(),
            zone: schedule.zone_name().to_owned(),
            policies: policies(schedule),
            rows: rows.iter().map(|firing| Row::of(firing, &schedule.zone, now)).collect(),
            changes: changes(bot, schedule, now),
        }
    }
}

impl Row {
    fn of(firing: &Firing, zone: &TimeZone, now: Timestamp) -> Self {
        let due = firing.planned.due_at;
        let notes: Vec<String> = firing.notes.iter().map(Note::to_string).collect();
        Self {
            local: face(due, zone),
            utc: face(due, &TimeZone::UTC),
            near: Moment::relative(due, now).in_zone(zone.iana_name()),
            notes: notes.join("; "),
        }
    }
}

fn face(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a %-d %b %Y %H:%M:%S").to_string()
}

/// What is not as it would be if nobody said anything.
fn policies(schedule: &Schedule) -> Vec<String> {
    let mut said = vec![format!("up to {:#} late", schedule.catch_up_window)];
    said.push(match schedule.on_miss {
        OnMiss::Skip => "then skipped".to_owned(),
        OnMiss::LatestOnly => "then only the latest of the missed ones goes out".to_owned(),
        OnMiss::NextFreeSlot => "then its post takes the next free slot".to_owned(),
    });
    if schedule.jitter_max > SignedDuration::ZERO {
        said.push(format!("each slot moved by up to {:#}", schedule.jitter_max));
    }
    if let Some(quiet) = schedule.quiet_hours {
        let time = |at: jiff::civil::Time| at.strftime("%H:%M").to_string();
        said.push(format!("quiet from {} to {}", time(quiet.from), time(quiet.until)));
    }
    if schedule.skips_gaps {
        said.push("a time that clocks jump over is skipped".to_owned());
    }
    if !schedule.topics.is_empty() {
        said.push(format!("only on {}", schedule.topics.join(", ")));
    }
    said
}

/// What daylight saving does in the coming year.
fn changes(bot: &BotId, schedule: &Schedule, now: Timestamp) -> Vec<Change> {
    let until = now.checked_add((366 * 24).hours()).unwrap_or(Timestamp::MAX);
    let coming = schedule.zone.following(now).take(CHANGES_MAX);
    let coming = coming.map(|change| change.timestamp()).take_while(|at| *at < until);
    coming.map(|at| change(bot, schedule, at)).collect()
}

fn change(bot: &BotId, schedule: &Schedule, at: Timestamp) -> Change {
    let zone = &schedule.zone;
    let just_before = at - SignedDuration::from_secs(1);
    let (before, after) = (zone.to_offset(just_before), zone.to_offset(at));
    let by = i64::from(after.seconds()) - i64::from(before.seconds());
    let way = if by > 0 { "forward" } else { "back" };
    let what = format!(
        "{}: clocks go {way} by {:#}",
        (just_before.to_zoned(zone.clone())).strftime("%a %-d %b %Y, %H:%M"),
        SignedDuration::from_secs(by.abs()),
    );
    let firings = next_firings(bot, schedule, at - AROUND, AROUND_MAX);
    let is_near = |firing: &&Firing| firing.nominal_at < at + AROUND;
    let by_clock = |note: &&Note| match note {
        Note::Moved { .. } | Note::FirstOfTwo | Note::FirstOfBoth | Note::SecondOfBoth => true,
        Note::QuietHours | Note::Jitter(_) => false,
    };
    let met = firings.iter().take_while(is_near).filter_map(|firing| {
        let note = firing.notes.iter().find(by_clock)?;
        Some(format!("{} {note}", firing.planned.local_time.strftime("%H:%M")))
    });
    Change { what, met: met.take(FIRINGS).collect() }
}

//! GONE: what left, what was skipped, and what will never leave.

use askama::Template;
use domain::model::{SkipReason, SlotState};
use domain::ports::store::SlotLine;
use jiff::Timestamp;

use super::mark::Mark;
use super::pill::{Mood, Pill};
use super::text::{lateness, sentence, shown_at, story_of};
use super::time::Moment;
use crate::snapshot::{Boards, House, Pulse};

/// The board.
#[derive(Debug, PartialEq, Template)]
#[template(path = "component/gone.html")]
pub(crate) struct Gone {
    rows: Vec<Row>,
}

#[derive(Debug, PartialEq)]
struct Row {
    slot: i64,
    /// Its story.
    href: String,
    at: Moment,
    relative: Moment,
    late_by: Option<String>,
    mark: Mark,
    bot: String,
    text: Option<String>,
    why: Option<String>,
    address: Option<String>,
    pill: Pill,
}

impl Gone {
    pub(crate) fn of(pulse: &Pulse, house: &House, boards: &Boards, is_demo: bool) -> Self {
        let row = |slot: &SlotLine| {
            let bot = house.bots.iter().find(|line| line.stats.bot == slot.bot);
            Row::of(slot, bot.map(|bot| bot.timezone.as_str()), is_demo, pulse.now)
        };
        Self { rows: boards.gone.iter().map(row).collect() }
    }
}

impl Row {
    fn of(slot: &SlotLine, zone: Option<&str>, is_demo: bool, now: Timestamp) -> Self {
        let left_at = slot.posted_at.unwrap_or(slot.updated_at);
        let is_out = slot.state == SlotState::Posted;
        let pill = ended(slot.state);
        let why = (!is_out).then(|| match &slot.detail {
            Some(detail) => sentence(detail),
            None => format!("{}.", sentence(slot.state.explain())),
        });
        Self {
            slot: slot.slot.0,
            href: story_of(slot),
            at: Moment::clock(left_at, now).in_zone(zone),
            relative: Moment::relative(left_at, now).in_zone(zone),
            late_by: is_out.then(|| lateness(slot.due_at, left_at)),
            mark: Mark::of(&slot.bot),
            bot: slot.bot.to_string(),
            text: slot.text.clone(),
            why,
            address: slot.x_post_id.as_ref().map(|id| shown_at(&slot.bot, id, is_demo)),
            pill,
        }
    }
}

/// How a slot ended, in a word.
pub(super) fn ended(state: SlotState) -> Pill {
    match state {
        SlotState::Posted => Pill::new(Mood::OnTime, "out"),
        SlotState::Skipped(SkipReason::DryRun) => Pill::new(Mood::Waiting, "dry run"),
        SlotState::Skipped(_) => Pill::new(Mood::Late, "skipped"),
        SlotState::Failed(_) => Pill::new(Mood::NeedsYou, "failed"),
        SlotState::NeedsAttention(_) => Pill::new(Mood::NeedsYou, "needs you"),
        SlotState::Planned
        | SlotState::Assigned
        | SlotState::Claimed
        | SlotState::Sending
        | SlotState::RetryWait
        | SlotState::Unknown
        | SlotState::Reconciling => Pill::new(Mood::Waiting, "open"),
    }
}

//! What needs a person, and outcomes that nobody knows yet.

use askama::Template;
use domain::model::{AttentionReason, SlotState};
use domain::ports::store::SlotLine;
use jiff::Timestamp;

use super::mark::Mark;
use super::pill::{Mood, Pill};
use super::text::{Prose, sentence};
use super::time::Moment;
use crate::snapshot::{Boards, House, Pulse};

/// Both lists; nothing is shown where both are empty.
#[derive(Debug, PartialEq, Template)]
#[template(path = "component/needs.html")]
pub(crate) struct Needs {
    items: Vec<Item>,
}

#[derive(Debug, PartialEq)]
struct Item {
    slot: i64,
    mark: Mark,
    bot: String,
    pill: Pill,
    happened: Prose<String>,
    happens_next: Prose<&'static str>,
    text: Option<String>,
    since: Moment,
    next_look: Option<Moment>,
}

impl Needs {
    pub(crate) fn of(pulse: &Pulse, house: &House, boards: &Boards) -> Self {
        let slots = boards.attention.iter().chain(&house.open);
        Self { items: slots.map(|slot| Item::of(slot, pulse.now)).collect() }
    }
}

impl Item {
    fn of(slot: &SlotLine, now: Timestamp) -> Self {
        let (pill, happens_next) = story(slot.state);
        let explained = match slot.state {
            SlotState::Unknown | SlotState::Reconciling => "the answer of X was lost",
            SlotState::Sending => "the post is on its way to X",
            state => state.explain(),
        };
        let happened = match slot.detail.as_deref().filter(|detail| !detail.is_empty()) {
            Some(detail) => sentence(detail),
            None => format!("{}.", sentence(explained)),
        };
        Self {
            slot: slot.slot.0,
            mark: Mark::of(&slot.bot),
            bot: slot.bot.to_string(),
            pill,
            happened: Prose(happened),
            happens_next: Prose(happens_next),
            text: slot.text.clone(),
            since: Moment::relative(slot.due_at, now),
            next_look: slot
                .wake_at
                .filter(|at| slot.state == SlotState::Unknown && *at > now)
                .map(|at| Moment::relative(at, now)),
        }
    }
}

/// Its word, and what happens if nobody acts.
fn story(state: SlotState) -> (Pill, &'static str) {
    let needs_you = Pill::new(Mood::NeedsYou, "needs you");
    match state {
        SlotState::NeedsAttention(AttentionReason::OutcomeUnknown) => (
            needs_you,
            "It is not sent again. Flockwork goes on reading the timeline for 7 days; look at the \
             account on X.",
        ),
        SlotState::NeedsAttention(AttentionReason::Auth) => (
            needs_you,
            "Nothing of this bot is sent until its four TWITTER_ values are renewed and Flockwork \
             is restarted.",
        ),
        SlotState::NeedsAttention(AttentionReason::Billing) => {
            (needs_you, "Every bot of this app waits. Top up at X, then resume them.")
        }
        SlotState::NeedsAttention(AttentionReason::UsageCap) => {
            (needs_you, "Every bot of this app waits for the cap to reset. Resume them after that.")
        }
        SlotState::NeedsAttention(AttentionReason::NotPermitted) => (
            needs_you,
            "Nothing of this bot is sent. `flockwork doctor` tells what X allows this app.",
        ),
        SlotState::NeedsAttention(AttentionReason::UnknownRefusal) => (
            needs_you,
            "It is not sent again by itself. `flockwork doctor` tells what X allows this app.",
        ),
        SlotState::Sending => (Pill::new(Mood::OnTime, "leaving"), "X answers within 25 s."),
        SlotState::Unknown => (
            Pill::new(Mood::Unknown, "unknown"),
            "Flockwork reads the timeline to find out. It is not sent again before that.",
        ),
        SlotState::Reconciling => (
            Pill::new(Mood::Unknown, "looking"),
            "Flockwork is reading the timeline to find out. It is not sent again before that.",
        ),
        SlotState::Planned
        | SlotState::Assigned
        | SlotState::Claimed
        | SlotState::RetryWait
        | SlotState::Posted
        | SlotState::Skipped(_)
        | SlotState::Failed(_) => (Pill::new(Mood::Waiting, "open"), ""),
    }
}

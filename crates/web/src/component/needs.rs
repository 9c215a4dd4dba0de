//! What needs a person, outcomes that nobody knows yet, and what the audit found.

use askama::Template;
use domain::model::{AttentionReason, FindingKind, OpenFinding, SlotState};
use domain::ports::store::SlotLine;
use jiff::Timestamp;

use super::mark::Mark;
use super::pill::{Mood, Pill};
use super::text::{Prose, sentence, story_of};
use super::time::Moment;
use crate::snapshot::{Boards, House, Pulse};

/// All of it; nothing is shown where there is none.
#[derive(Debug, PartialEq, Template)]
#[template(path = "component/needs.html")]
pub(crate) struct Needs {
    items: Vec<Need>,
}

/// One thing that needs a person, or an outcome that is looked for.
#[derive(Debug, PartialEq, Template)]
#[template(path = "component/need.html")]
pub(crate) struct Need {
    /// Of its element.
    id: String,
    mark: Option<Mark>,
    bot: Option<String>,
    pill: Pill,
    happened: Prose<String>,
    happens_next: Prose<String>,
    text: Option<String>,
    /// What `since` is.
    verb: &'static str,
    since: Moment,
    next_look: Option<Moment>,
    /// Its story.
    href: Option<String>,
}

impl Needs {
    pub(crate) fn of(pulse: &Pulse, house: &House, boards: &Boards) -> Self {
        let slots = boards.attention.iter().chain(&house.open);
        let slots = slots.map(|slot| Need::of(slot, pulse.now));
        let findings = boards.findings.iter().map(|found| Need::of_finding(found, pulse.now));
        Self { items: slots.chain(findings).collect() }
    }
}

impl Need {
    /// A slot that asks, or is looked for.
    pub(crate) fn of(slot: &SlotLine, now: Timestamp) -> Self {
        let (pill, happens_next) = outlook(slot.state);
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
            id: format!("need-{}", slot.slot.0),
            mark: Some(Mark::of(&slot.bot)),
            bot: Some(slot.bot.to_string()),
            pill,
            happened: Prose(happened),
            happens_next: Prose(with_answers(happens_next, slot)),
            text: slot.text.clone(),
            verb: "due",
            since: Moment::relative(slot.due_at, now),
            next_look: slot
                .wake_at
                .filter(|at| slot.state == SlotState::Unknown && *at > now)
                .map(|at| Moment::relative(at, now)),
            href: Some(story_of(slot)),
        }
    }
}

impl Need {
    /// Something that the audit found.
    pub(crate) fn of_finding(found: &OpenFinding, now: Timestamp) -> Self {
        let pill = match found.kind {
            // It is set right already.
            FindingKind::CounterDrift => Pill::new(Mood::Waiting, "mended"),
            _ => Pill::new(Mood::NeedsYou, "found"),
        };
        let way_out = match &found.bot {
            Some(bot) => found.kind.way_out().replace("NAME", bot.as_str()),
            None => found.kind.way_out().to_owned(),
        };
        Self {
            id: format!("finding-{}", found.id.0),
            mark: found.bot.as_ref().map(Mark::of),
            bot: found.bot.as_ref().map(ToString::to_string),
            pill,
            happened: Prose(format!("{}.", sentence(&found.detail))),
            happens_next: Prose(format!("{}.", sentence(&way_out))),
            text: None,
            verb: "seen",
            since: Moment::relative(found.first_seen, now),
            next_look: None,
            href: found.slot.map(|slot| format!("/calendar/{}", slot.0)),
        }
    }
}

/// Where a person may say what became of it, how.
fn with_answers(happens_next: &str, slot: &SlotLine) -> String {
    match slot.state {
        SlotState::NeedsAttention(AttentionReason::OutcomeUnknown | AttentionReason::Poison) => {
            let slot = slot.slot.0;
            format!("{happens_next} Then run `flockwork attention resolve {slot}`.")
        }
        _ => happens_next.to_owned(),
    }
}

/// Its word, and what happens if nobody acts.
pub(super) fn outlook(state: SlotState) -> (Pill, &'static str) {
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
        SlotState::NeedsAttention(AttentionReason::Poison) => (
            needs_you,
            "No node takes it again by itself. The log of the crashes names the cause; look at the \
             account on X.",
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

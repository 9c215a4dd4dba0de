//! The first line of a story: how it stands, and where it did not go out, why not.

use askama::Template;
use domain::model::{PostState, SlotPhase, SlotState};
use domain::ports::store::{BotLine, ReviewedPost, SlotLine};
use domain::rules::standing::standing;
use jiff::Timestamp;

use super::gone::ended;
use super::needs::outlook;
use super::next::waits;
use super::pill::{Mood, Pill};
use super::text::{Prose, sentence};
use super::time::Moment;

/// How something stands.
#[derive(Debug, PartialEq, Template)]
#[template(path = "component/lead.html")]
pub(crate) struct Lead {
    pill: Pill,
    line: Prose<String>,
    then: Vec<Prose<String>>,
    /// What comes next, and when.
    next: Option<(&'static str, Moment)>,
    /// What one can do: words and where.
    way: Option<(&'static str, String)>,
}

impl Lead {
    /// How a slot stands.
    pub(crate) fn of_slot(
        slot: &SlotLine,
        bot: Option<&BotLine>,
        is_stopped: bool,
        now: Timestamp,
    ) -> Self {
        let said = || match slot.detail.as_deref().filter(|detail| !detail.is_empty()) {
            Some(detail) => with_stop(&sentence(detail)),
            None => with_stop(&sentence(slot.state.explain())),
        };
        let next_of_bot = bot.and_then(|bot| bot.next_slot_at).filter(|at| *at > now);
        let next_of_bot = next_of_bot.map(|at| ("The next slot is", Moment::relative(at, now)));
        match slot.state.phase() {
            SlotPhase::Planned
            | SlotPhase::Assigned
            | SlotPhase::Claimed
            | SlotPhase::RetryWait => {
                let (pill, why) = waits(slot, bot, is_stopped, now);
                let line = why.unwrap_or_else(|| match slot.text {
                    Some(_) => "It has not gone out yet.".to_owned(),
                    None => "It holds no post yet: one is picked a minute before.".to_owned(),
                });
                let retry = slot.wake_at.filter(|_| slot.state == SlotState::RetryWait);
                let next = match retry {
                    Some(at) => ("The next try is", Moment::relative(at, now)),
                    None => ("It is due", Moment::relative(slot.due_at, now)),
                };
                Self { next: Some(next), ..Self::saying(pill, line) }
            }
            SlotPhase::Sending
            | SlotPhase::Unknown
            | SlotPhase::Reconciling
            | SlotPhase::NeedsAttention => {
                let (pill, then) = outlook(slot.state);
                let line = match slot.state {
                    SlotState::NeedsAttention(_) => said(),
                    SlotState::Sending => "It is on its way to X.".to_owned(),
                    _ => {
                        "Whether it went out is not known yet: the answer of X was lost.".to_owned()
                    }
                };
                let way = matches!(slot.state, SlotState::NeedsAttention(_))
                    .then(|| ("Answer it", "/attention".to_owned()));
                Self { then: vec![Prose(then.to_owned())], way, ..Self::saying(pill, line) }
            }
            SlotPhase::Posted => Self::saying(ended(slot.state), "It is on X.".to_owned()),
            SlotPhase::Skipped | SlotPhase::Failed => {
                let word =
                    if slot.state.phase() == SlotPhase::Failed { "Failed" } else { "Skipped" };
                let why = said();
                let line = format!("{word}: {}", lower(&why));
                Self { next: next_of_bot, ..Self::saying(ended(slot.state), line) }
            }
        }
    }

    /// How a post stands.
    pub(crate) fn of_post(
        reviewed: &ReviewedPost,
        slot: Option<&SlotLine>,
        bot: Option<&BotLine>,
        (is_stopped, now): (bool, Timestamp),
    ) -> Self {
        let post = &reviewed.post;
        let stands = || with_stop(&sentence(&standing(reviewed, slot)));
        let next_of_bot = bot.and_then(|bot| bot.next_slot_at).filter(|at| *at > now);
        let next_of_bot = next_of_bot.map(|at| ("The next slot is", Moment::relative(at, now)));
        match post.state {
            PostState::Published => {
                Self::saying(Pill::new(Mood::OnTime, "out"), "It is on X.".to_owned())
            }
            PostState::DryRun => Self::saying(Pill::new(Mood::Waiting, "dry run"), stands()),
            PostState::Draft => Self {
                way: Some(("Decide", format!("/approvals?post={}", post.id.0))),
                ..Self::saying(Pill::new(Mood::NeedsYou, "needs you"), not_yet(&stands()))
            },
            PostState::Queued => Self {
                next: next_of_bot,
                ..Self::saying(Pill::new(Mood::Waiting, "queued"), not_yet(&stands()))
            },
            PostState::Assigned if reviewed.is_unapproved => Self {
                way: Some(("Decide", format!("/approvals?post={}", post.id.0))),
                ..Self::saying(Pill::new(Mood::Late, "unapproved"), not_yet(&stands()))
            },
            PostState::Assigned => match slot {
                Some(slot) => Self::of_slot(slot, bot, is_stopped, now),
                None => Self::saying(Pill::new(Mood::Waiting, "held"), not_yet(&stands())),
            },
            PostState::Rejected => Self::saying(Pill::new(Mood::Paused, "rejected"), stands()),
        }
    }

    /// With what is known besides.
    pub(crate) fn and(mut self, then: Option<String>) -> Self {
        self.then.extend(then.map(Prose));
        self
    }

    fn saying(pill: Pill, line: String) -> Self {
        Self { pill, line: Prose(line), then: Vec::new(), next: None, way: None }
    }
}

/// How a slot is in a word, and why where that is not plain.
pub(crate) fn pill_of(
    slot: &SlotLine,
    bot: Option<&BotLine>,
    is_stopped: bool,
    now: Timestamp,
) -> (Pill, Option<String>) {
    let said = || slot.detail.as_deref().filter(|detail| !detail.is_empty()).map(sentence);
    match slot.state.phase() {
        SlotPhase::Planned | SlotPhase::Assigned | SlotPhase::Claimed | SlotPhase::RetryWait => {
            waits(slot, bot, is_stopped, now)
        }
        SlotPhase::Sending
        | SlotPhase::Unknown
        | SlotPhase::Reconciling
        | SlotPhase::NeedsAttention => (outlook(slot.state).0, said()),
        SlotPhase::Posted => (ended(slot.state), None),
        SlotPhase::Skipped | SlotPhase::Failed => {
            (ended(slot.state), said().or_else(|| Some(sentence(slot.state.explain()))))
        }
    }
}

fn not_yet(stands: &str) -> String {
    format!("It has not gone out: {}", lower(stands))
}

/// The first letter small, unless the word is one of a name: `X`, `API`.
fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let is_word = sentence.chars().nth(1).is_some_and(char::is_lowercase);
    match letters.next() {
        Some(first) if is_word => first.to_lowercase().chain(letters).collect(),
        _ => sentence.to_owned(),
    }
}

fn with_stop(words: &str) -> String {
    let stop = if words.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{words}{stop}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_goes_on_after_a_colon() {
        assert_eq!(lower("Quiet hours until 07:00."), "quiet hours until 07:00.");
        assert_eq!(lower("X already has this text."), "X already has this text.");
        assert_eq!(with_stop("It waits"), "It waits.");
        assert_eq!(with_stop("It waits."), "It waits.");
    }
}

//! A slot that needs a person: what that person may answer, and what each answer does.
//!
//! The answers are the protocol's three: it was posted (and where), it was not: send it now, leave it.
//! Sending again carries the same bytes (invariant I7) and waits for nothing of the same bot that is
//! on its way (I5); what may be on X already and is left never goes back to the queue (I1).

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::lifecycle::{self, Event, Transition};
use super::reconcile::CLOCKS_APART;
use super::{cost, review};
use crate::model::{
    Attempt, AttemptState, AttentionReason, BotId, BotState, OnMiss, Receipt, SkipReason, SlotId,
    SlotPhase, SlotState, StateReason, XPostId,
};
use crate::ports::store::{
    AttemptVerdict, BotChange, PostMove, Resolution, Settlement, SlotChange, Spend, SpendKind,
};

/// Clocks may disagree by this much.
const SKEW: SignedDuration = SignedDuration::from_mins(1);

/// What a person says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// X has it, as this.
    Posted(XPostId),
    /// X does not have it: the same bytes again, now.
    SendNow,
    /// Leave it.
    Skip,
}

impl Answer {
    /// Its word in events.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Posted(_) => "posted",
            Self::SendNow => "send_now",
            Self::Skip => "skip",
        }
    }
}

/// A slot, with all that an answer depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedSlot {
    /// The slot.
    pub slot: SlotId,
    /// Its bot.
    pub bot: BotId,
    /// Its version.
    pub version: i64,
    /// Where it is in its life.
    pub state: SlotState,
    /// The exact text of the post that it holds.
    pub text: Option<String>,
    /// Its last attempt.
    pub attempt: Option<(Attempt, AttemptState)>,
    /// Whether its bot posts, and why not.
    pub bot_state: (BotState, Option<StateReason>),
    /// Another slot of the bot whose outcome is open, or which waits for its turn as one that was
    /// asked for by hand, if this one was too.
    pub in_the_way: Option<SlotId>,
    /// X's id of it, where it is posted.
    pub x_post_id: Option<XPostId>,
}

/// Why an answer is not taken. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody is asked any more: the slot is in this state.
    NotAsked(SlotState),
    /// The answer was given before, and is so.
    AlreadySo,
    /// It holds no post to send or to have been posted.
    NoPost,
    /// X made that post before this one was sent.
    MadeBefore(Timestamp),
    /// X will make that post only later.
    MadeLater(Timestamp),
    /// The post is another text now than the one that was sent.
    TextChanged,
    /// Its bot does not post.
    BotStopped(Option<StateReason>),
    /// Another post of the bot is on its way.
    InTheWay(SlotId),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAsked(state) => {
                write!(f, "it needs nobody: it is {}", state.phase().as_str())
            }
            Self::AlreadySo => f.write_str("that is so already"),
            Self::NoPost => f.write_str("it holds no post"),
            Self::MadeBefore(at) => {
                write!(f, "X made that post at {at:.0}, before this one was sent")
            }
            Self::MadeLater(at) => write!(f, "X would make that post only at {at:.0}"),
            Self::TextChanged => f.write_str("its text is not the one that was sent any more"),
            Self::BotStopped(reason) => {
                let why = reason.map_or("it does not post", StateReason::explain);
                write!(f, "its bot posts nothing now: {why}")
            }
            Self::InTheWay(slot) => {
                write!(f, "slot {} of the same bot is on its way; try again after it", slot.0)
            }
        }
    }
}

/// What `answer` does to the slot; `who` gave it.
pub fn resolve(
    asked: &AskedSlot,
    answer: &Answer,
    who: &str,
    now: Timestamp,
) -> Result<Resolution, Refusal> {
    let SlotState::NeedsAttention(reason) = asked.state else {
        return Err(not_asked(asked, answer));
    };
    let (event, settlement) = match answer {
        Answer::Posted(id) => (Event::Posted, posted(asked, id, who, now)?),
        Answer::SendNow => (Event::SendNow, send_now(asked, who, now)?),
        Answer::Skip => {
            (Event::Skip(SkipReason::Operator), skip(asked, may_be_out(asked, reason), who))
        }
    };
    match lifecycle::next(asked.state, event) {
        Transition::To(to) if to == settlement.change.to => {}
        other => unreachable!("the table lets every answer out of {reason:?}: {other:?}"),
    }
    Ok(Resolution {
        due_at: (*answer == Answer::SendNow).then_some(now),
        word: answer.as_str(),
        who: who.to_owned(),
        settlement,
    })
}

fn not_asked(asked: &AskedSlot, answer: &Answer) -> Refusal {
    let is_so = match answer {
        Answer::Posted(id) => asked.x_post_id.as_ref() == Some(id),
        Answer::Skip => asked.state == SlotState::Skipped(SkipReason::Operator),
        Answer::SendNow => false,
    };
    if is_so { Refusal::AlreadySo } else { Refusal::NotAsked(asked.state) }
}

/// Whether X may have it: its answer was lost, or the node that knew it crashed.
fn may_be_out(asked: &AskedSlot, reason: AttentionReason) -> bool {
    let is_open = asked
        .attempt
        .as_ref()
        .is_some_and(|(_, state)| matches!(state, AttemptState::Unknown | AttemptState::Sending));
    reason == AttentionReason::OutcomeUnknown || is_open
}

fn posted(
    asked: &AskedSlot,
    id: &XPostId,
    who: &str,
    now: Timestamp,
) -> Result<Settlement, Refusal> {
    let text = asked.text.as_ref().ok_or(Refusal::NoPost)?;
    let made_at = id.created_at();
    if let Some(made_at) = made_at.filter(|made_at| *made_at > now + CLOCKS_APART) {
        return Err(Refusal::MadeLater(made_at));
    }
    let sent = asked.attempt.as_ref().map(|(attempt, _)| attempt);
    // What X called a duplicate of a first attempt is older than the attempt.
    let first = sent.filter(|attempt| !attempt.is_duplicate_answer).map(|one| one.first_intent_at);
    let is_after_anchor =
        sent.and_then(|attempt| attempt.anchor.as_ref()).is_some_and(|anchor| id > anchor);
    if let (Some(made_at), Some(first)) = (made_at, first)
        && made_at < first - SKEW
        && !is_after_anchor
    {
        return Err(Refusal::MadeBefore(made_at));
    }
    let posted_at = made_at.or(sent.map(|attempt| attempt.intent_at)).unwrap_or(now);
    let has_link = !review::links(text).is_empty();
    Ok(Settlement {
        attempt: verdict(asked, AttemptState::Posted, "adopted"),
        receipt: Some(Receipt { x_post_id: id.clone(), posted_at, is_adopted: true }),
        bot: BotChange { anchor: Some(id.clone()), ..BotChange::default() },
        spend: vec![Spend { kind: SpendKind::Post, amount: cost::post_cost(has_link, posted_at) }],
        ..plain(asked, SlotState::Posted, PostMove::Published, format!("{who} found it on X"))
    })
}

fn send_now(asked: &AskedSlot, who: &str, now: Timestamp) -> Result<Settlement, Refusal> {
    let text = asked.text.as_ref().ok_or(Refusal::NoPost)?;
    if asked.attempt.as_ref().is_some_and(|(attempt, _)| attempt.payload != *text) {
        return Err(Refusal::TextChanged);
    }
    let (state, reason) = asked.bot_state;
    if state != BotState::Active {
        return Err(Refusal::BotStopped(reason));
    }
    if let Some(other) = asked.in_the_way {
        return Err(Refusal::InTheWay(other));
    }
    let detail = format!("{who} says X does not have it; sending the same bytes again");
    let mut settlement = plain(asked, SlotState::Assigned, PostMove::Keep, detail);
    settlement.change.wake_at = Some(now);
    if may_be_out(asked, AttentionReason::Poison) {
        settlement.attempt = verdict(asked, AttemptState::Absent, "absent");
    }
    Ok(settlement)
}

fn skip(asked: &AskedSlot, may_be_out: bool, who: &str) -> Settlement {
    let to = SlotState::Skipped(SkipReason::Operator);
    let post = if may_be_out { PostMove::Rejected } else { lifecycle::post_move(to, OnMiss::Skip) };
    plain(asked, to, post, format!("{who} left it"))
}

fn plain(asked: &AskedSlot, to: SlotState, post: PostMove, detail: String) -> Settlement {
    Settlement {
        change: SlotChange {
            slot: asked.slot,
            bot: asked.bot.clone(),
            from: SlotPhase::NeedsAttention,
            version: asked.version,
            fence: None,
            to,
            wake_at: None,
            post,
            detail,
        },
        attempt: None,
        receipt: None,
        bot: BotChange::default(),
        spend: Vec::new(),
    }
}

fn verdict(asked: &AskedSlot, to: AttemptState, class: &'static str) -> Option<AttemptVerdict> {
    asked.attempt.as_ref().map(|(attempt, _)| AttemptVerdict {
        attempt: attempt.id,
        state: to,
        class,
        status: None,
        detail: "a person said so".to_owned(),
        request_id: None,
        closed_at: attempt.closed_at,
        is_duplicate_answer: attempt.is_duplicate_answer,
        absence_votes: attempt.absence_votes,
        looks: attempt.looks,
    })
}

/// The commands that help with a slot that needs a person, likeliest first, each with what it is for.
pub fn ways_out(slot: SlotId, bot: &BotId, reason: AttentionReason) -> Vec<String> {
    let resolve = |rest: &str| format!("`flockwork attention resolve {} {rest}`", slot.0);
    let resume = |first: &str| format!("{first}, then `flockwork bot resume {bot}`");
    let mut ways = match reason {
        AttentionReason::OutcomeUnknown | AttentionReason::Poison => vec![
            format!("{} if X shows it", resolve("--posted URL")),
            format!("{} if X does not", resolve("--send-now")),
        ],
        AttentionReason::Auth => {
            vec![resume("renew the four TWITTER_ values and restart the node")]
        }
        AttentionReason::Billing => vec![resume("top up at X")],
        AttentionReason::UsageCap => vec![resume("wait until the cap resets")],
        AttentionReason::NotPermitted => {
            vec![resume("see `flockwork doctor` and mend what X does not permit")]
        }
        AttentionReason::UnknownRefusal => {
            vec![format!("{} to try it again", resolve("--send-now"))]
        }
    };
    ways.push(format!("{} to leave it", resolve("--skip")));
    ways
}

#[cfg(test)]
mod tests;

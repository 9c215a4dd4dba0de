//! One instant at which a bot owes a post.

use jiff::{Timestamp, civil};

use super::words::words;
use super::{BotId, PostId, ScheduleId};

/// Row id of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId(pub i64);

/// Which of the two instants a civil time means when clocks go back and it happens twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fold {
    /// The only one, or the first.
    First,
    /// The repeated one.
    Second,
}

impl Fold {
    /// 0 or 1, as in the database and in PEP 495.
    pub fn number(self) -> i64 {
        match self {
            Self::First => 0,
            Self::Second => 1,
        }
    }
}

words! {
    /// Why a slot passed without a post. Nothing was lost: the post, if there was one, is back in
    /// the queue unless the reason says otherwise.
    SkipReason {
        /// Its catch-up window ended, or a newer slot took its place.
        Late = "late": "too late to post for this slot",
        /// The bot was paused.
        Paused = "paused": "the bot was paused",
        /// It fell into quiet hours.
        QuietHours = "quiet_hours": "quiet hours",
        /// No money was left for it.
        Budget = "budget": "the budget was spent",
        /// The queue was empty.
        NoContent = "no_content": "the queue was empty",
        /// X already has this text from somebody else's hand.
        Duplicate = "duplicate": "X already has this text",
        /// A rule of X forbids it.
        Policy = "policy": "X's rules forbid it",
        /// Nobody confirmed that the bot may post to the real X.
        NotLive = "not_live": "the bot was not confirmed for the real X",
        /// A new account posts only so often in its first weeks.
        WarmUp = "warm_up": "a new account begins slowly",
        /// Its post needs a person's approval and has none for exactly these bytes.
        Unapproved = "unapproved": "the post lost its approval, or never had one",
        /// A person skipped it.
        Operator = "operator": "skipped by hand",
        /// The bot only rehearses.
        DryRun = "dry_run": "dry run: everything but the send",
    }
}

words! {
    /// Why a slot will never have its post.
    FailReason {
        /// X refused the content for good.
        RefusedByX = "refused_by_x": "X refused this post for good",
        /// X does not permit it.
        NotPermitted = "not_permitted": "X does not permit this",
        /// Two sends went without an answer and neither arrived.
        AnswerLostTwice = "answer_lost_twice": "X answered neither of two sends and has neither",
    }
}

words! {
    /// Why a person is needed.
    AttentionReason {
        /// Whether X has the post cannot be found out.
        OutcomeUnknown = "outcome_unknown": "whether X has this post is unknown",
        /// X refuses the token.
        Auth = "auth": "X no longer accepts the token",
        /// No credit at X.
        Billing = "billing": "X says there is no credit left",
        /// X's usage cap for the period.
        UsageCap = "usage_cap": "X's usage cap for this period is reached",
        /// X does not let this app or account post at all.
        NotPermitted = "not_permitted": "X does not permit this app or account to post",
        /// X refused in a way nobody documented.
        UnknownRefusal = "unknown_refusal": "X refused for a reason that is not documented",
        /// Three nodes crashed while they worked on it.
        Poison = "poison": "three nodes crashed while they worked on this slot",
    }
}

/// Where a slot is in its life, with the reason where it ended without a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SlotState {
    /// It will be due.
    Planned,
    /// It holds a post.
    Assigned,
    /// A node works on it; nothing is stored about a send yet.
    Claimed,
    /// The intent is durable. After a crash this becomes `Unknown`, never `Assigned`.
    Sending,
    /// X certainly does not have it, and it may be sent again later.
    RetryWait,
    /// Nobody knows whether X has it.
    Unknown,
    /// A node is reading the timeline to find out.
    Reconciling,
    /// X has it, and there is a receipt.
    Posted,
    /// It passed without a post.
    Skipped(SkipReason),
    /// It will never have its post.
    Failed(FailReason),
    /// A person must look.
    NeedsAttention(AttentionReason),
}

/// [`SlotState`] without reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the variants of `SlotState`, documented there")]
pub enum SlotPhase {
    Planned,
    Assigned,
    Claimed,
    Sending,
    RetryWait,
    Unknown,
    Reconciling,
    Posted,
    Skipped,
    Failed,
    NeedsAttention,
}

impl SlotPhase {
    /// Every phase, for tables and tests.
    pub const ALL: [Self; 11] = [
        Self::Planned,
        Self::Assigned,
        Self::Claimed,
        Self::Sending,
        Self::RetryWait,
        Self::Unknown,
        Self::Reconciling,
        Self::Posted,
        Self::Skipped,
        Self::Failed,
        Self::NeedsAttention,
    ];

    /// The word in the database (column `state`), in JSON and on pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Assigned => "assigned",
            Self::Claimed => "claimed",
            Self::Sending => "sending",
            Self::RetryWait => "retry_wait",
            Self::Unknown => "unknown",
            Self::Reconciling => "reconciling",
            Self::Posted => "posted",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::NeedsAttention => "needs_attention",
        }
    }

    /// The phase of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == word)
    }

    /// Whether nothing will happen to the slot by itself any more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Posted | Self::Skipped | Self::Failed)
    }
}

/// A state word and a reason word that do not belong together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("state `{state}` with reason {reason:?} is not a state of a slot")]
pub struct SlotStateError {
    /// The word of column `state`.
    pub state: String,
    /// The word of column `reason`.
    pub reason: Option<String>,
}

impl SlotState {
    /// The state without its reason.
    pub fn phase(self) -> SlotPhase {
        match self {
            Self::Planned => SlotPhase::Planned,
            Self::Assigned => SlotPhase::Assigned,
            Self::Claimed => SlotPhase::Claimed,
            Self::Sending => SlotPhase::Sending,
            Self::RetryWait => SlotPhase::RetryWait,
            Self::Unknown => SlotPhase::Unknown,
            Self::Reconciling => SlotPhase::Reconciling,
            Self::Posted => SlotPhase::Posted,
            Self::Skipped(_) => SlotPhase::Skipped,
            Self::Failed(_) => SlotPhase::Failed,
            Self::NeedsAttention(_) => SlotPhase::NeedsAttention,
        }
    }

    /// The word of its reason, where it has one.
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::Skipped(reason) => Some(reason.as_str()),
            Self::Failed(reason) => Some(reason.as_str()),
            Self::NeedsAttention(reason) => Some(reason.as_str()),
            Self::Planned
            | Self::Assigned
            | Self::Claimed
            | Self::Sending
            | Self::RetryWait
            | Self::Unknown
            | Self::Reconciling
            | Self::Posted => None,
        }
    }

    /// What its reason means, for a person; empty where it has none.
    pub fn explain(self) -> &'static str {
        match self {
            Self::Skipped(reason) => reason.explain(),
            Self::Failed(reason) => reason.explain(),
            Self::NeedsAttention(reason) => reason.explain(),
            Self::Planned
            | Self::Assigned
            | Self::Claimed
            | Self::Sending
            | Self::RetryWait
            | Self::Unknown
            | Self::Reconciling
            | Self::Posted => "",
        }
    }

    /// The state of two columns.
    pub fn from_words(state: &str, reason: Option<&str>) -> Result<Self, SlotStateError> {
        let wrong =
            || SlotStateError { state: state.to_owned(), reason: reason.map(str::to_owned) };
        let phase = SlotPhase::from_word(state).ok_or_else(wrong)?;
        let parsed = match (phase, reason) {
            (SlotPhase::Planned, None) => Some(Self::Planned),
            (SlotPhase::Assigned, None) => Some(Self::Assigned),
            (SlotPhase::Claimed, None) => Some(Self::Claimed),
            (SlotPhase::Sending, None) => Some(Self::Sending),
            (SlotPhase::RetryWait, None) => Some(Self::RetryWait),
            (SlotPhase::Unknown, None) => Some(Self::Unknown),
            (SlotPhase::Reconciling, None) => Some(Self::Reconciling),
            (SlotPhase::Posted, None) => Some(Self::Posted),
            (SlotPhase::Skipped, Some(word)) => SkipReason::from_word(word).map(Self::Skipped),
            (SlotPhase::Failed, Some(word)) => FailReason::from_word(word).map(Self::Failed),
            (SlotPhase::NeedsAttention, Some(word)) => {
                AttentionReason::from_word(word).map(Self::NeedsAttention)
            }
            (_, Some(_) | None) => None,
        };
        parsed.ok_or_else(wrong)
    }
}

/// A slot as the database holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Row id.
    pub id: SlotId,
    /// The bot that owes the post.
    pub bot: BotId,
    /// The schedule that yields it; `None` where a person asked for it.
    pub schedule: Option<ScheduleId>,
    /// Its civil time: with `fold` and `schedule` its identity, so that a change of a zone's rules
    /// moves it and never doubles it.
    pub local_time: civil::DateTime,
    /// Which of two instants, where the civil time happens twice.
    pub fold: Fold,
    /// When it is due, jitter included.
    pub due_at: Timestamp,
    /// Where it is in its life.
    pub state: SlotState,
    /// When the engine looks at it next; `None` once it is final.
    pub wake_at: Option<Timestamp>,
    /// The post it holds or sent.
    pub post: Option<PostId>,
    /// Grows with every write; a write must name the version it saw (invariant I6).
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_survives_its_two_columns() {
        let reasons = |phase: SlotPhase| -> Vec<Option<&'static str>> {
            match phase {
                SlotPhase::Skipped => SkipReason::ALL.iter().map(|r| Some(r.as_str())).collect(),
                SlotPhase::Failed => FailReason::ALL.iter().map(|r| Some(r.as_str())).collect(),
                SlotPhase::NeedsAttention => {
                    AttentionReason::ALL.iter().map(|r| Some(r.as_str())).collect()
                }
                _ => vec![None],
            }
        };
        for phase in SlotPhase::ALL {
            for reason in reasons(phase) {
                let state = SlotState::from_words(phase.as_str(), reason).expect("a real pair");
                assert_eq!((state.phase(), state.reason()), (phase, reason));
            }
            assert!(SlotState::from_words(phase.as_str(), Some("nonsense")).is_err());
        }
        assert!(SlotState::from_words("skipped", None).is_err());
        assert!(SlotState::from_words("posted", Some("late")).is_err());
        assert!(SlotState::from_words("gone", None).is_err());
    }
}

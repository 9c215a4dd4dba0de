//! What may become of a slot: the whole (state × event) table, with no wildcard, so that a new state
//! or event does not compile until every pair is decided.
//!
//! The promise kept here: after a crash `sending` only ever becomes `unknown`, never `assigned`.

use crate::model::{AttentionReason, FailReason, OnMiss, SkipReason, SlotState};
use crate::ports::store::PostMove;

/// Something that happens to a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// It gets a post.
    Assign,
    /// Its post is taken back before anything was sent.
    Unassign,
    /// A node takes it.
    Claim,
    /// The node hands it back without having sent.
    Release,
    /// It passes without a post.
    Skip(SkipReason),
    /// The intent to send is stored.
    Intend,
    /// X has it: an answer, or a sight of the timeline, proves it.
    Posted,
    /// X certainly does not have it, and a later send may succeed.
    RefusedForNow,
    /// X certainly does not have it and never will.
    Refused(FailReason),
    /// Only a person can say what to do.
    CallPerson(AttentionReason),
    /// No whole answer came.
    AnswerLost,
    /// The wait is over.
    RetryDue,
    /// A node begins to read the timeline.
    Look,
    /// The timeline did not settle it yet.
    NotYet,
    /// The timeline proved that X never took it, and there is time for another send.
    ProvenAbsent,
    /// The node that worked on it is gone.
    NodeLost,
    /// A person says that X does not have it, and wants the same bytes sent now.
    SendNow,
    /// A person wants a slot to have its post after all that a person skipped.
    TakeBack,
}

/// What an event does to a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transition {
    /// The slot moves.
    To(SlotState),
    /// The event came too late to matter, as after a race with another node; log it.
    Ignore,
    /// No correct program does this: stop and say so.
    Violation,
}

/// The table.
pub fn next(state: SlotState, event: Event) -> Transition {
    match state {
        SlotState::Planned => from_planned(event),
        SlotState::Assigned => from_assigned(event),
        SlotState::Claimed => from_claimed(event),
        SlotState::Sending => from_sending(event),
        SlotState::RetryWait => from_retry_wait(event),
        SlotState::Unknown => from_unknown(event),
        SlotState::Reconciling => from_reconciling(event),
        SlotState::NeedsAttention(reason) => from_needs_attention(reason, event),
        SlotState::Skipped(SkipReason::Operator) if event == Event::TakeBack => {
            Transition::To(SlotState::Planned)
        }
        SlotState::Posted | SlotState::Skipped(_) | SlotState::Failed(_) => from_final(event),
    }
}

fn from_planned(event: Event) -> Transition {
    match event {
        Event::Assign => Transition::To(SlotState::Assigned),
        Event::Skip(reason) => Transition::To(SlotState::Skipped(reason)),
        // Lost history: the timeline shows that it went out before a restore.
        Event::Posted => Transition::To(SlotState::Posted),
        Event::Unassign | Event::NodeLost | Event::TakeBack => Transition::Ignore,
        Event::Claim
        | Event::Release
        | Event::Intend
        | Event::RefusedForNow
        | Event::Refused(_)
        | Event::CallPerson(_)
        | Event::AnswerLost
        | Event::RetryDue
        | Event::Look
        | Event::NotYet
        | Event::ProvenAbsent
        | Event::SendNow => Transition::Violation,
    }
}

fn from_assigned(event: Event) -> Transition {
    match event {
        Event::Claim => Transition::To(SlotState::Claimed),
        Event::Unassign => Transition::To(SlotState::Planned),
        Event::Skip(reason) => Transition::To(SlotState::Skipped(reason)),
        Event::Posted => Transition::To(SlotState::Posted),
        // Of two people who answer at once the second comes too late; so in the states below.
        Event::Release | Event::RetryDue | Event::NodeLost | Event::SendNow | Event::TakeBack => {
            Transition::Ignore
        }
        Event::Assign
        | Event::Intend
        | Event::RefusedForNow
        | Event::Refused(_)
        | Event::CallPerson(_)
        | Event::AnswerLost
        | Event::Look
        | Event::NotYet
        | Event::ProvenAbsent => Transition::Violation,
    }
}

fn from_claimed(event: Event) -> Transition {
    match event {
        Event::Intend => Transition::To(SlotState::Sending),
        // Nothing was stored about a send, so nothing was sent.
        Event::Release | Event::NodeLost => Transition::To(SlotState::Assigned),
        Event::Skip(reason) => Transition::To(SlotState::Skipped(reason)),
        Event::Posted => Transition::To(SlotState::Posted),
        // What crashes every node that takes it is taken no more; nothing was sent.
        Event::CallPerson(reason @ AttentionReason::Poison) => {
            Transition::To(SlotState::NeedsAttention(reason))
        }
        Event::Claim | Event::RetryDue | Event::SendNow | Event::TakeBack => Transition::Ignore,
        Event::Assign
        | Event::Unassign
        | Event::RefusedForNow
        | Event::Refused(_)
        | Event::CallPerson(
            AttentionReason::OutcomeUnknown
            | AttentionReason::Auth
            | AttentionReason::Billing
            | AttentionReason::UsageCap
            | AttentionReason::NotPermitted
            | AttentionReason::UnknownRefusal,
        )
        | Event::AnswerLost
        | Event::Look
        | Event::NotYet
        | Event::ProvenAbsent => Transition::Violation,
    }
}

fn from_sending(event: Event) -> Transition {
    match event {
        Event::Posted => Transition::To(SlotState::Posted),
        Event::RefusedForNow => Transition::To(SlotState::RetryWait),
        Event::Refused(reason) => Transition::To(SlotState::Failed(reason)),
        Event::CallPerson(reason) => Transition::To(SlotState::NeedsAttention(reason)),
        Event::AnswerLost | Event::NodeLost => Transition::To(SlotState::Unknown),
        Event::Claim | Event::Intend | Event::SendNow | Event::TakeBack => Transition::Ignore,
        Event::Assign
        | Event::Unassign
        | Event::Release
        | Event::Skip(_)
        | Event::RetryDue
        | Event::Look
        | Event::NotYet
        | Event::ProvenAbsent => Transition::Violation,
    }
}

fn from_retry_wait(event: Event) -> Transition {
    match event {
        Event::RetryDue => Transition::To(SlotState::Assigned),
        Event::Skip(reason) => Transition::To(SlotState::Skipped(reason)),
        Event::Posted => Transition::To(SlotState::Posted),
        Event::RefusedForNow
        | Event::ProvenAbsent
        | Event::NodeLost
        | Event::SendNow
        | Event::TakeBack => Transition::Ignore,
        Event::Assign
        | Event::Unassign
        | Event::Claim
        | Event::Release
        | Event::Intend
        | Event::Refused(_)
        | Event::CallPerson(_)
        | Event::AnswerLost
        | Event::Look
        | Event::NotYet => Transition::Violation,
    }
}

fn from_unknown(event: Event) -> Transition {
    match event {
        Event::Look => Transition::To(SlotState::Reconciling),
        Event::Posted => Transition::To(SlotState::Posted),
        Event::CallPerson(reason) => Transition::To(SlotState::NeedsAttention(reason)),
        Event::AnswerLost | Event::NotYet | Event::NodeLost | Event::SendNow | Event::TakeBack => {
            Transition::Ignore
        }
        Event::Assign
        | Event::Unassign
        | Event::Claim
        | Event::Release
        | Event::Skip(_)
        | Event::Intend
        | Event::RefusedForNow
        | Event::Refused(_)
        | Event::RetryDue
        | Event::ProvenAbsent => Transition::Violation,
    }
}

fn from_reconciling(event: Event) -> Transition {
    match event {
        Event::Posted => Transition::To(SlotState::Posted),
        Event::NotYet | Event::NodeLost => Transition::To(SlotState::Unknown),
        Event::ProvenAbsent => Transition::To(SlotState::RetryWait),
        Event::Skip(reason) => Transition::To(SlotState::Skipped(reason)),
        Event::Refused(reason) => Transition::To(SlotState::Failed(reason)),
        Event::CallPerson(reason) => Transition::To(SlotState::NeedsAttention(reason)),
        Event::Look | Event::AnswerLost | Event::SendNow | Event::TakeBack => Transition::Ignore,
        Event::Assign
        | Event::Unassign
        | Event::Claim
        | Event::Release
        | Event::Intend
        | Event::RefusedForNow
        | Event::RetryDue => Transition::Violation,
    }
}

/// Only proof or a person ends it; it never turns into nothing by itself.
fn from_needs_attention(reason: AttentionReason, event: Event) -> Transition {
    match event {
        Event::Posted => Transition::To(SlotState::Posted),
        Event::Skip(SkipReason::Operator) => {
            Transition::To(SlotState::Skipped(SkipReason::Operator))
        }
        // The reading goes on while a person is awaited.
        Event::Look | Event::NotYet | Event::NodeLost | Event::AnswerLost | Event::TakeBack => {
            Transition::Ignore
        }
        Event::CallPerson(other) => {
            if other == reason {
                Transition::Ignore
            } else {
                Transition::Violation
            }
        }
        // A refusal is certain that nothing went out; once its cause is mended the slot may go on.
        Event::RetryDue => match reason {
            AttentionReason::Auth
            | AttentionReason::Billing
            | AttentionReason::UsageCap
            | AttentionReason::NotPermitted
            | AttentionReason::UnknownRefusal => Transition::To(SlotState::Assigned),
            AttentionReason::OutcomeUnknown | AttentionReason::Poison => Transition::Violation,
        },
        Event::SendNow => Transition::To(SlotState::Assigned),
        Event::Assign
        | Event::Unassign
        | Event::Claim
        | Event::Release
        | Event::Skip(_)
        | Event::Intend
        | Event::RefusedForNow
        | Event::Refused(_)
        | Event::ProvenAbsent => Transition::Violation,
    }
}

fn from_final(event: Event) -> Transition {
    match event {
        // Late news about something already settled.
        Event::Posted
        | Event::Claim
        | Event::Release
        | Event::Skip(_)
        | Event::RetryDue
        | Event::Look
        | Event::NotYet
        | Event::NodeLost
        | Event::Unassign
        | Event::SendNow
        | Event::TakeBack => Transition::Ignore,
        Event::Assign
        | Event::Intend
        | Event::RefusedForNow
        | Event::Refused(_)
        | Event::CallPerson(_)
        | Event::AnswerLost
        | Event::ProvenAbsent => Transition::Violation,
    }
}

/// What becomes of the post of a slot that comes into `state`.
pub fn post_move(state: SlotState, on_miss: OnMiss) -> PostMove {
    match state {
        SlotState::Posted => PostMove::Published,
        SlotState::Failed(_) => PostMove::Rejected,
        SlotState::Skipped(reason) => match reason {
            SkipReason::DryRun => PostMove::Rehearsed,
            // X shows this text already; sending it again would be refused again.
            SkipReason::Duplicate => PostMove::Rejected,
            SkipReason::Late => match on_miss {
                OnMiss::NextFreeSlot => PostMove::ToFront,
                OnMiss::Skip | OnMiss::LatestOnly => PostMove::BackToQueue,
            },
            SkipReason::Unapproved => PostMove::BackToDraft,
            SkipReason::Paused
            | SkipReason::NotLive
            | SkipReason::WarmUp
            | SkipReason::QuietHours
            | SkipReason::Budget
            | SkipReason::NoContent
            | SkipReason::Policy
            | SkipReason::Operator => PostMove::BackToQueue,
        },
        SlotState::Planned => PostMove::BackToQueue,
        SlotState::Assigned
        | SlotState::Claimed
        | SlotState::Sending
        | SlotState::RetryWait
        | SlotState::Unknown
        | SlotState::Reconciling
        | SlotState::NeedsAttention(_) => PostMove::Keep,
    }
}

#[cfg(test)]
mod tests;

//! (b) Every slot has an outcome in time: 20 minutes after its catch-up window at the latest
//! (invariant I2).

use jiff::{SignedDuration, Timestamp};

use super::{Checked, Covered};
use crate::model::{BotId, Finding, FindingKind, OnMiss, SlotId, SlotPhase};

/// The kinds of this check.
pub const KINDS: &[FindingKind] = &[FindingKind::OverdueSlot];

/// So long after the end of its catch-up window a slot has its outcome.
pub const SETTLED_WITHIN: SignedDuration = SignedDuration::from_mins(20);

/// The last vote of a look that began in time may come this much later; nobody is called before it.
pub const LAST_VOTE: SignedDuration = SignedDuration::from_mins(10);

/// A slot whose time is over, and which has no outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenEnded {
    /// The slot.
    pub slot: SlotId,
    /// Its bot.
    pub bot: BotId,
    /// Where it is in its life.
    pub phase: SlotPhase,
    /// When its catch-up window ended.
    pub window_end: Timestamp,
    /// When the engine looks at it next.
    pub wake_at: Option<Timestamp>,
    /// What becomes of it after its window.
    pub on_miss: OnMiss,
}

/// Judges the slots whose window ended over [`SETTLED_WITHIN`] ago; `is_all` says whether there are
/// no others.
pub fn check(slots: &[OpenEnded], is_all: bool, now: Timestamp) -> Checked {
    let found = slots.iter().filter(|slot| is_overdue(slot, now)).map(finding).collect();
    let covered = if is_all { Covered::everything() } else { Covered::Rows(Vec::new()) };
    Checked { kinds: KINDS, covered, found }
}

fn is_overdue(slot: &OpenEnded, now: Timestamp) -> bool {
    let settled_by = slot.window_end + SETTLED_WITHIN;
    match slot.phase {
        SlotPhase::Planned | SlotPhase::Assigned | SlotPhase::Claimed | SlotPhase::RetryWait => {
            // The latest of the missed slots is sent after all, when X's window opens.
            let waits = slot.on_miss == OnMiss::LatestOnly
                && slot.wake_at.is_some_and(|wake| now <= wake + SETTLED_WITHIN);
            now > settled_by && !waits
        }
        SlotPhase::Sending | SlotPhase::Unknown | SlotPhase::Reconciling => {
            now > settled_by + LAST_VOTE
        }
        SlotPhase::Posted | SlotPhase::Skipped | SlotPhase::Failed | SlotPhase::NeedsAttention => {
            false
        }
    }
}

fn finding(slot: &OpenEnded) -> Finding {
    Finding {
        kind: FindingKind::OverdueSlot,
        subject: format!("slot {}", slot.slot.0),
        bot: Some(slot.bot.clone()),
        slot: Some(slot.slot),
        place: slot.slot.0,
        at: Timestamp::UNIX_EPOCH,
        detail: format!(
            "slot {} of {} is still {}; its time to be posted ended at {:.0}",
            slot.slot.0,
            slot.bot,
            slot.phase.as_str(),
            slot.window_end
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_slot_without_an_outcome_is_found_when_its_time_is_over() {
        use OnMiss::{LatestOnly, Skip};
        use SlotPhase as P;
        // Its window ended at nine; the minutes are since then.
        for (phase, on_miss, wake_minute, minute, is_found) in [
            (P::Planned, Skip, None, 20, false),
            (P::Planned, Skip, None, 21, true),
            (P::Assigned, Skip, Some(60), 21, true),
            (P::RetryWait, LatestOnly, Some(60), 61, false),
            (P::RetryWait, LatestOnly, Some(60), 81, true),
            (P::Claimed, LatestOnly, None, 21, true),
            (P::Unknown, Skip, None, 30, false),
            (P::Unknown, Skip, None, 31, true),
            (P::Reconciling, LatestOnly, None, 31, true),
            (P::Sending, Skip, None, 31, true),
            (P::NeedsAttention, Skip, None, 500, false),
            (P::Posted, Skip, None, 500, false),
            (P::Skipped, Skip, None, 500, false),
            (P::Failed, Skip, None, 500, false),
        ] {
            let nine = at("2026-11-23T09:00:00Z");
            let slot = OpenEnded {
                slot: SlotId(7),
                bot: BotId::try_from("ada").unwrap(),
                phase,
                window_end: nine,
                wake_at: wake_minute.map(|minute| nine + SignedDuration::from_mins(minute)),
                on_miss,
            };
            let checked = check(&[slot], true, nine + SignedDuration::from_mins(minute));
            assert_eq!(checked.found.len(), usize::from(is_found), "{phase:?} {minute}");
        }
    }

    #[test]
    fn what_was_not_looked_at_whole_ends_nothing() {
        let now = at("2026-11-23T09:00:00Z");
        assert_eq!(check(&[], true, now).covered, Covered::everything());
        assert_eq!(check(&[], false, now).covered, Covered::Rows(Vec::new()));
    }
}

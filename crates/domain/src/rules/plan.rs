//! Which slots a schedule yields.
//!
//! The promise of this file: planning in one go and planning in pieces yield the same slots, each
//! once. It holds because a slot belongs to a stretch of time by its nominal instant, which is fixed
//! by the pattern and the zone alone; jitter moves only when the slot is due.
//!
//! What a pattern means when clocks change is decided in `occurrences`.

mod firings;
mod jitter;
mod occurrences;

use jiff::{SignedDuration, Timestamp};

pub use self::firings::{Firing, Note, next_firings};
use self::jitter::due_at;
use self::occurrences::{Stretch, occurrences};
use crate::model::{BotId, Schedule};
use crate::ports::store::PlannedSlot;

/// How far ahead slots are planned.
pub const HORIZON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Most slots one call plans, so that a pattern of every second cannot fill a transaction.
pub const SLOTS_PER_PLAN_MAX: usize = 200;

/// A schedule that is planned for less than this is planned further at once.
const PLANNED_AHEAD_MIN: SignedDuration = SignedDuration::from_hours(1);

/// Plans are looked at this often even if they reach far, so that a change of a zone's rules moves
/// the slots in time.
const REPLAN_EVERY_MAX: SignedDuration = SignedDuration::from_hours(24);

/// More slots of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The slots, soonest due first.
    pub slots: Vec<PlannedSlot>,
    /// Everything before this is planned now.
    pub planned_until: Timestamp,
    /// When to plan further.
    pub replan_at: Timestamp,
}

/// The slots of `schedule` from `from` on (inclusive) up to [`HORIZON`] after `now`, or the first
/// [`SLOTS_PER_PLAN_MAX`] of them. `from` may lie in the past: slots that were missed have rows too
/// (invariant I2).
pub fn plan(bot: &BotId, schedule: &Schedule, from: Timestamp, now: Timestamp) -> Plan {
    let horizon = now.checked_add(HORIZON).unwrap_or(Timestamp::MAX);
    let Yield { slots, until } =
        between(bot, schedule, from, horizon.max(from), SLOTS_PER_PLAN_MAX);
    Plan { slots, planned_until: until, replan_at: replan_at(until, now) }
}

/// What a schedule yields in a stretch of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Yield {
    /// The slots, soonest due first.
    pub slots: Vec<PlannedSlot>,
    /// Everything before this is among them.
    pub until: Timestamp,
}

/// The first `max` slots of `schedule` whose nominal instant is from `from` on and before `until`.
pub fn between(
    bot: &BotId,
    schedule: &Schedule,
    from: Timestamp,
    until: Timestamp,
    max: usize,
) -> Yield {
    let found = occurrences(schedule, Stretch { from, until }, max);
    let mut slots: Vec<PlannedSlot> = found
        .list
        .into_iter()
        .map(|one| PlannedSlot {
            local_time: one.local_time,
            fold: one.fold,
            due_at: due_at(bot, schedule, &one),
        })
        .collect();
    slots.sort_by_key(|slot| (slot.due_at, slot.local_time, slot.fold));
    Yield { slots, until: found.until }
}

/// Half of the time that is planned ahead, so that a node which is down for the other half still
/// finds its slots.
fn replan_at(planned_until: Timestamp, now: Timestamp) -> Timestamp {
    let ahead = planned_until.duration_since(now);
    if ahead < PLANNED_AHEAD_MIN {
        return now;
    }
    now.checked_add((ahead / 2).min(REPLAN_EVERY_MAX)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;

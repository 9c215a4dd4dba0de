//! A person moves a slot, or skips it: may it be, and what would clash?
//!
//! A slot is its schedule, civil time and fold. Moving changes none of these, only when it is due: so the
//! schedule yields nothing in its place, and nothing is due twice. It is refused once a node has taken the
//! slot or a send was tried: what may be on X stays where it is. What clashes is said and does not stop a
//! person, because a person may know better; what cannot be does.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::model::{Budget, MicroUsd, Purse, SkipReason, SlotId, SlotPhase, SlotState};
use crate::ports::store::{HeldSlot, SlotLine};

/// A slot is moved this far at most.
pub const MOVE_MAX: SignedDuration = SignedDuration::from_hours(60 * 24);
/// A moved slot is due this long from now at least, so that it gets its post in time.
pub const MOVE_AHEAD_MIN: SignedDuration = SignedDuration::from_secs(60);
/// Two posts of one bot closer than this look like one burst.
pub const APART_MIN: SignedDuration = SignedDuration::from_mins(10);

/// Why it cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmovable {
    /// It is past, or too near.
    Past,
    /// It is too far away.
    TooFar,
    /// Its own time has come.
    Due,
    /// A node has it, it was tried, or it ended.
    Taken(SlotState),
    /// It is due then anyway.
    Same,
}

impl fmt::Display for Unmovable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Past => write!(f, "that time is past, or less than a minute away"),
            Self::TooFar => {
                write!(f, "that is more than {} days away", MOVE_MAX.as_hours() / 24)
            }
            Self::Due => f.write_str("its time has come"),
            Self::Taken(state) => match state.phase() {
                SlotPhase::Planned | SlotPhase::Assigned => f.write_str("it was tried already"),
                phase => write!(f, "it is {} already", phase.as_str()),
            },
            Self::Same => f.write_str("it is due then anyway"),
        }
    }
}

/// What a person should know before letting go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clash {
    /// Nothing is sent then, and it would be skipped.
    QuietHours {
        /// They end then, in the schedule's zone.
        until: jiff::civil::Time,
    },
    /// Another slot of the bot is near.
    Near {
        /// That slot.
        slot: SlotId,
        /// When it is due.
        due_at: Timestamp,
    },
    /// What the bot's slots of that day cost is more than its cap.
    Budget {
        /// So much.
        costs: MicroUsd,
        /// The cap of a day.
        cap: MicroUsd,
    },
}

impl fmt::Display for Clash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::QuietHours { until } => {
                write!(f, "quiet hours until {}: it would be skipped", until.strftime("%H:%M"))
            }
            Self::Near { slot, due_at } => write!(
                f,
                "slot {} of the same bot is due at {}, less than {} min away",
                slot.0,
                due_at.strftime("%H:%M UTC"),
                APART_MIN.as_mins()
            ),
            Self::Budget { costs, cap } => {
                write!(f, "the slots of that day cost {costs}, and the cap is {cap} a day")
            }
        }
    }
}

/// Whether a person may still lay hand on a slot.
pub fn is_free(slot: &HeldSlot, now: Timestamp) -> Result<(), Unmovable> {
    let is_waiting = matches!(slot.state, SlotState::Planned | SlotState::Assigned);
    if !is_waiting || slot.attempts > 0 {
        return Err(Unmovable::Taken(slot.state));
    }
    if slot.due_at <= now { Err(Unmovable::Due) } else { Ok(()) }
}

/// Whether a slot that a person skipped can have its post after all.
pub fn is_taken_back(slot: &HeldSlot, now: Timestamp) -> bool {
    slot.state == SlotState::Skipped(SkipReason::Operator)
        && slot.attempts == 0
        && slot.due_at > now
}

/// Whether it may be due at `to`.
pub fn may_move(slot: &HeldSlot, to: Timestamp, now: Timestamp) -> Result<(), Unmovable> {
    is_free(slot, now)?;
    if to.duration_since(now) < MOVE_AHEAD_MIN {
        return Err(Unmovable::Past);
    }
    if to.duration_since(now) > MOVE_MAX {
        return Err(Unmovable::TooFar);
    }
    if to == slot.due_at { Err(Unmovable::Same) } else { Ok(()) }
}

/// What else there is around the new time.
#[derive(Clone, Debug)]
pub struct Around<'a> {
    /// The bot's slots of the day in UTC that `to` is in, and those just outside of it.
    pub slots: &'a [SlotLine],
    /// Its budgets.
    pub budgets: &'a [Budget],
    /// What one post costs.
    pub price: MicroUsd,
}

/// What would clash if it were due at `to`.
pub fn clashes(slot: &HeldSlot, to: Timestamp, around: &Around<'_>) -> Vec<Clash> {
    let quiet = slot.policy.quiet_hours.filter(|quiet| quiet.contain(to, &slot.policy.zone));
    let quiet = quiet.map(|quiet| Clash::QuietHours { until: quiet.until });
    let others = || around.slots.iter().filter(|other| other.slot != slot.slot && is_owed(other));
    let near = others()
        .filter(|other| other.due_at.duration_since(to).abs() < APART_MIN)
        .min_by_key(|other| other.due_at.duration_since(to).abs())
        .map(|other| Clash::Near { slot: other.slot, due_at: other.due_at });
    let day = crate::model::utc_day(to);
    let that_day = others().filter(|other| crate::model::utc_day(other.due_at) == day).count();
    let owed = i64::try_from(that_day).unwrap_or(i64::MAX).saturating_add(1);
    let costs = MicroUsd(around.price.0.saturating_mul(owed));
    let of_x = around.budgets.iter().filter(|budget| budget.purse == Purse::X);
    let cap = of_x.filter_map(|budget| budget.caps.day).min();
    let budget = cap.filter(|cap| costs > *cap).map(|cap| Clash::Budget { costs, cap });
    quiet.into_iter().chain(near).chain(budget).collect()
}

/// It has its post, or will.
fn is_owed(slot: &SlotLine) -> bool {
    !matches!(slot.state.phase(), SlotPhase::Skipped | SlotPhase::Failed)
}

#[cfg(test)]
mod tests;

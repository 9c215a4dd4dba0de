//! Slots by the time at which they are due, and a person's hand on one of them.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{SlotLine, SlotPolicy, StoreError, Unplanned};
use crate::model::{BotId, ScheduleName, SlotId, SlotPhase, SlotState};

/// Slots of one list at most.
pub const CALENDAR_SLOTS_MAX: u32 = 500;

/// A stretch of time, `until` exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// From here on.
    pub from: Timestamp,
    /// Up to here.
    pub until: Timestamp,
}

/// A slot, with all that a person's hand on it depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldSlot {
    /// The slot.
    pub slot: SlotId,
    /// Its bot.
    pub bot: BotId,
    /// Its version.
    pub version: i64,
    /// Where it is in its life.
    pub state: SlotState,
    /// When it is due.
    pub due_at: Timestamp,
    /// When it was due before a person moved it; `None` where nobody did.
    pub moved_from: Option<Timestamp>,
    /// Attempts so far.
    pub attempts: u32,
    /// The schedule that yields it; `None` where a person asked for it.
    pub schedule: Option<ScheduleName>,
    /// What it runs under.
    pub policy: SlotPolicy,
}

/// Another time for a slot: a compare-and-swap (invariant I6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotMove {
    /// The slot.
    pub slot: SlotId,
    /// The version it must have.
    pub version: i64,
    /// When it is due from now on.
    pub due_at: Timestamp,
    /// Who moves it.
    pub who: String,
}

/// No post at a slot, because a person says so, or one after all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotSkip {
    /// The slot.
    pub slot: SlotId,
    /// The version it must have.
    pub version: i64,
    /// Who says so.
    pub who: String,
}

/// The calendar.
#[async_trait]
pub trait CalendarStore: Send + Sync {
    /// Slots due in a span, of all bots or one, soonest first, at most `max` and
    /// [`CALENDAR_SLOTS_MAX`].
    async fn list_slots_due(
        &self,
        span: Span,
        bot: Option<&BotId>,
        max: u32,
    ) -> Result<Vec<SlotLine>, StoreError>;

    /// How many slots are due in each span, by phase. At most `max` are looked at in each, so an answer
    /// that sums to as many says that there are at least so many.
    async fn count_slots_due(
        &self,
        spans: &[Span],
        bot: Option<&BotId>,
        max: u32,
    ) -> Result<Vec<Vec<(SlotPhase, u64)>>, StoreError>;

    /// The schedules of a bot that yield slots, and how far each is planned.
    async fn list_plans(&self, bot: &BotId) -> Result<Vec<Unplanned>, StoreError>;

    /// A slot with all that a person's hand on it depends on.
    async fn find_held(&self, slot: SlotId) -> Result<Option<HeldSlot>, StoreError>;

    /// Gives a slot another time: one that is `planned`, or `assigned` and never tried, and that is not due
    /// yet. It stays the slot of its civil time, so nothing is planned there in its place, and it keeps its
    /// post. `false`: it is no longer what it was, and nothing was written.
    async fn move_slot(&self, moved: &SlotMove, now: Timestamp) -> Result<bool, StoreError>;

    /// Ends such a slot as `skipped(operator)`; its post goes back to its queue.
    async fn skip_slot(&self, skip: &SlotSkip, now: Timestamp) -> Result<bool, StoreError>;

    /// Makes a slot `planned` again that a person skipped, that was never tried, and that is not due yet.
    async fn unskip_slot(&self, skip: &SlotSkip, now: Timestamp) -> Result<bool, StoreError>;
}

//! The calendar, let through like the rest.

use domain::model::{BotId, SlotId, SlotPhase};
use domain::ports::store::{
    CalendarStore, HeldSlot, SlotLine, SlotMove, SlotSkip, Span, StoreError, Unplanned,
};
use jiff::Timestamp;

use super::StoreDoor;
use crate::door::forward::forward;

forward!(CalendarStore {
    reads fn list_slots_due(span: Span, bot: Option<&BotId>, max: u32) -> Result<Vec<SlotLine>, StoreError>;
    reads fn count_slots_due(spans: &[Span], bot: Option<&BotId>, max: u32) -> Result<Vec<Vec<(SlotPhase, u64)>>, StoreError>;
    reads fn list_plans(bot: &BotId) -> Result<Vec<Unplanned>, StoreError>;
    reads fn find_held(slot: SlotId) -> Result<Option<HeldSlot>, StoreError>;
    writes fn move_slot(moved: &SlotMove, now: Timestamp) -> Result<bool, StoreError>;
    writes fn skip_slot(skip: &SlotSkip, now: Timestamp) -> Result<bool, StoreError>;
    writes fn unskip_slot(skip: &SlotSkip, now: Timestamp) -> Result<bool, StoreError>;
});

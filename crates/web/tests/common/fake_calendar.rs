//! The calendar: no page that is tested here asks.

use async_trait::async_trait;
use domain::model::{BotId, SlotId, SlotPhase};
use domain::ports::store::{
    CalendarStore, HeldSlot, SlotLine, SlotMove, SlotSkip, Span, StoreError, Unplanned,
};
use jiff::Timestamp;

use super::fake_store::{FakeStore, absent};

#[async_trait]
impl CalendarStore for FakeStore {
    async fn list_slots_due(
        &self,
        _: Span,
        _: Option<&BotId>,
        _: u32,
    ) -> Result<Vec<SlotLine>, StoreError> {
        absent()
    }

    async fn count_slots_due(
        &self,
        _: &[Span],
        _: Option<&BotId>,
        _: u32,
    ) -> Result<Vec<Vec<(SlotPhase, u64)>>, StoreError> {
        absent()
    }

    async fn list_plans(&self, _: &BotId) -> Result<Vec<Unplanned>, StoreError> {
        absent()
    }

    async fn find_held(&self, _: SlotId) -> Result<Option<HeldSlot>, StoreError> {
        absent()
    }

    async fn move_slot(&self, _: &SlotMove, _: Timestamp) -> Result<bool, StoreError> {
        absent()
    }

    async fn skip_slot(&self, _: &SlotSkip, _: Timestamp) -> Result<bool, StoreError> {
        absent()
    }

    async fn unskip_slot(&self, _: &SlotSkip, _: Timestamp) -> Result<bool, StoreError> {
        absent()
    }
}

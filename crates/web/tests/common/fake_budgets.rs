//! The budgets of a store that has none.

use async_trait::async_trait;
use domain::model::{BotId, Budget, Budgets, MicroUsd, Purse, ReservationId};
use domain::ports::store::{BudgetStore, ModelWish, PastCost, Reserved, StoreError, WrittenOff};
use jiff::Timestamp;

use super::fake_store::{FakeStore, absent};

#[async_trait]
impl BudgetStore for FakeStore {
    async fn sync_budgets(&self, _: &Budgets, _: Timestamp) -> Result<(), StoreError> {
        absent()
    }

    async fn reserve_model(&self, _: &ModelWish, _: Timestamp) -> Result<Reserved, StoreError> {
        absent()
    }

    async fn settle_model(
        &self,
        _: &BotId,
        _: Option<ReservationId>,
        _: MicroUsd,
        _: Timestamp,
    ) -> Result<(), StoreError> {
        absent()
    }

    async fn write_off_reservations(
        &self,
        _: Timestamp,
        _: u32,
        _: Timestamp,
    ) -> Result<Vec<WrittenOff>, StoreError> {
        absent()
    }

    async fn list_bot_budgets(
        &self,
        _: Option<&BotId>,
        _: u32,
        _: Timestamp,
    ) -> Result<Vec<Budget>, StoreError> {
        absent()
    }

    async fn list_shared_budgets(&self, _: Timestamp) -> Result<Vec<Budget>, StoreError> {
        absent()
    }

    async fn list_budgets_of(&self, _: &BotId, _: Timestamp) -> Result<Vec<Budget>, StoreError> {
        absent()
    }

    async fn list_tight_budgets(
        &self,
        _: i64,
        _: u32,
        _: Timestamp,
    ) -> Result<Vec<Budget>, StoreError> {
        absent()
    }

    async fn list_reserved(&self) -> Result<Vec<(Purse, MicroUsd)>, StoreError> {
        absent()
    }

    async fn list_past_costs(&self, _: &BotId, _: u32) -> Result<Vec<PastCost>, StoreError> {
        absent()
    }
}

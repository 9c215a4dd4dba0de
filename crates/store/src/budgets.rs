//! `budgets`: caps, and running totals of what is gone of them; `reservations`: what is promised to a
//! model. `domain::rules::budget` decides, in the transaction that spends (invariant I4).
//!
//! Whatever is written to the ledger is added to the totals in the same transaction, by
//! [`crate::ledger`] alone, so the two cannot differ.

use async_trait::async_trait;
use domain::model::{BotId, Budget, Budgets, MicroUsd, Purse, ReservationId};
use domain::ports::store::{BudgetStore, ModelWish, PastCost, Reserved, StoreError, WrittenOff};
use jiff::Timestamp;

use crate::db::{Db, in_transaction};

pub(crate) mod book;
pub(crate) mod caps;
pub(crate) mod list;
pub(crate) mod promise;
mod row;
pub(crate) mod totals;

#[async_trait]
impl BudgetStore for Db {
    async fn sync_budgets(&self, budgets: &Budgets, now: Timestamp) -> Result<(), StoreError> {
        in_transaction!(self, |tx| caps::sync(tx, budgets, now.as_millisecond()))
    }

    async fn reserve_model(
        &self,
        wish: &ModelWish,
        now: Timestamp,
    ) -> Result<Reserved, StoreError> {
        in_transaction!(self, |tx| promise::reserve(tx, wish, now.as_millisecond()))
    }

    async fn settle_model(
        &self,
        bot: &BotId,
        reservation: Option<ReservationId>,
        cost: MicroUsd,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let now = now.as_millisecond();
        in_transaction!(self, |tx| promise::bill(tx, bot, (reservation, cost), now))
    }

    async fn write_off_reservations(
        &self,
        before: Timestamp,
        max: u32,
        now: Timestamp,
    ) -> Result<Vec<WrittenOff>, StoreError> {
        let before = before.as_millisecond();
        in_transaction!(self, |tx| promise::write_off(tx, before, max, now.as_millisecond()))
    }

    async fn list_bot_budgets(
        &self,
        after: Option<&BotId>,
        max: u32,
        now: Timestamp,
    ) -> Result<Vec<Budget>, StoreError> {
        list::of_bots(self, after, max, now).await
    }

    async fn list_shared_budgets(&self, now: Timestamp) -> Result<Vec<Budget>, StoreError> {
        list::shared(self, now).await
    }

    async fn list_budgets_of(
        &self,
        bot: &BotId,
        now: Timestamp,
    ) -> Result<Vec<Budget>, StoreError> {
        list::of_bot(self, bot, now).await
    }

    async fn list_tight_budgets(
        &self,
        percent: i64,
        max: u32,
        now: Timestamp,
    ) -> Result<Vec<Budget>, StoreError> {
        list::tight(self, percent, max, now).await
    }

    async fn list_reserved(&self) -> Result<Vec<(Purse, MicroUsd)>, StoreError> {
        list::reserved(self).await
    }

    async fn list_past_costs(&self, bot: &BotId, max: u32) -> Result<Vec<PastCost>, StoreError> {
        list::past_costs(self, bot, max).await
    }
}

//! `slots`: from the plan to the claim, one step a file.

use async_trait::async_trait;
use domain::model::{BotId, Fence, Share, SkipReason, SlotId};
use domain::ports::store::{
    Assignment, Claimed, Extension, Intend, OpenSlot, SlotStore, StoreError, Unplanned,
};
use jiff::Timestamp;

use crate::db::{Db, in_transaction};

pub(crate) mod ask;
pub(crate) mod assign;
pub(crate) mod claim;
pub(crate) mod plan;
mod purse;
mod tries;
pub(crate) mod wake;
pub(crate) mod zones;

#[async_trait]
impl SlotStore for Db {
    async fn list_unplanned(
        &self,
        now: Timestamp,
        share: Share,
        max: u32,
    ) -> Result<Vec<Unplanned>, StoreError> {
        plan::list_unplanned(self, now.as_millisecond(), share, max).await
    }

    async fn extend_plans(
        &self,
        extensions: &[Extension],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let plans = plan::Plans::of(extensions);
        in_transaction!(self, |tx| plan::extend(tx, &plans, now.as_millisecond()))
    }

    async fn follow_zone_rules(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        in_transaction!(self, |tx| zones::follow(tx, now))
    }

    async fn list_open_slots(
        &self,
        now: Timestamp,
        share: Share,
        max: u32,
    ) -> Result<Vec<OpenSlot>, StoreError> {
        assign::list_open(self, now.as_millisecond(), share, max).await
    }

    async fn assign(
        &self,
        assignments: &[Assignment],
        now: Timestamp,
    ) -> Result<Vec<SlotId>, StoreError> {
        in_transaction!(self, |tx| assign::assign(tx, assignments, now.as_millisecond()))
    }

    async fn await_content(
        &self,
        slots: &[(SlotId, i64, Timestamp)],
        _now: Timestamp,
    ) -> Result<(), StoreError> {
        in_transaction!(self, |tx| assign::await_content(tx, slots))
    }

    async fn skip_planned(
        &self,
        slots: &[(SlotId, i64, SkipReason)],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        in_transaction!(self, |tx| assign::skip(tx, slots, now.as_millisecond()))
    }

    async fn claim_due(
        &self,
        now: Timestamp,
        fence: Fence,
        max: u32,
        intend: Intend<'_>,
    ) -> Result<Vec<Claimed>, StoreError> {
        let now = now.as_millisecond();
        in_transaction!(self, |tx| claim::claim(tx, now, (fence, max), intend))
    }

    async fn ask_for_slot(
        &self,
        bot: &BotId,
        now: Timestamp,
    ) -> Result<Option<SlotId>, StoreError> {
        in_transaction!(self, |tx| ask::ask(tx, bot, now))
    }

    async fn next_wake(&self) -> Result<Option<Timestamp>, StoreError> {
        wake::next(self).await
    }
}

//! The bots of a store whose pages only list them.

use async_trait::async_trait;
use domain::model::{Bot, BotId, BotState, GoLive, GoLiveItem, ManagedBy, StateReason, XUserId};
use domain::ports::store::{BotStore, Saved, StoreError, SyncReport};
use jiff::Timestamp;

use super::fake_store::{FakeStore, absent};

#[async_trait]
impl BotStore for FakeStore {
    async fn sync_bots(
        &self,
        _: &[Bot],
        _: &[ManagedBy],
        _: Timestamp,
    ) -> Result<SyncReport, StoreError> {
        absent()
    }

    async fn find_bot(
        &self,
        _: &BotId,
    ) -> Result<Option<(Bot, BotState, Option<StateReason>)>, StoreError> {
        absent()
    }

    async fn bot_stamp(&self, _: &BotId) -> Result<Option<String>, StoreError> {
        absent()
    }

    async fn save_bot(&self, _: &Bot, _: Option<&str>, _: Timestamp) -> Result<Saved, StoreError> {
        absent()
    }

    async fn reopen_bot(&self, _: &BotId, _: Timestamp) -> Result<Saved, StoreError> {
        absent()
    }

    async fn list_declared(
        &self,
        _: Option<&BotId>,
        _: u32,
    ) -> Result<Vec<(Bot, BotState)>, StoreError> {
        absent()
    }

    async fn list_bot_ids(
        &self,
        after: Option<&BotId>,
        max: u32,
    ) -> Result<Vec<BotId>, StoreError> {
        Ok(self.read()?.bots_after(after, max).map(|bot| bot.stats.bot.clone()).collect())
    }

    async fn set_bot_state(
        &self,
        _: &BotId,
        _: BotState,
        _: Option<StateReason>,
        _: Timestamp,
    ) -> Result<bool, StoreError> {
        absent()
    }

    async fn list_go_live(&self, _: &BotId) -> Result<Vec<GoLive>, StoreError> {
        absent()
    }

    async fn confirm_go_live(
        &self,
        _: &BotId,
        _: &[GoLiveItem],
        _: &str,
        _: Timestamp,
    ) -> Result<bool, StoreError> {
        absent()
    }

    async fn set_x_user(&self, _: &BotId, _: &XUserId, _: Timestamp) -> Result<(), StoreError> {
        absent()
    }
}

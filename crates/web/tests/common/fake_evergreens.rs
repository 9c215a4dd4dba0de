//! Evergreen stock: no page of now asks.

use async_trait::async_trait;
use domain::model::{BotId, EvergreenId};
use domain::ports::store::{
    Evergreen, EvergreenStore, KeptEvergreen, NewPost, StoreError, StoredPost,
};
use jiff::Timestamp;

use super::fake_store::{FakeStore, absent};

#[async_trait]
impl EvergreenStore for FakeStore {
    async fn keep_evergreens(
        &self,
        _: &[NewPost],
        _: Timestamp,
    ) -> Result<Vec<KeptEvergreen>, StoreError> {
        absent()
    }

    async fn list_evergreens(
        &self,
        _: &BotId,
        _: Option<EvergreenId>,
        _: u32,
    ) -> Result<Vec<Evergreen>, StoreError> {
        absent()
    }

    async fn next_evergreens(&self, _: &[BotId]) -> Result<Vec<Evergreen>, StoreError> {
        absent()
    }

    async fn use_evergreen(
        &self,
        _: &Evergreen,
        _: Timestamp,
    ) -> Result<Option<StoredPost>, StoreError> {
        absent()
    }

    async fn drop_evergreen(
        &self,
        _: EvergreenId,
        _: &str,
        _: Timestamp,
    ) -> Result<bool, StoreError> {
        absent()
    }
}

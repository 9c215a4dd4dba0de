//! Feeds: no page of now asks.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::model::{BotId, FeedId, ItemId};
use domain::ports::store::{
    DueFeed, FeedLine, FeedNote, FeedStore, ItemLine, ItemNote, SilentFeed, StoreError, StoredPost,
    WaitingItem,
};
use jiff::Timestamp;

use super::fake_store::{FakeStore, absent};

#[async_trait]
impl FeedStore for FakeStore {
    async fn take_feeds(&self, _: Timestamp, _: u32) -> Result<Vec<DueFeed>, StoreError> {
        absent()
    }

    async fn find_items(&self, _: FeedId, _: &[ItemId]) -> Result<BTreeSet<ItemId>, StoreError> {
        absent()
    }

    async fn note_feed(&self, _: &FeedNote, _: Timestamp) -> Result<(), StoreError> {
        absent()
    }

    async fn take_items(&self, _: Timestamp, _: u32) -> Result<Vec<WaitingItem>, StoreError> {
        absent()
    }

    async fn note_item(
        &self,
        _: &ItemNote,
        _: Timestamp,
    ) -> Result<Option<StoredPost>, StoreError> {
        absent()
    }

    async fn material_seed(&self) -> Result<u64, StoreError> {
        absent()
    }

    async fn next_feed_work(&self) -> Result<Option<Timestamp>, StoreError> {
        absent()
    }

    async fn list_silent_feeds(&self, _: Timestamp, _: u32) -> Result<Vec<SilentFeed>, StoreError> {
        absent()
    }

    async fn list_feeds(&self, _: Option<&BotId>, _: u32) -> Result<Vec<FeedLine>, StoreError> {
        absent()
    }

    async fn list_items(&self, _: FeedId, _: u32) -> Result<Vec<ItemLine>, StoreError> {
        absent()
    }
}

//! Feeds, let through like the rest.

use std::collections::BTreeSet;

use domain::model::{BotId, FeedId, ItemId};
use domain::ports::store::{
    DueFeed, FeedLine, FeedNote, FeedStore, ItemLine, ItemNote, SilentFeed, StoreError, StoredPost,
    WaitingItem,
};
use jiff::Timestamp;

use super::StoreDoor;
use crate::door::forward::forward;

forward!(FeedStore {
    writes fn take_feeds(now: Timestamp, max: u32) -> Result<Vec<DueFeed>, StoreError>;
    reads fn find_items(feed: FeedId, items: &[ItemId]) -> Result<BTreeSet<ItemId>, StoreError>;
    writes fn note_feed(note: &FeedNote, now: Timestamp) -> Result<(), StoreError>;
    writes fn take_items(now: Timestamp, max: u32) -> Result<Vec<WaitingItem>, StoreError>;
    writes fn note_item(note: &ItemNote, now: Timestamp) -> Result<Option<StoredPost>, StoreError>;
    reads fn material_seed() -> Result<u64, StoreError>;
    reads fn next_feed_work() -> Result<Option<Timestamp>, StoreError>;
    reads fn list_feeds(bot: Option<&BotId>, max: u32) -> Result<Vec<FeedLine>, StoreError>;
    reads fn list_silent_feeds(before: Timestamp, max: u32) -> Result<Vec<SilentFeed>, StoreError>;
    reads fn list_items(feed: FeedId, max: u32) -> Result<Vec<ItemLine>, StoreError>;
});

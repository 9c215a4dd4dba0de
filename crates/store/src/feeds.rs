//! `feeds` and `feed_items`: what bots follow, and what became of what it told.

mod declare;
mod items;
mod list;
mod note;
mod take;

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::model::{BotId, FeedId, ItemId};
use domain::ports::store::{
    DueFeed, FeedLine, FeedNote, FeedStore, ItemLine, ItemNote, SilentFeed, StoreError, StoredPost,
    WaitingItem,
};
use domain::rules::chance;
use jiff::Timestamp;

use crate::arg::args;
use crate::db::{Db, in_transaction};
use crate::dialect::Sql;
use crate::meta;
use crate::posts;
use crate::rows::Reading;

pub(crate) use declare::declare;

static NEXT: Sql = Sql::new(
    "feeds",
    "SELECT (SELECT min(next_at) FROM feeds WHERE is_retired = 0 AND next_at IS NOT NULL),
        (SELECT min(due_at) FROM feed_items WHERE state = 'waiting')",
);

pub(crate) fn texts() -> Vec<&'static Sql> {
    let all =
        [&declare::TEXTS[..], &items::TEXTS, &list::TEXTS, &note::TEXTS, &take::TEXTS, &[&NEXT]];
    all.concat()
}

#[async_trait]
impl FeedStore for Db {
    async fn take_feeds(&self, now: Timestamp, max: u32) -> Result<Vec<DueFeed>, StoreError> {
        in_transaction!(self, |tx| take::take(tx, now, max))
    }

    async fn find_items(
        &self,
        feed: FeedId,
        items: &[ItemId],
    ) -> Result<BTreeSet<ItemId>, StoreError> {
        note::known(self, feed, items).await
    }

    async fn note_feed(&self, note: &FeedNote, now: Timestamp) -> Result<(), StoreError> {
        in_transaction!(self, |tx| note::note(tx, note, now.as_millisecond()))
    }

    async fn take_items(&self, now: Timestamp, max: u32) -> Result<Vec<WaitingItem>, StoreError> {
        in_transaction!(self, |tx| items::take(tx, now, max))
    }

    async fn note_item(
        &self,
        note: &ItemNote,
        now: Timestamp,
    ) -> Result<Option<StoredPost>, StoreError> {
        let bands = posts::bands_of(items::post(note));
        in_transaction!(self, |tx| items::note(tx, note, &bands, now.as_millisecond()))
    }

    async fn material_seed(&self) -> Result<u64, StoreError> {
        let name = meta::identity(self).await?;
        Ok(chance::hash_of(&[&name, "material"]))
    }

    async fn next_feed_work(&self) -> Result<Option<Timestamp>, StoreError> {
        let found: Option<(Option<i64>, Option<i64>)> = self.one(&NEXT, &args![]).await?;
        let next = found.and_then(|(feed, item)| [feed, item].into_iter().flatten().min());
        next.map(|at| Reading::of("feeds", "next").time("next_at", at)).transpose()
    }

    async fn list_feeds(&self, bot: Option<&BotId>, max: u32) -> Result<Vec<FeedLine>, StoreError> {
        list::feeds(self, bot, max).await
    }

    async fn list_silent_feeds(
        &self,
        before: Timestamp,
        max: u32,
    ) -> Result<Vec<SilentFeed>, StoreError> {
        list::silent(self, before, max).await
    }

    async fn list_items(&self, feed: FeedId, max: u32) -> Result<Vec<ItemLine>, StoreError> {
        list::items(self, feed, max).await
    }
}

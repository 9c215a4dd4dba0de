//! Feeds that bots follow, and their items on the way to being posts.

use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::{NewPost, Spend, StoreError, StoredPost};
use crate::model::{
    ApprovalMode, BotId, Feed, FeedId, FeedItem, FeedUrl, ItemId, Persona, PersonaVersion, PostId,
    ReservationId, Validators,
};

/// Whoever takes longer over a feed or an item has lost it: another node may take it, too.
pub const FEED_WORK_MAX: SignedDuration = SignedDuration::from_mins(15);
/// An item that its feed has not shown for so long is forgotten.
pub const ITEM_KEPT: SignedDuration = SignedDuration::from_hours(24 * 90);

/// A feed that is to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueFeed {
    /// Which one.
    pub id: FeedId,
    /// Who follows it.
    pub bot: BotId,
    /// As it is declared.
    pub feed: Feed,
    /// Where it is now: it may have moved for good.
    pub at: FeedUrl,
    /// What the last answer gave.
    pub validators: Validators,
    /// Whether it was ever read.
    pub was_read: bool,
    /// How often in a row it could not be read.
    pub failures: u32,
    /// How often in a row it said that it is elsewhere.
    pub moves: u32,
    /// Until when this node has it.
    pub until: Timestamp,
}

/// What asking a feed came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedNote {
    /// Which one.
    pub id: FeedId,
    /// The [`DueFeed::until`] of the one that was taken.
    pub until: Timestamp,
    /// When it is asked again; `None`: never, until a person changes its declaration.
    pub next_at: Option<Timestamp>,
    /// For the next request.
    pub validators: Validators,
    /// Where it is from now on.
    pub at: FeedUrl,
    /// What it calls itself, where it said so.
    pub title: Option<String>,
    /// It was read, now or before.
    pub was_read: bool,
    /// How often in a row it could not be read.
    pub failures: u32,
    /// How often in a row it said that it is elsewhere.
    pub moves: u32,
    /// Why it could not be read, for a person.
    pub error: Option<String>,
    /// Items to be worked on, the oldest first.
    pub taken: Vec<FeedItem>,
    /// Items that are old news.
    pub passed: Vec<ItemId>,
    /// Items that it still shows.
    pub shown: Vec<ItemId>,
}

/// An item that is to become a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingItem {
    /// Of which feed.
    pub of: FeedId,
    /// The item.
    pub item: FeedItem,
    /// When it was seen first.
    pub seen_at: Timestamp,
    /// How often it was tried before.
    pub tries: u32,
    /// The feed as it is declared.
    pub feed: Feed,
    /// Whose post it will be.
    pub bot: BotId,
    /// In whose voice.
    pub persona: Persona,
    /// Which state of it that is.
    pub persona_version: PersonaVersion,
    /// Who decides whether the post goes out.
    pub mode: ApprovalMode,
}

/// What became of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemOutcome {
    /// A post; an older one of the same text ends the item all the same.
    Post(Box<NewPost>),
    /// Nothing, and why.
    Dropped(String),
    /// Nothing yet: why, and when it is tried again.
    Later {
        /// Why.
        because: String,
        /// When.
        until: Timestamp,
        /// Whether that counts as a try of this item.
        is_try: bool,
    },
}

/// What became of an item, with what it cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemNote {
    /// Of which feed.
    pub of: FeedId,
    /// Which item.
    pub item: ItemId,
    /// Whose it was when it was taken.
    pub bot: BotId,
    /// How often it had been tried.
    pub tries: u32,
    /// What became of it.
    pub outcome: ItemOutcome,
    /// What a model took; `None`: nothing was billed.
    pub spend: Option<Spend>,
    /// What was reserved for it, to be settled by `spend`.
    pub reservation: Option<ReservationId>,
}

/// A feed for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedLine {
    /// Which one.
    pub id: FeedId,
    /// Who follows it.
    pub bot: BotId,
    /// As it is declared.
    pub feed: Feed,
    /// Where it is now.
    pub at: FeedUrl,
    /// What it calls itself.
    pub title: Option<String>,
    /// When it was asked last with success.
    pub read_at: Option<Timestamp>,
    /// When it is asked again; `None`: never.
    pub next_at: Option<Timestamp>,
    /// How often in a row it could not be read.
    pub failures: u32,
    /// Why it could not be read.
    pub error: Option<String>,
    /// Items that wait to become posts.
    pub waiting: u64,
    /// Items that became posts.
    pub posted: u64,
    /// Items that became nothing.
    pub dropped: u64,
}

/// A feed that could not be read for long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilentFeed {
    /// Which one.
    pub id: FeedId,
    /// Who follows it.
    pub bot: BotId,
    /// As it is declared, without its query.
    pub url: String,
    /// It is asked again.
    pub is_asked: bool,
    /// Why it could not be read.
    pub error: Option<String>,
}

/// An item for a person: what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemLine {
    /// Its feed.
    pub of: FeedId,
    /// The item.
    pub item: ItemId,
    /// Its title as markup.
    pub title: String,
    /// Where it stands.
    pub link: Option<String>,
    /// When it was seen first.
    pub seen_at: Timestamp,
    /// `waiting`, `posted` or `dropped`.
    pub state: String,
    /// Its post.
    pub post: Option<PostId>,
    /// Why it became none, or none yet.
    pub reason: Option<String>,
}

/// Feeds.
#[async_trait]
pub trait FeedStore: Send + Sync {
    /// Takes feeds that are due, longest first; no other node gets them for [`FEED_WORK_MAX`]. Those
    /// of bots that are closed rest.
    async fn take_feeds(&self, now: Timestamp, max: u32) -> Result<Vec<DueFeed>, StoreError>;

    /// Which of these items of a feed are known.
    async fn find_items(
        &self,
        feed: FeedId,
        items: &[ItemId],
    ) -> Result<BTreeSet<ItemId>, StoreError>;

    /// Keeps what asking a feed came to, with its items, and forgets those that it has not shown for
    /// [`ITEM_KEPT`]: only when it shows others, because a feed that is silent for long still has them.
    /// Nothing, where its declaration changed or another node took it since.
    async fn note_feed(&self, note: &FeedNote, now: Timestamp) -> Result<(), StoreError>;

    /// Takes items that are to become posts, of bots whose queue is not full, the oldest first; no
    /// other node gets them for [`FEED_WORK_MAX`].
    async fn take_items(&self, now: Timestamp, max: u32) -> Result<Vec<WaitingItem>, StoreError>;

    /// Keeps what became of an item, with its post and its bill, in one transaction. Whoever comes
    /// second, because the item was tried by another node meanwhile, settles the bill only. Returns
    /// what became of the post.
    async fn note_item(
        &self,
        note: &ItemNote,
        now: Timestamp,
    ) -> Result<Option<StoredPost>, StoreError>;

    /// What the code words of material are made of (`rules::feed::material`): a number that this
    /// database has for itself and that nobody who writes feeds knows.
    async fn material_seed(&self) -> Result<u64, StoreError>;

    /// When the next feed or item is due.
    async fn next_feed_work(&self) -> Result<Option<Timestamp>, StoreError>;

    /// The feeds of one bot, or of all, by bot and in the order of their addresses.
    async fn list_feeds(&self, bot: Option<&BotId>, max: u32) -> Result<Vec<FeedLine>, StoreError>;

    /// Feeds that could not be read since `before`, or that are given up, at most `max` of them.
    async fn list_silent_feeds(
        &self,
        before: Timestamp,
        max: u32,
    ) -> Result<Vec<SilentFeed>, StoreError>;

    /// The newest items of a feed that it brought, and what became of them.
    async fn list_items(&self, feed: FeedId, max: u32) -> Result<Vec<ItemLine>, StoreError>;
}

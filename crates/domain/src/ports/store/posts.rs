//! Posts and queues.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::{Spend, StoreError, Writing};
use crate::model::{
    ApprovalMode, BotId, Consent, ContentHash, Fence, MicroUsd, Persona, PersonaVersion, Post,
    PostId, QueueLimits, ReservationId,
};

/// A node that takes longer to fill a queue has lost it: another one may write for it, too.
pub const REFILL_MAX: SignedDuration = SignedDuration::from_mins(15);

/// So many texts are compared with what is stored in one question.
pub const ALIKE_TEXTS_MAX: usize = 500;

/// So many posts of a queue have a place that a person gave them, at most.
pub const ORDERED_MAX: usize = 200;

/// One topic of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicStock {
    /// The topic; `None` for posts without one.
    pub topic: Option<String>,
    /// Its post that goes out first.
    pub next: PostId,
    /// How many posts it has.
    pub count: u64,
    /// When it was used last.
    pub last_used_at: Option<Timestamp>,
}

/// A bot's queue by topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stock {
    /// The topics that have posts, in the order of their names.
    pub topics: Vec<TopicStock>,
    /// A post that goes before all others.
    pub front: Option<PostId>,
    /// After that, the first of those that a person put into an order.
    pub placed: Option<PostId>,
    /// The topic that went out last.
    pub last_topic: Option<String>,
}

/// A queue, and what of it does not go by its topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueOrder {
    /// The queue by topic.
    pub stock: Stock,
    /// Posts at its front, in their order.
    pub front: Vec<PostId>,
    /// Posts that a person put into an order, in that order.
    pub placed: Vec<PostId>,
}

/// Where a post came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostOrigin {
    /// A generator: its model's id and its share of the batch.
    Generated {
        /// The model, or `grammar`.
        model: String,
        /// Its share of the tokens.
        tokens: u64,
        /// Its share of the cost.
        cost: MicroUsd,
        /// How it was written.
        writing: Writing,
    },
    /// A person or a file.
    Imported,
    /// An item of a feed, by a template.
    Feed,
    /// The evergreen stock.
    Evergreen,
}

/// A post to store: it has passed review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPost {
    /// Its bot.
    pub bot: BotId,
    /// The exact text.
    pub content: String,
    /// Its topic.
    pub topic: Option<String>,
    /// Hash of its normal form.
    pub content_hash: ContentHash,
    /// Where it came from.
    pub origin: PostOrigin,
    /// What a person has to do with it.
    pub consent: Consent,
}

/// What became of a [`NewPost`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredPost {
    /// It is queued.
    Queued(PostId),
    /// It waits for a person's approval.
    Draft(PostId),
    /// Some bot has this text already, in whatever state.
    Duplicate {
        /// The older post.
        of: PostId,
        /// Whose it is.
        bot: BotId,
    },
}

/// A post that may be like a candidate, because both have a band of `rules::review::Shingles`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlikePost {
    /// Which one.
    pub id: PostId,
    /// Whose it is.
    pub bot: BotId,
    /// When it was published or else written.
    pub at: Timestamp,
    /// Its text.
    pub text: String,
}

/// A queue below its low water.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refill {
    /// The bot.
    pub bot: BotId,
    /// Who writes.
    pub persona: Persona,
    /// Which state of it that is.
    pub persona_version: PersonaVersion,
    /// Who decides whether its posts go out.
    pub mode: ApprovalMode,
    /// How full it is kept.
    pub limits: QueueLimits,
    /// What is there, by topic.
    pub stock: Stock,
    /// How many are queued, or wait for a person's approval.
    pub remaining: u64,
    /// How often it was refilled, for the seed of the next.
    pub refills: u64,
    /// How many refills in a row brought nothing, for the wait before the next.
    pub fruitless: u32,
}

/// What a refill did, written with its posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefillNote {
    /// The bot.
    pub bot: BotId,
    /// Not again before.
    pub not_before: Timestamp,
    /// Why it brought nothing, for `/health`; `None` when it did.
    pub error: Option<String>,
    /// What the model took; `None`: nothing was billed.
    pub spend: Option<Spend>,
    /// What was reserved for it, to be settled by `spend`.
    pub reservation: Option<ReservationId>,
}

/// Posts.
#[async_trait]
pub trait PostStore: Send + Sync {
    /// Queues posts, in order, and wakes planned slots that wait for content. A post that needs a
    /// person's approval by its bot's mode or by its consent, and has none, becomes a draft. One
    /// transaction; an answer for each.
    async fn store_posts(
        &self,
        posts: &[NewPost],
        now: Timestamp,
    ) -> Result<Vec<StoredPost>, StoreError>;

    /// As [`PostStore::store_posts`], with the note of the refill that brought them: the bot's
    /// `last_replenishment_at`, its next refill, the spend and the last error.
    async fn store_refill(
        &self,
        posts: &[NewPost],
        note: &RefillNote,
        now: Timestamp,
    ) -> Result<Vec<StoredPost>, StoreError>;

    /// Takes bots whose queue is below low water and whose `not_before` has passed, longest first, for
    /// `fence`: no other node gets them before [`PostStore::store_refill`], before that node's lease is
    /// over, or before [`REFILL_MAX`] has passed.
    async fn take_refills(
        &self,
        now: Timestamp,
        fence: Fence,
        max: u32,
    ) -> Result<Vec<Refill>, StoreError>;

    /// Which of these texts exist already, over all bots.
    async fn find_hashes(
        &self,
        hashes: &[ContentHash],
    ) -> Result<Vec<(ContentHash, PostId, BotId)>, StoreError>;

    /// For each of these texts the posts of all bots and all time that may be like it, newest first:
    /// at most `COMPARED_MAX`, and of those that share one band alone only what is among the first
    /// `LOOSE_MAX`. `rules::review::near_duplicate_of` says whether they are. At most
    /// [`ALIKE_TEXTS_MAX`] texts. A post that cannot be read is like nothing.
    async fn list_alike(&self, texts: &[&str]) -> Result<Vec<Vec<AlikePost>>, StoreError>;

    /// Makes posts findable by [`PostStore::list_alike`] that are not yet: those of an older database,
    /// of a node of the version before, or under older bands. The oldest first, at most so many;
    /// returns how many, and 0 when none is left.
    async fn fill_bands(&self, max: u32) -> Result<u64, StoreError>;

    /// The bot's queue in the order within each topic, and what slots hold.
    async fn list_queue(&self, bot: &BotId, max: u32) -> Result<Vec<Post>, StoreError>;

    /// What decides in which order the bot's queue goes out.
    async fn find_order(&self, bot: &BotId) -> Result<QueueOrder, StoreError>;

    /// Has these posts of the bot's queue go out first, in this order, at most [`ORDERED_MAX`], and all
    /// others as their topics say. Those that are not in the queue any more are passed over. Returns how
    /// many have a place now.
    async fn order_queue(
        &self,
        bot: &BotId,
        posts: &[PostId],
        now: Timestamp,
    ) -> Result<u64, StoreError>;

    /// Takes a queued post away; X never had it, so it is like nothing from here on. `Ok(false)` if
    /// there is none of that id, it is no longer only queued, or X may have it already because its
    /// bot's history is in doubt.
    async fn remove_post(&self, id: PostId, now: Timestamp) -> Result<bool, StoreError>;

    /// The post of that id.
    async fn find_post(&self, id: PostId) -> Result<Option<Post>, StoreError>;
}

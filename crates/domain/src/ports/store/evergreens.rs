//! Evergreen stock: texts that a person kept aside for the day when nobody can write.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{NewPost, StoreError, StoredPost};
use crate::model::{BotId, ContentHash, EvergreenId, PostId};

/// A text that is kept aside, and was not used yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evergreen {
    /// Its id: another series of numbers than that of posts.
    pub id: EvergreenId,
    /// Whose it is.
    pub bot: BotId,
    /// The exact text.
    pub content: String,
    /// Its topic.
    pub topic: Option<String>,
    /// Hash of its normal form.
    pub content_hash: ContentHash,
    /// It may go out: its bot asks nobody, or a person said yes under the policy that holds now.
    pub is_ready: bool,
    /// When it was kept aside.
    pub created_at: Timestamp,
}

/// What became of a text that was to be kept aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptEvergreen {
    /// It is kept.
    Kept(EvergreenId),
    /// A post has this text already, in whatever state.
    SameAsPost {
        /// The post.
        of: PostId,
        /// Whose it is.
        bot: BotId,
    },
    /// Another one that is kept aside has it.
    SameAsEvergreen {
        /// The other one.
        of: EvergreenId,
        /// Whose it is.
        bot: BotId,
    },
}

/// Texts that wait outside every queue. They are no posts: no counter, no refill and no forecast
/// knows of them. One becomes a post when its bot's queue is empty, and is used up by it.
#[async_trait]
pub trait EvergreenStore: Send + Sync {
    /// Keeps texts aside, in order, and wakes planned slots of their bots that wait for content. A yes
    /// that comes with one holds for the policy of now. One transaction; an answer for each.
    async fn keep_evergreens(
        &self,
        posts: &[NewPost],
        now: Timestamp,
    ) -> Result<Vec<KeptEvergreen>, StoreError>;

    /// What is kept aside for a bot, in the order in which it is used, behind `after`, at most so many.
    async fn list_evergreens(
        &self,
        bot: &BotId,
        after: Option<EvergreenId>,
        max: u32,
    ) -> Result<Vec<Evergreen>, StoreError>;

    /// Of each of these bots whose queue is empty the oldest that may go out. A row that cannot be read
    /// is named in the log, and holds up its bot alone.
    async fn next_evergreens(&self, bots: &[BotId]) -> Result<Vec<Evergreen>, StoreError>;

    /// Makes a post of one that may go out, if its bot's queue is still empty. `None` if it is not, or
    /// if the text is used or gone. Where a post has its text already, it is used up by that.
    async fn use_evergreen(
        &self,
        one: &Evergreen,
        now: Timestamp,
    ) -> Result<Option<StoredPost>, StoreError>;

    /// Takes one away for this reason; `Ok(false)` if it is used or gone already, or was never there.
    async fn drop_evergreen(
        &self,
        id: EvergreenId,
        reason: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
}

//! Lists in pages, for programs that read all of something.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{SlotLine, SlotView, StoreError};
use crate::model::{BotId, Post, PostId, PostState, SlotId};

/// Which posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostsOf<'a> {
    /// Of all bots.
    All,
    /// Of one.
    Bot(&'a BotId),
    /// Of one, in that state.
    InState(&'a BotId, PostState),
    /// Of all bots, those that wait for a person.
    Drafts,
}

/// Lists in pages.
#[async_trait]
pub trait ListStore: Send + Sync {
    /// Posts, newest first, of a smaller number than `before`.
    async fn page_posts(
        &self,
        of: PostsOf<'_>,
        before: Option<PostId>,
        max: u32,
    ) -> Result<Vec<Post>, StoreError>;

    /// Slots in the order of their view, after the one that is due then and has this number.
    async fn page_slots(
        &self,
        view: SlotView,
        bot: Option<&BotId>,
        after: Option<(Timestamp, SlotId)>,
        max: u32,
    ) -> Result<Vec<SlotLine>, StoreError>;
}

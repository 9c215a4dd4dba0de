//! Lists in pages, let through like the rest.

use domain::model::{BotId, Post, PostId, SlotId};
use domain::ports::store::{ListStore, PostsOf, SlotLine, SlotView, StoreError};
use jiff::Timestamp;

use super::StoreDoor;
use crate::door::forward::forward;

forward!(ListStore {
    reads fn page_posts(of: PostsOf<'_>, before: Option<PostId>, max: u32) -> Result<Vec<Post>, StoreError>;
    reads fn page_slots(
        view: SlotView, bot: Option<&BotId>, after: Option<(Timestamp, SlotId)>, max: u32
    ) -> Result<Vec<SlotLine>, StoreError>;
});

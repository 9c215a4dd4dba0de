//! Lists in pages: what programs ask, tested on a real database (`crates/app/tests/face`).

use async_trait::async_trait;
use domain::model::{BotId, Post, PostId, SlotId};
use domain::ports::store::{ListStore, PostsOf, SlotLine, SlotView, StoreError};
use jiff::Timestamp;

use super::fake_store::{FakeStore, absent};

#[async_trait]
impl ListStore for FakeStore {
    async fn page_posts(
        &self,
        _: PostsOf<'_>,
        _: Option<PostId>,
        _: u32,
    ) -> Result<Vec<Post>, StoreError> {
        absent()
    }

    async fn page_slots(
        &self,
        _: SlotView,
        _: Option<&BotId>,
        _: Option<(Timestamp, SlotId)>,
        _: u32,
    ) -> Result<Vec<SlotLine>, StoreError> {
        absent()
    }
}

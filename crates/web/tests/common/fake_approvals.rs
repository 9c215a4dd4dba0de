//! What people say of posts: nothing waits for them here.

use async_trait::async_trait;
use domain::model::{BotId, PolicyHash, PostId};
use domain::ports::store::{
    ApprovalAct, ApprovalStore, Draft, Edit, Edited, Rejection, ReviewedPost, Said, StoreError,
};
use jiff::Timestamp;

use super::fake_store::{FakeStore, absent};

#[async_trait]
impl ApprovalStore for FakeStore {
    async fn list_drafts(&self, _: Option<&BotId>, _: u32) -> Result<Vec<Draft>, StoreError> {
        absent()
    }

    async fn count_drafts(&self, _: u32) -> Result<Vec<(BotId, u64)>, StoreError> {
        Ok(Vec::new())
    }

    async fn find_reviewed(&self, _: PostId) -> Result<Option<ReviewedPost>, StoreError> {
        absent()
    }

    async fn approve_post(
        &self,
        _: &ApprovalAct,
        _: &PolicyHash,
        _: Timestamp,
    ) -> Result<Said, StoreError> {
        absent()
    }

    async fn edit_post(&self, _: &Edit, _: Timestamp) -> Result<Edited, StoreError> {
        absent()
    }

    async fn reject_post(&self, _: &Rejection, _: Timestamp) -> Result<Said, StoreError> {
        absent()
    }

    async fn expire_drafts(
        &self,
        _: Timestamp,
        _: &str,
        _: u32,
        _: Timestamp,
    ) -> Result<u64, StoreError> {
        absent()
    }

    async fn list_rejections(&self, _: &BotId) -> Result<Vec<String>, StoreError> {
        absent()
    }
}

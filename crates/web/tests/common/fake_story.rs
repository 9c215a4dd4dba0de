//! What happened on the way to X: no page that is tested here asks.

use async_trait::async_trait;
use domain::model::PostId;
use domain::ports::store::{AttemptLine, AttemptsOf, ReceiptLine, StoreError, StoryStore};

use super::fake_store::{FakeStore, absent};

#[async_trait]
impl StoryStore for FakeStore {
    async fn list_attempts(&self, _: AttemptsOf) -> Result<Vec<AttemptLine>, StoreError> {
        absent()
    }

    async fn find_proof(&self, _: PostId) -> Result<Option<ReceiptLine>, StoreError> {
        absent()
    }
}

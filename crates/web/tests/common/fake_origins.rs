//! Who wrote a post: no page of now asks.

use async_trait::async_trait;
use domain::model::{BotId, PersonaVersion, PostId};
use domain::ports::store::{OriginStore, PersonaState, RecentPost, StoreError, Writing};

use super::fake_store::{FakeStore, absent};

#[async_trait]
impl OriginStore for FakeStore {
    async fn find_writing(&self, _: PostId) -> Result<Option<Writing>, StoreError> {
        absent()
    }

    async fn list_recent_posts(&self, _: &BotId, _: u32) -> Result<Vec<RecentPost>, StoreError> {
        absent()
    }

    async fn list_personas(&self, _: &BotId, _: u32) -> Result<Vec<PersonaState>, StoreError> {
        absent()
    }

    async fn find_persona(
        &self,
        _: &BotId,
        _: PersonaVersion,
    ) -> Result<Option<PersonaState>, StoreError> {
        absent()
    }
}

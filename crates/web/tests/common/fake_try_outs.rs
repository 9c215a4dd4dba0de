//! A store in which nobody tries anything.

use async_trait::async_trait;
use domain::model::{Fence, TryOutId};
use domain::ports::store::{NewTryOut, StoreError, TryOut, TryOutAnswer, TryOutStore};
use jiff::Timestamp;

use super::fake_store::{FakeStore, absent};

#[async_trait]
impl TryOutStore for FakeStore {
    async fn ask_try_out(
        &self,
        _: &NewTryOut,
        _: Timestamp,
    ) -> Result<Result<TryOutId, TryOutId>, StoreError> {
        absent()
    }

    async fn take_try_outs(
        &self,
        _: Timestamp,
        _: Fence,
        _: u32,
    ) -> Result<Vec<TryOut>, StoreError> {
        absent()
    }

    async fn end_try_out(
        &self,
        _: TryOutId,
        _: Fence,
        _: &TryOutAnswer,
        _: Timestamp,
    ) -> Result<bool, StoreError> {
        absent()
    }

    async fn find_try_out(&self, _: TryOutId) -> Result<Option<TryOut>, StoreError> {
        absent()
    }

    async fn tidy_try_outs(&self, _: u32, _: Timestamp) -> Result<u64, StoreError> {
        absent()
    }
}

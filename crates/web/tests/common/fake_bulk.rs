//! Orders in bulk: no page asks for one.

use async_trait::async_trait;
use domain::model::{BotId, BulkId, Fence, MicroUsd};
use domain::ports::store::{BulkNote, BulkOrder, BulkStore, NewBulk, OpenedBulk, StoreError};
use jiff::Timestamp;

use super::fake_store::{FakeStore, absent};

#[async_trait]
impl BulkStore for FakeStore {
    async fn open_bulk(&self, _: &NewBulk, _: Timestamp) -> Result<OpenedBulk, StoreError> {
        absent()
    }

    async fn take_bulk(
        &self,
        _: Timestamp,
        _: Fence,
        _: u32,
    ) -> Result<Vec<BulkOrder>, StoreError> {
        absent()
    }

    async fn note_bulk(&self, _: &BulkNote) -> Result<bool, StoreError> {
        absent()
    }

    async fn end_bulk(
        &self,
        _: BulkId,
        _: Fence,
        _: MicroUsd,
        _: Timestamp,
    ) -> Result<bool, StoreError> {
        absent()
    }

    async fn find_bulk(&self, _: &BotId) -> Result<Option<BulkId>, StoreError> {
        absent()
    }

    async fn await_bulk(&self, _: &BotId, _: Timestamp, _: Timestamp) -> Result<(), StoreError> {
        absent()
    }

    async fn list_bulk(&self, _: u32) -> Result<Vec<BulkOrder>, StoreError> {
        absent()
    }
}

//! Orders in bulk, let through like the rest.

use domain::model::{BotId, BulkId, Fence, MicroUsd};
use domain::ports::store::{BulkNote, BulkOrder, BulkStore, NewBulk, OpenedBulk, StoreError};
use jiff::Timestamp;

use super::StoreDoor;
use crate::door::forward::forward;

forward!(BulkStore {
    writes fn open_bulk(new: &NewBulk, now: Timestamp) -> Result<OpenedBulk, StoreError>;
    writes fn take_bulk(now: Timestamp, fence: Fence, max: u32) -> Result<Vec<BulkOrder>, StoreError>;
    writes fn note_bulk(note: &BulkNote) -> Result<bool, StoreError>;
    writes fn end_bulk(id: BulkId, fence: Fence, cost: MicroUsd, now: Timestamp) -> Result<bool, StoreError>;
    reads fn find_bulk(bot: &BotId) -> Result<Option<BulkId>, StoreError>;
    writes fn await_bulk(bot: &BotId, until: Timestamp, now: Timestamp) -> Result<(), StoreError>;
    reads fn list_bulk(max: u32) -> Result<Vec<BulkOrder>, StoreError>;
});

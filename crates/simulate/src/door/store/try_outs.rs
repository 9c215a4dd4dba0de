//! Try-outs, let through like the rest.

use domain::model::{Fence, TryOutId};
use domain::ports::store::{NewTryOut, StoreError, TryOut, TryOutAnswer, TryOutStore};
use jiff::Timestamp;

use super::StoreDoor;
use crate::door::forward::forward;

forward!(TryOutStore {
    writes fn ask_try_out(new: &NewTryOut, now: Timestamp) -> Result<Result<TryOutId, TryOutId>, StoreError>;
    writes fn take_try_outs(now: Timestamp, fence: Fence, max: u32) -> Result<Vec<TryOut>, StoreError>;
    writes fn end_try_out(id: TryOutId, fence: Fence, answer: &TryOutAnswer, now: Timestamp) -> Result<bool, StoreError>;
    reads fn find_try_out(id: TryOutId) -> Result<Option<TryOut>, StoreError>;
    writes fn tidy_try_outs(max: u32, now: Timestamp) -> Result<u64, StoreError>;
});

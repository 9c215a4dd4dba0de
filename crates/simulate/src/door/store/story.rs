//! What pages tell of a post, let through like the rest.

use domain::model::PostId;
use domain::ports::store::{AttemptLine, AttemptsOf, ReceiptLine, StoreError, StoryStore};

use super::StoreDoor;
use crate::door::forward::forward;

forward!(StoryStore {
    reads fn list_attempts(of: AttemptsOf) -> Result<Vec<AttemptLine>, StoreError>;
    reads fn find_proof(post: PostId) -> Result<Option<ReceiptLine>, StoreError>;
});

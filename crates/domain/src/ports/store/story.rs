//! What happened on the way to X, for the page that tells a post's story.

use async_trait::async_trait;
use jiff::Timestamp;

use super::StoreError;
use crate::model::{AttemptId, AttemptState, MicroUsd, PayloadHash, PostId, Receipt, SlotId};

/// Attempts of one story at most.
pub const ATTEMPTS_TOLD_MAX: u32 = 50;

/// Whose attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttemptsOf {
    /// Of a post, in whichever slots.
    Post(PostId),
    /// Of a slot, with whichever posts.
    Slot(SlotId),
}

/// One attempt, with all that is known of its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptLine {
    /// Row id.
    pub id: AttemptId,
    /// The slot that it served.
    pub slot: SlotId,
    /// The post that it carried.
    pub post: PostId,
    /// 1 for the first try of its slot.
    pub number: u32,
    /// What is known of it.
    pub state: AttemptState,
    /// The hash of the bytes that it carried.
    pub payload_hash: PayloadHash,
    /// When the intent was stored.
    pub intent_at: Timestamp,
    /// Since when its socket is known to be closed; `None` while it is on its way.
    pub closed_at: Option<Timestamp>,
    /// What the answer was taken for, as `rules::classify::Class` and reconciliation call it.
    pub class: Option<String>,
    /// HTTP status, where one came.
    pub status: Option<u16>,
    /// X's own words or the fault; never a secret.
    pub detail: Option<String>,
    /// X's transaction id.
    pub request_id: Option<String>,
    /// Admissible looks that did not find it.
    pub absence_votes: u32,
    /// Looks of any outcome.
    pub looks: u32,
    /// What counts for it: reserved, or spent where X has it.
    pub charged: MicroUsd,
}

/// X's proof, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptLine {
    /// The proof.
    pub receipt: Receipt,
    /// The slot that it is the outcome of; `None` where a timeline showed the post after lost history and
    /// no slot's time told.
    pub slot: Option<SlotId>,
    /// When the proof was stored.
    pub stored_at: Timestamp,
    /// When X was seen not to show it any more.
    pub removed_at: Option<Timestamp>,
}

/// Reading what happened.
#[async_trait]
pub trait StoryStore: Send + Sync {
    /// Attempts, oldest first, at most [`ATTEMPTS_TOLD_MAX`].
    async fn list_attempts(&self, of: AttemptsOf) -> Result<Vec<AttemptLine>, StoreError>;

    /// X's proof of a post.
    async fn find_proof(&self, post: PostId) -> Result<Option<ReceiptLine>, StoreError>;
}

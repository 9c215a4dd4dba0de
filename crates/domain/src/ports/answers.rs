//! Answers that are kept, so that a request that is sent again under the same key is not done again.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::store::StoreError;

/// A key means the same request for so long.
pub const ANSWER_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// A request that is to be done once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnceKey {
    /// Whose key it is: two callers may use the same word.
    pub caller: String,
    /// The caller's word for it.
    pub key: String,
    /// Fingerprint of what is asked.
    pub request: String,
}

/// An answer, as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// HTTP status.
    pub status: u16,
    /// The address of what was made.
    pub location: Option<String>,
    /// Its JSON, without secrets.
    pub body: String,
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Once {
    /// Nothing: the request is to be done now.
    First,
    /// It began then, and no answer was kept: it is being done, or its node died over it.
    Begun(Timestamp),
    /// It was done.
    Done(KeptAnswer),
    /// Something else was asked under this key.
    Other,
}

/// Kept answers.
#[async_trait]
pub trait AnswerStore: Send + Sync {
    /// Looks a key up, and marks it as begun where it is not known, or was for longer than
    /// [`ANSWER_KEPT`]. Of two who come at once one is the first. What is too old goes.
    async fn begin_once(&self, once: &OnceKey, now: Timestamp) -> Result<Once, StoreError>;

    /// Keeps the answer to a request that was begun.
    async fn keep_answer(&self, once: &OnceKey, answer: &KeptAnswer) -> Result<(), StoreError>;

    /// Nothing was done: the key is as if it had never been used.
    async fn forget_once(&self, once: &OnceKey) -> Result<(), StoreError>;
}

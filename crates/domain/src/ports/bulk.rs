//! A model server that writes in bulk.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{TopicWish, WriterError};
use crate::model::{BulkId, Candidate, GenerationUsage, MicroUsd};
use crate::rules::prompt::Prompt;

/// One of the requests of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkRequest {
    /// On what.
    pub wishes: Vec<TopicWish>,
    /// The same, said to a model.
    pub prompt: Prompt,
}

/// How far a batch is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BulkProgress {
    /// There is nothing to fetch yet.
    Running,
    /// It ended, whole or not; what was done is in these files.
    Ended {
        /// The server's word: `completed`, `expired`, `failed`, `cancelled`.
        word: String,
        /// The names of its files; none where nothing was done.
        files: Vec<String>,
    },
}

/// What became of one request of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkAnswer {
    /// Its place among the requests.
    pub place: usize,
    /// What it took; `None` where the model wrote nothing, which costs nothing.
    pub usage: Option<GenerationUsage>,
    /// What was written, not reviewed.
    pub outcome: Result<Vec<Candidate>, WriterError>,
}

/// Why a step did not succeed. Each variant is a different thing to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BulkError {
    /// The server has no such endpoint.
    #[error("the model server does not write in bulk: {0}")]
    Unsupported(String),
    /// It refuses this, and did nothing.
    #[error("the model server refuses the order: {0}")]
    Refused(String),
    /// Nobody heard the request, or the server asks to wait: nothing was done.
    #[error("the model server cannot take the order now: {0}")]
    NotDone(String),
    /// The answer was lost: the server may have done it.
    #[error("the model server did not answer: {0}")]
    Lost(String),
}

/// Takes orders.
#[async_trait]
pub trait BulkWriter: Send + Sync {
    /// The model that writes.
    fn model(&self) -> &str;

    /// The most that these requests can cost, all together; `None` where nobody knows a price.
    fn ceiling(&self, requests: &[BulkRequest], at: Timestamp) -> Option<MicroUsd>;

    /// Whether somebody may send a bill for an order of which nobody knows how high it is.
    fn is_bulk_unpriced(&self) -> bool {
        false
    }

    /// Hands the requests over, which begins nothing and costs nothing; the name of their file.
    async fn upload(&self, order: BulkId, requests: &[BulkRequest]) -> Result<String, BulkError>;

    /// Tells the server to work on the file; the name of the batch.
    async fn create(&self, order: BulkId, file: &str) -> Result<String, BulkError>;

    /// The batch that was made of the file, if the server lists one.
    async fn find(&self, file: &str) -> Result<Option<String>, BulkError>;

    /// How far the batch is.
    async fn look(&self, batch: &str) -> Result<BulkProgress, BulkError>;

    /// What was written, in whatever order, from the files of an ended batch.
    async fn fetch(
        &self,
        order: BulkId,
        files: &[String],
        requests: &[BulkRequest],
    ) -> Result<Vec<BulkAnswer>, BulkError>;
}

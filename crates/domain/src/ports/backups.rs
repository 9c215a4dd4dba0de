//! Copies of the database, for the day on which it is lost.

use async_trait::async_trait;
use jiff::Timestamp;

/// Why there is no backup, or an old one is still there: one sentence, with what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BackupFailed(pub String);

/// Where backups of this node's database are kept. Dropping a call breaks its work off and leaves
/// nothing half done.
#[async_trait]
pub trait Backups: Send + Sync {
    /// When each of those that are there was taken.
    async fn taken(&self) -> Result<Vec<Timestamp>, BackupFailed>;

    /// Takes one and reads it back whole. It counts only then, and older ones stay as they are.
    async fn take(&self, now: Timestamp) -> Result<(), BackupFailed>;

    /// Takes away those that were taken at these moments.
    async fn let_go(&self, gone: &[Timestamp]) -> Result<(), BackupFailed>;
}

//! Copies of the database, for the day on which it is lost.

use async_trait::async_trait;
use jiff::Timestamp;

/// Why there is no backup, or an old one is still there: one sentence, with what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BackupFailed(pub String);

/// A restore that was only tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drill {
    /// The name of the backup.
    pub backup: String,
    /// When.
    pub at: Timestamp,
    /// When the last one was that went well.
    pub good_at: Option<Timestamp>,
    /// What went wrong.
    pub problem: Option<String>,
}

/// What is known of backups beside when they were taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BackupNews {
    /// A copy of each goes to another place.
    pub is_carried: bool,
    /// When the newest one was taken of which a copy is there.
    pub carried: Option<Timestamp>,
    /// The last restore that was tried.
    pub drill: Option<Drill>,
}

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

    /// What else is known of them.
    async fn news(&self) -> Result<BackupNews, BackupFailed>;

    /// Carries a copy of each that has none yet to the other place, where there is one.
    async fn carry(&self) -> Result<(), BackupFailed>;
}

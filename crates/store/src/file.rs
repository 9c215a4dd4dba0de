//! The SQLite file under a database: whether it is still the one that was opened, on a disk that works.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use domain::ports::store::StoreError;

use crate::lock::NodeLock;

/// The SQLite file and, for a node, its lock.
pub(crate) struct File {
    pub(crate) path: PathBuf,
    /// Device and inode of what was opened.
    number: (u64, u64),
    /// Several nodes work on it, each with a lease of its own.
    pub(crate) is_shared: bool,
    pub(crate) _lock: Option<NodeLock>,
    /// Why nothing is read or written any more: after a failed fsync the kernel may call pages clean
    /// that are not on the disk, so the same descriptor would soon say that all is well (fault 17).
    failure: OnceLock<String>,
}

impl File {
    /// The file at `path`, as it is now.
    pub(crate) fn at(path: PathBuf, lock: Option<NodeLock>, is_shared: bool) -> io::Result<Self> {
        let number = Self::number(&path)?;
        Ok(Self { path, number, is_shared, _lock: lock, failure: OnceLock::new() })
    }

    pub(crate) fn demand_sound(&self) -> Result<(), StoreError> {
        match self.failure.get() {
            Some(failure) => Err(StoreError::DiskFailed(failure.clone())),
            None => Ok(()),
        }
    }

    /// Device and inode of what is at `path` now.
    fn number(path: &Path) -> io::Result<(u64, u64)> {
        std::fs::metadata(path).map(|facts| (facts.dev(), facts.ino()))
    }

    /// A file that was deleted, moved or replaced while we have it open still takes writes, and
    /// nobody will ever read them: an intent stored there is none (fault 20).
    pub(crate) fn demand_in_place(&self) -> Result<(), StoreError> {
        self.demand_sound()?;
        if Self::number(&self.path).is_ok_and(|number| number == self.number) {
            return Ok(());
        }
        Err(StoreError::Moved(format!(
            "{} was deleted, moved or replaced while in use; put it back or restore a backup, then \
             restart",
            self.path.display()
        )))
    }

    /// The disk under it failed; only the first failure is the cause.
    pub(crate) fn fail(&self, failure: &str) {
        let _ = self.failure.set(failure.to_owned());
    }
}

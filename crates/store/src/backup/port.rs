//! The folder behind the engine's port: the same work on a thread that may block.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use domain::ports::{BackupFailed, BackupNews, Backups};
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};

use super::{BackupError, BackupFolder, Watch};

/// Backups of one SQLite file in one folder.
pub struct FolderBackups {
    database: PathBuf,
    folder: BackupFolder,
}

impl FolderBackups {
    /// Backups of the file at `database`.
    pub fn new(database: impl Into<PathBuf>, folder: BackupFolder) -> Self {
        Self { database: database.into(), folder }
    }

    /// Runs `work` where it may block; it is told to stop when nobody waits for it any more.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&std::path::Path, &BackupFolder, Arc<AtomicBool>) -> Result<T, BackupError>
        + Send
        + 'static,
    ) -> Result<T, BackupFailed> {
        let (database, folder) = (self.database.clone(), self.folder.clone());
        let stop = StopOnDrop(Arc::default());
        let told = stop.0.clone();
        let work = tokio::task::spawn_blocking(move || work(&database, &folder, told));
        match work.await {
            Ok(done) => done.map_err(|error| BackupFailed(error.to_string())),
            Err(error) => Err(BackupFailed(format!("a backup ended with a fault: {error}"))),
        }
    }
}

struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[async_trait]
impl Backups for FolderBackups {
    async fn taken(&self) -> Result<Vec<Timestamp>, BackupFailed> {
        self.blocking(|database, folder, _| {
            let ours = ours(database, folder)?;
            Ok(ours.into_iter().map(|one| one.taken_at).collect())
        })
        .await
    }

    async fn take(&self, now: Timestamp) -> Result<(), BackupFailed> {
        self.blocking(move |database, folder, stop| {
            super::take(database, folder, now, &mut Watch::new(&mut |_| {}, stop)).map(|_| ())
        })
        .await
    }

    async fn let_go(&self, gone: &[Timestamp]) -> Result<(), BackupFailed> {
        let gone = gone.to_vec();
        self.blocking(move |database, folder, _| {
            let ours = ours(database, folder)?;
            let mut files = ours.into_iter().filter(|one| gone.contains(&one.taken_at));
            files.try_for_each(|one| folder.remove(&one.file))
        })
        .await
    }

    async fn news(&self) -> Result<BackupNews, BackupFailed> {
        self.blocking(|database, folder, _| {
            let ours = ours(database, folder)?.into_iter();
            let carried = ours.filter(|one| one.is_carried).map(|one| one.taken_at).max();
            Ok(BackupNews { is_carried: false, carried, drill: folder.last_drill() })
        })
        .await
    }

    /// Nobody told it where to.
    async fn carry(&self) -> Result<(), BackupFailed> {
        Ok(())
    }
}

/// A backup of this database.
struct Ours {
    taken_at: Timestamp,
    file: PathBuf,
    is_carried: bool,
}

/// The backups of this database in this folder: whatever else lies there is left alone.
fn ours(database: &std::path::Path, folder: &BackupFolder) -> Result<Vec<Ours>, BackupError> {
    let unreadable = |error: rusqlite::Error| BackupError::unreadable(database, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags).map_err(unreadable)?;
    let sql = "SELECT value FROM meta WHERE key = 'identity'";
    let identity: String = connection.query_row(sql, [], |row| row.get(0)).map_err(unreadable)?;
    let of = |listed: super::Listed| {
        let manifest = listed.manifest.ok().filter(|manifest| manifest.database == identity)?;
        let taken_at = manifest.taken_at()?;
        Some(Ours { taken_at, file: listed.path, is_carried: listed.is_carried })
    };
    Ok(folder.list()?.into_iter().filter_map(of).collect())
}

//! A place for what was opened: beside the database, where as much lies in clear anyway, never among the
//! backups. It goes with its owner; what a process that died left goes with the next one.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::BackupError;

const PREFIX: &str = ".flockwork-open-";
/// What SQLite keeps beside a file while it writes.
const JOURNAL: &str = "-journal";
const MODE: u32 = 0o600;

/// Tells the files of one process apart.
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// A file that is there for as long as this.
pub(super) struct Scratch {
    path: PathBuf,
    /// Held, so that nobody takes it for one that was left behind.
    file: File,
}

impl Scratch {
    /// An empty file in that folder.
    pub(super) fn create(folder: &Path) -> Result<Self, BackupError> {
        clean(folder);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("{PREFIX}{}-{number}", std::process::id()));
        let failed = || BackupError::io("written", &path);
        let mut options = OpenOptions::new();
        let options = options.create(true).truncate(true).write(true).mode(MODE);
        let file = options.open(&path).map_err(failed())?;
        file.try_lock().map_err(|error| failed()(error.into()))?;
        Ok(Self { path, file })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(%error, "An opened backup is left behind at {}", self.path.display());
        }
    }
}

/// Takes away what nobody holds.
fn clean(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name.starts_with(PREFIX) || name.ends_with(JOURNAL) {
            continue;
        }
        let is_left = File::open(&path).is_ok_and(|file| file.try_lock().is_ok());
        let is_ours = name.starts_with(&format!("{PREFIX}{}-", std::process::id()));
        if is_left && !is_ours {
            let _ = fs::remove_file(path.with_file_name(format!("{name}{JOURNAL}")));
            let _ = fs::remove_file(&path);
        }
    }
}

//! A place for what was opened: beside the database, where as much lies in clear anyway, never among the
//! backups. It goes with its owner; what a process that died left goes with the next one, or with the next
//! start of a node.
//!
//! Whose it is says a lock alone. The number of a process says nothing: each container counts its own.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::BackupError;
use crate::seal::random;
use crate::text::hex;

const PREFIX: &str = ".flockwork-open-";
/// What SQLite keeps beside a file while it writes.
const JOURNAL: &str = "-journal";
const MODE: u32 = 0o600;
const NAME_BYTES: usize = 8;
/// Somebody who tidies may be faster than the lock; not so often in a row.
const TRIES_MAX: usize = 8;

/// A file that is there for as long as this.
pub(super) struct Scratch {
    path: PathBuf,
    /// Held, so that nobody takes it for one that was left behind.
    file: File,
}

impl Scratch {
    /// An empty file in that folder.
    pub(super) fn create(folder: &Path) -> Result<Self, BackupError> {
        tidy(folder);
        for _ in 0..TRIES_MAX {
            let mut name = [0; NAME_BYTES];
            if !random::fill(&mut name) {
                break;
            }
            let path = folder.join(format!("{PREFIX}{}", hex(&name)));
            if let Some(file) = make(&path).map_err(BackupError::io("written", &path))? {
                return Ok(Self { path, file });
            }
        }
        let error = io::Error::other("no file of a new name could be held there");
        Err(BackupError::io("written", folder)(error))
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
        let _ = fs::remove_file(journal_of(&self.path));
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(%error, "An opened backup is left behind at {}", self.path.display());
        }
    }
}

/// A new file that is held; `None` where another has that name, or took it for one that was left behind
/// before it was held.
fn make(path: &Path) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    let file = match options.create_new(true).write(true).mode(MODE).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
        opened => opened?,
    };
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
        Ok(()) => {}
    }
    let held = file.metadata()?;
    let is_it = |there: fs::Metadata| (there.dev(), there.ino()) == (held.dev(), held.ino());
    Ok(fs::metadata(path).is_ok_and(is_it).then_some(file))
}

fn journal_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(JOURNAL);
    PathBuf::from(name)
}

/// Takes away what nobody holds.
pub(super) fn tidy(folder: &Path) {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.starts_with(PREFIX) {
            continue;
        }
        let is_left = match name.strip_suffix(JOURNAL) {
            Some(of) => !path.with_file_name(of).exists(),
            None => is_left(&path),
        };
        if is_left {
            let _ = fs::remove_file(journal_of(&path));
            let _ = fs::remove_file(&path);
        }
    }
}

/// Whether nobody holds it. The lock goes at once; whoever makes one looks whether it is still there.
fn is_left(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| file.try_lock().is_ok())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn names(folder: &Path) -> BTreeSet<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn what_was_left_behind_goes_whatever_its_number_and_what_is_held_stays() {
        let folder = std::env::temp_dir().join(format!("flockwork-scratch-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let held = Scratch::create(&folder).unwrap();
        let held_name = held.path().file_name().unwrap().to_string_lossy().into_owned();
        // In a container every process has the same number, and so had the one that died.
        let left = format!("{PREFIX}{}-0", std::process::id());
        for name in [&left, &format!("{left}{JOURNAL}"), &format!("{PREFIX}gone{JOURNAL}")] {
            fs::write(folder.join(name), "in clear").unwrap();
        }
        fs::write(folder.join("flockwork.db"), "somebody else's").unwrap();
        tidy(&folder);
        let kept = [held_name.clone(), "flockwork.db".to_owned()];
        assert_eq!(names(&folder), BTreeSet::from(kept));
        // Several of one process, and one that is gone with its owner.
        let others: Vec<Scratch> = (0..20).map(|_| Scratch::create(&folder).unwrap()).collect();
        assert_eq!(names(&folder).len(), 22);
        drop((held, others));
        assert_eq!(names(&folder), BTreeSet::from(["flockwork.db".to_owned()]));
        fs::remove_dir_all(&folder).unwrap();
    }
}

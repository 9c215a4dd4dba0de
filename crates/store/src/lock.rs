//! One node per SQLite file, by an OS lock beside it that is held for life. The kernel lets go when
//! the process ends, however it ends, so there is nothing to clean up. Whatever link leads to the
//! file, it is one lock.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// A probe holds its shared lock for microseconds; a node that meets one looks again this often.
const LOOKS_MAX: u32 = 50;

/// Held as long as it exists.
pub(crate) struct NodeLock {
    _file: File,
}

impl NodeLock {
    /// Takes the lock; `None` if another process has it.
    pub(crate) fn take(database: &Path) -> io::Result<Option<Self>> {
        let file = open(&lock_path(database))?;
        for _ in 0..LOOKS_MAX {
            match file.try_lock() {
                Ok(()) => return Ok(Some(Self { _file: file })),
                Err(TryLockError::WouldBlock) => std::thread::yield_now(),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Ok(None)
    }
}

/// Whether a node holds the lock of this file now.
pub(crate) fn is_taken(database: &Path) -> io::Result<bool> {
    let file = match File::open(lock_path(database)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// `<file>.lock`, beside the file itself and not beside a link to it.
pub(crate) fn lock_path(database: &Path) -> PathBuf {
    let mut path = real(database).into_os_string();
    path.push(".lock");
    PathBuf::from(path)
}

/// Where the file lies; before it is made, where it will lie.
fn real(database: &Path) -> PathBuf {
    if let Ok(path) = database.canonicalize() {
        return path;
    }
    let name = database.file_name().unwrap_or_default();
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder.unwrap_or(Path::new(".")).canonicalize() {
        Ok(folder) => folder.join(name),
        Err(_) => database.to_owned(),
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).truncate(false).write(true).open(path)
}

//! The copy itself: page by page out of one snapshot, by SQLite's own backup interface.
//!
//! `VACUUM INTO` would do, but it cannot run inside a transaction, so nobody could say how many rows
//! the copy must have. Here the rows are counted in the very snapshot that is copied. Readers do not
//! stop the writer of a log, and copying pages costs a fraction of rebuilding every index.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::manifest::Rows;
use super::{BackupError, Progress, Watch, folder, verify};

/// Pages copied between two looks whether to go on: a few milliseconds.
const STEP_PAGES: i32 = 512;
/// Pages after which what was written goes to the disk, so that the commits of the node never wait
/// for one great flush.
const FLUSH_PAGES: i32 = 4096;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Only this user reads what bots will say.
const MODE: u32 = 0o600;

/// Copies `database` to `to`, a new file, and marks it as taken at `taken_at`. Returns how many rows
/// the snapshot has.
pub(super) fn copy(
    database: &Path,
    to: &Path,
    taken_at: Timestamp,
    watch: &mut Watch<'_>,
) -> Result<Rows, BackupError> {
    let unreadable = |error: rusqlite::Error| BackupError::unreadable(database, &error);
    let unwritable = |error: rusqlite::Error| failed_to_write(to, &error);
    OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(MODE)
        .open(to)
        .map_err(BackupError::io("written", to))?;

    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let from = Connection::open_with_flags(database, flags).map_err(unreadable)?;
    from.busy_timeout(BUSY_TIMEOUT).map_err(unreadable)?;
    from.execute_batch("BEGIN").map_err(unreadable)?;
    let counted = verify::count(&from).map_err(unreadable)?;

    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut copy = Connection::open_with_flags(to, flags).map_err(unwritable)?;
    // What is not finished is thrown away, so nothing needs to be undone or to be safe meanwhile.
    copy.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
        .map_err(unwritable)?;
    pages(&from, &mut copy, to, watch)?;
    from.execute_batch("COMMIT").map_err(unreadable)?;
    drop(from);
    // One file, without a log beside it.
    copy.execute_batch("PRAGMA journal_mode = DELETE").map_err(unwritable)?;
    crate::lost::mark_copy(&copy, taken_at).map_err(unwritable)?;
    copy.close().map_err(|(_, error)| unwritable(error))?;
    Ok(counted)
}

fn pages(
    from: &Connection,
    copy: &mut Connection,
    to: &Path,
    watch: &mut Watch<'_>,
) -> Result<(), BackupError> {
    let failed = |error: rusqlite::Error| failed_to_write(to, &error);
    let backup = Backup::new(from, copy).map_err(failed)?;
    let mut unflushed = 0;
    loop {
        let step = backup.step(STEP_PAGES).map_err(failed)?;
        let progress = backup.progress();
        let of = u64::try_from(progress.pagecount).unwrap_or_default();
        let left = u64::try_from(progress.remaining).unwrap_or_default();
        watch.tell(Progress::Copying { done: of.saturating_sub(left), of })?;
        match step {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            // Nobody else has either of the two; but a lock is no reason to spin.
            _ => std::thread::yield_now(),
        }
        unflushed += STEP_PAGES;
        if unflushed >= FLUSH_PAGES {
            unflushed = 0;
            folder::sync(to)?;
        }
    }
}

/// SQLite's words for "no room" and the like.
fn failed_to_write(to: &Path, error: &rusqlite::Error) -> BackupError {
    let kind = match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::OperationInterrupted) => return BackupError::Stopped,
        Some(rusqlite::ErrorCode::DiskFull) => std::io::ErrorKind::StorageFull,
        _ => std::io::ErrorKind::Other,
    };
    let error = std::io::Error::new(kind, error.to_string());
    BackupError::Io { path: to.to_owned(), what: "written", error }
}

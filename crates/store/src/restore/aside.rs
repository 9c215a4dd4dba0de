//! The replaced file, kept under another name.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::RestoreError;
use crate::backup::BackupError;
use crate::open::OpenError;
use crate::open::file::{self, Found};

/// A command that is just ending is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// SQLite has no smaller page.
const PAGE_BYTES_MIN: u64 = 512;
/// What SQLite keeps beside a file.
const LOGS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Keeps the file at `real` (no link) under a name with the time in it, which is returned.
///
/// A file that is whole takes its log in first and only gets a second name, so that there is no
/// moment without a database. A damaged one is moved as it is, log and all, file first: a start in
/// between finds a log without its file and is refused.
pub(super) fn set_aside(real: &Path, now: Timestamp) -> Result<PathBuf, RestoreError> {
    let suffix = now.strftime(".replaced-%Y%m%dT%H%M%S-%3fZ").to_string();
    let kept = with(real, &suffix);
    let failed = || BackupError::io("kept", real);
    // SQLite throws the log of a file away that holds no page; here it may hold all that is left.
    if matches!(file::found(real), Ok(Found::Ours(bytes)) if bytes >= PAGE_BYTES_MIN) {
        take_log_in(real)?;
    }
    let logs = || LOGS.into_iter().filter(|log| with(real, log).exists());
    if logs().next().is_none() {
        fs::hard_link(real, &kept).map_err(failed())?;
        return Ok(kept);
    }
    fs::rename(real, &kept).map_err(failed())?;
    for log in logs() {
        fs::rename(with(real, log), with(&kept, log)).map_err(failed())?;
    }
    Ok(kept)
}

/// Makes one file of the database and its log, which works only while nobody else has it open: a
/// command that still had would, at its end, delete the log of the file that comes.
fn take_log_in(real: &Path) -> Result<(), RestoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let folded = Connection::open_with_flags(real, flags).and_then(|old| {
        old.busy_timeout(BUSY_TIMEOUT)?;
        old.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
        old.close().map_err(|(_, error)| error)
    });
    match folded.map_err(|error| error.sqlite_error_code()) {
        Err(Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)) => {
            Err(OpenError::Locked { place: real.display().to_string() }.into())
        }
        // Damaged: it is kept as it is.
        Ok(()) | Err(_) => Ok(()),
    }
}

fn with(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

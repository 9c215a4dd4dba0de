//! Putting a backup in the place of the database, while nobody uses it: verified first, the replaced
//! file kept, and the history marked as lost.
//!
//! The order is made for being cut off anywhere. Until the last rename the old file is what a start
//! finds, or the start is refused; a database is never replaced by an empty one.

mod aside;

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};

use crate::backup::{
    Backup, BackupError, Manifest, Opener, Watch, folder::sync, sealed, verify, verify::hash,
};
use crate::lock::{NodeLock, lock_path};
use crate::open::file::{self, Found, folder};
use crate::open::{OpenError, beside};
use crate::seal::Keyring;

/// Only this user reads what bots will say.
const MODE: u32 = 0o600;

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The backup that is in place now.
    pub backup: Backup,
    /// Where the replaced file is; `None` where there was none.
    pub kept: Option<PathBuf>,
}

/// Why it was not done. The database is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The backup is not good, or a file could not be written.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// Something stands against the database's place.
    #[error(transparent)]
    Place(#[from] OpenError),
}

/// Puts the backup at `file` in the place of the SQLite file at `database`. At the next start every
/// bot reads its timeline before it posts.
pub fn restore(
    file: &Path,
    database: &Path,
    keys: &Keyring,
    now: Timestamp,
    watch: &mut Watch<'_>,
) -> Result<Restored, RestoreError> {
    judge(database)?;
    file::make_folder(database)?;
    // Held to the end, so that no node starts on half of it.
    let _lock = NodeLock::take(database)
        .map_err(BackupError::io("locked", database))?
        .ok_or_else(|| OpenError::Locked { place: database.display().to_string() })?;
    let opener = Opener::beside(database, keys.clone()).alone();
    opener.demand_room(file)?;
    let backup = verify(file, &opener, watch)?;
    let draft = beside(database, ".restoring");
    let drawn = draw_up(&backup, &draft, (database, keys), watch);
    let placed = drawn.and_then(|()| place(&draft, database, now));
    if placed.is_err() {
        // Nobody reads it, and the next restore begins by removing it.
        let _ = fs::remove_file(&draft);
    }
    Ok(Restored { backup, kept: placed? })
}

/// Refuses a place that cannot hold a database, and a database of another program. A damaged one is
/// what restoring is for.
fn judge(database: &Path) -> Result<(), RestoreError> {
    match file::judge(database) {
        Ok(Found::Unclear(_)) => {
            Err(OpenError::NotOurs { place: database.display().to_string() }.into())
        }
        Ok(Found::Ours(_) | Found::Missing | Found::Empty) | Err(OpenError::Corrupt { .. }) => {
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// A copy of the backup beside the database, as whole as the backup, marked, and on the disk.
fn draw_up(
    backup: &Backup,
    draft: &Path,
    (database, keys): (&Path, &Keyring),
    watch: &Watch<'_>,
) -> Result<(), RestoreError> {
    let failed = || BackupError::io("written", draft);
    match fs::remove_file(draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed()(error).into()),
        _ => {}
    }
    let wanted = fill(backup, draft, keys, watch)?;
    let (bytes, sha256) = hash(draft)?;
    if (bytes, &sha256) != (wanted.bytes, &wanted.sha256) {
        let error = io::Error::other("it is not what was read from the backup");
        return Err(failed()(error).into());
    }
    let (owner, permissions) = owner_of(database).map_err(failed())?;
    fs::set_permissions(draft, permissions).map_err(failed())?;
    for path in [draft, &lock_path(database)] {
        give(path, owner).map_err(failed())?;
    }
    mark(draft, backup.taken_at).map_err(|error| failed()(io::Error::other(error.to_string())))?;
    sync(draft)?;
    Ok(())
}

/// The database of the backup at `draft`; returns what must be in there.
fn fill(
    backup: &Backup,
    draft: &Path,
    keys: &Keyring,
    watch: &Watch<'_>,
) -> Result<Manifest, BackupError> {
    let failed = || BackupError::io("written", draft);
    let Backup { path, manifest, .. } = backup;
    if manifest.key().is_none() {
        fs::copy(path, draft).map_err(failed())?;
        return Ok(manifest.clone());
    }
    let mut options = fs::OpenOptions::new();
    let mut to = options.create_new(true).write(true).mode(MODE).open(draft).map_err(failed())?;
    sealed::open((path, manifest), &mut to, keys, watch)
}

/// User and group.
type Owner = (u32, u32);

/// Whose the database is, and who may use it. Where the file is gone, its folder tells.
fn owner_of(database: &Path) -> io::Result<(Owner, fs::Permissions)> {
    let (facts, permissions) = match fs::metadata(database) {
        Ok(old) => (old.clone(), old.permissions()),
        Err(_) => (fs::metadata(folder(database))?, fs::Permissions::from_mode(MODE)),
    };
    Ok(((facts.uid(), facts.gid()), permissions))
}

/// A restore by another user than the node's must not leave a file that the node cannot write.
fn give(path: &Path, owner: Owner) -> io::Result<()> {
    let facts = fs::metadata(path)?;
    if (facts.uid(), facts.gid()) == owner {
        return Ok(());
    }
    std::os::unix::fs::chown(path, Some(owner.0), Some(owner.1))
}

fn mark(draft: &Path, taken_at: Timestamp) -> Result<(), rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let copy = Connection::open_with_flags(draft, flags)?;
    // A backup is marked since it was taken. This is for certain, whatever was taken for one.
    crate::lost::mark_copy(&copy, taken_at)?;
    crate::lost::let_live(&copy)?;
    copy.close().map_err(|(_, error)| error)
}

/// The old file goes aside and the new one takes its name.
fn place(draft: &Path, database: &Path, now: Timestamp) -> Result<Option<PathBuf>, RestoreError> {
    let real = beside(database, "");
    let kept = if real.exists() { Some(aside::set_aside(&real, now)?) } else { None };
    fs::rename(draft, &real).map_err(BackupError::io("written", &real))?;
    sync(folder(&real))?;
    Ok(kept)
}

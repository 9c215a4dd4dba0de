//! Backups of an SQLite file: taken while it is used, read back whole before they count, and never
//! half there under their final name.
//!
//! A backup is a file and its manifest. The file is a database by itself, without a log, and says in
//! `meta` that it is a copy: whoever starts a node on it, restored by us or copied by hand, makes
//! every bot read its timeline first. The manifest says what must be in the file, to the last byte.
//!
//! All of this blocks; who must not block calls it on a thread of its own.

mod copy;
mod drill;
mod error;
pub(crate) mod folder;
mod manifest;
mod port;
mod room;
mod scratch;
pub(crate) mod sealed;
pub(crate) mod verify;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;

use self::scratch::Scratch;
use crate::seal::Keyring;

pub use error::BackupError;
pub use folder::{BackupFolder, Listed};
pub use manifest::Manifest;
pub use port::FolderBackups;
pub use verify::verify;

/// A good backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// The file.
    pub path: PathBuf,
    /// What is told of it.
    pub manifest: Manifest,
    /// Rows of each of its tables.
    pub rows: BTreeMap<String, u64>,
    /// When it was taken.
    pub taken_at: Timestamp,
}

/// Who opens sealed backups, and where what is opened lies meanwhile.
#[derive(Clone, Default)]
pub struct Opener {
    /// Keys of backups; the first seals new ones.
    pub keys: Keyring,
    /// A folder, best that of the database.
    pub folder: PathBuf,
    /// A node may work there: it keeps its room.
    pub is_beside_work: bool,
}

impl Opener {
    /// With these keys, beside that database.
    pub fn beside(database: &Path, keys: Keyring) -> Self {
        let folder = crate::open::file::folder(database).to_owned();
        Self { keys, folder, is_beside_work: true }
    }

    /// The same where no node works.
    #[must_use]
    pub(crate) fn alone(self) -> Self {
        Self { is_beside_work: false, ..self }
    }

    /// Takes away what others left open that were ended in the middle.
    pub fn tidy(&self) {
        scratch::tidy(&self.folder);
    }
}

/// How far the work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Pages copied, of so many.
    Copying {
        /// So far.
        done: u64,
        /// In all.
        of: u64,
    },
    /// The file is read through.
    Checking,
}

/// Who is told of progress, and may break the work off.
pub struct Watch<'a> {
    told: &'a mut dyn FnMut(Progress),
    stop: Arc<AtomicBool>,
}

impl<'a> Watch<'a> {
    /// `told` hears of progress; the work ends soon after `stop` is set.
    pub fn new(told: &'a mut dyn FnMut(Progress), stop: Arc<AtomicBool>) -> Self {
        Self { told, stop }
    }

    fn tell(&mut self, progress: Progress) -> Result<(), BackupError> {
        (self.told)(progress);
        self.demand_going_on()
    }

    fn demand_going_on(&self) -> Result<(), BackupError> {
        if self.stop.load(Ordering::Acquire) { Err(BackupError::Stopped) } else { Ok(()) }
    }
}

/// Takes a backup of the database at `database` into `folder`, reads it back, and only then gives it
/// its name. Nothing that was there before is touched.
pub fn take(
    database: &Path,
    folder: &BackupFolder,
    now: Timestamp,
    watch: &mut Watch<'_>,
) -> Result<Backup, BackupError> {
    // Cut to what names and manifests hold.
    let taken_at = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
    verify::demand_database(database)?;
    let turn = folder.begin(database)?;
    let partial = turn.partial(taken_at);
    let Some(key) = folder.opener().keys.first() else {
        let found = copied(database, &partial, taken_at, watch)?;
        watch.demand_going_on()?;
        let path = turn.finish(&partial, &found, taken_at)?;
        return Ok(Backup { path, rows: found.rows.clone(), manifest: found, taken_at });
    };
    let plain = Scratch::create(&folder.opener().folder)?;
    let found = copied(database, plain.path(), taken_at, watch)?;
    let outer = sealed::seal((plain.path(), &found), &partial, key, watch)?;
    watch.tell(Progress::Checking)?;
    let keys = &folder.opener().keys;
    if !sealed::holds((&partial, &outer), &found, keys, watch)? {
        let detail = "what is sealed in it are other bytes".to_owned();
        return Err(BackupError::Differs { database: database.to_owned(), detail });
    }
    let path = turn.finish(&partial, &outer, taken_at)?;
    Ok(Backup { path, manifest: outer, rows: found.rows, taken_at })
}

/// A copy that was read back whole.
fn copied(
    database: &Path,
    to: &Path,
    taken_at: Timestamp,
    watch: &mut Watch<'_>,
) -> Result<Manifest, BackupError> {
    let counted = copy::copy(database, to, taken_at, watch)?;
    folder::sync(to)?;
    watch.tell(Progress::Checking)?;
    let found = verify::read_through(to, watch)?;
    if found.rows != counted {
        return Err(BackupError::differs(database, &counted, &found.rows));
    }
    Ok(found)
}

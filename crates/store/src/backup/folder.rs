//! The folder of backups: their names, one writer at a time, and nothing half done under a name that
//! counts.
//!
//! What is not finished is called `.partial`. The manifest gets its name first and the file second, so
//! that a file with its final name always has its manifest, and both are on the disk before.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::manifest::{Manifest, beside};
use super::room::{RESERVE_BYTES, room_for};
use super::{BackupError, Opener};

const PREFIX: &str = "flockwork-";
const PARTIAL: &str = ".partial";
/// How names of backups end: those that anybody can read, and those that are sealed.
const ENDS: [&str; 2] = ["db", SEALED_END];
/// That of a sealed one.
pub(super) const SEALED_END: &str = "sealed";
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// A folder of backups.
#[derive(Clone)]
pub struct BackupFolder {
    path: PathBuf,
    opener: Opener,
}

/// One file of the folder that is called like a backup.
#[derive(Debug)]
pub struct Listed {
    /// The file.
    pub path: PathBuf,
    /// How long it is.
    pub bytes: u64,
    /// What its manifest says, or why it says nothing.
    pub manifest: Result<Manifest, BackupError>,
    /// A copy of it is in another place.
    pub is_carried: bool,
}

impl BackupFolder {
    /// The folder at `path`, which is made when a backup is.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), opener: Opener::default() }
    }

    /// The same for who holds keys: new backups are sealed under the first of them.
    #[must_use]
    pub fn with_opener(self, opener: Opener) -> Self {
        Self { opener, ..self }
    }

    /// Who opens what is sealed here.
    pub fn opener(&self) -> &Opener {
        &self.opener
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is called like a backup here, newest first; nothing is read through.
    pub fn list(&self) -> Result<Vec<Listed>, BackupError> {
        let failed = || BackupError::io("read", &self.path);
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed()(error)),
        };
        let mut listed = Vec::new();
        for entry in entries {
            let path = entry.map_err(failed())?.path();
            if !is_backup_name(&path) {
                continue;
            }
            // One that another process lets go of meanwhile is none.
            let Ok(facts) = fs::metadata(&path) else { continue };
            let manifest = beside(&path);
            let manifest = if manifest.exists() {
                Manifest::read(&manifest)
            } else {
                Err(BackupError::NoManifest { file: path.clone(), manifest })
            };
            let is_carried = carried(&path).exists();
            listed.push(Listed { path, bytes: facts.len(), manifest, is_carried });
        }
        // Names begin with the time.
        listed.sort_by(|a, b| b.path.cmp(&a.path));
        Ok(listed)
    }

    /// Takes the backup at `file` away; the file first, so that none is left without its manifest.
    pub(super) fn remove(&self, file: &Path) -> Result<(), BackupError> {
        for path in [file, &beside(file), &carried(file)] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(BackupError::io("removed", path)(error));
                }
                _ => {}
            }
        }
        sync(&self.path)
    }

    /// Writes down that a copy of that backup is in another place; of one that was let go meanwhile nothing.
    pub fn note_carried(&self, file: &Path) -> Result<(), BackupError> {
        let mark = carried(file);
        if !file.exists() {
            return Ok(());
        }
        fs::write(&mark, "").map_err(BackupError::io("written", &mark))
    }

    /// The right to write here, until it is dropped.
    pub(super) fn begin(&self, database: &Path) -> Result<Turn<'_>, BackupError> {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(FOLDER_MODE);
        builder.create(&self.path).map_err(BackupError::io("made", &self.path))?;
        let lock = self.lock()?;
        self.remove_partial()?;
        self.demand_room(database)?;
        Ok(Turn { folder: self, _lock: lock })
    }

    fn lock(&self) -> Result<File, BackupError> {
        let path = self.path.join(".lock");
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true).mode(FILE_MODE);
        let file = options.open(&path).map_err(BackupError::io("written", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(BackupError::Busy(self.path.clone())),
            Err(TryLockError::Error(error)) => Err(BackupError::io("locked", &path)(error)),
        }
    }

    /// What a process that died left: nobody else writes while we hold the lock.
    fn remove_partial(&self) -> Result<(), BackupError> {
        let failed = || BackupError::io("read", &self.path);
        for entry in fs::read_dir(&self.path).map_err(failed())? {
            let path = entry.map_err(failed())?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_manifest_alone = name.starts_with(PREFIX)
                && name.ends_with(".json")
                && ENDS.iter().all(|end| !path.with_extension(end).exists());
            if name.starts_with(PREFIX) && name.contains(PARTIAL) || is_manifest_alone {
                fs::remove_file(&path).map_err(BackupError::io("removed", &path))?;
            }
        }
        Ok(())
    }

    fn demand_room(&self, database: &Path) -> Result<(), BackupError> {
        let device = |path: &Path| fs::metadata(path).map(|facts| facts.dev()).ok();
        let length = |path: &Path| fs::metadata(path).map_or(0, |facts| facts.len());
        let is_same_disk = device(database) == device(&self.path);
        let reserve = if is_same_disk { RESERVE_BYTES } else { 0 };
        let once = length(database) + length(&crate::open::log_of(database));
        // What is sealed lies beside the database in clear meanwhile.
        let is_twice = is_same_disk && !self.opener.keys.is_empty();
        let needed = once + if is_twice { once } else { 0 } + reserve;
        room_for(&self.path, needed)?;
        if is_same_disk || self.opener.keys.is_empty() {
            return Ok(());
        }
        room_for(&self.opener.folder, once + RESERVE_BYTES)
    }
}

/// The one who writes.
pub(super) struct Turn<'a> {
    folder: &'a BackupFolder,
    _lock: File,
}

impl Turn<'_> {
    /// Where the copy taken at `taken_at` is made.
    pub(super) fn partial(&self, taken_at: Timestamp) -> PathBuf {
        self.folder.path.join(format!("{}.db{PARTIAL}", stem(taken_at)))
    }

    /// Gives the copy and its manifest their names.
    pub(super) fn finish(
        &self,
        partial: &Path,
        manifest: &Manifest,
        taken_at: Timestamp,
    ) -> Result<PathBuf, BackupError> {
        let end = if manifest.key().is_some() { ENDS[1] } else { ENDS[0] };
        let file = self.folder.path.join(format!("{}.{end}", stem(taken_at)));
        if file.exists() {
            let error = io::Error::from(io::ErrorKind::AlreadyExists);
            return Err(BackupError::io("written", &file)(error));
        }
        let place = beside(&file);
        let mut draft = place.clone().into_os_string();
        draft.push(PARTIAL);
        let draft = PathBuf::from(draft);
        let failed = || BackupError::io("written", &draft);
        let mut options = OpenOptions::new();
        options.create(true).truncate(true).write(true).mode(FILE_MODE);
        let mut text = options.open(&draft).map_err(failed())?;
        text.write_all(manifest.write().as_bytes()).map_err(failed())?;
        text.sync_all().map_err(failed())?;
        fs::rename(&draft, &place).map_err(BackupError::io("written", &place))?;
        fs::rename(partial, &file).map_err(BackupError::io("written", &file))?;
        sync(&self.folder.path)?;
        Ok(file)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // What is left of a backup that failed; the next one tries again.
        if let Err(error) = self.folder.remove_partial() {
            tracing::warn!("An unfinished backup is left behind: {error}");
        }
    }
}

/// What is written at `path` (of a folder: its names) survives a power cut.
pub(crate) fn sync(path: &Path) -> Result<(), BackupError> {
    let written = File::open(path).and_then(|file| file.sync_all());
    written.map_err(BackupError::io("written", path))
}

/// Where it is written down that a copy of `file` is elsewhere.
fn carried(file: &Path) -> PathBuf {
    file.with_extension("carried")
}

fn stem(taken_at: Timestamp) -> String {
    format!("{PREFIX}{}", taken_at.strftime("%Y%m%dT%H%M%S-%3fZ"))
}

fn is_backup_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_so = |end: &str| name.strip_suffix(end).is_some_and(|rest| rest.ends_with('.'));
    name.starts_with(PREFIX) && ENDS.into_iter().any(is_so)
}

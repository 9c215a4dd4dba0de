//! Why there is no backup, or why one is not used.

use std::io;
use std::path::{Path, PathBuf};

use super::manifest::Rows;
use crate::seal::{KeyId, Keyring};

/// What went wrong, to what, and what to do. Whatever it is, the database and older backups are as
/// they were.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// No file there.
    #[error("there is no file at {}; `flockwork backup list` shows what there is", .0.display())]
    Missing(PathBuf),
    /// A file alone.
    #[error(
        "{} has no manifest beside it ({}), so nobody can tell whether all of it is there; put the \
         two together again, or use another backup",
        file.display(), manifest.display()
    )]
    NoManifest {
        /// The backup.
        file: PathBuf,
        /// Where its manifest should be.
        manifest: PathBuf,
    },
    /// Not what was written.
    #[error("{} is damaged ({detail}); use another backup", file.display())]
    Damaged {
        /// The file or its manifest.
        file: PathBuf,
        /// How that shows.
        detail: String,
    },
    /// Not a backup of ours.
    #[error(
        "{} is not a backup of Flockwork ({detail}); `flockwork backup list` shows those that there \
         are", file.display()
    )]
    NotOurs {
        /// The file.
        file: PathBuf,
        /// What it is instead.
        detail: String,
    },
    /// Made by a newer program.
    #[error(
        "{} was made by a newer Flockwork (schema {found}, this program knows {known}); install \
         that version or a later one", file.display()
    )]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest we know.
        known: i64,
    },
    /// Another process writes into this folder.
    #[error("another backup is being made in {}; try again when it is done", .0.display())]
    Busy(PathBuf),
    /// Sealed, and the key is not here.
    #[error(
        "{} is encrypted under key {key}, and {here}; name a file with that key in \
         FLOCKWORK_BACKUP_KEY_FILE", file.display()
    )]
    NoKey {
        /// The backup.
        file: PathBuf,
        /// The key's name.
        key: String,
        /// What is here instead.
        here: String,
    },
    /// The disk would be full.
    #[error(
        "a backup needs {needed} MB and {} has room for {free} MB; make room, or set \
         FLOCKWORK_BACKUP_DIR to a larger disk", folder.display()
    )]
    NoRoom {
        /// Where it was to go.
        folder: PathBuf,
        /// Megabytes, with what must stay free.
        needed: u64,
        /// Megabytes.
        free: u64,
    },
    /// The disk would be full of what is unpacked.
    #[error(
        "to unpack {} takes {needed} MB with what must stay free, and {} has room for {free} MB; make room \
         there", file.display(), folder.display()
    )]
    NoRoomToOpen {
        /// The backup.
        file: PathBuf,
        /// Where it was to go.
        folder: PathBuf,
        /// Megabytes, with what must stay free.
        needed: u64,
        /// Megabytes.
        free: u64,
    },
    /// The copy is not the database.
    #[error("the copy of {} was thrown away: {detail}; try again", database.display())]
    Differs {
        /// What was copied.
        database: PathBuf,
        /// The first difference.
        detail: String,
    },
    /// The database itself could not be read.
    #[error("{} cannot be copied ({detail}); `flockwork doctor` looks at it", database.display())]
    Unreadable {
        /// The database.
        database: PathBuf,
        /// What SQLite says.
        detail: String,
    },
    /// The system refused.
    #[error("{} could not be {what}: {error}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Written, read, ..
        what: &'static str,
        /// What the system says.
        error: io::Error,
    },
    /// Somebody broke it off.
    #[error("the work was broken off; nothing of it is left")]
    Stopped,
}

impl BackupError {
    pub(super) fn damaged(file: &Path, detail: impl Into<String>) -> Self {
        Self::Damaged { file: file.to_owned(), detail: detail.into() }
    }

    pub(super) fn no_key(file: &Path, key: &KeyId, keys: &Keyring) -> Self {
        let here: Vec<&str> = keys.ids().map(KeyId::as_str).collect();
        let here = match here.as_slice() {
            [] => "no key of backups is here".to_owned(),
            some => format!("here is only key {}", some.join(", ")),
        };
        Self::NoKey { file: file.to_owned(), key: key.to_string(), here }
    }

    pub(super) fn not_ours(file: &Path, detail: &str) -> Self {
        Self::NotOurs { file: file.to_owned(), detail: detail.to_owned() }
    }

    pub(super) fn differs(database: &Path, counted: &Rows, found: &Rows) -> Self {
        let table = counted.iter().find(|(table, rows)| found.get(*table) != Some(*rows));
        let detail = table.map_or_else(
            || "it has tables that the database has not".to_owned(),
            |(table, rows)| {
                let copied = found.get(table).copied().unwrap_or_default();
                format!("{table} has {rows} rows and its copy {copied}")
            },
        );
        Self::Differs { database: database.to_owned(), detail }
    }

    pub(super) fn unreadable(database: &Path, error: &rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::OperationInterrupted) => Self::Stopped,
            _ => Self::Unreadable { database: database.to_owned(), detail: error.to_string() },
        }
    }

    /// For `map_err` on what the system does with `path`.
    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Io { path: path.to_owned(), what, error }
    }
}

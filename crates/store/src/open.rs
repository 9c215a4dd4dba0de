//! Opening: which engine, is it ours, is it whole, may we.
//!
//! A database that is not ours, damaged, newer, or in use is refused with a sentence; it is never
//! replaced by an empty one.

use std::path::{Path, PathBuf};
use std::pin::Pin;

use crate::db::Db;
use crate::sizes::Sizes;
use crate::sqlite::Where;

pub(crate) mod file;
pub(crate) mod postgres;
pub(crate) mod sqlite;
pub(crate) mod steps;
mod tables;

/// Who opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The node that works. On SQLite it is the only one, by a lock held for life.
    Node,
    /// A command that reads or writes rows, beside a node or alone.
    Tool,
    /// One of several nodes of one process that share an SQLite file as they would a server: no lock,
    /// and their leases live beside each other. For the simulator, which has many nodes and no server.
    Peer,
}

/// Why a database was not opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// An SQLite file of something else.
    #[error(
        "{place} is a database of another program; set DATABASE_PATH to another file (a \
         template-bot database is moved over by `flockwork import`)"
    )]
    NotOurs {
        /// The file.
        place: String,
    },
    /// Not a database, or damaged, or one that lacks a table.
    #[error(
        "{place} is damaged or not a database ({detail}); it was left as it is: restore a backup, \
         or set DATABASE_PATH or DATABASE_URL to another one"
    )]
    Corrupt {
        /// The file or server.
        place: String,
        /// What the engine found.
        detail: String,
    },
    /// Written by a newer Flockwork.
    #[error(
        "{place} was written by a newer Flockwork (schema {found}, this program knows {known}); \
         install that version or a later one"
    )]
    Newer {
        /// The file or server.
        place: String,
        /// Its schema.
        found: i64,
        /// The newest we know.
        known: i64,
    },
    /// A second node on one SQLite file.
    #[error(
        "{place} is in use by another Flockwork process; stop it first, or set DATABASE_URL to \
         PostgreSQL to run several"
    )]
    Locked {
        /// The file.
        place: String,
    },
    /// The file or its folder cannot be written.
    #[error("{place} cannot be written ({detail}); check that its folder exists and who owns it")]
    Unwritable {
        /// The file or folder.
        place: String,
        /// What the system said.
        detail: String,
    },
    /// A read or a write failed, or the word that it is on the disk.
    #[error(
        "the disk under {place} failed ({detail}); look at the kernel's log (`dmesg`), and start \
         again: where the disk is sound, the file is as it was"
    )]
    DiskFailed {
        /// The file.
        place: String,
        /// What the system said.
        detail: String,
    },
    /// SQLite's locks do not work over a network.
    #[error(
        "{place} lies on a network file system ({kind}), where SQLite is not safe; use a local \
         disk, or set DATABASE_URL to PostgreSQL"
    )]
    NetworkFileSystem {
        /// The file.
        place: String,
        /// Which one.
        kind: &'static str,
    },
    /// The server does not answer, or the URL is none.
    #[error("{place} cannot be reached ({detail}); check DATABASE_URL and that the server runs")]
    Unreachable {
        /// The server, without a password.
        place: String,
        /// What happened.
        detail: String,
    },
    /// A pooler that gives every transaction another session.
    #[error(
        "{place} is a connection pooler in transaction mode, where nobody can wait for news or hold a \
         lock; set DATABASE_URL to the server itself, or to a pool in session mode (PgBouncer: \
         pool_mode = session)"
    )]
    Pooled {
        /// The pooler, without a password.
        place: String,
    },
    /// It lives on elsewhere, and two that live would post twice.
    #[error(
        "{place} was moved to {to}; set DATABASE_URL to that database (if the move was cut off and \
         that one is empty, run the same `flockwork migrate-store` again; to let this old copy live \
         instead, run `flockwork restore --mark-only`)"
    )]
    Moved {
        /// The file or server.
        place: String,
        /// Where it is now.
        to: String,
    },
    /// The schema could not be brought up to date.
    #[error("the schema of {place} could not be brought up to date: {detail}")]
    Migration {
        /// The file or server.
        place: String,
        /// What happened.
        detail: String,
    },
}

/// A database that is being opened. A box, so that who opens one does not build all that is behind it
/// once more.
pub type Opening<'a> = Pin<Box<dyn Future<Output = Result<Db, OpenError>> + Send + 'a>>;

impl Db {
    /// What can be told about a place without opening it, for who wants to know before a start:
    /// nothing is made, locked or asked there. [`Db::open`] begins with the same.
    pub fn judge(place: &str) -> Result<(), OpenError> {
        match sqlite_path(place) {
            Some(path) => file::judge(&path).map(|_| ()),
            None => postgres::options(place).map(|_| ()),
        }
    }

    /// Opens `postgres://..`, `sqlite://..` or the path of an SQLite file, which is created if it is
    /// not there.
    pub fn open(place: &str, role: Role) -> Opening<'_> {
        Self::open_sized(place, role, Sizes::default())
    }

    /// As [`Db::open`], of another size than most.
    pub fn open_sized(place: &str, role: Role, sizes: Sizes) -> Opening<'_> {
        Box::pin(Self::open_living(place, role, (Where::Apart, sizes)))
    }

    /// As [`Db::open`], but what an SQLite file is asked is answered on the thread that asks: for who
    /// has nobody to keep waiting.
    pub fn open_here(place: &str, role: Role) -> Opening<'_> {
        Box::pin(Self::open_living(place, role, (Where::Here, Sizes::default())))
    }

    async fn open_living(
        place: &str,
        role: Role,
        manner: (Where, Sizes),
    ) -> Result<Self, OpenError> {
        let db = Self::open_whatever(place, role, manner).await?;
        let moved = db.moved_to().await.map_err(|error| OpenError::Migration {
            place: Self::describe(place),
            detail: error.to_string(),
        })?;
        match moved {
            None => Ok(db),
            Some(to) => {
                db.close().await;
                Err(OpenError::Moved { place: Self::describe(place), to })
            }
        }
    }

    /// Opens a database for a change that nobody else may see the middle of, as a node does, even if
    /// it lives on elsewhere.
    pub fn open_to_mend(place: &str) -> Opening<'_> {
        Box::pin(Self::open_whatever(place, Role::Node, (Where::Apart, Sizes::default())))
    }

    async fn open_whatever(
        place: &str,
        role: Role,
        manner: (Where, Sizes),
    ) -> Result<Self, OpenError> {
        match sqlite_path(place) {
            Some(path) => sqlite::open(path, role, manner).await,
            None => postgres::open(place, manner.1.server_connections).await,
        }
    }

    /// A place in words, without a password.
    pub fn describe(place: &str) -> String {
        match sqlite_path(place) {
            Some(path) => path.display().to_string(),
            None => postgres::options(place)
                .map_or_else(|_| "a PostgreSQL server".to_owned(), |of| postgres::describe(&of)),
        }
    }

    /// Whether a node works on this SQLite file now; always `false` for a server, which many may
    /// use.
    pub fn is_locked_by_node(place: &str) -> bool {
        sqlite_path(place).is_some_and(|path| crate::lock::is_taken(&path).unwrap_or(false))
    }

    /// Ends all connections. The SQLite file is whole by itself afterwards. After a failure of the disk
    /// nothing is closed: SQLite would empty the log into the file through descriptors that failed. The
    /// next start reads the log.
    pub async fn close(&self) {
        if !self.is_sound() {
            std::mem::forget(self.clone());
            return;
        }
        match &self.engine {
            crate::db::Engine::Sqlite(file) => file.close().await,
            crate::db::Engine::Postgres(server) => server.close().await,
        }
    }
}

/// Where SQLite keeps the log of the file at `path`: beside the file itself, not beside a link to it.
pub(crate) fn log_of(path: &Path) -> PathBuf {
    beside(path, "-wal")
}

/// The file itself with `suffix` behind its name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.canonicalize().unwrap_or_else(|_| path.to_owned()).into_os_string();
    name.push(suffix);
    PathBuf::from(name)
}

/// The path in `sqlite:..` or a plain path; `None` for a server.
pub(crate) fn sqlite_path(place: &str) -> Option<PathBuf> {
    if place.starts_with("postgres://") || place.starts_with("postgresql://") {
        return None;
    }
    let path =
        place.strip_prefix("sqlite://").or_else(|| place.strip_prefix("sqlite:")).unwrap_or(place);
    Some(PathBuf::from(path))
}

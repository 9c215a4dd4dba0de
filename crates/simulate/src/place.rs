//! Where the database lies: a file in shared memory.
//!
//! In memory, so that nothing waits for a disk; a file, because the nodes are to meet what they meet in
//! life: a log, an inode by which a restored copy is noticed, several connections. SQLite's own
//! in-memory databases have neither, and cannot be copied and put back.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, Error, Row, params_from_iter};
use store::{Db, Role};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// Memory that looks like a folder.
const SHARED_MEMORY: &str = "/dev/shm";

/// Drives a future of the store to its end before anything else goes on.
pub(crate) struct Driver(Runtime);

impl Driver {
    /// A driver of its own.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(Builder::new_current_thread().enable_time().build()?))
    }

    /// Drives it.
    pub(crate) fn drive<T>(&self, step: impl Future<Output = T>) -> T {
        self.0.block_on(step)
    }
}

/// A connection of our own, for the oracle and for what people do behind the engine's back.
pub(crate) struct Desk(Mutex<Connection>);

impl Desk {
    fn open(path: &Path) -> Self {
        let connection = Connection::open(path).expect("the store has just opened this file");
        Self(Mutex::new(connection))
    }

    /// The rows of a text with numbers for `?1`, `?2` ..
    pub(crate) fn rows<T>(&self, sql: &'static str, numbers: &[i64]) -> Vec<T>
    where
        T: for<'r> TryFrom<&'r Row<'r>, Error = Error>,
    {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = || {
            let mut asked = connection.prepare_cached(sql)?;
            let rows = asked.query_map(params_from_iter(numbers), |row| T::try_from(row))?;
            rows.collect::<Result<_, Error>>()
        };
        rows().unwrap_or_else(|error| panic!("the schema is ours: {error}: {sql}"))
    }

    /// Runs a text with words for `?1`, `?2` ..
    pub(crate) fn run(&self, sql: &'static str, words: &[&str]) {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let done =
            connection.prepare_cached(sql).and_then(|mut run| run.execute(params_from_iter(words)));
        if let Err(error) = done {
            panic!("the schema is ours: {error}: {sql}");
        }
    }
}

/// The database of one episode, its file and our desk at it.
pub(crate) struct Place {
    folder: TempDir,
    driver: Arc<Driver>,
    role: Role,
    /// `None` only while the file is replaced: the lock of a node goes with its last handle.
    db: Option<Db>,
    desk: Arc<Desk>,
}

impl Place {
    /// A new database; `role` says whether several nodes share it.
    pub(crate) fn open(driver: Arc<Driver>, role: Role) -> io::Result<Self> {
        let folder = match tempfile::Builder::new().prefix("simulate-").tempdir_in(SHARED_MEMORY) {
            Ok(folder) => folder,
            Err(_) => tempfile::tempdir()?,
        };
        let (db, desk) = open(&driver, &file(&folder), role)?;
        Ok(Self { folder, driver, role, db: Some(db), desk })
    }

    /// The store.
    pub(crate) fn db(&self) -> &Db {
        self.db.as_ref().expect("it is open but within `restore`")
    }

    /// Our own connection.
    pub(crate) fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }

    /// A copy of the database as it is now.
    pub(crate) fn copy(&self) -> io::Result<Vec<u8>> {
        self.desk.rows::<(i64, i64, i64)>("PRAGMA wal_checkpoint(TRUNCATE)", &[]);
        std::fs::read(file(&self.folder))
    }

    /// The file is replaced by an earlier copy. A restored file is another file, whatever its name.
    pub(crate) fn restore(&mut self, copy: &[u8]) -> io::Result<()> {
        if let Some(db) = self.db.take() {
            self.driver.drive(db.close());
        }
        let (path, new) = (file(&self.folder), self.folder.path().join("restored.db"));
        std::fs::write(&new, copy)?;
        for end in ["-wal", "-shm"] {
            let beside = PathBuf::from(format!("{}{end}", path.display()));
            match std::fs::remove_file(beside) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        std::fs::rename(&new, &path)?;
        let (db, desk) = open(&self.driver, &path, self.role)?;
        (self.db, self.desk) = (Some(db), desk);
        Ok(())
    }

    /// Ends all connections; the folder goes with the value.
    pub(crate) fn close(self) {
        self.driver.drive(self.db().close());
    }
}

fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("world.db")
}

fn open(driver: &Arc<Driver>, path: &Path, role: Role) -> io::Result<(Db, Arc<Desk>)> {
    let db = driver
        .drive(Db::open_here(&path.to_string_lossy(), role))
        .map_err(|error| io::Error::other(error.to_string()))?;
    Ok((db, Arc::new(Desk::open(path))))
}

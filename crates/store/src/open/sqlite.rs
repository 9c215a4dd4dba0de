//! An SQLite file: one writer, a few readers, every promise of durability switched on.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, Error, ErrorCode, OpenFlags};

use super::file::{self, Found, corrupt, found, make_folder, unwritable};
use super::{OpenError, Role, tables};
use crate::db::{Db, Engine};
use crate::file::File as DbFile;
use crate::lock::NodeLock;
use crate::sizes::Sizes;
use crate::sqlite::{Connections, Line, Readers, Seat, Where, bring_up};

/// "Flok" in ASCII: stands in the header of every file of ours.
pub(crate) const APPLICATION_ID: u32 = 0x466c_6f6b;

/// Of larger files only the pages are checked at every start, and not whether every index says what its
/// table says: a damaged index would be found when it is used.
const WHOLE_CHECK_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Larger files are not read through at every start.
const QUICK_CHECK_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Opens or creates.
pub(super) async fn open(
    path: PathBuf,
    role: Role,
    (work, sizes): (Where, Sizes),
) -> Result<Db, OpenError> {
    let place = path.display().to_string();
    file::judge(&path)?;
    make_folder(&path)?;
    let lock = match role {
        Role::Node => Some(
            NodeLock::take(&path)
                .map_err(|error| unwritable(&path, &error))?
                .ok_or(OpenError::Locked { place })?,
        ),
        Role::Tool | Role::Peer => None,
    };
    let failed = |error| unwritable(&path, &error);
    let writer = Seat::take(Line::to(&path, sizes.file_cache_kib), work).map_err(failed)?;
    let file = path.clone();
    let prepared = writer.ask(move |line| prepare(line, &file)).await;
    prepared.map_err(|fault| unwritable(&path, &io::Error::other(fault.into_error())))??;
    let is_shared = role == Role::Peer;
    let file = DbFile::at(path.clone(), lock, is_shared).map_err(failed)?;
    let connections = Connections::with(writer, Readers::of(&path, work, sizes.file_readers));
    let engine = Engine::Sqlite(connections);
    Ok(Db { engine, file: Some(Arc::new(file)), act: None, ring: Arc::default() })
}

/// Makes the file if it is not there, refuses one that is not ours or not whole, and brings its schema
/// up to date.
fn prepare(line: &mut Line, path: &Path) -> Result<(), OpenError> {
    let size = match found(path)? {
        Found::Ours(size) => size,
        Found::Missing | Found::Empty => create(path)?,
        Found::Unclear(size) => {
            refuse_foreign(path)?;
            size
        }
    };
    let connection = line.connection().map_err(|error| cannot_open(path, &error))?;
    if size <= WHOLE_CHECK_BYTES_MAX {
        check(connection, "PRAGMA integrity_check(1)", path)?;
    } else if size <= QUICK_CHECK_BYTES_MAX {
        check(connection, "PRAGMA quick_check(1)", path)?;
    }
    tables::refuse_unrecorded(connection, path)?;
    let place = path.display().to_string();
    bring_up(connection, &place)?;
    tables::demand_all(&tables::of_sqlite(connection, path)?, &place)
}

/// Writes the mark of a new file before anything else, outside the log, so that a crash a moment
/// later does not leave a file that nobody knows.
fn create(path: &Path) -> Result<u64, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let marked = Connection::open_with_flags(path, flags)
        .and_then(|new| new.pragma_update(None, "application_id", APPLICATION_ID));
    marked.map_err(|error| cannot_open(path, &error))?;
    Ok(0)
}

fn refuse_foreign(path: &Path) -> Result<(), OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let seen = Connection::open_with_flags(path, flags).and_then(|file| {
        let id: i64 = file.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let tables: i64 =
            file.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok((id, tables))
    });
    let (id, tables) = seen.map_err(|error| cannot_open(path, &error))?;
    if id == i64::from(APPLICATION_ID) {
        return Ok(());
    }
    if tables > 0 || id != 0 {
        return Err(OpenError::NotOurs { place: path.display().to_string() });
    }
    create(path).map(|_| ())
}

fn check(connection: &Connection, words: &str, path: &Path) -> Result<(), OpenError> {
    match connection.query_row(words, [], |row| row.get::<_, String>(0)) {
        Ok(word) if word == "ok" => Ok(()),
        Ok(finding) => Err(corrupt(path, &finding)),
        Err(error) => Err(cannot_open(path, &error)),
    }
}

/// What an error of the first statements means.
pub(super) fn cannot_open(path: &Path, error: &Error) -> OpenError {
    let detail = error.to_string();
    let place = path.display().to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::SystemIoFailure) => OpenError::DiskFailed { place, detail },
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => corrupt(path, &detail),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::Locked { place },
        _ => OpenError::Unwritable { place, detail },
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use domain::ports::store::StoreError;

    use super::*;
    use crate::arg::args;
    use crate::db::in_transaction;
    use crate::dialect::Sql;

    static FILL: Sql = Sql::new("meta", "INSERT INTO meta (key, value) VALUES ($1, $2)");
    static FILLED: Sql =
        Sql::new("meta", "SELECT key FROM meta WHERE key IN ('before', 'during', 'after')");

    async fn fill(db: &Db, key: &str, length: usize) -> Result<u64, StoreError> {
        let value = "x".repeat(length);
        in_transaction!(db, |tx| tx.run(&FILL, &args![key, &value]))
    }

    static PUT: Sql = Sql::new("meta", "UPDATE meta SET value = $2 WHERE key = $1");

    #[tokio::test]
    async fn what_was_written_over_is_not_in_the_file_any_more() {
        let folder = std::env::temp_dir().join(format!("flockwork-secure-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("world.db");
        let _ = fs::remove_file(&path);
        let work = (Where::Apart, Sizes::default());
        let db = open(path.clone(), Role::Node, work).await.unwrap();
        // One that is longer than a page, too: its pages become free.
        let put = async |key: &str, value: &str| {
            in_transaction!(db, |tx| tx.run(&PUT, &args![key, value])).unwrap()
        };
        for (key, words) in [("short", 1), ("long", 1_000)] {
            fill(&db, key, 1).await.unwrap();
            assert_eq!(put(key, &"canary in clear ".repeat(words)).await, 1);
            assert_eq!(put(key, "sealed").await, 1);
        }
        db.close().await;
        let bytes = fs::read(&path).unwrap();
        let is_there = bytes.windows(15).any(|bytes| bytes == b"canary in clear");
        fs::remove_dir_all(&folder).unwrap();
        assert!(!is_there, "what was sealed meanwhile can still be read");
    }

    #[tokio::test]
    async fn the_file_is_whole_by_itself_afterwards_whoever_else_has_it_open() {
        let folder = std::env::temp_dir().join(format!("flockwork-close-{}", std::process::id()));
        let path = folder.join("flockwork.db");
        let db = open(path.clone(), Role::Node, (Where::Apart, Sizes::default()))
            .await
            .expect("a new file opens");
        fill(&db, "after", 100_000).await.expect("there is room");
        let other = Connection::open(&path).expect("a reader opens it, too");
        let rows = "SELECT count(*) FROM meta WHERE key = 'after'";
        let _: i64 = other.query_row(rows, [], |row| row.get(0)).expect("and reads");
        db.close().await;
        let log = fs::metadata(super::super::log_of(&path)).expect("somebody has it open");
        assert_eq!(log.len(), 0);
        drop(other);
        fs::remove_dir_all(&folder).expect("it is ours");
    }

    /// The connection at hand may hold only the pages that it has.
    async fn shrink(db: &Db) {
        let Engine::Sqlite(file) = &db.engine else { panic!("it is a file") };
        let mut turn = file.begin().await.ok().expect("it is idle");
        let shrunk = turn.ask(|writer| {
            let one_page = writer.pragma_update(None, "max_page_count", 1);
            one_page.map_err(|error| crate::fault::classify_file("meta", &error))
        });
        assert!(shrunk.await.is_ok());
    }

    /// The disk is played by the most pages that a file may have; SQLite cannot tell the two apart. A
    /// new connection knows no such bound.
    #[tokio::test]
    async fn a_full_disk_is_named_and_when_there_is_room_the_next_step_works() {
        let folder = std::env::temp_dir().join(format!("flockwork-full-{}", std::process::id()));
        let path = folder.join("flockwork.db");
        let db = open(path, Role::Node, (Where::Apart, Sizes::default()))
            .await
            .expect("a new file opens");
        fill(&db, "before", 1).await.expect("there is room");
        for _ in 0..3 {
            shrink(&db).await;
            let error = fill(&db, "during", 1_000_000).await.expect_err("there is no room");
            assert!(matches!(error, StoreError::Full(_)), "{error}");
        }
        let Engine::Sqlite(file) = &db.engine else { panic!("it is a file") };
        let mut turn = file.begin().await.ok().expect("what failed was undone");
        let roomy = turn.ask(|writer| {
            let many = writer.pragma_update(None, "max_page_count", 1_000_000_000);
            many.map_err(|error| crate::fault::classify_file("meta", &error))
        });
        assert!(roomy.await.is_ok());
        drop(turn);
        fill(&db, "after", 1_000_000).await.expect("there is room again");

        let keys: Vec<(String,)> = db.all(&FILLED, &[]).await.expect("a reader reads");
        assert_eq!(keys.len(), 2, "what did not fit was undone: {keys:?}");
        db.close().await;
        fs::remove_dir_all(&folder).expect("it is ours");
    }
}

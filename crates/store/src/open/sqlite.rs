//! An SQLite file: one writer, a few readers, every promise of durability switched on.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::file::{self, Found, corrupt, found, make_folder, unwritable};
use super::{OpenError, Role, migration_error, tables};
use crate::db::{Db, Engine, File as DbFile};
use crate::lock::NodeLock;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// "Flok" in ASCII: stands in the header of every file of ours.
pub(crate) const APPLICATION_ID: u32 = 0x466c_6f6b;

/// Larger files are not read through at every start.
const QUICK_CHECK_BYTES_MAX: u64 = 32 * 1024 * 1024;

const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const READERS_MAX: u32 = 4;
/// The rows of a whole batch fit, so that the writer does not stop in a statement for its reader.
const ROWS_AHEAD_MAX: usize = 1024;
/// A reader that has nothing to do gives its memory back.
const READER_IDLE: Duration = Duration::from_secs(30);

/// The newest schema that this program knows.
pub(crate) fn newest_schema() -> i64 {
    super::newest(&MIGRATIONS)
}

/// Opens or creates.
pub(super) async fn open(path: PathBuf, role: Role) -> Result<Db, OpenError> {
    let place = path.display().to_string();
    file::judge(&path)?;
    make_folder(&path)?;
    let lock = match role {
        Role::Node => Some(
            NodeLock::take(&path)
                .map_err(|error| unwritable(&path, &error))?
                .ok_or(OpenError::Locked { place: place.clone() })?,
        ),
        Role::Tool | Role::Peer => None,
    };
    let size = match found(&path)? {
        Found::Ours(size) => size,
        Found::Missing | Found::Empty => create(&path).await?,
        Found::Unclear(size) => {
            refuse_foreign(&path).await?;
            size
        }
    };
    let options = options(&path);
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(BUSY_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .after_release(|connection, _| Box::pin(is_reusable(connection)))
        .connect_with(for_writing(options.clone()))
        .await
        .map_err(|error| cannot_open(&path, &error))?;
    if size <= QUICK_CHECK_BYTES_MAX {
        quick_check(&write, &path).await?;
    }
    tables::refuse_unrecorded(&write, &path).await?;
    MIGRATIONS
        .run(&write)
        .await
        .map_err(|error| migration_error(&error, &MIGRATIONS, place.clone()))?;
    tables::demand_all(&tables::of_sqlite(&write, &path).await?, &place)?;
    let read = SqlitePoolOptions::new()
        .max_connections(READERS_MAX)
        .min_connections(0)
        .acquire_timeout(BUSY_TIMEOUT)
        .idle_timeout(READER_IDLE)
        .test_before_acquire(false)
        .connect_lazy_with(options.read_only(true));
    let is_shared = role == Role::Peer;
    let file =
        DbFile::at(path.clone(), lock, is_shared).map_err(|error| unwritable(&path, &error))?;
    Ok(Db { engine: Engine::Sqlite { write, read }, file: Some(Arc::new(file)) })
}

/// Whether the writer may be used again. Out of room, SQLite may undo the transaction by itself; the
/// ROLLBACK that follows then fails, and the connection counts as inside a transaction for ever. Such
/// a one is closed, and the next transaction opens another, so that the node goes on by itself as
/// soon as there is room (fault 15). The ping waits for the ROLLBACK.
async fn is_reusable(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// Lets the readers go, empties the log into the file, and closes it.
pub(super) async fn close(write: &SqlitePool, read: &SqlitePool) {
    read.close().await;
    if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(write).await {
        // The log stays beside the file and is read at the next start: nothing is lost.
        tracing::debug!(%error, "The log was not emptied at the end");
    }
    write.close().await;
}

/// No `PRAGMA optimize`: without statistics SQLite plans every text the same way in every file, which
/// the tests check. Statistics of a quiet moment make it walk all held posts in the next burst.
fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("cache_size", "-2000")
        .disable_statement_logging()
}

/// The writer's own settings. A batch of some hundred rows touches some thousand pages: they stay in
/// memory, and so do the old versions that an aborted statement would need again. The log grows to
/// 16 MiB before it is emptied into the file, which in a burst costs as much as a dozen commits.
fn for_writing(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .pragma("cache_size", "-16000")
        .pragma("temp_store", "MEMORY")
        .pragma("wal_autocheckpoint", "4000")
        .row_buffer_size(ROWS_AHEAD_MAX)
}

/// Writes the mark of a new file before anything else, outside the log, so that a crash a moment
/// later does not leave a file that nobody knows.
async fn create(path: &Path) -> Result<u64, OpenError> {
    let new = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let marked = async {
        let mut connection = SqliteConnection::connect_with(&new).await?;
        sqlx::query(sqlx::AssertSqlSafe(format!("PRAGMA application_id = {APPLICATION_ID}")))
            .execute(&mut connection)
            .await?;
        connection.close().await
    };
    marked.await.map_err(|error| cannot_open(path, &error))?;
    Ok(0)
}

async fn refuse_foreign(path: &Path) -> Result<(), OpenError> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let seen = async {
        let mut connection = SqliteConnection::connect_with(&options).await?;
        let (id,): (i64,) =
            sqlx::query_as("PRAGMA application_id").fetch_one(&mut connection).await?;
        let (tables,): (i64,) =
            sqlx::query_as("SELECT count(*) FROM sqlite_schema").fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok((id, tables))
    };
    let (id, tables) = seen.await.map_err(|error| cannot_open(path, &error))?;
    if id == i64::from(APPLICATION_ID) {
        return Ok(());
    }
    if tables > 0 || id != 0 {
        return Err(OpenError::NotOurs { place: path.display().to_string() });
    }
    create(path).await.map(|_| ())
}

async fn quick_check(pool: &SqlitePool, path: &Path) -> Result<(), OpenError> {
    let verdict: Result<(String,), sqlx::Error> =
        sqlx::query_as("PRAGMA quick_check(1)").fetch_one(pool).await;
    match verdict {
        Ok((word,)) if word == "ok" => Ok(()),
        Ok((finding,)) => Err(corrupt(path, &finding)),
        Err(error) => Err(cannot_open(path, &error)),
    }
}

/// What an error of the first statements means.
pub(super) fn cannot_open(path: &Path, error: &sqlx::Error) -> OpenError {
    let code: u32 = error
        .as_database_error()
        .and_then(|database| database.code().and_then(|code| code.parse().ok()))
        .unwrap_or_default();
    let place = path.display().to_string();
    match code & 0xff {
        10 => OpenError::DiskFailed { place, detail: error.to_string() },
        11 | 26 => corrupt(path, &error.to_string()),
        5 | 6 => OpenError::Locked { place },
        _ => OpenError::Unwritable { place, detail: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use domain::ports::store::StoreError;

    use super::*;
    use crate::db::{args, in_transaction};
    use crate::dialect::Sql;

    static FILL: Sql = Sql::new("meta", "INSERT INTO meta (key, value) VALUES ($1, $2)");

    async fn fill(db: &Db, key: &str, length: usize) -> Result<u64, StoreError> {
        let value = "x".repeat(length);
        in_transaction!(db, |tx| tx.run(&FILL, &args![key, &value]))
    }

    /// The disk is played by the most pages that a file may have; SQLite cannot tell the two apart.
    #[tokio::test]
    async fn a_full_disk_is_named_and_when_there_is_room_the_next_step_works() {
        let folder = std::env::temp_dir().join(format!("flockwork-full-{}", std::process::id()));
        let path = folder.join("flockwork.db");
        let db = open(path.clone(), Role::Node).await.expect("a new file opens");
        let Engine::Sqlite { write, .. } = &db.engine else { panic!("it is a file") };
        fill(&db, "before", 1).await.expect("there is room");

        let roomy = for_writing(options(&path));
        write.set_connect_options(roomy.clone().pragma("max_page_count", "1"));
        sqlx::query("PRAGMA max_page_count = 1").execute(write).await.expect("a pragma");
        for _ in 0..3 {
            let error = fill(&db, "during", 1_000_000).await.expect_err("there is no room");
            assert!(matches!(error, StoreError::Full(_)), "{error}");
        }
        write.set_connect_options(roomy);
        fill(&db, "after", 1_000_000).await.expect("there is room again");

        let keys: Vec<(String,)> =
            sqlx::query_as("SELECT key FROM meta WHERE key IN ('before', 'during', 'after')")
                .fetch_all(write)
                .await
                .expect("the writer reads");
        assert_eq!(keys.len(), 2, "what did not fit was undone: {keys:?}");
        db.close().await;
        fs::remove_dir_all(&folder).expect("it is ours");
    }
}

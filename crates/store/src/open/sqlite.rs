//! An SQLite file: one writer, a few readers, every promise of durability switched on.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::{OpenError, Role, migration_error};
use crate::db::{Db, Engine, File as DbFile};
use crate::lock::NodeLock;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// "Flok" in ASCII: stands in the header of every file of ours.
pub(crate) const APPLICATION_ID: u32 = 0x466c_6f6b;

const HEADER_MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Larger files are not read through at every start.
const QUICK_CHECK_BYTES_MAX: u64 = 32 * 1024 * 1024;

const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const READERS_MAX: u32 = 4;
/// A reader that has nothing to do gives its memory back.
const READER_IDLE: Duration = Duration::from_secs(30);

/// Opens or creates.
pub(super) async fn open(path: PathBuf, role: Role) -> Result<Db, OpenError> {
    let place = path.display().to_string();
    make_folder(&path)?;
    refuse_network(&path)?;
    let lock = match role {
        Role::Node => Some(
            NodeLock::take(&path)
                .map_err(|error| unwritable(&path, &error))?
                .ok_or(OpenError::Locked { place: place.clone() })?,
        ),
        Role::Tool => None,
    };
    let size = match found(&path)? {
        Found::Ours(size) => size,
        Found::Empty => create(&path).await?,
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
        .connect_with(for_writing(options.clone()))
        .await
        .map_err(|error| cannot_open(&path, &error))?;
    if size <= QUICK_CHECK_BYTES_MAX {
        quick_check(&write, &path).await?;
    }
    MIGRATIONS.run(&write).await.map_err(|error| migration_error(&error, &MIGRATIONS, place))?;
    let read = SqlitePoolOptions::new()
        .max_connections(READERS_MAX)
        .min_connections(0)
        .acquire_timeout(BUSY_TIMEOUT)
        .idle_timeout(READER_IDLE)
        .test_before_acquire(false)
        .connect_lazy_with(options.read_only(true));
    let number = DbFile::number(&path).map_err(|error| unwritable(&path, &error))?;
    let file = DbFile { path, number, _lock: lock };
    Ok(Db { engine: Engine::Sqlite { write, read }, file: Some(Arc::new(file)) })
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
}

/// What stands at the path, by its first 100 bytes.
enum Found {
    Ours(u64),
    Empty,
    /// SQLite, but without our mark: new, or somebody else's.
    Unclear(u64),
}

fn found(path: &Path) -> Result<Found, OpenError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Empty),
        Err(error) => return Err(unwritable(path, &error)),
    };
    let metadata = file.metadata().map_err(|error| unwritable(path, &error))?;
    if metadata.is_dir() {
        return Err(unwritable(path, &io::Error::from(io::ErrorKind::IsADirectory)));
    }
    if metadata.len() == 0 {
        return Ok(Found::Empty);
    }
    let mut header = [0; 100];
    if file.read_exact(&mut header).is_err() || !header.starts_with(HEADER_MAGIC) {
        return Err(corrupt(path, "its first bytes are not those of SQLite"));
    }
    let id = u32::from_be_bytes([header[68], header[69], header[70], header[71]]);
    Ok(if id == APPLICATION_ID {
        Found::Ours(metadata.len())
    } else {
        Found::Unclear(metadata.len())
    })
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

fn make_folder(path: &Path) -> Result<(), OpenError> {
    let folder = folder(path);
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    }
}

fn refuse_network(path: &Path) -> Result<(), OpenError> {
    let folder = folder(path);
    let Ok(facts) = rustix::fs::statfs(folder) else {
        return Ok(());
    };
    match network_kind(facts.f_type) {
        Some(kind) => Err(OpenError::NetworkFileSystem { place: path.display().to_string(), kind }),
        None => Ok(()),
    }
}

/// The name of a network file system, by the magic number of statfs(2).
fn network_kind(magic: impl TryInto<i64>) -> Option<&'static str> {
    let magic = magic.try_into().unwrap_or_default() & 0xffff_ffff;
    match magic {
        0x6969 => Some("NFS"),
        0xff53_4d42 => Some("CIFS"),
        0xfe53_4d42 | 0x517b => Some("SMB"),
        0x6573_5546 => Some("FUSE"),
        _ => None,
    }
}

fn unwritable(path: &Path, error: &io::Error) -> OpenError {
    OpenError::Unwritable { place: path.display().to_string(), detail: error.to_string() }
}

fn corrupt(path: &Path, detail: &str) -> OpenError {
    OpenError::Corrupt { place: path.display().to_string(), detail: detail.to_owned() }
}

/// What an error of the first statements means.
fn cannot_open(path: &Path, error: &sqlx::Error) -> OpenError {
    let code: u32 = error
        .as_database_error()
        .and_then(|database| database.code().and_then(|code| code.parse().ok()))
        .unwrap_or_default();
    let place = path.display().to_string();
    match code & 0xff {
        11 | 26 => corrupt(path, &error.to_string()),
        5 | 6 => OpenError::Locked { place },
        _ => OpenError::Unwritable { place, detail: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_are_known_by_their_number() {
        for (magic, kind) in [
            (0x6969_i64, Some("NFS")),
            (0xff53_4d42, Some("CIFS")),
            (0xfe53_4d42, Some("SMB")),
            (0x6573_5546, Some("FUSE")),
            (0xef53, None),
            (0x0102_1994, None),
        ] {
            assert_eq!(network_kind(magic), kind, "{magic:x}");
        }
    }
}

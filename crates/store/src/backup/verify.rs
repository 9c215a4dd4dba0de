//! Reading a backup through: is every byte the one that was written, and does SQLite find a whole
//! database of ours in it?

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::atomic::Ordering;

use rusqlite::{Connection, OpenFlags};
use sha2::{Digest as _, Sha256};

use super::folder::SEALED_END;
use super::manifest::{Inside, Manifest, Rows, beside};
use super::scratch::Scratch;
use super::{Backup, BackupError, Opener, Progress, Watch, sealed};
use crate::open::sqlite::APPLICATION_ID;
use crate::open::steps::newest_schema;
use crate::text::hex;

const READ_BYTES: usize = 1024 * 1024;
/// Steps of SQLite's machine between two looks whether to go on: some milliseconds.
const LOOK_EVERY: i32 = 100_000;

/// Reads the backup at `file` to its last byte, and compares it with its manifest; a sealed one is opened by
/// `opener`.
pub fn verify(file: &Path, opener: &Opener, watch: &mut Watch<'_>) -> Result<Backup, BackupError> {
    let facts = match std::fs::metadata(file) {
        Ok(facts) if facts.is_file() => facts,
        Ok(_) => return Err(BackupError::not_ours(file, "it is no file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(BackupError::Missing(file.to_owned()));
        }
        Err(error) => return Err(BackupError::io("read", file)(error)),
    };
    if facts.len() == 0 {
        return Err(BackupError::damaged(file, "it is empty"));
    }
    let manifest = manifest_of(file)?;
    watch.tell(Progress::Checking)?;
    // Before SQLite looks at it: what was edited is not to be parsed.
    let (bytes, sha256) = hash(file)?;
    if let Some(what) = [
        (bytes != manifest.bytes, "it is not as long as its manifest says"),
        (sha256 != manifest.sha256, "its bytes are not those that were written"),
    ]
    .into_iter()
    .find_map(|(is_so, what)| is_so.then_some(what))
    {
        return Err(BackupError::damaged(file, what));
    }
    let rows = if manifest.key().is_some() {
        look_inside(file, &manifest, opener, watch)?
    } else {
        let found = Manifest::new(inside(file, watch)?, bytes, sha256);
        if let Some(what) = manifest.difference(&found) {
            return Err(BackupError::damaged(file, what));
        }
        found.rows
    };
    let taken_at = manifest
        .taken_at()
        .ok_or_else(|| BackupError::damaged(&beside(file), "it says a time that there is not"))?;
    Ok(Backup { path: file.to_owned(), manifest, rows, taken_at })
}

/// Opens a sealed file, and compares what is in it with the manifest from within; returns its rows.
fn look_inside(
    file: &Path,
    outer: &Manifest,
    opener: &Opener,
    watch: &Watch<'_>,
) -> Result<Rows, BackupError> {
    opener.demand_room(file)?;
    let mut scratch = Scratch::create(&opener.folder)?;
    let inner = sealed::open((file, outer), scratch.file(), &opener.keys, watch)?;
    let found = read_through(scratch.path(), watch).map_err(|error| match error {
        BackupError::Damaged { detail, .. } | BackupError::NotOurs { detail, .. } => {
            BackupError::damaged(file, detail)
        }
        other => other,
    })?;
    match inner.difference(&found) {
        Some(what) => Err(BackupError::damaged(file, what)),
        None => Ok(found.rows),
    }
}

/// The manifest that belongs to `file`; where none is, what the file seems to be.
fn manifest_of(file: &Path) -> Result<Manifest, BackupError> {
    let manifest = beside(file);
    if manifest.exists() {
        return Manifest::read(&manifest);
    }
    // What is sealed shows nothing of itself.
    if file.extension().is_none_or(|end| end != SEALED_END) {
        demand_header(file)?;
    }
    Err(BackupError::NoManifest { file: file.to_owned(), manifest })
}

/// What a manifest of the file at `path` says, if SQLite finds it whole.
pub(super) fn read_through(path: &Path, watch: &Watch<'_>) -> Result<Manifest, BackupError> {
    let inside = inside(path, watch)?;
    let (bytes, sha256) = hash(path)?;
    Ok(Manifest::new(inside, bytes, sha256))
}

/// SHA-256 of a file, as hexadecimal digits, and its length.
pub(crate) fn hash(path: &Path) -> Result<(u64, String), BackupError> {
    let failed = || BackupError::io("read", path);
    let mut file = File::open(path).map_err(failed())?;
    let (mut digest, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let read = file.read(&mut buffer).map_err(failed())?;
        if read == 0 {
            break;
        }
        digest.update(&buffer[..read]);
        bytes += u64::try_from(read).unwrap_or_default();
    }
    Ok((bytes, hex(&digest.finalize())))
}

/// Refuses to copy what is no database of ours.
pub(super) fn demand_database(database: &Path) -> Result<(), BackupError> {
    demand_header(database).map_err(|error| match error {
        BackupError::NotOurs { file, detail } => BackupError::Unreadable { database: file, detail },
        other => other,
    })
}

fn demand_header(path: &Path) -> Result<(), BackupError> {
    let mut header = [0; 100];
    let mut file = File::open(path).map_err(BackupError::io("read", path))?;
    let is_sqlite =
        file.read_exact(&mut header).is_ok() && header.starts_with(b"SQLite format 3\0");
    if !is_sqlite {
        return Err(BackupError::not_ours(path, "its first bytes are not those of SQLite"));
    }
    if header[68..72] != APPLICATION_ID.to_be_bytes() {
        return Err(BackupError::not_ours(path, "it is a database of another program"));
    }
    Ok(())
}

/// What the file says of itself.
fn inside(path: &Path, watch: &Watch<'_>) -> Result<Inside, BackupError> {
    demand_header(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let broken = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::OperationInterrupted) => BackupError::Stopped,
        _ => BackupError::damaged(path, error.to_string()),
    };
    let connection = Connection::open_with_flags(path, flags).map_err(broken)?;
    let stop = watch.stop.clone();
    let is_over = move || stop.load(Ordering::Acquire);
    connection.progress_handler(LOOK_EVERY, Some(is_over)).map_err(broken)?;
    let verdict: String =
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(broken)?;
    if verdict != "ok" {
        return Err(BackupError::damaged(path, verdict));
    }
    let lost: i64 = connection
        .query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0))
        .map_err(broken)?;
    if lost > 0 {
        return Err(BackupError::damaged(path, format!("{lost} rows point to rows that are gone")));
    }
    let schema: i64 = connection
        .query_row("SELECT max(version) FROM _sqlx_migrations WHERE success", [], |row| row.get(0))
        .map_err(broken)?;
    if schema > newest_schema() {
        let known = newest_schema();
        return Err(BackupError::Newer { file: path.to_owned(), found: schema, known });
    }
    let taken_at_ms = crate::lost::taken_at(&connection)
        .map_err(broken)?
        .ok_or_else(|| BackupError::not_ours(path, "it is a database in use, not a copy of one"))?;
    let database = connection
        .query_row("SELECT value FROM meta WHERE key = 'identity'", [], |row| row.get(0))
        .map_err(broken)?;
    let rows = count(&connection).map_err(broken)?;
    Ok(Inside { database, schema, taken_at_ms, rows })
}

/// Rows of each table. The marks of a copy are not counted: the database that is copied has none.
pub(super) fn count(connection: &Connection) -> Result<Rows, rusqlite::Error> {
    let mut names = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )?;
    let names: Vec<String> = names.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut rows = Rows::new();
    for name in names {
        let filter = if name == "meta" { crate::lost::UNMARKED } else { "" };
        // The names are those of our own schema; quoted all the same.
        let sql = format!("SELECT count(*) FROM \"{}\" {filter}", name.replace('"', "\"\""));
        let count: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
        rows.insert(name, u64::try_from(count).unwrap_or_default());
    }
    Ok(rows)
}

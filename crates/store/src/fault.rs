//! What the engines' errors mean. Classified here once; nobody else looks at a code.

use domain::ports::store::StoreError;
use sqlx::error::ErrorKind;

use crate::rows;

/// Why a step of a transaction did not work.
pub(crate) enum Fault {
    /// Another transaction was preferred, or came first: the same step may work when run again.
    Conflict(StoreError),
    /// Anything else.
    Error(StoreError),
}

impl Fault {
    /// What the caller of the port is told.
    pub(crate) fn into_error(self) -> StoreError {
        match self {
            Self::Conflict(error) | Self::Error(error) => error,
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Error(error)
    }
}

/// The meaning of an engine's error while working on `table`.
pub(crate) fn classify(table: &'static str, error: &sqlx::Error) -> Fault {
    let text = || error.to_string();
    match error {
        sqlx::Error::Database(database) => {
            let code = database.code().unwrap_or_default();
            if database.kind() == ErrorKind::UniqueViolation {
                Fault::Conflict(StoreError::Failed(text()))
            } else if database.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
                sqlite(table, code.parse().unwrap_or_default(), text())
            } else {
                postgres(&code, text())
            }
        }
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Io(_)
        | sqlx::Error::Tls(_) => StoreError::Unavailable(text()).into(),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
            rows::undecodable(table, text()).into()
        }
        _ => StoreError::Failed(format!("{table}: {error}")).into(),
    }
}

/// By SQLite's primary result code, the lowest byte of the extended one.
fn sqlite(table: &'static str, code: u32, text: String) -> Fault {
    const BUSY: u32 = 5;
    const LOCKED: u32 = 6;
    const IO_ERROR: u32 = 10;
    /// Extended codes of it that say nothing of the disk: no memory, and no room for the log's index.
    const NO_MEMORY: u32 = IO_ERROR | 12 << 8;
    const NO_ROOM: u32 = IO_ERROR | 19 << 8;
    const CORRUPT: u32 = 11;
    const FULL: u32 = 13;
    const CANNOT_OPEN: u32 = 14;
    const NOT_A_DATABASE: u32 = 26;
    match code {
        NO_MEMORY => return StoreError::Unavailable(text).into(),
        NO_ROOM => return StoreError::Full(text).into(),
        _ => {}
    }
    match code & 0xff {
        IO_ERROR => StoreError::DiskFailed(text).into(),
        BUSY | LOCKED | CANNOT_OPEN => StoreError::Unavailable(text).into(),
        FULL => StoreError::Full(text).into(),
        CORRUPT | NOT_A_DATABASE => rows::undecodable(table, text).into(),
        _ => StoreError::Failed(format!("{table}: {text}")).into(),
    }
}

/// By PostgreSQL's SQLSTATE.
fn postgres(code: &str, text: String) -> Fault {
    match code {
        // serialization_failure, deadlock_detected
        "40001" | "40P01" => Fault::Conflict(StoreError::Unavailable(text)),
        // disk_full
        "53100" => StoreError::Full(text).into(),
        // too_many_connections, query_canceled (the time-out), lock_not_available, read-only
        "53300" | "57014" | "55P03" | "25006" => StoreError::Unavailable(text).into(),
        // connection exceptions; shut down, crashed, starting up
        code if code.starts_with("08") || code.starts_with("57P") => {
            StoreError::Unavailable(text).into()
        }
        _ => StoreError::Failed(text).into(),
    }
}

//! How a command ends: one number for each kind of thing that went wrong, after `sysexits.h`, so
//! that a script and a service manager can tell them apart.

use std::process::ExitCode;

use domain::ports::store::StoreError;
use store::backup::BackupError;
use store::{OpenError, RestoreError, TransferError};

/// Exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// Done.
    Success,
    /// The answer is no: a check failed, the node is not well, a text is not valid.
    Failure,
    /// The command line is wrong.
    Usage,
    /// Some of the input is wrong, or a database is another program's.
    BadData,
    /// A file to read is not there.
    NoInput,
    /// The database server cannot be reached.
    NoHost,
    /// A port is in use, or a service does not answer.
    Unavailable,
    /// A fault of Flockwork itself.
    Internal,
    /// The database or a file cannot be written or created.
    CannotCreate,
    /// The database is damaged, or a file cannot be read to its end.
    Io,
    /// Another process works on this database: try again later.
    Busy,
    /// The database is newer than this program.
    Newer,
    /// This user may not.
    Permission,
    /// The configuration is wrong.
    Config,
}

impl Exit {
    /// Every code, for the help text and for tests.
    pub const ALL: [Self; 14] = [
        Self::Success,
        Self::Failure,
        Self::Usage,
        Self::BadData,
        Self::NoInput,
        Self::NoHost,
        Self::Unavailable,
        Self::Internal,
        Self::CannotCreate,
        Self::Io,
        Self::Busy,
        Self::Newer,
        Self::Permission,
        Self::Config,
    ];

    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::Usage => 64,
            Self::BadData => 65,
            Self::NoInput => 66,
            Self::NoHost => 68,
            Self::Unavailable => 69,
            Self::Internal => 70,
            Self::CannotCreate => 73,
            Self::Io => 74,
            Self::Busy => 75,
            Self::Newer => 76,
            Self::Permission => 77,
            Self::Config => 78,
        }
    }

    /// What it says, for `--help`.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Success => "done",
            Self::Failure => "the answer is no: a check failed, a text is not valid, not well",
            Self::Usage => "the command line is wrong",
            Self::BadData => "some of the input is wrong, or the database is another program's",
            Self::NoInput => "a file to read is not there",
            Self::NoHost => "the database server cannot be reached",
            Self::Unavailable => "the port is in use, or a service does not answer",
            Self::Internal => "a fault of Flockwork itself",
            Self::CannotCreate => "the database or a file cannot be written or created",
            Self::Io => "the database is damaged, or a file cannot be read",
            Self::Busy => "another process works on this database",
            Self::Newer => "the database is newer than this program",
            Self::Permission => "this user may not",
            Self::Config => "the configuration is wrong",
        }
    }

    /// What an error that nobody gave a code means, by the first of its causes that we know.
    fn of(error: &anyhow::Error) -> Self {
        error.chain().find_map(of_cause).unwrap_or(Self::Failure)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

fn of_cause(cause: &(dyn std::error::Error + 'static)) -> Option<Exit> {
    if cause.is::<crate::config::Problems>() {
        return Some(Exit::Config);
    }
    let io = |error: &std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Exit::NoInput,
        std::io::ErrorKind::PermissionDenied => Exit::Permission,
        std::io::ErrorKind::AddrInUse => Exit::Unavailable,
        _ => Exit::Io,
    };
    if let Some(error) = cause.downcast_ref::<std::io::Error>() {
        return Some(io(error));
    }
    if let Some(error) = cause.downcast_ref::<StoreError>() {
        return of_store(error);
    }
    match cause.downcast_ref::<RestoreError>() {
        Some(RestoreError::Backup(error)) => return Some(of_backup(error)),
        Some(RestoreError::Place(error)) => return Some(of_opening(error)),
        None => {}
    }
    if let Some(error) = cause.downcast_ref::<TransferError>() {
        return of_transfer(error);
    }
    cause
        .downcast_ref::<BackupError>()
        .map(of_backup)
        .or_else(|| cause.downcast_ref::<OpenError>().map(of_opening))
}

fn of_backup(error: &BackupError) -> Exit {
    match error {
        BackupError::Missing(_) | BackupError::NoManifest { .. } => Exit::NoInput,
        BackupError::Damaged { .. }
        | BackupError::Differs { .. }
        | BackupError::Unreadable { .. } => Exit::Io,
        BackupError::NotOurs { .. } => Exit::BadData,
        BackupError::Newer { .. } => Exit::Newer,
        BackupError::Busy(_) => Exit::Busy,
        BackupError::NoRoom { .. } | BackupError::NoRoomToOpen { .. } => Exit::CannotCreate,
        BackupError::NoKey { .. } => Exit::Config,
        BackupError::Io { error, .. } => match error.kind() {
            std::io::ErrorKind::PermissionDenied => Exit::Permission,
            std::io::ErrorKind::StorageFull => Exit::CannotCreate,
            _ => Exit::Io,
        },
        BackupError::Stopped => Exit::Failure,
    }
}

/// `None`: what went wrong in a database has no number of its own.
fn of_transfer(error: &TransferError) -> Option<Exit> {
    Some(match error {
        TransferError::SameEngine(_) => Exit::Usage,
        TransferError::Open(error) => of_opening(error),
        TransferError::Missing(_) => Exit::NoInput,
        TransferError::NotEmpty { .. } => Exit::CannotCreate,
        TransferError::InUse { .. } => Exit::Busy,
        TransferError::Differs { .. } => Exit::Io,
        TransferError::Store(_) => return None,
    })
}

fn of_opening(error: &OpenError) -> Exit {
    match error {
        OpenError::NotOurs { .. } => Exit::BadData,
        OpenError::Corrupt { .. } | OpenError::DiskFailed { .. } => Exit::Io,
        OpenError::Newer { .. } => Exit::Newer,
        OpenError::Locked { .. } => Exit::Busy,
        OpenError::Unwritable { .. } | OpenError::NetworkFileSystem { .. } => Exit::CannotCreate,
        OpenError::Unreachable { .. } => Exit::NoHost,
        OpenError::Pooled { .. } | OpenError::Moved { .. } => Exit::Config,
        OpenError::Migration { .. } => Exit::Internal,
    }
}

/// What a refusal of an open database says of its place; the others are no end by themselves.
fn of_store(error: &StoreError) -> Option<Exit> {
    match error {
        StoreError::Full(_) => Some(Exit::CannotCreate),
        StoreError::Corrupt { .. } | StoreError::DiskFailed(_) => Some(Exit::Io),
        StoreError::Unavailable(_)
        | StoreError::Moved(_)
        | StoreError::NotDurable(_)
        | StoreError::Failed(_) => None,
    }
}

/// Why a command did not do what it was asked: one sentence, a number, and what to run next.
#[derive(Debug)]
pub struct Failure {
    /// The number.
    pub exit: Exit,
    /// What happened, to what, and what to do.
    pub message: String,
    /// Commands that help, printed as `hint:` lines.
    pub hints: Vec<String>,
}

impl Failure {
    /// A failure with its number.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hints: Vec::new() }
    }

    /// With a hint: a sentence with the exact command in it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

/// Everything else that went wrong; the number follows from its causes. (For this, [`Failure`] is no
/// `Error` itself.)
impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        let failure = Self::new(Exit::of(&error), format!("{error:#}"));
        match failure.exit {
            Exit::Config => failure
                .hint("`flockwork check` reads everything again; `flockwork config example` explains every setting"),
            _ => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use anyhow::Context;

    use super::*;

    #[test]
    fn every_kind_of_failure_has_a_number_of_its_own() {
        let codes: BTreeSet<u8> = Exit::ALL.iter().map(|exit| exit.code()).collect();
        assert_eq!(codes.len(), Exit::ALL.len());
    }

    #[test]
    fn a_database_that_cannot_be_used_says_which_way_by_its_number() {
        let place = || "x.db".to_owned();
        let detail = || "why".to_owned();
        for (error, code) in [
            (OpenError::NotOurs { place: place() }, 65),
            (OpenError::Unreachable { place: place(), detail: detail() }, 68),
            (OpenError::Unwritable { place: place(), detail: detail() }, 73),
            (OpenError::Corrupt { place: place(), detail: detail() }, 74),
            (OpenError::DiskFailed { place: place(), detail: detail() }, 74),
            (OpenError::Locked { place: place() }, 75),
            (OpenError::Newer { place: place(), found: 9, known: 1 }, 76),
        ] {
            let failure = Failure::from(anyhow::Error::new(error).context("opening"));
            assert_eq!(failure.exit.code(), code);
            assert!(failure.message.starts_with("opening: "), "{}", failure.message);
            assert!(failure.message.contains("x.db"), "{}", failure.message);
        }
    }

    #[test]
    fn a_full_and_a_failed_disk_are_told_apart() {
        let code = |error: StoreError| Failure::from(anyhow::Error::new(error)).exit.code();
        assert_eq!(code(StoreError::Full("why".to_owned())), 73);
        assert_eq!(code(StoreError::DiskFailed("why".to_owned())), 74);
        assert_eq!(code(StoreError::Failed("why".to_owned())), 1);
    }

    #[test]
    fn a_port_in_use_and_a_missing_file_are_told_apart() {
        let failed = |kind: std::io::ErrorKind| -> Failure {
            Err::<(), _>(std::io::Error::from(kind)).context("doing it").unwrap_err().into()
        };
        assert_eq!(failed(std::io::ErrorKind::AddrInUse).exit, Exit::Unavailable);
        assert_eq!(failed(std::io::ErrorKind::NotFound).exit, Exit::NoInput);
    }
}

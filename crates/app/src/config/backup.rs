//! Backups of the SQLite file: how often, where, and how many are kept.

use std::path::{Path, PathBuf};

use domain::rules::backups::Plan;
use jiff::SignedDuration;

use super::database::DatabaseLocation;
use super::keys::BACKUP_KEY;
use super::parse::{self, Wrong};
use super::setting::{Kind, Setting};
use super::sources::Sources;

/// Backups of the SQLite file; a PostgreSQL server keeps its own.
#[derive(Clone, Debug)]
pub struct Backup {
    /// Where they are; `None`: beside the database.
    pub dir: Option<PathBuf>,
    /// How often they are taken, and how long they are kept; `None`: only by command.
    pub plan: Option<Plan>,
    /// What carries a copy to another place: a program and its arguments.
    pub after: Option<Vec<String>>,
    /// How long that may take.
    pub after_timeout: SignedDuration,
}

/// Where backups are when nobody says: in a folder of this name beside the database.
const DIR_DEFAULT: &str = "backups";

const EVERY_MIN: SignedDuration = SignedDuration::from_mins(1);
const EVERY_MAX: SignedDuration = SignedDuration::from_hours(24 * 31);
const KEPT_MAX: u32 = 3650;
const AFTER_MIN: SignedDuration = SignedDuration::from_secs(1);
const AFTER_MAX: SignedDuration = SignedDuration::from_hours(24);
/// Words of the program that carries copies.
const AFTER_WORDS_MAX: usize = 64;

const EVERY: Setting = Setting {
    variable: "FLOCKWORK_BACKUP_EVERY",
    file: Some(("backup", "every")),
    kind: Kind::Text,
    default: Some("24h"),
    meaning: "How often the node backs its SQLite file up, 1m to 744h; `off`: only by command.",
    example: "",
};

const DIR: Setting = Setting {
    variable: "FLOCKWORK_BACKUP_DIR",
    file: Some(("backup", "dir")),
    kind: Kind::Text,
    default: None,
    meaning: "The folder of backups, better on another disk. Left out: `backups` beside the database.",
    example: "/mnt/backups/flockwork",
};

const DAILY: Setting = Setting {
    variable: "FLOCKWORK_BACKUP_DAILY",
    file: Some(("backup", "daily")),
    kind: Kind::Number,
    default: Some("7"),
    meaning: "The last one of each of so many days (UTC) is kept; the two newest always are.",
    example: "",
};

const WEEKLY: Setting = Setting {
    variable: "FLOCKWORK_BACKUP_WEEKLY",
    file: Some(("backup", "weekly")),
    kind: Kind::Number,
    default: Some("4"),
    meaning: "And the last one of each of so many weeks.",
    example: "",
};

const AFTER: Setting = Setting {
    variable: "FLOCKWORK_BACKUP_AFTER",
    file: Some(("backup", "after")),
    kind: Kind::List,
    default: None,
    meaning: "A program and its arguments, run after each backup to carry a copy to another place: once\n\
              for the file and once for its manifest, whose path stands for `{}`, or last. No shell.",
    example: "rclone,copy,{},elsewhere:flockwork",
};

const AFTER_TIMEOUT: Setting = Setting {
    variable: "FLOCKWORK_BACKUP_AFTER_TIMEOUT",
    file: Some(("backup", "after_timeout")),
    kind: Kind::Text,
    default: Some("30m"),
    meaning: "How long that program may take for a file, 1s to 24h; then it is ended.",
    example: "",
};

pub(super) const SETTINGS: &[&Setting] =
    &[&EVERY, &DIR, &DAILY, &WEEKLY, &BACKUP_KEY, &AFTER, &AFTER_TIMEOUT];

impl Backup {
    pub(super) fn read(sources: &mut Sources<'_>) -> Self {
        let every = sources.read(&EVERY, every).0;
        let dir = sources.find(&DIR, dir).map(|(dir, _)| dir);
        let daily = sources.read(&DAILY, parse::number(0, KEPT_MAX)).0;
        let weekly = sources.read(&WEEKLY, parse::number(0, KEPT_MAX)).0;
        let after = sources.find_words(&AFTER, AFTER_WORDS_MAX);
        let after_timeout = sources.read(&AFTER_TIMEOUT, parse::duration(AFTER_MIN, AFTER_MAX)).0;
        let plan = every.map(|every| Plan { every, daily, weekly });
        Self { dir, plan, after, after_timeout }
    }

    /// The folder of the backups of this database.
    pub fn folder(&self, database: &Path) -> PathBuf {
        let beside = || database.parent().unwrap_or(Path::new("")).join(DIR_DEFAULT);
        self.dir.clone().unwrap_or_else(beside)
    }
}

impl DatabaseLocation {
    /// The SQLite file, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(Path::new(path)),
            Self::Postgres(_) => None,
        }
    }
}

fn every(text: &str) -> Result<Option<SignedDuration>, Wrong> {
    if text.eq_ignore_ascii_case("off") {
        return Ok(None);
    }
    parse::duration(EVERY_MIN, EVERY_MAX)(text)
        .map(Some)
        .map_err(|wrong| Wrong::new(format!("`off`, or {}", wrong.allowed), wrong.mend))
}

fn dir(text: &str) -> Result<PathBuf, Wrong> {
    let dir = PathBuf::from(text);
    // One that is not there yet is made; a disk that is not there now must not keep a node from
    // starting.
    if text.is_empty() || (dir.exists() && !dir.is_dir()) {
        return Err(Wrong::new("the path of a folder", "write a path, or take the setting out"));
    }
    Ok(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backups_can_be_off_and_have_bounds() {
        assert_eq!(every("off"), Ok(None));
        assert_eq!(every("90m"), Ok(Some(SignedDuration::from_mins(90))));
        for wrong in ["30s", "32d", "daily", "24"] {
            assert!(every(wrong).unwrap_err().allowed.starts_with("`off`, or "), "{wrong}");
        }
        assert!(dir("").is_err() && dir("/dev/null").is_err() && dir("not/yet/there").is_ok());
    }

    #[test]
    fn backups_lie_beside_the_database_unless_told_otherwise() {
        let of = |dir: Option<&str>| Backup {
            dir: dir.map(PathBuf::from),
            plan: None,
            after: None,
            after_timeout: AFTER_MIN,
        };
        let path = Path::new;
        assert_eq!(of(None).folder(path("./data/x.db")), path("./data/backups"));
        assert_eq!(of(None).folder(path("x.db")), path("backups"));
        assert_eq!(of(Some("/mnt/b")).folder(path("x.db")), path("/mnt/b"));
    }
}

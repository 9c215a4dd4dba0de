//! What is logged, how, and where to.

use std::path::PathBuf;

use jiff::SignedDuration;
use tracing_subscriber::filter::Targets;

use super::folder;
use super::parse::{self, Wrong};
use super::problem::Problem;
use super::setting::{Kind, Setting};
use super::sources::Sources;
use super::suggest::quoted;

/// A MiB.
const MIB: u64 = 1024 * 1024;

/// The shape of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// What is logged, how, and where to.
#[derive(Clone, Debug)]
pub struct Logging {
    /// Levels, as `tracing`'s filter reads them: `info`, `warn,engine=debug`.
    pub level: String,
    /// The shape; `None`: pretty on a terminal, else JSON.
    pub format: Option<LogFormat>,
    /// Lines that wait for each end of the log at most.
    pub queue_lines: u32,
    /// Also write files here.
    pub dir: Option<PathBuf>,
    /// How they are turned and kept.
    pub files: LogFiles,
}

/// How log files are turned and kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogFiles {
    /// A file that would grow beyond this is followed by the next.
    pub bytes_max: u64,
    /// So many are kept.
    pub files_max: u32,
    /// And none that is older.
    pub age_max: SignedDuration,
    /// Those that are written no more are compressed.
    pub compresses: bool,
}

const LEVEL: Setting = Setting {
    variable: "LOG_LEVEL",
    file: Some(("logging", "level")),
    kind: Kind::Text,
    default: Some("info"),
    meaning: "error, warn, info, debug or trace; also by part: `info,clients=debug`.",
    example: "",
};

const FORMAT: Setting = Setting {
    variable: "LOG_FORMAT",
    file: Some(("logging", "format")),
    kind: Kind::Text,
    default: None,
    meaning: "`pretty` or `json`. Left out: pretty on a terminal, else json.",
    example: "json",
};

const QUEUE: Setting = Setting {
    variable: "FLOCKWORK_LOG_QUEUE",
    file: Some(("logging", "queue")),
    kind: Kind::Number,
    default: Some("4096"),
    meaning: "Lines that wait at most for whoever reads or stores them; what comes beyond is left out.",
    example: "",
};

const DIR: Setting = Setting {
    variable: "LOG_DIR",
    file: Some(("logging", "dir")),
    kind: Kind::Text,
    default: None,
    meaning: "A folder for log files as well: JSON, a new file each day (UTC) and where one is full.",
    example: "./logs",
};

const FILE_SIZE: Setting = Setting {
    variable: "FLOCKWORK_LOG_FILE_MIB",
    file: Some(("logging", "file_mib")),
    kind: Kind::Number,
    default: Some("64"),
    meaning: "A file that would grow larger than so many MiB is followed by the next one.",
    example: "",
};

const FILES_MAX: Setting = Setting {
    variable: "FLOCKWORK_LOG_FILES",
    file: Some(("logging", "files")),
    kind: Kind::Number,
    default: Some("14"),
    meaning: "How many of these files are kept, the oldest are removed.",
    example: "",
};

const DAYS_MAX: Setting = Setting {
    variable: "FLOCKWORK_LOG_DAYS",
    file: Some(("logging", "days")),
    kind: Kind::Number,
    default: Some("30"),
    meaning: "How many days a file is kept, however few there are.",
    example: "",
};

const COMPRESSES: Setting = Setting {
    variable: "FLOCKWORK_LOG_COMPRESS",
    file: Some(("logging", "compress")),
    kind: Kind::Flag,
    default: Some("true"),
    meaning: "Whether files that are written no more are compressed (gzip).",
    example: "",
};

pub(super) const SETTINGS: &[&Setting] =
    &[&LEVEL, &FORMAT, &QUEUE, &DIR, &FILE_SIZE, &FILES_MAX, &DAYS_MAX, &COMPRESSES];

impl Logging {
    pub(super) fn read(sources: &mut Sources<'_>) -> Self {
        let formats = parse::word(&[("pretty", LogFormat::Pretty), ("json", LogFormat::Json)]);
        Self {
            level: sources.read(&LEVEL, level).0,
            format: sources.find(&FORMAT, formats).map(|(format, _)| format),
            queue_lines: sources.read(&QUEUE, parse::number(16, 1_000_000)).0,
            dir: dir(sources),
            files: LogFiles {
                bytes_max: u64::from(sources.read(&FILE_SIZE, parse::number(1, 4_096)).0) * MIB,
                files_max: sources.read(&FILES_MAX, parse::number(1, 3_650)).0,
                age_max: days(sources.read(&DAYS_MAX, parse::number(1, 3_650)).0),
                compresses: sources.read(&COMPRESSES, parse::flag).0,
            },
        }
    }
}

fn days(days: u32) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(days))
}
/// Judged here and not at the first line: a node that cannot write its log does not start.
fn dir(sources: &mut Sources<'_>) -> Option<PathBuf> {
    let (dir, place) = sources.find(&DIR, parse::text)?;
    let dir = PathBuf::from(dir);
    if let Some(obstacle) = folder::obstacle(&dir) {
        sources.problems.push(Problem {
            place,
            found: format!("{}: {obstacle}", quoted(&dir.display().to_string())),
            allowed: "a folder that this user may write, or one that can be made".to_owned(),
            mend: "name another folder, give that one to this user, or take the setting out"
                .to_owned(),
            is_about_sending: true,
        });
    }
    Some(dir)
}

fn level(text: &str) -> Result<String, Wrong> {
    let wrong = || {
        Wrong::new(
            "error, warn, info, debug, trace or off, also by part: `info,clients=debug`",
            "write `info` unless you look for something",
        )
    };
    // The filter takes a lone unknown word for the name of a part, and then logs nothing at all.
    let has_level = text.split(',').all(|part| {
        let level = part.rsplit('=').next().unwrap_or(part).trim().to_ascii_lowercase();
        ["error", "warn", "info", "debug", "trace", "off"].contains(&level.as_str())
    });
    if !has_level || text.parse::<Targets>().is_err() {
        return Err(wrong());
    }
    Ok(text.to_owned())
}

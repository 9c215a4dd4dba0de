//! Where everything is remembered.

use domain::model::Secret;

use super::parse::Wrong;
use super::problem::Place;
use super::setting::{Kind, Setting};
use super::sources::Sources;

/// Which database.
#[derive(Clone)]
pub enum DatabaseLocation {
    /// A SQLite file.
    Sqlite(String),
    /// A PostgreSQL server; the address holds a password.
    Postgres(Secret),
}

const PATH: Setting = Setting {
    variable: "DATABASE_PATH",
    file: Some(("database", "path")),
    kind: Kind::Text,
    default: Some("./data/flockwork.db"),
    meaning: "The SQLite file; its folders are created.",
    example: "",
};

const URL: Setting = Setting {
    variable: "DATABASE_URL",
    file: Some(("database", "url")),
    kind: Kind::Secret,
    default: None,
    meaning: "A file that holds the address of a PostgreSQL server, `postgres://user:password@host/name`,\n\
              for many nodes; wins over `path`. The variable may also be `sqlite://path`.",
    example: "/run/secrets/database_url",
};

pub(super) const SETTINGS: &[&Setting] = &[&PATH, &URL];

impl DatabaseLocation {
    /// As `store::Db::open` takes it; it may hold a password.
    pub fn place(&self) -> &str {
        match self {
            Self::Sqlite(path) => path,
            Self::Postgres(url) => url.open(),
        }
    }

    /// The setting that is about it.
    pub(super) fn variable(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => PATH.variable,
            Self::Postgres(_) => URL.variable,
        }
    }

    pub(super) fn read(sources: &mut Sources<'_>) -> Self {
        let path = sources.read(&PATH, sqlite_path).0;
        let file = Self::Sqlite(path);
        match sources.secret(&URL) {
            Some((url, place)) => Self::of_url(url, place, sources).unwrap_or(file),
            None => file,
        }
    }

    fn of_url(url: Secret, place: Place, sources: &mut Sources<'_>) -> Option<Self> {
        let (scheme, rest) = url.open().split_once(':').unwrap_or(("", ""));
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (found, mend) = match scheme {
            "postgres" | "postgresql"
                if url::Url::parse(url.open()).is_ok_and(|u| u.has_host()) =>
            {
                return Some(Self::Postgres(url));
            }
            "postgres" | "postgresql" => (
                "a PostgreSQL address that cannot be read",
                "write postgres://user:password@host:5432/name; characters such as @ or / in the \
                 password as %40 or %2F",
            ),
            "sqlite" => {
                let path = rest.split('?').next().unwrap_or(rest);
                if sqlite_path(path).is_ok() {
                    return Some(Self::Sqlite(path.to_owned()));
                }
                ("a SQLite address without a path", "write sqlite://data/flockwork.db")
            }
            _ => ("an address of another kind", "write one of the two, or unset it"),
        };
        let allowed = "postgres://user:password@host/name or sqlite://path";
        sources.problems.add(place, found, allowed, mend);
        None
    }
}

/// A path, and nothing that SQLite or a hurried reader takes for more: what is kept in memory is gone
/// after a restart, and with it the knowledge of what was posted.
fn sqlite_path(text: &str) -> Result<String, Wrong> {
    let mend = if text.contains("://") {
        "an address belongs into DATABASE_URL"
    } else if text.is_empty() || text == ":memory:" || text.starts_with("file:") {
        "write a path such as ./data/flockwork.db; what is kept in memory is forgotten, and posted again"
    } else {
        return Ok(text.to_owned());
    };
    Err(Wrong::new("the path of a file", mend))
}

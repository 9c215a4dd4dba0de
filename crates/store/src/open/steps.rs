//! The steps that make the schema, and what is said when they do not fit. `sqlx` keeps their record on
//! a server; of a file `sqlite/schema` keeps the same one.

use std::sync::LazyLock;

use domain::ports::store::StoreError;
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

use super::OpenError;
use crate::fault::{Fault, classify};

/// The names are the same for both engines, the texts are not.
macro_rules! steps {
    ($engine:literal) => {
        steps!($engine: "0001_spine", "0002_account", "0003_audit", "0004_nodes", "0005_review",
            "0006_bands", "0007_budgets", "0008_persona", "0009_approvals", "0010_live",
            "0011_feeds", "0012_people", "0013_evergreens", "0014_held", "0015_bulk",
            "0016_figures", "0017_acts_on", "0018_try_outs", "0019_story", "0020_moved",
            "0021_order", "0022_answers", "0023_alerts", "0024_credentials", "0025_traces",
            "0026_retry_after", "0027_failing_feeds", "0028_boots")
    };
    ($engine:literal: $($name:literal),+) => {
        Migrator::with_migrations(vec![$(
            step($name, include_str!(concat!("../../migrations/", $engine, "/", $name, ".sql")))
        ),+])
    };
}

pub(crate) static SQLITE: LazyLock<Migrator> = LazyLock::new(|| steps!("sqlite"));
pub(crate) static POSTGRES: LazyLock<Migrator> = LazyLock::new(|| steps!("postgres"));

/// `0001_spine` is step 1, the spine.
fn step(name: &'static str, sql: &'static str) -> Migration {
    let (number, description) = name.split_once('_').unwrap_or((name, ""));
    let number = number.parse().expect("the tests read the name of every step");
    Migration::new(number, description.into(), MigrationType::Simple, sql.into_sql_str(), false)
}

/// The newest schema that this program knows.
pub(crate) fn newest_schema() -> i64 {
    SQLITE.iter().map(|step| step.version).max().unwrap_or_default()
}

/// What went wrong on a server.
pub(super) fn refused(error: &MigrateError, place: String) -> OpenError {
    match error {
        MigrateError::VersionMissing(found) => newer(place, *found),
        MigrateError::ExecuteMigration(cause, step) => {
            failed(classify("(schema)", cause), Some(*step), place)
        }
        MigrateError::Execute(cause) => failed(classify("(schema)", cause), None, place),
        MigrateError::VersionMismatch(step) => foreign(place, *step),
        MigrateError::Dirty(step) => partial(place, *step),
        other => OpenError::Migration { place, detail: other.to_string() },
    }
}

/// A step that this program does not know was applied.
pub(crate) fn newer(place: String, found: i64) -> OpenError {
    OpenError::Newer { place, found, known: newest_schema() }
}

/// A step was applied with another text.
pub(crate) fn foreign(place: String, step: i64) -> OpenError {
    let detail = format!(
        "its step {step} is not the one of this program, so another build of Flockwork made it; start \
         that build, or restore a backup that this one made"
    );
    OpenError::Migration { place, detail }
}

/// A step began and did not end.
pub(crate) fn partial(place: String, step: i64) -> OpenError {
    let detail = format!(
        "its step {step} was applied only in part; restore the backup from before the update and start \
         again"
    );
    OpenError::Migration { place, detail }
}

/// The engine did not do it.
pub(crate) fn failed(cause: Fault, step: Option<i64>, place: String) -> OpenError {
    let cause = cause.into_error();
    if let StoreError::DiskFailed(detail) = cause {
        return OpenError::DiskFailed { place, detail };
    }
    let detail = match step {
        Some(step) => {
            format!("step {step} failed and was undone ({cause}); remove the cause and start again")
        }
        None => format!("{cause}; remove the cause and start again"),
    };
    OpenError::Migration { place, detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_in_the_folders_is_taken() {
        for (engine, steps) in [("sqlite", &SQLITE), ("postgres", &POSTGRES)] {
            let folder = format!("{}/migrations/{engine}", env!("CARGO_MANIFEST_DIR"));
            let mut files: Vec<String> = std::fs::read_dir(folder)
                .unwrap()
                .map(|file| file.unwrap().file_name().into_string().unwrap())
                .collect();
            files.sort();
            let steps: Vec<String> = steps
                .iter()
                .map(|step| format!("{:04}_{}.sql", step.version, step.description))
                .collect();
            assert_eq!(steps, files, "{engine}");
        }
    }
}

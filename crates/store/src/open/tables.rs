//! Whether the tables of a database are there: somebody's shell may have dropped one, and the program
//! would find out in the middle of a post.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::Connection;

use super::OpenError;
use super::sqlite::cannot_open;

/// Every table of the newest schema.
const TABLES: [&str; 47] = [
    "alert_notices",
    "alerts",
    "api_tokens",
    "approvals",
    "attempts",
    "audit_log",
    "audit_sweeps",
    "bot_configs",
    "bot_stats",
    "bots",
    "breakers",
    "budgets",
    "bulk_orders",
    "credentials",
    "deliveries",
    "delivery_targets",
    "devices",
    "endings",
    "events",
    "evergreens",
    "feed_items",
    "feeds",
    "findings",
    "go_live",
    "kept_answers",
    "ledger",
    "links",
    "login_tries",
    "meta",
    "nodes",
    "persona_versions",
    "post_bands",
    "post_origins",
    "posts",
    "prompts",
    "receipts",
    "reservations",
    "review_drops",
    "schedules",
    "seal_keys",
    "sessions",
    "slots",
    "spend_days",
    "strangers",
    "topic_use",
    "try_outs",
    "users",
];

/// Where the steps of the schema that were applied are written down.
const RECORD: &str = "_sqlx_migrations";

/// Before the schema is brought up to date: tables without the record of their making would be made
/// once more.
pub(super) fn refuse_unrecorded(file: &Connection, path: &Path) -> Result<(), OpenError> {
    let there = of_sqlite(file, path)?;
    if there.is_empty() || there.contains(RECORD) {
        return Ok(());
    }
    Err(lacking(&path.display().to_string(), RECORD))
}

/// Afterwards, of those that are there.
pub(super) fn demand_all(there: &BTreeSet<String>, place: &str) -> Result<(), OpenError> {
    TABLES
        .iter()
        .find(|table| !there.contains(**table))
        .map_or(Ok(()), |table| Err(lacking(place, table)))
}

/// The tables of an SQLite file.
pub(super) fn of_sqlite(file: &Connection, path: &Path) -> Result<BTreeSet<String>, OpenError> {
    let names = || {
        let mut asked = file.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
        asked.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()
    };
    names().map_err(|error| cannot_open(path, &error))
}

fn lacking(place: &str, table: &str) -> OpenError {
    let detail = format!("its table {table} is missing");
    OpenError::Corrupt { place: place.to_owned(), detail }
}

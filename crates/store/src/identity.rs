//! Which database this is, so that a restored, cloned or promoted one is noticed: its random name,
//! and on SQLite the file itself (a copy is another inode), on PostgreSQL the timeline (a promoted
//! standby is on another one).

use std::os::unix::fs::MetadataExt;

use domain::ports::store::StoreError;
use sqlx::PgPool;

use crate::db::{Db, Engine};
use crate::meta;

pub(crate) async fn identity(db: &Db) -> Result<String, StoreError> {
    let name = meta::identity(db).await?;
    Ok(match (&db.engine, &db.file) {
        (Engine::Postgres(pool), _) => format!("{name}/{}", timeline(pool).await),
        (Engine::Sqlite { .. }, Some(file)) => match std::fs::metadata(&file.path) {
            Ok(facts) => format!("{name}/{}:{}", facts.dev(), facts.ino()),
            // Deleted or moved while we run: it is no longer the file at that path.
            Err(error) => format!("{name}/{}", error.kind()),
        },
        (Engine::Sqlite { .. }, None) => name,
    })
}

/// The larger of what the control file and the log say: the first lags after a promotion. A server
/// that forbids a question is asked only the other one; 0 where it forbids both.
async fn timeline(pool: &PgPool) -> i64 {
    let control: Result<(i64,), _> =
        sqlx::query_as("SELECT CAST(timeline_id AS BIGINT) FROM pg_control_checkpoint()")
            .fetch_one(pool)
            .await;
    let log: Result<(String,), _> =
        sqlx::query_as("SELECT pg_walfile_name(pg_current_wal_lsn())").fetch_one(pool).await;
    let log = log
        .ok()
        .and_then(|(name,)| name.get(..8).and_then(|hex| i64::from_str_radix(hex, 16).ok()));
    control.map_or(0, |(timeline,)| timeline).max(log.unwrap_or(0))
}

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
        (Engine::Postgres(server), _) => format!("{name}/{}", timeline(&server.pool).await),
        (Engine::Sqlite { .. }, Some(file)) => match std::fs::metadata(&file.path) {
            Ok(facts) => format!("{name}/{}:{}", facts.dev(), facts.ino()),
            // Deleted or moved while we run: it is no longer the file at that path.
            Err(error) => format!("{name}/{}", error.kind()),
        },
        (Engine::Sqlite { .. }, None) => name,
    })
}

/// The timeline as the log names it: `log:` and eight hexadecimal digits, which every intent is
/// compared with in its own transaction (`{same_timeline}` in the dialect). A server that does not
/// answer that is asked for its control file, which lags behind a promotion.
async fn timeline(pool: &PgPool) -> String {
    let log: Result<(String,), _> =
        sqlx::query_as("SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)")
            .fetch_one(pool)
            .await;
    if let Ok((digits,)) = log {
        return format!("log:{digits}");
    }
    let control: Result<(i64,), _> =
        sqlx::query_as("SELECT CAST(timeline_id AS BIGINT) FROM pg_control_checkpoint()")
            .fetch_one(pool)
            .await;
    format!("control:{}", control.map_or(0, |(timeline,)| timeline))
}

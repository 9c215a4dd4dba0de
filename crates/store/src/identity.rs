//! Which database this is, so that a restored, cloned or promoted one is noticed: its random name,
//! and on SQLite the file itself (a copy is another inode), on PostgreSQL the timeline (a promoted
//! standby is on another one).

use std::os::unix::fs::MetadataExt;

use domain::ports::store::StoreError;

use crate::db::{Db, Engine};
use crate::fault::classify;
use crate::meta;
use crate::news::Server;
use crate::timeline::{self, Timeline};

pub(crate) async fn identity(db: &Db) -> Result<String, StoreError> {
    let name = meta::identity(db).await?;
    Ok(match (&db.engine, &db.file) {
        (Engine::Postgres(server), _) => format!("{name}/{}", timeline(server).await?),
        (Engine::Sqlite(_), Some(file)) => match std::fs::metadata(&file.path) {
            Ok(facts) => format!("{name}/{}:{}", facts.dev(), facts.ino()),
            // Deleted or moved while we run: it is no longer the file at that path.
            Err(error) => format!("{name}/{}", error.kind()),
        },
        (Engine::Sqlite(_), None) => name,
    })
}

/// In which run of this machine a file is used, so that a power cut is noticed: what a disk said was written
/// may be gone after it (fault 14). A server has a log and a machine of its own.
pub(crate) fn boot_of(db: &Db) -> Option<String> {
    db.file.as_ref()?;
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(boot.trim().to_owned())
}

/// The machine was started again in between. Of a row from before this was kept nobody knows.
pub(crate) fn is_other_boot(before: Option<&str>, now: Option<&str>) -> bool {
    before.is_some() && now.is_some() && before != now
}

/// The timeline in the words of `{same_timeline}` in the dialect: `log:` and eight hexadecimal digits.
async fn timeline(server: &Server) -> Result<String, StoreError> {
    let connection = server.pool.acquire().await;
    let mut connection = connection.map_err(|error| classify("(timeline)", &error).into_error())?;
    let timeline = timeline::read(&mut connection).await;
    server.newest.admit(timeline)?;
    Ok(match timeline {
        Timeline::Log(number) => format!("log:{number:08X}"),
        Timeline::Control(number) => format!("control:{number}"),
    })
}

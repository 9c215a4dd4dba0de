//! Bringing the schema of a file up to date. The record of the steps is the one that `sqlx` keeps on a
//! server, so that both engines have one history.

use std::collections::HashMap;

use rusqlite::{Connection, Error, OptionalExtension as _, params};
use sqlx::migrate::Migration;

use crate::fault::classify_file;
use crate::open::{OpenError, steps};

/// When a step was applied is not kept: nobody asks, and SQL does not ask for the time.
const RECORD: &str = "CREATE TABLE IF NOT EXISTS _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT 0,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
)";

/// Applies the steps that are missing, each in a transaction of its own.
pub(crate) fn bring_up(connection: &mut Connection, place: &str) -> Result<(), OpenError> {
    let failed =
        |error: Error, step| steps::failed(classify_file("(schema)", &error), step, place.into());
    connection.execute_batch(RECORD).map_err(|error| failed(error, None))?;
    if let Some(step) = unfinished(connection).map_err(|error| failed(error, None))? {
        return Err(steps::partial(place.to_owned(), step));
    }
    let applied = applied(connection).map_err(|error| failed(error, None))?;
    if let Some(unknown) = applied.keys().filter(|step| !steps::SQLITE.version_exists(**step)).min()
    {
        return Err(steps::newer(place.to_owned(), *unknown));
    }
    for step in steps::SQLITE.iter() {
        match applied.get(&step.version) {
            Some(checksum) if **checksum == *step.checksum => {}
            Some(_) => return Err(steps::foreign(place.to_owned(), step.version)),
            None => {
                apply(connection, step).map_err(|error| failed(error, Some(step.version)))?;
            }
        }
    }
    Ok(())
}

fn unfinished(connection: &Connection) -> Result<Option<i64>, Error> {
    let sql = "SELECT version FROM _sqlx_migrations WHERE NOT success ORDER BY version LIMIT 1";
    connection.query_row(sql, [], |row| row.get(0)).optional()
}

/// The checksum of each step that was applied.
fn applied(connection: &Connection) -> Result<HashMap<i64, Vec<u8>>, Error> {
    let mut asked = connection.prepare("SELECT version, checksum FROM _sqlx_migrations")?;
    let rows = asked.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

fn apply(connection: &mut Connection, step: &Migration) -> Result<(), Error> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(step.sql.as_str())?;
    // How long it took is not measured: nobody asks.
    transaction.execute(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (?1, ?2, TRUE, ?3, -1)",
        params![step.version, step.description, step.checksum],
    )?;
    transaction.commit()
}

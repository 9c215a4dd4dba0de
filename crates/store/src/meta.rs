//! `meta`: what is true of the whole database.

use domain::ports::store::StoreError;

use crate::db::Db;
use crate::dialect::Sql;

static IDENTITY: Sql = Sql::new("meta", "SELECT value FROM meta WHERE key = 'identity'");

pub(crate) static SET_KILL_SWITCH: Sql =
    Sql::new("meta", "UPDATE meta SET value = $1 WHERE key = 'kill_switch'");

pub(crate) static TEXTS: [&Sql; 2] = [&IDENTITY, &SET_KILL_SWITCH];

/// The random name that the database got when it was made.
pub(crate) async fn identity(db: &Db) -> Result<String, StoreError> {
    let row = db.one::<(String,)>(&IDENTITY, &[]).await?;
    row.map(|(identity,)| identity)
        .ok_or_else(|| crate::rows::Reading::of("meta", "identity").corrupt("it is missing"))
}

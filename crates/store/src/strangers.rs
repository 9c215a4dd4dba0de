//! `strangers`: bots that a node has no keys of. It notes that when it meets one, and leaves it to the
//! nodes that may have them.

use serde::Serialize;

use crate::arg::args;
use crate::db::{Tx, json};
use crate::dialect::Sql;
use crate::fault::Fault;

static NOTE: Sql = Sql::new(
    "strangers",
    "WITH {rows bot fence:int}
     INSERT INTO strangers (fence, bot_id) SELECT r.fence, r.bot FROM r WHERE true
     ON CONFLICT (bot_id, fence) DO NOTHING",
);

static FORGET: Sql = Sql::new(
    "strangers",
    "DELETE FROM strangers WHERE NOT EXISTS (SELECT 1 FROM nodes n
        WHERE n.fence = strangers.fence AND n.ended_at IS NULL)",
);

pub(crate) static TEXTS: [&Sql; 2] = [&NOTE, &FORGET];

/// That bot is strange to the node of this fence.
#[derive(Serialize)]
pub(crate) struct Stranger<'a> {
    pub(crate) bot: &'a str,
    pub(crate) fence: i64,
}

pub(crate) async fn note(tx: &mut Tx, strangers: &[Stranger<'_>]) -> Result<(), Fault> {
    if strangers.is_empty() {
        return Ok(());
    }
    tx.run(&NOTE, &args![&json(strangers)]).await.map(|_| ())
}

/// What nodes that ended had noted.
pub(crate) async fn forget(tx: &mut Tx) -> Result<(), Fault> {
    tx.run(&FORGET, &[]).await.map(|_| ())
}

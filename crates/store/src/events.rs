//! `events`: what happened, only ever appended to. Notifications and the live pages read it.

use serde::Serialize;

use crate::db::{Tx, args, json};
use crate::dialect::Sql;
use crate::fault::Fault;

pub(crate) static APPEND: Sql = Sql::new(
    "events",
    "WITH {rows kind bot slot:int detail}
     INSERT INTO events (at, kind, bot_id, slot_id, detail)
     SELECT $2, r.kind, r.bot, r.slot, r.detail FROM r",
);

pub(crate) static TEXTS: [&Sql; 1] = [&APPEND];

/// One event.
#[derive(Debug, Serialize)]
pub(crate) struct Event {
    /// `slot.posted`, `bot.paused`, ..: the noun and its new state.
    pub(crate) kind: String,
    pub(crate) bot: Option<String>,
    pub(crate) slot: Option<i64>,
    pub(crate) detail: Option<String>,
}

pub(crate) async fn append(tx: &mut Tx, events: &[Event], now: i64) -> Result<(), Fault> {
    if !events.is_empty() {
        tx.run(&APPEND, &args![&json(events), now]).await?;
    }
    Ok(())
}

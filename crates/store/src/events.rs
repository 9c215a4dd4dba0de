//! `events`: what happened, only ever appended to. Notifications and the live pages read it.

use crate::arg::args;
use crate::batch::batch_row;
use crate::db::Tx;
use crate::dialect::Sql;
use crate::fault::Fault;

pub(crate) static APPEND: Sql = Sql::new(
    "events",
    "{each kind bot slot:int detail}
     INSERT INTO events (at, kind, bot_id, slot_id, detail)
     SELECT $2, r.kind, r.bot, r.slot, r.detail {from}",
);

pub(crate) static TEXTS: [&Sql; 1] = [&APPEND];

batch_row! {
    /// One event.
    pub(crate) struct Event {
        /// `slot.posted`, `bot.paused`, ..: the noun and its new state.
        pub(crate) kind: String,
        pub(crate) bot: Option<String>,
        pub(crate) slot: Option<i64>,
        pub(crate) detail: Option<String>,
    }
}

pub(crate) async fn append(tx: &mut Tx, events: &[Event], now: i64) -> Result<(), Fault> {
    tx.run_each(&APPEND, events, &args![now]).await.map(|_| ())
}

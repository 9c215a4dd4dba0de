//! `ledger`: every micro-dollar that is gone, only ever appended to.

use domain::ports::store::Spend;

use crate::batch::batch_row;
use crate::db::{Tx, args};
use crate::dialect::Sql;
use crate::fault::Fault;

static APPEND: Sql = Sql::new(
    "ledger",
    "{each bot slot:int kind amount:int}
     INSERT INTO ledger (at, bot_id, slot_id, kind, amount_micro_usd)
     SELECT $2, r.bot, r.slot, r.kind, r.amount {from}",
);

pub(crate) static TEXTS: [&Sql; 1] = [&APPEND];

batch_row! {
    /// One spend.
    pub(crate) struct Row<'a> {
        bot: &'a str,
        slot: Option<i64>,
        kind: &'static str,
        amount: i64,
    }
}

impl<'a> Row<'a> {
    pub(crate) fn of(bot: &'a str, slot: Option<i64>, spend: Spend) -> Self {
        Self { bot, slot, kind: spend.kind.as_str(), amount: spend.amount.0 }
    }
}

pub(crate) async fn append(tx: &mut Tx, rows: &[Row<'_>], now: i64) -> Result<(), Fault> {
    tx.run_each(&APPEND, rows, &args![now]).await.map(|_| ())
}

//! `ledger`: every micro-dollar that is gone, only ever appended to.

use domain::ports::store::Spend;
use serde::Serialize;

use crate::db::{Tx, args, json};
use crate::dialect::Sql;
use crate::fault::Fault;

static APPEND: Sql = Sql::new(
    "ledger",
    "WITH {rows bot slot:int kind amount:int}
     INSERT INTO ledger (at, bot_id, slot_id, kind, amount_micro_usd)
     SELECT $2, r.bot, r.slot, r.kind, r.amount FROM r",
);

pub(crate) static TEXTS: [&Sql; 1] = [&APPEND];

/// One spend.
#[derive(Debug, Serialize)]
pub(crate) struct Row<'a> {
    bot: &'a str,
    slot: Option<i64>,
    kind: &'static str,
    amount: i64,
}

impl<'a> Row<'a> {
    pub(crate) fn of(bot: &'a str, slot: Option<i64>, spend: Spend) -> Self {
        Self { bot, slot, kind: spend.kind.as_str(), amount: spend.amount.0 }
    }
}

pub(crate) async fn append(tx: &mut Tx, rows: &[Row<'_>], now: i64) -> Result<(), Fault> {
    if !rows.is_empty() {
        tx.run(&APPEND, &args![&json(rows), now]).await?;
    }
    Ok(())
}

//! `receipts`: X's proof. One per slot, per post and per post at X.

use domain::model::Receipt;

use crate::arg::args;
use crate::batch::batch_row;
use crate::db::Tx;
use crate::dialect::Sql;
use crate::fault::Fault;

static APPEND: Sql = Sql::new(
    "receipts",
    "{each slot:int post:int bot x_post posted:int adopted:int}
     INSERT INTO receipts (slot_id, post_id, bot_id, x_post_id, posted_at, is_adopted, created_at)
     SELECT r.slot, r.post, r.bot, r.x_post, r.posted, r.adopted, $2 {from}",
);

pub(crate) static TEXTS: [&Sql; 1] = [&APPEND];

batch_row! {
    /// A receipt and what it proves.
    pub(crate) struct Row<'a> {
        slot: Option<i64>,
        post: i64,
        bot: &'a str,
        x_post: &'a str,
        posted: i64,
        adopted: i64,
    }
}

impl<'a> Row<'a> {
    pub(crate) fn of(receipt: &'a Receipt, bot: &'a str, slot: Option<i64>, post: i64) -> Self {
        Self {
            slot,
            post,
            bot,
            x_post: receipt.x_post_id.as_str(),
            posted: receipt.posted_at.as_millisecond(),
            adopted: i64::from(receipt.is_adopted),
        }
    }
}

pub(crate) async fn append(tx: &mut Tx, rows: &[Row<'_>], now: i64) -> Result<(), Fault> {
    tx.run_each(&APPEND, rows, &args![now]).await.map(|_| ())
}

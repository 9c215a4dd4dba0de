//! Rows that stand alone: a stretch of each table, by its row ids.

use domain::model::{BotId, SlotId};
use domain::ports::store::StoreError;
use domain::rules::audit::orphans::{Gone, Orphan, Table};

use crate::arg::args;
use crate::db::Db;
use crate::dialect::Sql;
use crate::row::row;

/// The last row of the stretch comes along, so that the next one begins after it.
macro_rules! alone {
    ($table:literal, $stretch:literal, $join:literal, $alone:literal) => {
        Sql::new(
            $table,
            concat!(
                "WITH c AS MATERIALIZED (",
                $stretch,
                ")
                 SELECT c.id, c.bot_id, c.slot_id,
                    CAST(CASE WHEN ",
                $alone,
                " THEN 1 ELSE 0 END AS BIGINT) AS alone,
                    (SELECT count(*) FROM c) AS looked
                 FROM c LEFT JOIN ",
                $join,
                " WHERE ",
                $alone,
                " OR c.id = (SELECT max(id) FROM c) ORDER BY c.id"
            ),
        )
    };
}

static ATTEMPTS: Sql = alone!(
    "attempts",
    "SELECT a.id, a.bot_id, a.slot_id FROM attempts a WHERE a.id > $1 ORDER BY a.id LIMIT $2",
    "slots s ON s.id = c.slot_id",
    "s.id IS NULL"
);

static RECEIPTS: Sql = alone!(
    "receipts",
    "SELECT x.post_id AS id, x.bot_id, x.slot_id FROM receipts x WHERE x.post_id > $1
     ORDER BY x.post_id LIMIT $2",
    "slots s ON s.id = c.slot_id",
    "(c.slot_id IS NOT NULL AND (s.id IS NULL OR s.state <> 'posted'))"
);

static SLOTS: Sql = alone!(
    "slots",
    "SELECT t.id, t.bot_id, t.id AS slot_id, t.state FROM slots t WHERE t.id > $1
     ORDER BY t.id LIMIT $2",
    "receipts x ON x.slot_id = c.id",
    "(c.state = 'posted' AND x.post_id IS NULL)"
);

/// A slot that waits for its post is on its way to X, or with a person.
static POSTS: Sql = Sql::new(
    "posts",
    "SELECT p.id, p.bot_id, p.slot_id FROM posts p LEFT JOIN slots s ON s.id = p.slot_id
     WHERE p.state = 'assigned' AND (s.id IS NULL OR s.post_id IS NULL OR s.post_id <> p.id
        OR s.state IN ('planned', 'posted', 'skipped', 'failed'))
     ORDER BY p.slot_id LIMIT $1",
);

pub(crate) static TEXTS: [&Sql; 4] = [&ATTEMPTS, &RECEIPTS, &SLOTS, &POSTS];

row! {
    struct AloneRow {
        id: i64,
        bot_id: String,
        slot_id: Option<i64>,
        alone: i64,
        looked: i64,
    }
}

pub(super) async fn list(db: &Db, table: Table, after: i64, max: u32) -> Result<Gone, StoreError> {
    let sql = match table {
        Table::Attempts => &ATTEMPTS,
        Table::Receipts => &RECEIPTS,
        Table::Slots => &SLOTS,
    };
    let rows: Vec<AloneRow> = db.all(sql, &args![after, i64::from(max)]).await?;
    let upto = rows.last().filter(|row| row.looked >= i64::from(max)).map(|row| row.id);
    let alone = rows.into_iter().filter(|row| row.alone != 0);
    Ok(Gone { upto, orphans: alone.map(|row| orphan(row.id, &row.bot_id, row.slot_id)).collect() })
}

pub(super) async fn list_posts(db: &Db, max: u32) -> Result<Vec<Orphan>, StoreError> {
    let rows: Vec<(i64, String, Option<i64>)> = db.all(&POSTS, &args![i64::from(max)]).await?;
    Ok(rows.into_iter().map(|(id, bot, slot)| orphan(id, &bot, slot)).collect())
}

/// What stands alone may name anything.
fn orphan(row: i64, bot: &str, slot: Option<i64>) -> Orphan {
    Orphan { row, bot: BotId::try_from(bot).ok(), slot: slot.map(SlotId) }
}

//! Budgets to look at.

use domain::model::{BotId, Budget, MicroUsd, Purse, utc_day};
use domain::ports::store::{PastCost, StoreError};
use jiff::Timestamp;

use super::row::BudgetRow;
use crate::arg::args;
use crate::db::Db;
use crate::dialect::Sql;

static OF_BOTS: Sql = Sql::new(
    "budgets",
    "SELECT g.purse, g.scope, g.name, g.day_cap, g.month_cap, g.day, g.gone_today,
        g.gone_this_month
     FROM (SELECT b.bot_id FROM bots b WHERE b.bot_id > $1 AND b.state <> 'closed'
        ORDER BY b.bot_id LIMIT $2) AS k
     JOIN budgets g ON g.scope = 'bot' AND g.name = k.bot_id AND g.purse IN ('x', 'model')
     ORDER BY g.name, g.purse DESC",
);

static SHARED: Sql = Sql::new(
    "budgets",
    "SELECT purse, scope, name, day_cap, month_cap, day, gone_today, gone_this_month FROM budgets
     WHERE purse IN ('x', 'model') AND scope IN ('app', 'all') AND name <> '*'
     ORDER BY scope, name, purse DESC",
);

static OF_BOT: Sql = Sql::new(
    "budgets",
    "SELECT g.purse, g.scope, g.name, g.day_cap, g.month_cap, g.day, g.gone_today,
        g.gone_this_month
     FROM bots b JOIN budgets g ON g.purse IN ('x', 'model')
        AND ((g.scope = 'bot' AND g.name = b.bot_id) OR (g.scope = 'app' AND g.name = b.app)
            OR (g.scope = 'all' AND g.name = ''))
     WHERE b.bot_id = $1 ORDER BY g.scope DESC, g.purse DESC",
);

/// What is not of today or of this month is gone by none; see `Budget::on`.
static TIGHT: Sql = Sql::new(
    "budgets",
    "SELECT purse, scope, name, day_cap, month_cap, day, gone_today, gone_this_month FROM budgets
     WHERE (day_cap IS NOT NULL OR month_cap IS NOT NULL) AND name <> '*'
        AND ((day = $1 AND gone_today * 100 >= day_cap * $2)
            OR (substr(day, 1, 7) = substr($1, 1, 7) AND gone_this_month * 100 >= month_cap * $2))
     ORDER BY purse DESC, scope, name LIMIT $3",
);

static RESERVED_FOR_POSTS: Sql = Sql::new(
    "attempts",
    "SELECT CAST(COALESCE(sum(a.charged_micro_usd), 0) AS BIGINT)
     FROM slots f JOIN attempts a ON a.slot_id = f.id AND a.number = f.attempts
     WHERE {in_flight f}",
);

static RESERVED_FOR_MODELS: Sql = Sql::new(
    "reservations",
    "SELECT CAST(COALESCE(sum(amount_micro_usd), 0) AS BIGINT) FROM reservations",
);

static PAST: Sql = Sql::new(
    "posts",
    "SELECT content, CAST(round(generation_cost * 1000000) AS BIGINT),
        CAST(CASE WHEN generation_model IS NULL OR generation_model = 'import' THEN 0 ELSE 1
            END AS INTEGER)
     FROM posts WHERE bot_id = $1 ORDER BY id DESC LIMIT $2",
);

pub(crate) static TEXTS: [&Sql; 7] =
    [&OF_BOTS, &OF_BOT, &SHARED, &TIGHT, &RESERVED_FOR_POSTS, &RESERVED_FOR_MODELS, &PAST];

pub(super) async fn of_bots(
    db: &Db,
    after: Option<&BotId>,
    max: u32,
    now: Timestamp,
) -> Result<Vec<Budget>, StoreError> {
    let after = after.map_or("", BotId::as_str);
    read(db.all(&OF_BOTS, &args![after, i64::from(max)]).await?, now)
}

pub(super) async fn shared(db: &Db, now: Timestamp) -> Result<Vec<Budget>, StoreError> {
    read(db.all(&SHARED, &[]).await?, now)
}

pub(super) async fn of_bot(
    db: &Db,
    bot: &BotId,
    now: Timestamp,
) -> Result<Vec<Budget>, StoreError> {
    read(db.all(&OF_BOT, &args![bot.as_str()]).await?, now)
}

pub(super) async fn tight(
    db: &Db,
    percent: i64,
    max: u32,
    now: Timestamp,
) -> Result<Vec<Budget>, StoreError> {
    let today = utc_day(now).to_string();
    read(db.all(&TIGHT, &args![&today, percent, i64::from(max)]).await?, now)
}

fn read(rows: Vec<BudgetRow>, now: Timestamp) -> Result<Vec<Budget>, StoreError> {
    let today = utc_day(now);
    rows.into_iter().map(|row| row.read(today)).collect()
}

pub(super) async fn reserved(db: &Db) -> Result<Vec<(Purse, MicroUsd)>, StoreError> {
    let mut reserved = Vec::new();
    for (purse, text) in [(Purse::X, &RESERVED_FOR_POSTS), (Purse::Model, &RESERVED_FOR_MODELS)] {
        let sum = db.one::<(i64,)>(text, &[]).await?.map_or(0, |(sum,)| sum);
        reserved.push((purse, MicroUsd(sum)));
    }
    Ok(reserved)
}

pub(super) async fn past_costs(
    db: &Db,
    bot: &BotId,
    max: u32,
) -> Result<Vec<PastCost>, StoreError> {
    let rows: Vec<(String, i64, i32)> = db.all(&PAST, &args![bot.as_str(), i64::from(max)]).await?;
    let cost = |(text, micro, generated)| PastCost {
        text,
        generation: (generated != 0).then_some(MicroUsd(micro)),
    };
    Ok(rows.into_iter().map(cost).collect())
}

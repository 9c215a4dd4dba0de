//! `review_drops`: which rules refused candidates, counted by the day in the transaction of the refill
//! that brought them: for its bot, and under no name for all.

use domain::model::BotId;
use domain::ports::store::{Drops, StoreError};
use jiff::civil::Date;

use crate::arg::args;
use crate::batch::batch_row;
use crate::db::{Db, Tx};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::rows::Reading;

/// Under this name all bots are counted.
const ALL: &str = "";

static ADD: Sql = Sql::new(
    "review_drops",
    "{each bot day rule candidates:int}
     INSERT INTO review_drops (bot_id, day, rule, candidates)
     SELECT r.bot, r.day, r.rule, r.candidates {from} WHERE true
     ON CONFLICT (bot_id, day, rule) DO UPDATE SET
        candidates = review_drops.candidates + excluded.candidates",
);

static LIST: Sql = Sql::new(
    "review_drops",
    "SELECT rule, CAST(sum(candidates) AS BIGINT) AS dropped FROM review_drops
     WHERE bot_id = $1 AND day >= $2 GROUP BY rule ORDER BY dropped DESC, rule",
);

pub(crate) static TEXTS: [&Sql; 2] = [&ADD, &LIST];

batch_row! {
    struct AddRow<'a> {
        bot: &'a str,
        day: &'a str,
        rule: &'a str,
        candidates: i64,
    }
}

pub(crate) async fn count(
    tx: &mut Tx,
    bot: &str,
    drops: &[(String, u64)],
    day: Date,
) -> Result<(), Fault> {
    let day = day.to_string();
    let of = |name| {
        let day = day.as_str();
        drops.iter().map(move |(rule, count)| AddRow {
            bot: name,
            day,
            rule,
            candidates: i64::try_from(*count).unwrap_or(i64::MAX),
        })
    };
    let rows: Vec<AddRow<'_>> = of(ALL).chain(of(bot)).collect();
    tx.run_each(&ADD, &rows, &[]).await.map(|_| ())
}

pub(crate) async fn list(
    db: &Db,
    bot: Option<&BotId>,
    since: Date,
) -> Result<Vec<Drops>, StoreError> {
    let since = since.to_string();
    let rows: Vec<(String, i64)> =
        db.all(&LIST, &args![bot.map_or(ALL, BotId::as_str), &since]).await?;
    rows.into_iter()
        .map(|(rule, count)| {
            let count = Reading::of("review_drops", &rule).count("candidates", count)?;
            Ok(Drops { rule, count })
        })
        .collect()
}

//! `audit_sweeps`: where each sweep stopped, for every node and the next start.

use domain::ports::store::{Position, StoreError, Sweep};
use jiff::Timestamp;

use crate::arg::args;
use crate::db::{Db, Tx};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::rows::Reading;

static FIND: Sql =
    Sql::new("audit_sweeps", "SELECT row_id, bot_id, at FROM audit_sweeps WHERE sweep = $1");

static ADVANCE: Sql = Sql::new(
    "audit_sweeps",
    "INSERT INTO audit_sweeps (sweep, row_id, bot_id, at, updated_at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (sweep) DO UPDATE SET row_id = excluded.row_id, bot_id = excluded.bot_id,
        at = excluded.at, updated_at = excluded.updated_at",
);

pub(crate) static TEXTS: [&Sql; 2] = [&FIND, &ADVANCE];

pub(super) async fn position(db: &Db, sweep: Sweep) -> Result<Position, StoreError> {
    let row: Option<(i64, Option<String>, Option<i64>)> =
        db.one(&FIND, &args![sweep.as_str()]).await?;
    let Some((row, bot, at)) = row else { return Ok(Position::default()) };
    let reading = Reading::of("audit_sweeps", sweep.as_str());
    Ok(Position {
        row,
        bot: bot.map(|bot| reading.bot(&bot)).transpose()?,
        at: reading.maybe_time("at", at)?,
    })
}

pub(super) async fn advance(
    tx: &mut Tx,
    sweep: Sweep,
    position: &Position,
    now: i64,
) -> Result<(), Fault> {
    let bot = position.bot.as_ref().map(domain::model::BotId::as_str);
    let at = position.at.map(Timestamp::as_millisecond);
    tx.run(&ADVANCE, &args![sweep.as_str(), position.row, bot, at, now]).await.map(|_| ())
}

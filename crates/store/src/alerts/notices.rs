//! `alert_notices`: what a channel is to be told, from the transaction of the alert to the message that
//! holds all of a short while.

use domain::model::TargetName;
use domain::ports::store::StoreError;
use domain::rules::alerts::envelope::{ALERTS, AlertsEnvelope};
use domain::rules::alerts::message::Notice;
use jiff::Timestamp;

use super::outbox;
use crate::arg::args;
use crate::db::{Db, Tx, json};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::rows::Reading;
use crate::text::clean;

/// Notices of one message at most; more make another.
const GATHERED_MAX: i64 = 200;

static ADD: Sql =
    Sql::new("alert_notices", "INSERT INTO alert_notices (channel, at, body) VALUES ($1, $2, $3)");

static FIRST: Sql = Sql::new(
    "alert_notices",
    "SELECT at FROM alert_notices WHERE channel = $1 ORDER BY id LIMIT 1",
);

/// Of two nodes that gather at once the second finds nothing: the first one's transaction took the rows.
static GATHER: Sql = Sql::new(
    "alert_notices",
    "DELETE FROM alert_notices WHERE id IN (SELECT n.id FROM alert_notices n WHERE n.channel = $1
        ORDER BY n.id LIMIT $2) RETURNING id, body",
);

pub(super) static TEXTS: [&Sql; 3] = [&ADD, &FIRST, &GATHER];

pub(super) async fn add(
    tx: &mut Tx,
    channel: &TargetName,
    notice: &Notice,
    now: i64,
) -> Result<(), Fault> {
    let body = clean(&json(notice));
    tx.run(&ADD, &args![channel.as_str(), now, &body]).await.map(|_| ())
}

/// Whether the first is old enough.
pub(super) async fn is_ripe(
    db: &Db,
    channel: &TargetName,
    before: i64,
) -> Result<bool, StoreError> {
    let first: Option<(i64,)> = db.one(&FIRST, &args![channel.as_str()]).await?;
    Ok(first.is_some_and(|(at,)| at <= before))
}

pub(super) async fn gather(
    tx: &mut Tx,
    channel: &TargetName,
    before: i64,
    now: Timestamp,
) -> Result<bool, Fault> {
    let first: Option<(i64,)> = tx.one(&FIRST, &args![channel.as_str()]).await?;
    if first.is_none_or(|(at,)| at > before) {
        return Ok(false);
    }
    let args = args![channel.as_str(), GATHERED_MAX];
    let mut rows: Vec<(i64, String)> = tx.all(&GATHER, &args).await?;
    rows.sort_unstable_by_key(|(id, _)| *id);
    let Some((number, _)) = rows.first() else { return Ok(false) };
    let number = *number;
    let mut notices = Vec::with_capacity(rows.len());
    for (id, body) in &rows {
        notices.push(Reading::of("alert_notices", *id).json::<Notice>("body", body)?);
    }
    let envelope = AlertsEnvelope::of(number, notices, now);
    outbox::add(tx, channel, (&envelope.id, ALERTS, &json(&envelope)), now.as_millisecond()).await
}

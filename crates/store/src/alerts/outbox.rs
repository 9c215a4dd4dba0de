//! `deliveries`: what is sent, tried until it arrives or is given up. A try belongs to whoever counted it,
//! so that a node which was thought dead changes nothing any more.

use domain::model::TargetName;
use domain::ports::alerts::{Delivered, DeliveryId, GivenUp, Parcel};
use domain::ports::store::StoreError;
use domain::rules::alerts::courier::{ASKED_MAX, Next, TRIED_FOR};
use jiff::{SignedDuration, Timestamp};

use crate::arg::args;
use crate::db::{Db, Tx};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::row::row;
use crate::rows::Reading;
use crate::text::clean;

/// What was delivered is kept for so long, to be seen.
const DELIVERED_KEPT: SignedDuration = SignedDuration::from_hours(3 * 24);
/// And what was not, or an alert that is over.
const DEAD_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// What no node takes is given up an hour later than what is tried and may have to wait at its end.
const UNTAKEN: SignedDuration = SignedDuration::from_hours(ASKED_MAX.as_hours() + 1);
/// Why, where nothing else is known of its target.
const NOBODY: &str = "no node that runs has a channel or webhook of that name";

static ADD: Sql = Sql::new(
    "deliveries",
    "INSERT INTO deliveries (target, key, kind, body, state, made_at, tried_since, next_at)
     VALUES ($1, $2, $3, $4, 'waiting', $5, $5, $5)
     ON CONFLICT (target, key) DO NOTHING",
);

static DUE: Sql = Sql::new(
    "deliveries",
    "SELECT next_at FROM deliveries WHERE target = $1 AND state = 'waiting' AND next_at <= $2
        AND NOT EXISTS (SELECT 1 FROM delivery_targets t WHERE t.target = $1 AND t.not_before > $2)
     LIMIT 1",
);

static TAKE: Sql = Sql::new(
    "deliveries",
    "WITH c AS MATERIALIZED (
        SELECT s.id FROM deliveries s
        WHERE s.target = $1 AND s.state = 'waiting' AND s.next_at <= $2
            AND NOT EXISTS (SELECT 1 FROM delivery_targets t
                WHERE t.target = $1 AND t.not_before > $2)
        ORDER BY s.next_at LIMIT $3 {skip_locked})
     UPDATE deliveries SET next_at = $4, tries = tries + 1, error = NULL FROM c
     WHERE deliveries.id = c.id
     RETURNING deliveries.id AS id, deliveries.key AS key, deliveries.kind AS kind,
        deliveries.body AS body, deliveries.tried_since AS tried_since, deliveries.tries AS tries",
);

static END: Sql = Sql::new(
    "deliveries",
    "UPDATE deliveries SET state = $3, next_at = $4, ended_at = $5, error = $6
     WHERE id = $1 AND tries = $2 AND state = 'waiting'",
);

static WELL: Sql = Sql::new(
    "delivery_targets",
    "INSERT INTO delivery_targets (target, ok_at) VALUES ($1, $2)
     ON CONFLICT (target) DO UPDATE SET ok_at = excluded.ok_at, failures = 0, error = NULL",
);

static UNWELL: Sql = Sql::new(
    "delivery_targets",
    "INSERT INTO delivery_targets (target, failed_at, failures, error) VALUES ($1, $2, 1, $3)
     ON CONFLICT (target) DO UPDATE SET failed_at = excluded.failed_at,
        failures = delivery_targets.failures + 1, error = excluded.error",
);

/// Of several answers the latest moment counts.
static HOLD: Sql = Sql::new(
    "delivery_targets",
    "UPDATE delivery_targets SET not_before = $2
     WHERE target = $1 AND (not_before IS NULL OR not_before < $2)",
);

static FAILURES: Sql =
    Sql::new("delivery_targets", "SELECT failures FROM delivery_targets WHERE target = $1");

/// What waits for its next try, when one was taken after failures. Those that are being tried say nothing of
/// an error.
static WAKE: Sql = Sql::new(
    "deliveries",
    "UPDATE deliveries SET next_at = $2
     WHERE target = $1 AND state = 'waiting' AND next_at > $3 AND error IS NOT NULL",
);

static AGAIN: Sql = Sql::new(
    "deliveries",
    "UPDATE deliveries SET state = 'waiting', ended_at = NULL, tried_since = $2, next_at = $2,
        tries = tries + 1
     WHERE id = $1 AND state = 'dead'",
);

/// Somebody asks for it again, who may have mended what asked to be left alone.
static UNHOLD: Sql = Sql::new(
    "delivery_targets",
    "UPDATE delivery_targets SET not_before = NULL
     WHERE not_before IS NOT NULL
        AND target = (SELECT d.target FROM deliveries d WHERE d.id = $1)",
);

/// What waited behind others that its target did not take has no error of its own.
static GIVE_UP: Sql = Sql::new(
    "deliveries",
    "UPDATE deliveries SET state = 'dead', ended_at = $1, error = COALESCE(error,
        (SELECT t.error FROM delivery_targets t WHERE t.target = deliveries.target
            AND t.failed_at >= deliveries.tried_since), $4)
     WHERE id IN (SELECT d.id FROM deliveries d WHERE d.state = 'waiting' AND d.tried_since < $2
        ORDER BY d.tried_since LIMIT $3)
     RETURNING deliveries.id AS id, target, error",
);

static FORGET: Sql = Sql::new(
    "deliveries",
    "DELETE FROM deliveries WHERE id IN (SELECT d.id FROM deliveries d
        WHERE d.ended_at IS NOT NULL AND d.ended_at < $1 AND (d.state = 'delivered' OR d.ended_at < $2)
        ORDER BY d.ended_at LIMIT $3)",
);

static FORGET_ALERTS: Sql = Sql::new(
    "alerts",
    "DELETE FROM alerts WHERE id IN (SELECT a.id FROM alerts a
        WHERE a.resolved_at IS NOT NULL AND a.resolved_at < $1 ORDER BY a.resolved_at LIMIT $2)",
);

pub(super) static TEXTS: [&Sql; 14] = [
    &ADD,
    &DUE,
    &TAKE,
    &END,
    &WELL,
    &UNWELL,
    &HOLD,
    &FAILURES,
    &WAKE,
    &AGAIN,
    &UNHOLD,
    &GIVE_UP,
    &FORGET,
    &FORGET_ALERTS,
];

row! {
    struct ParcelRow {
        id: i64,
        key: String,
        kind: String,
        body: String,
        tried_since: i64,
        tries: i64,
    }
}

row! {
    struct GivenUpRow {
        id: i64,
        target: String,
        error: String,
    }
}

/// Puts something into it. `false`: it was there.
pub(super) async fn add(
    tx: &mut Tx,
    target: &TargetName,
    (key, kind, body): (&str, &str, &str),
    now: i64,
) -> Result<bool, Fault> {
    let body = clean(body);
    Ok(tx.run(&ADD, &args![target.as_str(), key, kind, &body, now]).await? > 0)
}

pub(super) async fn is_any_due(
    db: &Db,
    target: &TargetName,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let args = args![target.as_str(), now.as_millisecond()];
    Ok(db.one::<(i64,)>(&DUE, &args).await?.is_some())
}

pub(super) async fn take(
    tx: &mut Tx,
    target: &TargetName,
    (max, again_at): (u32, Timestamp),
    now: Timestamp,
) -> Result<Vec<Parcel>, Fault> {
    let (now, again_at) = (now.as_millisecond(), again_at.as_millisecond());
    let args = args![target.as_str(), now, i64::from(max), again_at];
    let mut rows: Vec<ParcelRow> = tx.all(&TAKE, &args).await?;
    rows.sort_unstable_by_key(|row| row.id);
    rows.into_iter().map(|row| row.read(target).map_err(Fault::from)).collect()
}

impl ParcelRow {
    fn read(self, target: &TargetName) -> Result<Parcel, StoreError> {
        let reading = Reading::of("deliveries", self.id);
        Ok(Parcel {
            id: DeliveryId(self.id),
            target: target.clone(),
            made_at: reading.time("tried_since", self.tried_since)?,
            tries: reading.count("tries", self.tries)?,
            key: self.key,
            kind: self.kind,
            body: self.body,
        })
    }
}

pub(super) async fn end(
    tx: &mut Tx,
    parcel: &Parcel,
    delivered: &Delivered,
    now: i64,
) -> Result<bool, Fault> {
    let (state, next_at, error) = match delivered {
        Delivered::Yes => ("delivered", now, None),
        Delivered::No(why, Next::Again(again) | Next::Held { again, .. }) => {
            ("waiting", again.as_millisecond(), Some(clean(why)))
        }
        Delivered::No(why, Next::Dead) => ("dead", now, Some(clean(why))),
    };
    let ended_at = (state != "waiting").then_some(now);
    let error = error.as_deref();
    let tries = i64::from(parcel.tries);
    let args = args![parcel.id.0, tries, state, next_at, ended_at, error];
    if tx.run(&END, &args).await? == 0 {
        return Ok(false);
    }
    let target = parcel.target.as_str();
    if let Some(error) = error {
        tx.run(&UNWELL, &args![target, now, error]).await?;
        if let Delivered::No(_, Next::Held { until, .. }) = delivered {
            tx.run(&HOLD, &args![target, until.as_millisecond()]).await?;
        }
        return Ok(true);
    }
    let before = tx.one::<(i64,)>(&FAILURES, &args![target]).await?;
    tx.run(&WELL, &args![target, now]).await?;
    if before.is_some_and(|(failures,)| failures > 0) {
        tx.run(&WAKE, &args![target, now, now]).await?;
    }
    Ok(true)
}

/// The count goes on, so that a try from before changes nothing any more.
pub(super) async fn send_again(tx: &mut Tx, id: i64, now: i64) -> Result<bool, Fault> {
    let is_there = tx.run(&AGAIN, &args![id, now]).await? > 0;
    if is_there {
        tx.run(&UNHOLD, &args![id]).await?;
        tx.announce().await?;
    }
    Ok(is_there)
}

pub(super) async fn tidy(tx: &mut Tx, max: u32, now: Timestamp) -> Result<Vec<GivenUp>, Fault> {
    let max = i64::from(max);
    let before = |ago: SignedDuration| (now - ago).as_millisecond();
    let late = before(TRIED_FOR + UNTAKEN);
    let args = args![now.as_millisecond(), late, max, NOBODY];
    let given_up: Vec<GivenUpRow> = tx.all(&GIVE_UP, &args).await?;
    tx.has_changed(given_up.len());
    tx.run(&FORGET, &args![before(DELIVERED_KEPT), before(DEAD_KEPT), max]).await?;
    tx.run(&FORGET_ALERTS, &args![before(DEAD_KEPT), max]).await?;
    given_up.into_iter().map(|row| row.read().map_err(Fault::from)).collect()
}

impl GivenUpRow {
    fn read(self) -> Result<GivenUp, StoreError> {
        let reading = Reading::of("deliveries", self.id);
        let target = reading.parsed("target", &self.target, TargetName::parse(&self.target))?;
        Ok(GivenUp { id: DeliveryId(self.id), target, why: self.error })
    }
}

//! `login_tries`, the buckets that tries to log in are taken from, and `devices`, the browsers that have
//! one of their own.

use domain::model::access::SecretHash;
use domain::ports::store::StoreError;
use domain::rules::access::throttle::{self, Pace};
use jiff::Timestamp;

use crate::arg::args;
use crate::db::{Db, Tx};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::rows::Reading;

/// Browsers that are remembered of a person, at most.
const DEVICES_MAX: i64 = 20;

/// Nobody else takes from it before the end of the transaction.
static LOCK: Sql = Sql::new(
    "login_tries",
    "INSERT INTO login_tries (bucket, full_at) VALUES ($1, $2)
     ON CONFLICT (bucket) DO UPDATE SET full_at = login_tries.full_at RETURNING full_at",
);

static TAKE: Sql = Sql::new("login_tries", "UPDATE login_tries SET full_at = $2 WHERE bucket = $1");

static FORGET_FULL: Sql = Sql::new("login_tries", "DELETE FROM login_tries WHERE full_at < $1");

static ADD: Sql = Sql::new(
    "devices",
    "INSERT INTO devices (hash, user_id, created_at) VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING",
);

static FORGET_OLDEST: Sql = Sql::new(
    "devices",
    "DELETE FROM devices WHERE user_id = $1 AND created_at <
        (SELECT min(n.created_at) FROM (SELECT d.created_at FROM devices d WHERE d.user_id = $1
            ORDER BY d.created_at DESC LIMIT $2) AS n)",
);

static KNOWS: Sql =
    Sql::new("devices", "SELECT user_id FROM devices WHERE hash = $1 AND user_id = $2");

pub(super) static TEXTS: [&Sql; 6] = [&LOCK, &TAKE, &FORGET_FULL, &ADD, &FORGET_OLDEST, &KNOWS];

/// In the order of their names, so that two tries never wait for each other.
pub(super) async fn take(
    tx: &mut Tx,
    buckets: &[(String, Pace)],
    now: Timestamp,
) -> Result<Result<(), Timestamp>, Fault> {
    let millis = now.as_millisecond();
    let mut sorted: Vec<&(String, Pace)> = buckets.iter().collect();
    sorted.sort_by(|one, other| one.0.cmp(&other.0));
    let (mut takes, mut again_at) = (Vec::new(), None);
    for (bucket, pace) in sorted {
        let held = tx.one::<(i64,)>(&LOCK, &args![bucket, millis]).await?;
        let reading = Reading::of("login_tries", bucket);
        let full_at = held.map(|(at,)| reading.time("full_at", at)).transpose()?;
        match throttle::take(*pace, full_at, now) {
            Ok(after) => takes.push((bucket, after.as_millisecond())),
            Err(again) => again_at = again_at.max(Some(again)),
        }
    }
    if let Some(again) = again_at {
        return Ok(Err(again));
    }
    for (bucket, after) in takes {
        tx.run(&TAKE, &args![bucket, after]).await?;
    }
    tx.run(&FORGET_FULL, &args![millis]).await?;
    Ok(Ok(()))
}

pub(super) async fn add_device(
    tx: &mut Tx,
    user: i64,
    hash: &SecretHash,
    now: i64,
) -> Result<(), Fault> {
    tx.run(&ADD, &args![hash.as_str(), user, now]).await?;
    tx.run(&FORGET_OLDEST, &args![user, DEVICES_MAX]).await.map(|_| ())
}

pub(super) async fn knows_device(
    db: &Db,
    user: i64,
    hash: &SecretHash,
) -> Result<bool, StoreError> {
    Ok(db.one::<(i64,)>(&KNOWS, &args![hash.as_str(), user]).await?.is_some())
}

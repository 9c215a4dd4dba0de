//! `nodes`: leases with fences that only grow, and what a crash left behind.
//!
//! Whether a lease lives is asked of one clock, the database's own (`{clock ..}` in the dialect): a
//! node whose clock runs ahead must not take over what another one is doing.

use async_trait::async_trait;
use domain::model::{Fence, Lease};
use domain::ports::store::{Abandoned, ClosedAt, History, NewLease, NodeStore, StoreError};
use jiff::{SignedDuration, Timestamp};

use crate::arg::args;
use crate::db::{Db, Engine, Tx, in_transaction};
use crate::dialect::Sql;
use crate::fault::{Fault, classify};
use crate::identity::{boot_of, identity, is_other_boot};
use crate::lost;
use crate::meta;
use crate::rows::Reading;
use crate::strangers;

pub(crate) mod recover;

/// Starts that are remembered.
const STARTS_MAX: i64 = 1000;

static LAST: Sql = Sql::new(
    "nodes",
    "SELECT heartbeat_at, identity, boot, ended_at FROM nodes
     ORDER BY heartbeat_at DESC, fence DESC LIMIT 1",
);

static FIRST: Sql = Sql::new(
    "nodes",
    "SELECT min(started_at),
        CAST(EXISTS (SELECT 1 FROM bots b WHERE b.distrusted_since IS NOT NULL) AS INTEGER)
     FROM nodes WHERE identity = $1",
);

pub(crate) static END_ALL: Sql =
    Sql::new("nodes", "UPDATE nodes SET ended_at = $1 WHERE ended_at IS NULL");

/// When everything may be sent again, what was held asks at once and not at its next look.
static WAKE_HELD: Sql = Sql::new(
    "slots",
    "UPDATE slots SET wake_at = $1, version = version + 1
     WHERE state = 'assigned' AND wake_at > $1 AND due_at <= $1",
);

/// A node that was cut off or stopped while its database moved must not live on in the old one.
static TAKE: Sql = Sql::new(
    "nodes",
    "INSERT INTO nodes (node, declared, identity, started_at, heartbeat_at, expires_at, boot)
     SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), {clock $4}, {clock $4},
        {clock $4} + $5, CAST($6 AS TEXT)
     WHERE NOT EXISTS (SELECT 1 FROM meta WHERE key = 'moved_to') RETURNING fence, expires_at",
);

static FORGET: Sql = Sql::new(
    "nodes",
    "DELETE FROM nodes WHERE fence < $1 AND (ended_at IS NOT NULL OR expires_at < {clock $2})",
);

/// A server that took over may give a fence out again that the lost one had given: it is another node's.
static RENEW: Sql = Sql::new(
    "nodes",
    "UPDATE nodes SET heartbeat_at = {clock $2}, expires_at = {clock $2} + $3
     WHERE fence = $1 AND ended_at IS NULL AND expires_at > {clock $2} AND identity = $4
        AND node = $5
     RETURNING expires_at",
);

static END: Sql = Sql::new(
    "nodes",
    "UPDATE nodes SET ended_at = {clock $2}, heartbeat_at = {clock $2}
     WHERE fence = $1 AND ended_at IS NULL",
);

/// One doubt on top of another begins before it, so that a look that began with the first does not end
/// the second.
static DISTRUST: Sql = Sql::new(
    "bots",
    "UPDATE bots SET version = version + 1, updated_at = $2,
        distrusted_since = CASE WHEN distrusted_since IS NULL OR distrusted_since > $1
            THEN $1 ELSE distrusted_since - 1 END
     WHERE state <> 'closed'",
);

pub(crate) static TEXTS: [&Sql; 9] =
    [&LAST, &FIRST, &END_ALL, &WAKE_HELD, &TAKE, &FORGET, &RENEW, &END, &DISTRUST];

#[async_trait]
impl NodeStore for Db {
    async fn history(&self) -> Result<History, StoreError> {
        let identity = identity(self).await?;
        let lost_since = lost_since(self).await?;
        let last: Option<(i64, String, Option<String>, Option<i64>)> = self.one(&LAST, &[]).await?;
        let first = self.one::<(Option<i64>, i32)>(&FIRST, &args![&identity]).await?;
        let (first, is_in_doubt) = first.unwrap_or_default();
        let reading = Reading::of("nodes", &identity);
        let in_use_since = reading.maybe_time("started_at", first)?;
        Ok(match last {
            Some((heartbeat, before, boot, ended_at)) => History {
                lost_since,
                last_heartbeat: Some(
                    Reading::of("nodes", &before).time("heartbeat_at", heartbeat)?,
                ),
                is_same_database: before == identity
                    && !(ended_at.is_none()
                        && is_other_boot(boot.as_deref(), boot_of(self).as_deref())),
                in_use_since,
                is_in_doubt: is_in_doubt != 0,
            },
            None => History {
                last_heartbeat: None,
                is_same_database: true,
                lost_since,
                in_use_since: None,
                is_in_doubt: is_in_doubt != 0,
            },
        })
    }

    async fn take_lease(&self, wanted: &NewLease<'_>, now: Timestamp) -> Result<Lease, StoreError> {
        let identity = identity(self).await?;
        let ends_others = self.file.as_ref().is_some_and(|file| !file.is_shared);
        let (identity, boot) = (identity.as_str(), boot_of(self));
        let by = Taker { wanted, identity, boot, ends_others };
        in_transaction!(self, |tx| take(tx, &by, now.as_millisecond()))
    }

    async fn renew_lease(
        &self,
        lease: &Lease,
        now: Timestamp,
        length: SignedDuration,
    ) -> Result<Option<Lease>, StoreError> {
        // A database that is suddenly another one ends the lease: the next start sees the change
        // and reads the timelines.
        let identity = identity(self).await?;
        let (fence, now, length) = (lease.fence.0, now.as_millisecond(), millis(length));
        let args = args![fence, now, length, &identity, &lease.node];
        let renewed: Option<(i64,)> =
            in_transaction!(self, |tx| async { tx.one(&RENEW, &args).await })?;
        renewed
            .map(|(expires_at,)| {
                let expires_at = expiry(lease.fence, expires_at)?;
                Ok(Lease { expires_at, ..lease.clone() })
            })
            .transpose()
    }

    async fn end_lease(&self, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
        in_transaction!(self, |tx| async {
            tx.run(&END, &args![lease.fence.0, now.as_millisecond()]).await.map(|_| ())
        })
    }

    async fn news(&self) -> Result<(), StoreError> {
        match &self.engine {
            Engine::Postgres(server) => server.news.hear().await,
            Engine::Sqlite(_) => std::future::pending().await,
        }
    }

    async fn database_time(&self) -> Result<Option<Timestamp>, StoreError> {
        let Engine::Postgres(server) = &self.engine else {
            return Ok(None);
        };
        let (millis,): (i64,) = sqlx::query_as(
            "SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT)",
        )
        .fetch_one(&server.pool)
        .await
        .map_err(|error| classify("(clock)", &error).into_error())?;
        Reading::of("(clock)", "server").time("clock_timestamp", millis).map(Some)
    }

    async fn recover_abandoned(
        &self,
        now: Timestamp,
        closed_at: ClosedAt,
    ) -> Result<Abandoned, StoreError> {
        in_transaction!(self, |tx| recover::recover(tx, now.as_millisecond(), closed_at))
    }

    async fn distrust_history(&self, since: Timestamp, now: Timestamp) -> Result<u64, StoreError> {
        in_transaction!(self, |tx| distrust(tx, since.as_millisecond(), now.as_millisecond()))
    }

    async fn set_kill_switch(&self, is_on: bool, now: Timestamp) -> Result<(), StoreError> {
        in_transaction!(self, |tx| set_kill_switch(tx, is_on, now.as_millisecond()))
    }
}

/// Whoever dies before this commit finds the mark again.
async fn distrust(tx: &mut Tx, since: i64, now: i64) -> Result<u64, Fault> {
    let distrusted = tx.run(&DISTRUST, &args![since, now]).await?;
    tx.run(&lost::CLEAR, &[]).await?;
    Ok(distrusted)
}

/// The mark of a copy that was put back.
async fn lost_since(db: &Db) -> Result<Option<Timestamp>, StoreError> {
    let Some((value,)) = db.one::<(String,)>(&lost::LOST_SINCE, &[]).await? else {
        return Ok(None);
    };
    let reading = Reading::of("meta", "history_lost_since");
    match value.parse() {
        Ok(millis) => reading.time("value", millis).map(Some),
        Err(_) => Err(reading.corrupt("it is no time")),
    }
}

async fn set_kill_switch(tx: &mut Tx, is_on: bool, now: i64) -> Result<(), Fault> {
    let word = if is_on { "on" } else { "off" };
    tx.run(&meta::SET_KILL_SWITCH, &args![word]).await?;
    if !is_on {
        tx.run(&WAKE_HELD, &args![now]).await?;
    }
    let event = crate::events::Event {
        kind: format!("kill_switch.{word}"),
        bot: None,
        slot: None,
        detail: None,
    };
    crate::events::append(tx, &[event], now).await?;
    tx.announce().await
}

/// Who takes a lease, and whether it is the only node that there can be.
struct Taker<'a> {
    wanted: &'a NewLease<'a>,
    identity: &'a str,
    boot: Option<String>,
    ends_others: bool,
}

async fn take(
    tx: &mut Tx,
    Taker { wanted, identity, boot, ends_others }: &Taker<'_>,
    now: i64,
) -> Result<Lease, Fault> {
    if *ends_others {
        tx.run(&END_ALL, &args![now]).await?;
    }
    let length = millis(wanted.length);
    let args = args![wanted.node, wanted.declared, *identity, now, length, boot.as_deref()];
    let (fence, expires_at) = tx
        .one::<(i64, i64)>(&TAKE, &args)
        .await?
        .ok_or_else(|| StoreError::Failed("this database lives on elsewhere".to_owned()))?;
    tx.run(&FORGET, &args![fence - STARTS_MAX, now]).await?;
    strangers::forget(tx).await?;
    let (node, fence) = (wanted.node.to_owned(), Fence(fence));
    Ok(Lease { node, fence, expires_at: expiry(fence, expires_at)? })
}

fn expiry(fence: Fence, millis: i64) -> Result<Timestamp, StoreError> {
    Reading::of("nodes", fence.0).time("expires_at", millis)
}

fn millis(length: SignedDuration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

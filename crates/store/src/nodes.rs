//! `nodes`: leases with fences that only grow, and what a crash left behind.

use async_trait::async_trait;
use domain::model::{Fence, Lease};
use domain::ports::store::{Abandoned, ClosedAt, History, NodeStore, StoreError};
use jiff::Timestamp;

use crate::db::{Db, Engine, Tx, args, in_transaction};
use crate::dialect::Sql;
use crate::fault::{Fault, classify};
use crate::identity::identity;
use crate::meta;
use crate::rows::Reading;

pub(crate) mod recover;

/// Starts that are remembered.
const STARTS_MAX: i64 = 1000;

static LAST: Sql = Sql::new(
    "nodes",
    "SELECT heartbeat_at, identity FROM nodes ORDER BY heartbeat_at DESC, fence DESC LIMIT 1",
);

static END_ALL: Sql = Sql::new("nodes", "UPDATE nodes SET ended_at = $1 WHERE ended_at IS NULL");

static TAKE: Sql = Sql::new(
    "nodes",
    "INSERT INTO nodes (node, identity, started_at, heartbeat_at, expires_at)
     VALUES ($1, $2, $3, $3, $4) RETURNING fence",
);

static FORGET: Sql = Sql::new(
    "nodes",
    "DELETE FROM nodes WHERE fence < $1 AND (ended_at IS NOT NULL OR expires_at < $2)",
);

static RENEW: Sql = Sql::new(
    "nodes",
    "UPDATE nodes SET heartbeat_at = $2, expires_at = $3
     WHERE fence = $1 AND ended_at IS NULL AND expires_at > $2 AND identity = $4",
);

static END: Sql = Sql::new(
    "nodes",
    "UPDATE nodes SET ended_at = $2, heartbeat_at = $2 WHERE fence = $1 AND ended_at IS NULL",
);

static DISTRUST: Sql = Sql::new(
    "bots",
    "UPDATE bots SET version = version + 1, updated_at = $2,
        distrusted_since = CASE WHEN distrusted_since IS NULL OR distrusted_since > $1
            THEN $1 ELSE distrusted_since END
     WHERE state <> 'closed'",
);

pub(crate) static TEXTS: [&Sql; 7] = [&LAST, &END_ALL, &TAKE, &FORGET, &RENEW, &END, &DISTRUST];

#[async_trait]
impl NodeStore for Db {
    async fn history(&self) -> Result<History, StoreError> {
        let identity = identity(self).await?;
        let last: Option<(i64, String)> = self.one(&LAST, &[]).await?;
        Ok(match last {
            Some((heartbeat, before)) => History {
                last_heartbeat: Some(
                    Reading::of("nodes", &before).time("heartbeat_at", heartbeat)?,
                ),
                is_same_database: before == identity,
            },
            None => History { last_heartbeat: None, is_same_database: true },
        })
    }

    async fn take_lease(
        &self,
        node: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Lease, StoreError> {
        let identity = identity(self).await?;
        in_transaction!(self, |tx| take(tx, (node, &identity), now, expires_at))
    }

    async fn renew_lease(
        &self,
        lease: &Lease,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Option<Lease>, StoreError> {
        // A database that is suddenly another one ends the lease: the next start sees the change
        // and reads the timelines.
        let identity = identity(self).await?;
        let renewed = in_transaction!(self, |tx| async {
            let times = (now.as_millisecond(), expires_at.as_millisecond());
            tx.run(&RENEW, &args![lease.fence.0, times.0, times.1, &identity]).await
        })?;
        Ok((renewed > 0).then(|| Lease { expires_at, ..lease.clone() }))
    }

    async fn end_lease(&self, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
        in_transaction!(self, |tx| async {
            tx.run(&END, &args![lease.fence.0, now.as_millisecond()]).await.map(|_| ())
        })
    }

    async fn database_time(&self) -> Result<Option<Timestamp>, StoreError> {
        let Engine::Postgres(pool) = &self.engine else {
            return Ok(None);
        };
        let (millis,): (i64,) = sqlx::query_as(
            "SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT)",
        )
        .fetch_one(pool)
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
        in_transaction!(self, |tx| tx
            .run(&DISTRUST, &args![since.as_millisecond(), now.as_millisecond()]))
    }

    async fn set_kill_switch(&self, is_on: bool, now: Timestamp) -> Result<(), StoreError> {
        let word = if is_on { "on" } else { "off" };
        in_transaction!(self, |tx| set_kill_switch(tx, word, now.as_millisecond()))
    }
}

async fn set_kill_switch(tx: &mut Tx, word: &'static str, now: i64) -> Result<(), Fault> {
    tx.run(&meta::SET_KILL_SWITCH, &args![word]).await?;
    let event = crate::events::Event {
        kind: format!("kill_switch.{word}"),
        bot: None,
        slot: None,
        detail: None,
    };
    crate::events::append(tx, &[event], now).await
}

async fn take(
    tx: &mut Tx,
    (node, identity): (&str, &str),
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<Lease, Fault> {
    let at = now.as_millisecond();
    if matches!(tx, Tx::Sqlite(_)) {
        tx.run(&END_ALL, &args![at]).await?;
    }
    let args = args![node, identity, at, expires_at.as_millisecond()];
    let (fence,) = tx
        .one::<(i64,)>(&TAKE, &args)
        .await?
        .ok_or_else(|| StoreError::Failed("a new lease has no fence".to_owned()))?;
    tx.run(&FORGET, &args![fence - STARTS_MAX, at]).await?;
    Ok(Lease { node: node.to_owned(), fence: Fence(fence), expires_at })
}

//! Rows that nobody can read. They must not stand in the way of the others, nor be lost: the log
//! names them, and they are looked at again after a while, in case somebody mended them.

use domain::ports::store::StoreError;
use serde::Serialize;

use crate::arg::args;
use crate::db::{Tx, json};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::row::Each;
use crate::stats::Bumps;

/// What cannot be read is tried again after so long.
const AGAIN_AFTER_MS: i64 = 10 * 60 * 1000;

static WAITING: Sql = Sql::new(
    "slots",
    "WITH {rows id:int}
     UPDATE slots SET wake_at = $3, version = slots.version + 1, updated_at = $2,
        detail = 'a row it needs is corrupt; the log names it'
     FROM r WHERE slots.id = r.id AND {judged slots.state IN ('planned', 'assigned')}",
);

/// Whether X has it stays as unknown as it was. Where a person was called, the sentence that called
/// stays too.
static OPEN: Sql = Sql::new(
    "slots",
    "WITH {rows id:int}
     UPDATE slots SET wake_at = $3, fence = NULL, version = slots.version + 1, updated_at = $2,
        state = CASE WHEN slots.state = 'reconciling' THEN 'unknown' ELSE slots.state END,
        detail = CASE WHEN slots.state = 'reconciling'
            THEN 'a row it needs is corrupt; the log names it' ELSE slots.detail END
     FROM r WHERE slots.id = r.id AND {judged slots.state IN ('reconciling', 'needs_attention')}",
);

static SCHEDULES: Sql = Sql::new(
    "schedules",
    "WITH {rows id:int} UPDATE schedules SET replan_at = $3, updated_at = $2
     FROM r WHERE schedules.id = r.id AND {judged schedules.replan_at IS NOT NULL}",
);

static QUEUES: Sql = Sql::new(
    "bot_stats",
    "WITH {rows id} UPDATE bot_stats SET refill_not_before = $3, refill_fence = NULL, updated_at = $2
     FROM r WHERE bot_stats.bot_id = r.id",
);

pub(crate) static TEXTS: [&Sql; 4] = [&WAITING, &OPEN, &SCHEDULES, &QUEUES];

/// The key of a row, and what is wrong with it.
pub(crate) type Unreadable<K> = (K, StoreError);

#[derive(Serialize)]
struct Key<'a, K> {
    id: &'a K,
}

/// The rows that can be read, and the others.
pub(crate) fn sort<'r, R, K, T>(
    rows: &'r [R],
    key: impl Fn(&'r R) -> K,
    read: impl Fn(&'r R) -> Result<T, StoreError>,
) -> (Vec<T>, Vec<Unreadable<K>>) {
    let mut readable = Vec::with_capacity(rows.len());
    let mut others = Vec::new();
    for row in rows {
        match read(row) {
            Ok(value) => readable.push(value),
            Err(error) => others.push((key(row), error)),
        }
    }
    (readable, others)
}

/// The same of rows that were decoded one by one.
pub(crate) fn sort_each<R, T>(
    rows: Vec<Each<R>>,
    read: impl Fn(&R) -> Result<T, StoreError>,
) -> (Vec<T>, Vec<Unreadable<i64>>) {
    let mut readable = Vec::with_capacity(rows.len());
    let mut others = Vec::new();
    for (id, row) in rows {
        match row.and_then(|row| read(&row)) {
            Ok(value) => readable.push(value),
            Err(error) => others.push((id, error)),
        }
    }
    (readable, others)
}

/// Slots that wait for a post, or to be sent.
pub(crate) async fn waiting(tx: &mut Tx, slots: &[Unreadable<i64>], now: i64) -> Result<(), Fault> {
    for (slot, error) in slots {
        tracing::error!(
            event = "slot.set_aside",
            slot.id = slot,
            "Slot {slot} is set aside: {error}"
        );
    }
    put(tx, &WAITING, slots, now).await
}

/// Slots whose outcome is open, and which were taken a moment ago.
pub(crate) async fn open(tx: &mut Tx, slots: &[Unreadable<i64>], now: i64) -> Result<(), Fault> {
    for (slot, error) in slots {
        tracing::error!(
            slot.id = slot,
            "Slot {slot} is set aside, and whether X has its post stays unknown: {error}"
        );
    }
    put(tx, &OPEN, slots, now).await
}

/// Schedules that are to be planned further.
pub(crate) async fn schedules(
    tx: &mut Tx,
    schedules: &[Unreadable<i64>],
    now: i64,
) -> Result<(), Fault> {
    for (schedule, error) in schedules {
        tracing::error!(
            schedule.id = schedule,
            "Schedule {schedule} is set aside, and yields no new slots: {error}"
        );
    }
    put(tx, &SCHEDULES, schedules, now).await
}

/// Queues that are to be refilled; the bot shows why its is not.
pub(crate) async fn queues(
    tx: &mut Tx,
    bots: &[Unreadable<String>],
    now: i64,
) -> Result<(), Fault> {
    let mut bumps = Bumps::default();
    for (bot, error) in bots {
        tracing::error!(bot.id = bot, "Nothing new is written for @{bot}: {error}");
        bumps.of(bot).set_error(error.to_string());
    }
    bumps.write(tx, now).await?;
    put(tx, &QUEUES, bots, now).await
}

async fn put<K: Serialize>(
    tx: &mut Tx,
    sql: &'static Sql,
    rows: &[Unreadable<K>],
    now: i64,
) -> Result<(), Fault> {
    if rows.is_empty() {
        return Ok(());
    }
    let keys: Vec<Key<'_, K>> = rows.iter().map(|(id, _)| Key { id }).collect();
    tx.run(sql, &args![&json(&keys), now, now + AGAIN_AFTER_MS]).await.map(|_| ())
}

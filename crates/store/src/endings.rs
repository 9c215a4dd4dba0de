//! `endings`: how slots ended, counted by the hour in the transaction that ended them.
//!
//! A batch adds to few rows, whatever its size, so a burst costs a look at each slot and little more. The
//! rows of a statement are in order and it is the last of its transaction, so that nodes neither wait for
//! each other long nor in a circle.

use std::collections::BTreeMap;

use domain::model::{BotId, Lateness, SlotState};
use domain::ports::store::{Ending, EndingCount, EndingHour, StoreError};
use jiff::Timestamp;

use crate::arg::args;
use crate::batch::batch_row;
use crate::db::{Db, Tx};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::row::row;
use crate::rows::Reading;

const HOUR_MS: i64 = 3_600_000;

static DUE: Sql =
    Sql::new("slots", "{each slot:int} SELECT s.id, s.due_at {from,} slots s WHERE s.id = r.slot");

static ADD: Sql = Sql::new(
    "endings",
    "{each hour:int state detail slots:int}
     INSERT INTO endings (hour, state, detail, slots)
     SELECT r.hour, r.state, r.detail, r.slots {from} WHERE true
     ON CONFLICT (hour, state, detail) DO UPDATE SET slots = endings.slots + excluded.slots",
);

static LIST: Sql = Sql::new(
    "endings",
    "SELECT hour, state, detail, slots FROM endings WHERE hour >= $1 AND slots > 0
     ORDER BY hour DESC LIMIT $2",
);

static LIST_OF_BOT: Sql = Sql::new(
    "slots",
    "SELECT s.id, s.due_at, s.state, s.reason, x.posted_at
     FROM slots s LEFT JOIN receipts x ON x.slot_id = s.id
     WHERE s.bot_id = $1 AND s.due_at >= $2 AND {gone s} ORDER BY s.due_at DESC LIMIT $3",
);

/// The steps are those of [`Lateness`]; a test holds the two together.
static DRIFTED: Sql = Sql::new(
    "endings",
    "SELECT k.hour, k.state, k.detail, CAST(sum(k.counted) AS BIGINT) AS counted,
        CAST(sum(k.found) AS BIGINT) AS found
     FROM (SELECT e.hour, e.state, e.detail, e.slots AS counted, 0 AS found
            FROM endings e WHERE e.hour >= $1 AND e.hour < $2
        UNION ALL
        SELECT s.due_at / 3600000, s.state,
            CASE WHEN s.state <> 'posted' THEN s.reason WHEN x.posted_at IS NULL THEN ''
                WHEN x.posted_at - s.due_at < 1000 THEN '1s'
                WHEN x.posted_at - s.due_at < 10000 THEN '10s'
                WHEN x.posted_at - s.due_at < 60000 THEN '1min'
                WHEN x.posted_at - s.due_at < 600000 THEN '10min'
                WHEN x.posted_at - s.due_at < 3600000 THEN '1h' ELSE 'longer' END, 0, 1
            FROM slots s LEFT JOIN receipts x ON x.slot_id = s.id
            WHERE {gone s} AND s.due_at >= $1 * 3600000 AND s.due_at < $2 * 3600000) AS k
     GROUP BY k.hour, k.state, k.detail HAVING sum(k.counted) <> sum(k.found)",
);

static BEGIN: Sql = Sql::new(
    "endings",
    "{each hour:int state detail}
     INSERT INTO endings (hour, state, detail, slots)
     SELECT r.hour, r.state, r.detail, 0 {from} WHERE true
     ON CONFLICT (hour, state, detail) DO NOTHING",
);

/// What somebody counted in between stays.
static MEND: Sql = Sql::new(
    "endings",
    "{each hour:int state detail counted:int found:int}
     UPDATE endings SET slots = r.found {from} WHERE endings.hour = r.hour
        AND endings.state = r.state AND endings.detail = r.detail AND endings.slots = r.counted",
);

pub(crate) static TEXTS: [&Sql; 7] = [&DUE, &ADD, &LIST, &LIST_OF_BOT, &DRIFTED, &BEGIN, &MEND];

batch_row! {
    struct SlotKey {
        slot: i64,
    }
}

batch_row! {
    struct AddRow {
        hour: i64,
        state: &'static str,
        detail: &'static str,
        slots: i64,
    }
}

batch_row! {
    struct BeginRow<'a> {
        hour: i64,
        state: &'a str,
        detail: &'a str,
    }
}

batch_row! {
    struct MendRow<'a> {
        hour: i64,
        state: &'a str,
        detail: &'a str,
        counted: i64,
        found: i64,
    }
}

/// A slot that ended in this transaction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended {
    pub(crate) slot: i64,
    pub(crate) state: SlotState,
    /// When X made its post.
    pub(crate) posted_at: Option<Timestamp>,
}

/// Counts those that are over.
pub(crate) async fn count(tx: &mut Tx, ended: impl Iterator<Item = Ended>) -> Result<(), Fault> {
    add(tx, ended, 1).await
}

/// One that had ended has not, after all.
pub(crate) async fn take_back(tx: &mut Tx, ended: Ended) -> Result<(), Fault> {
    add(tx, std::iter::once(ended), -1).await
}

async fn add(tx: &mut Tx, ended: impl Iterator<Item = Ended>, each: i64) -> Result<(), Fault> {
    let ended: Vec<Ended> = ended
        .filter(|one| {
            matches!(one.state, SlotState::Posted | SlotState::Skipped(_) | SlotState::Failed(_))
        })
        .collect();
    if ended.is_empty() {
        return Ok(());
    }
    let keys: Vec<SlotKey> = ended.iter().map(|one| SlotKey { slot: one.slot }).collect();
    let due: Vec<(i64, i64)> = tx.find_each(&DUE, &keys, &[]).await?;
    let due: BTreeMap<i64, i64> = due.into_iter().collect();
    let mut sums: BTreeMap<(i64, &'static str, &'static str), i64> = BTreeMap::new();
    for one in &ended {
        let Some(due_at) = due.get(&one.slot) else { continue };
        let detail = match (one.state.reason(), one.posted_at) {
            (Some(reason), _) => reason,
            (None, Some(posted_at)) => Lateness::of(moment(*due_at)?, posted_at).as_str(),
            (None, None) => "",
        };
        let key = (due_at.div_euclid(HOUR_MS), one.state.phase().as_str(), detail);
        *sums.entry(key).or_default() += each;
    }
    let rows: Vec<AddRow> = sums
        .into_iter()
        .map(|((hour, state, detail), slots)| AddRow { hour, state, detail, slots })
        .collect();
    tx.run_each(&ADD, &rows, &[]).await.map(|_| ())
}

fn moment(millis: i64) -> Result<Timestamp, StoreError> {
    Reading::of("slots", "due").time("due_at", millis)
}

row! {
    struct EndingRow {
        id: i64,
        due_at: i64,
        state: String,
        reason: Option<String>,
        posted_at: Option<i64>,
    }
}

pub(crate) async fn list(
    db: &Db,
    bot: Option<&BotId>,
    since: Timestamp,
    max: u32,
) -> Result<Vec<EndingCount>, StoreError> {
    let since = since.as_millisecond();
    if let Some(bot) = bot {
        let args = args![bot.as_str(), since, i64::from(max)];
        let rows: Vec<EndingRow> = db.all(&LIST_OF_BOT, &args).await?;
        return rows.into_iter().map(EndingRow::read).collect();
    }
    let from = since.div_euclid(HOUR_MS);
    let rows: Vec<(i64, String, String, i64)> = db.all(&LIST, &args![from, i64::from(max)]).await?;
    rows.into_iter()
        .map(|(hour, state, detail, slots)| {
            let reading = Reading::of("endings", hour);
            let posted = state == "posted";
            let lateness = match detail.as_str() {
                word if posted && !word.is_empty() => {
                    Some(reading.parsed("detail", word, Lateness::from_word(word))?)
                }
                _ => None,
            };
            let reason = Some(detail.as_str()).filter(|_| !posted);
            Ok(EndingCount {
                due_at: reading.time("hour", hour.saturating_mul(HOUR_MS))?,
                ending: ending(reading.slot_state(&state, reason)?, lateness, &reading)?,
                count: reading.count("slots", slots)?,
            })
        })
        .collect()
}

impl EndingRow {
    fn read(self) -> Result<EndingCount, StoreError> {
        let reading = Reading::of("slots", self.id);
        let due_at = reading.time("due_at", self.due_at)?;
        let posted_at = reading.maybe_time("posted_at", self.posted_at)?;
        let lateness = posted_at.map(|posted_at| Lateness::of(due_at, posted_at));
        let state = reading.slot_state(&self.state, self.reason.as_deref())?;
        Ok(EndingCount { due_at, ending: ending(state, lateness, &reading)?, count: 1 })
    }
}

fn ending(
    state: SlotState,
    lateness: Option<Lateness>,
    reading: &Reading,
) -> Result<Ending, StoreError> {
    match state {
        SlotState::Posted => Ok(Ending::Posted(lateness)),
        SlotState::Skipped(reason) => Ok(Ending::Skipped(reason)),
        SlotState::Failed(reason) => Ok(Ending::Failed(reason)),
        other => Err(reading.corrupt(format!("`{}` is no ending", other.phase().as_str()))),
    }
}

pub(crate) async fn list_drifted(
    db: &Db,
    from: i64,
    until: i64,
) -> Result<Vec<EndingHour>, StoreError> {
    let rows: Vec<(i64, String, String, i64, i64)> = db.all(&DRIFTED, &args![from, until]).await?;
    let read =
        |(hour, state, detail, counted, real)| EndingHour { hour, state, detail, counted, real };
    Ok(rows.into_iter().map(read).collect())
}

pub(crate) async fn mend(tx: &mut Tx, drifted: &[EndingHour]) -> Result<u64, Fault> {
    let rows: Vec<MendRow<'_>> = drifted
        .iter()
        .map(|one| MendRow {
            hour: one.hour,
            state: &one.state,
            detail: &one.detail,
            counted: one.counted,
            found: one.real,
        })
        .collect();
    let begun: Vec<BeginRow<'_>> = drifted
        .iter()
        .map(|one| BeginRow { hour: one.hour, state: &one.state, detail: &one.detail })
        .collect();
    tx.run_each(&BEGIN, &begun, &[]).await?;
    tx.run_each(&MEND, &rows, &[]).await
}

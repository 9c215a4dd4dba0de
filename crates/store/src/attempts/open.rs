//! Attempts whose outcome is open and whose next look is due.

use std::collections::{BTreeSet, HashSet};

use domain::model::{Fence, SlotPhase};
use domain::ports::store::{OpenAttempt, StoreError};
use jiff::SignedDuration;
use serde::Serialize;

use crate::arg::args;
use crate::aside;
use crate::breakers;
use crate::db::{Tx, json};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::row::row;
use crate::rows::{AttemptRow, Reading};
use crate::slots::ask;

/// A slot that needs a person stays in its phase while a node reads; if that node dies, another one
/// reads after this.
const LOOK_LEASE: SignedDuration = SignedDuration::from_mins(2);

static TAKE_UNKNOWN: Sql = Sql::new(
    "slots",
    "WITH c AS MATERIALIZED (
        SELECT s.id FROM slots s
        WHERE s.state = 'unknown' AND s.wake_at IS NOT NULL AND s.wake_at <= $1
            AND {served s $2 $1}
        ORDER BY s.wake_at, s.id LIMIT $3 {skip_locked})
     UPDATE slots SET state = 'reconciling', fence = $2, wake_at = NULL, version = version + 1,
        updated_at = $1
     FROM c WHERE slots.id = c.id AND slots.state = 'unknown'
     RETURNING slots.id",
);

static TAKE_ATTENTION: Sql = Sql::new(
    "slots",
    "WITH c AS MATERIALIZED (
        SELECT s.id FROM slots s
        WHERE s.state = 'needs_attention' AND s.reason = 'outcome_unknown'
            AND s.wake_at IS NOT NULL AND s.wake_at <= $1 AND {served s $2 $1}
        ORDER BY s.wake_at, s.id LIMIT $3 {skip_locked})
     UPDATE slots SET fence = $2, wake_at = $4, version = version + 1
     FROM c WHERE slots.id = c.id AND slots.state = 'needs_attention'
     RETURNING slots.id",
);

static OPEN: Sql = Sql::new(
    "attempts",
    "WITH {rows slot:int}
     SELECT s.id AS slot_id, s.version, s.state, s.due_at, s.ambiguous_rounds, s.crashes,
        c.catch_up_ms, c.on_miss, b.x_user_id, b.app,
        CAST(EXISTS (SELECT 1 FROM strangers g WHERE g.bot_id = s.bot_id AND g.fence = $2)
            AS INTEGER) AS stranger,
        a.id AS attempt_id, a.bot_id AS attempt_bot_id, a.post_id AS attempt_post_id, a.number,
        a.fence AS attempt_fence, a.payload, a.anchor AS attempt_anchor, a.first_intent_at,
        a.intent_at, a.send_by, a.closed_at, a.is_duplicate_answer, a.absence_votes, a.looks, a.trace_id
     FROM r JOIN slots s ON s.id = r.slot
     JOIN attempts a ON a.slot_id = s.id AND a.number = s.attempts
     JOIN bots b ON b.bot_id = s.bot_id
     LEFT JOIN schedules c ON c.id = s.schedule_id
     ORDER BY s.due_at, s.id",
);

pub(crate) static TEXTS: [&Sql; 3] = [&TAKE_UNKNOWN, &TAKE_ATTENTION, &OPEN];

#[derive(Serialize)]
struct SlotKey {
    slot: i64,
}

row! {
    struct OpenRow {
        attempt: AttemptRow,
        version: i64,
        state: String,
        due_at: i64,
        ambiguous_rounds: i64,
        crashes: i64,
        catch_up_ms: Option<i64>,
        on_miss: Option<String>,
        x_user_id: Option<String>,
        app: String,
        stranger: i32,
    }
}

pub(super) async fn take(
    tx: &mut Tx,
    now: i64,
    fence: Fence,
    max: u32,
) -> Result<Vec<OpenAttempt>, Fault> {
    let mut taken: Vec<(i64,)> =
        tx.all(&TAKE_UNKNOWN, &args![now, fence.0, i64::from(max)]).await?;
    let room = i64::from(max).saturating_sub(i64::try_from(taken.len()).unwrap_or(i64::MAX));
    if room > 0 {
        let again = now + LOOK_LEASE.as_secs() * 1000;
        taken.extend(tx.all::<(i64,)>(&TAKE_ATTENTION, &args![now, fence.0, room, again]).await?);
    }
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let keys = json(&taken.iter().map(|(slot,)| SlotKey { slot: *slot }).collect::<Vec<_>>());
    let rows = tx.each::<OpenRow>(&OPEN, &args![&keys, fence.0]).await?;
    let found: HashSet<i64> = rows.iter().map(|(slot, _)| *slot).collect();
    let (mut open, mut unreadable) = aside::sort_each(rows, |row| row.read(fence));
    unreadable.extend(taken.iter().filter(|(slot,)| !found.contains(slot)).map(|(slot,)| {
        let reading = Reading::of("slots", slot);
        (*slot, reading.corrupt("its outcome is open and it has no attempt"))
    }));
    aside::open(tx, &unreadable, now).await?;
    put_off(tx, &mut open, now).await?;
    Ok(open)
}

/// Where X does not answer an app, one of its attempts may be looked for in a while, if no other node
/// takes that turn; the others wait.
async fn put_off(tx: &mut Tx, open: &mut [OpenAttempt], now: i64) -> Result<(), Fault> {
    let at = Reading::of("slots", "now").time("now", now)?;
    let apps: BTreeSet<String> = open.iter().map(|one| one.app.clone()).collect();
    let shut = breakers::open(tx, apps.iter().map(String::as_str)).await?;
    let ready = shut.iter().filter(|(_, shut)| shut.may_be_tried(at)).map(|(app, _)| app.as_str());
    let mut tries: BTreeSet<String> =
        breakers::take_tries(tx, ready, now).await?.into_iter().collect();
    for one in open {
        if !tries.remove(&one.app) {
            let shut = shut.get(&one.app);
            one.silent_until = shut.and_then(|shut| shut.waits_until(at, one.attempt.id.0));
        }
    }
    Ok(())
}

impl OpenRow {
    fn read(&self, fence: Fence) -> Result<OpenAttempt, StoreError> {
        let attempt = self.attempt.read()?;
        let reading = Reading::of("slots", attempt.slot.0);
        Ok(OpenAttempt {
            version: self.version,
            fence,
            phase: reading.parsed("state", &self.state, SlotPhase::from_word(&self.state))?,
            due_at: reading.time("due_at", self.due_at)?,
            catch_up_window: match self.catch_up_ms {
                Some(millis) => reading.duration("catch_up_ms", millis)?,
                None => ask::POLICY.catch_up_window,
            },
            on_miss: match &self.on_miss {
                Some(word) => reading.on_miss(word)?,
                None => ask::POLICY.on_miss,
            },
            ambiguous_rounds: reading.count("ambiguous_rounds", self.ambiguous_rounds)?,
            crashes: reading.count("crashes", self.crashes)?,
            x_user: reading.maybe_x_id(self.x_user_id.as_deref())?,
            app: self.app.clone(),
            silent_until: None,
            is_stranger: self.stranger != 0,
            attempt,
        })
    }
}

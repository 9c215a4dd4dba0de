//! Reads rows for the judge, with SQL of its own: what the store says of itself is not evidence.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rusqlite::Error;

use crate::history::{Chronicle, Event, StoredAttempt};
use crate::oracle::{Books, LedgerRow, SlotRow};
use crate::place::Desk;

/// Slots that were due longer ago were read before.
const AGE_MAX_MS: i64 = 3 * 86_400_000;
/// No slot is claimed longer before it is due: no node's clock is further off.
const CLOCK_OFF_MAX_MS: i64 = 2 * 3_600_000;
/// What a slot that a person asked for allows.
const ASKED_CATCH_UP_MS: i64 = 30 * 60_000;

const INTENTS: &str =
    "SELECT a.id, a.slot_id, s.due_at, COALESCE(t.catch_up_ms, 1800000) AS catch_up_ms,
        CAST(COALESCE(t.on_miss = 'latest_only', 0) AS INTEGER) AS is_latest_only,
        a.bot_id, a.number, a.fence, a.payload, a.payload_hash, p.content, a.anchor, a.send_by
     FROM attempts a JOIN slots s ON s.id = a.slot_id JOIN posts p ON p.id = a.post_id
     LEFT JOIN schedules t ON t.id = s.schedule_id
     WHERE a.id > ?1 ORDER BY a.id";

const SLOTS: &str = "SELECT s.id, s.bot_id, s.due_at, COALESCE(t.catch_up_ms, ?3) AS catch_up_ms,
        CAST(COALESCE(t.on_miss = 'latest_only', 0) AS INTEGER) AS is_latest_only,
        s.schedule_id IS NULL AS is_asked_for, s.state, s.reason, s.version, p.content, r.x_post_id
     FROM slots s LEFT JOIN schedules t ON t.id = s.schedule_id
     LEFT JOIN posts p ON p.id = s.post_id LEFT JOIN receipts r ON r.slot_id = s.id
     WHERE s.due_at <= ?1 AND s.due_at > ?2 ORDER BY s.id";

const RECEIPTS: &str = "SELECT x_post_id FROM receipts WHERE posted_at > ?1 ORDER BY x_post_id";

const DOUBTED: &str = "SELECT p.bot_id, p.content FROM posts p JOIN bots b ON b.bot_id = p.bot_id
     WHERE p.state IN ('draft', 'queued', 'assigned') AND (p.was_lost = 1 OR b.distrusted_since IS NOT NULL)";

/// What was spent at X, in order.
const LEDGER: &str = "SELECT bot_id, kind = 'post', entry = 'reserve', amount_micro_usd, day
     FROM ledger WHERE kind = 'post' OR kind = 'read' ORDER BY id";

/// The heads of a few indexes, and what is in flight, in one question.
const HEADS: &str = "SELECT
        (SELECT min(wake_at) FROM slots WHERE state = 'planned' AND wake_at IS NOT NULL) AS planned,
        (SELECT min(replan_at) FROM schedules WHERE replan_at IS NOT NULL) AS unplanned,
        (SELECT min(wake_at) FROM slots WHERE state = 'assigned' AND wake_at IS NOT NULL) AS assigned,
        (SELECT min(wake_at) FROM slots WHERE state = 'retry_wait' AND wake_at IS NOT NULL) AS waiting,
        (SELECT min(wake_at) FROM slots WHERE state = 'unknown' AND wake_at IS NOT NULL) AS lost,
        (SELECT min(wake_at) FROM slots WHERE state = 'needs_attention' AND wake_at IS NOT NULL)
            AS asked,
        (SELECT bot_id FROM slots WHERE state = 'sending' OR state = 'unknown' OR state = 'reconciling'
            GROUP BY bot_id HAVING count(*) > 1 LIMIT 1) AS doubled,
        EXISTS (SELECT 1 FROM slots WHERE (state = 'sending' OR state = 'unknown' OR state = 'reconciling')
            AND state <> 'unknown' AND due_at > ?1)
        OR EXISTS (SELECT 1 FROM slots WHERE (state = 'planned' OR state = 'assigned' OR state = 'claimed'
                OR state = 'retry_wait') AND state = 'claimed' AND due_at > ?1 AND due_at <= ?2) AS is_at_work";

/// Copies new intents into the chronicle.
pub(crate) struct Scribe {
    desk: Arc<Desk>,
    chronicle: Chronicle,
    last: AtomicI64,
}

struct IntentRow {
    id: i64,
    slot_id: i64,
    due_at: i64,
    catch_up_ms: i64,
    is_latest_only: i64,
    bot_id: String,
    number: i64,
    fence: i64,
    payload: String,
    payload_hash: String,
    content: String,
    anchor: Option<String>,
    send_by: i64,
}

impl TryFrom<&rusqlite::Row<'_>> for IntentRow {
    type Error = Error;

    fn try_from(row: &rusqlite::Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.get(0)?,
            slot_id: row.get(1)?,
            due_at: row.get(2)?,
            catch_up_ms: row.get(3)?,
            is_latest_only: row.get(4)?,
            bot_id: row.get(5)?,
            number: row.get(6)?,
            fence: row.get(7)?,
            payload: row.get(8)?,
            payload_hash: row.get(9)?,
            content: row.get(10)?,
            anchor: row.get(11)?,
            send_by: row.get(12)?,
        })
    }
}

struct Row {
    id: i64,
    bot_id: String,
    due_at: i64,
    catch_up_ms: i64,
    is_latest_only: i64,
    is_asked_for: i64,
    state: String,
    reason: Option<String>,
    version: i64,
    content: Option<String>,
    x_post_id: Option<String>,
}

impl TryFrom<&rusqlite::Row<'_>> for Row {
    type Error = Error;

    fn try_from(row: &rusqlite::Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.get(0)?,
            bot_id: row.get(1)?,
            due_at: row.get(2)?,
            catch_up_ms: row.get(3)?,
            is_latest_only: row.get(4)?,
            is_asked_for: row.get(5)?,
            state: row.get(6)?,
            reason: row.get(7)?,
            version: row.get(8)?,
            content: row.get(9)?,
            x_post_id: row.get(10)?,
        })
    }
}

impl Scribe {
    /// At a database that has no intents yet, or was restored with some.
    pub(crate) fn new(desk: Arc<Desk>, chronicle: Chronicle) -> Self {
        let scribe = Self { desk, chronicle, last: AtomicI64::new(0) };
        scribe.copy(Event::Recalled);
        scribe
    }

    /// The intents that are new.
    pub(crate) fn copy_intents(&self) {
        self.copy(Event::Intended);
    }

    fn copy(&self, event: fn(StoredAttempt) -> Event) {
        let rows: Vec<IntentRow> = self.desk.rows(INTENTS, &[self.last.load(Ordering::Relaxed)]);
        for row in rows {
            self.last.store(row.id, Ordering::Relaxed);
            self.chronicle.note(event(row.into()));
        }
    }
}

impl From<IntentRow> for StoredAttempt {
    fn from(row: IntentRow) -> Self {
        Self {
            id: row.id,
            slot: row.slot_id,
            due_at: row.due_at,
            catch_up_ms: row.catch_up_ms,
            is_latest_only: row.is_latest_only != 0,
            bot: row.bot_id,
            number: row.number,
            fence: row.fence,
            payload: row.payload,
            payload_hash: row.payload_hash,
            content: row.content,
            anchor: row.anchor,
            send_by: row.send_by,
        }
    }
}

/// What wants attention next, by the kind of tick that gives it, in milliseconds of a node's clock.
#[derive(Clone, Debug)]
pub(crate) struct Heads {
    /// A plan, or a slot that takes a post.
    pub(crate) plan: i64,
    /// A slot to send.
    pub(crate) send: i64,
    /// A lost answer to look for.
    pub(crate) look: i64,
    /// A bot with two slots in flight.
    pub(crate) doubled: Option<String>,
    /// A node works on some slot, or left it so.
    pub(crate) is_at_work: bool,
}

struct HeadsRow {
    planned: Option<i64>,
    unplanned: Option<i64>,
    assigned: Option<i64>,
    waiting: Option<i64>,
    lost: Option<i64>,
    asked: Option<i64>,
    doubled: Option<String>,
    is_at_work: i64,
}

impl TryFrom<&rusqlite::Row<'_>> for HeadsRow {
    type Error = Error;

    fn try_from(row: &rusqlite::Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            planned: row.get(0)?,
            unplanned: row.get(1)?,
            assigned: row.get(2)?,
            waiting: row.get(3)?,
            lost: row.get(4)?,
            asked: row.get(5)?,
            doubled: row.get(6)?,
            is_at_work: row.get(7)?,
        })
    }
}

impl Heads {
    /// Nothing wants attention, or everything may.
    pub(crate) fn at(millis: i64) -> Self {
        let (plan, send, look) = (millis, millis, millis);
        Self { plan, send, look, doubled: None, is_at_work: false }
    }

    /// As the rows have it; `now` is a true time.
    pub(crate) fn read(desk: &Desk, now: i64) -> Self {
        let rows: Vec<HeadsRow> = desk.rows(HEADS, &[now - AGE_MAX_MS, now + CLOCK_OFF_MAX_MS]);
        let Some(row) = rows.into_iter().next() else { return Self::at(i64::MAX / 2) };
        let first = |one: Option<i64>, other: Option<i64>| {
            one.into_iter().chain(other).min().unwrap_or(i64::MAX / 2)
        };
        Self {
            plan: first(row.planned, row.unplanned),
            send: first(row.assigned, row.waiting),
            look: first(row.lost, row.asked),
            doubled: row.doubled,
            is_at_work: row.is_at_work != 0,
        }
    }

    /// The soonest of them.
    pub(crate) fn next(&self) -> i64 {
        self.plan.min(self.send).min(self.look)
    }
}

/// The books as they stand: what was due in the last days, or everything.
pub(crate) fn books(desk: &Desk, now: i64, is_all: bool) -> Books {
    let since = if is_all { 0 } else { now - AGE_MAX_MS };
    let rows: Vec<Row> = desk.rows(SLOTS, &[now, since, ASKED_CATCH_UP_MS]);
    let receipts: Vec<(String,)> = desk.rows(RECEIPTS, &[since]);
    let doubted = if is_all { desk.rows(DOUBTED, &[]) } else { Vec::new() };
    let slots = rows.into_iter().map(|row| SlotRow {
        id: row.id,
        bot: row.bot_id,
        due_at: row.due_at,
        catch_up_ms: row.catch_up_ms,
        is_latest_only: row.is_latest_only != 0,
        is_asked_for: row.is_asked_for != 0,
        state: row.state,
        reason: row.reason,
        version: row.version,
        text: row.content,
        x_post: row.x_post_id,
    });
    Books {
        slots: slots.collect(),
        receipts: receipts.into_iter().map(|(id,)| id).collect(),
        doubted,
    }
}

/// Every line for X.
pub(crate) fn ledger(desk: &Desk) -> Vec<LedgerRow> {
    let rows: Vec<(String, i64, i64, i64, String)> = desk.rows(LEDGER, &[]);
    let line = |(bot, is_post, is_promise, amount, day)| LedgerRow {
        bot,
        is_post: is_post != 0,
        is_promise: is_promise != 0,
        amount,
        day,
    };
    rows.into_iter().map(line).collect()
}

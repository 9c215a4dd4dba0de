//! S1: a batch of due slots for one node, with everything that the gate asks, and S3 for those that
//! it lets through at once.
//!
//! Both are one transaction: a slot that may send goes from `assigned` to `sending` in one move, with
//! one commit. The rows are locked from the first text on, so nothing comes between the two.

use std::collections::{HashMap, HashSet};

use domain::model::{Fence, GoLiveItem, PostId, SlotId, SlotPhase};
use domain::ports::store::{
    Begun, BotFacts, Claimed, DueSlot, Intend, Intent, LiveFacts, SlotPolicy, StoreError,
};

use crate::arg::args;
use crate::aside;
use crate::attempts::begin::begin;
use crate::batch::batch_row;
use crate::breakers;
use crate::db::Tx;
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::row::row;
use crate::rows::Reading;
use crate::slots::ask;
use crate::slots::purse;
use crate::slots::tries::{self, Due};

/// Slots whose waiting ended go back to `assigned` first, more of them than one claim takes.
const RETURNED_MAX: i64 = 1000;

static RETURN_WAITING: Sql = Sql::new(
    "slots",
    "WITH c AS MATERIALIZED (
        SELECT s.id FROM slots s
        WHERE s.state = 'retry_wait' AND s.wake_at IS NOT NULL AND s.wake_at <= $1
        ORDER BY s.wake_at, s.id LIMIT $2 {skip_locked})
     UPDATE slots SET state = 'assigned', fence = NULL, version = version + 1, updated_at = $1
     FROM c WHERE slots.id = c.id AND slots.state = 'retry_wait'",
);

static DUE: Sql = Sql::new(
    "slots",
    "WITH c AS MATERIALIZED (
        SELECT s.id FROM slots s
        WHERE s.state = 'assigned' AND s.wake_at IS NOT NULL AND s.wake_at <= $1
            AND {served s $3 $1}
        ORDER BY s.wake_at, s.id LIMIT $2 {skip_locked})
     SELECT s.id, s.version, s.bot_id, s.due_at, s.attempts, s.ambiguous_rounds,
        s.schedule_id, p.id AS post_id, p.content, p.was_lost,
        t.catch_up_ms, t.on_miss, t.quiet_from, t.quiet_until, t.timezone,
        b.state, b.state_reason, b.blocked_until, b.refusals_in_row, b.distrusted_since,
        b.anchor, b.x_user_id, b.app, k.is_rehearsal, k.looks_first,
        k.is_live, k.warms_up, b.account,
        (SELECT count(*) FROM go_live g WHERE g.bot_id = s.bot_id
            AND g.account = COALESCE(b.account, '')) AS confirmed,
        (SELECT max(g.at) FROM go_live g WHERE g.bot_id = s.bot_id
            AND g.account = COALESCE(b.account, '')) AS live_since,
        CASE WHEN k.is_live = 1 AND k.warms_up = 1 THEN (SELECT count(*) FROM receipts y
            WHERE y.bot_id = s.bot_id AND y.posted_at > $1 - 86400000) ELSE 0 END AS posted_in_a_day,
        x.silent, x.probe_ms, x.opened_at, x.probe_at, x.blocked_until AS app_blocked_until,
        CAST(EXISTS (SELECT 1 FROM strangers g WHERE g.bot_id = s.bot_id AND g.fence = $3)
            AS INTEGER) AS stranger,
        CAST(EXISTS (SELECT 1 FROM slots f WHERE f.bot_id = s.bot_id AND {in_flight f}) AS INTEGER)
            AS in_flight,
        CAST(EXISTS (SELECT 1 FROM slots n WHERE n.bot_id = s.bot_id AND {waiting n}
            AND n.due_at > s.due_at AND n.due_at <= $1) AS INTEGER) AS newer_due,
        CAST(EXISTS (SELECT 1 FROM meta WHERE key = 'kill_switch' AND value = 'on') AS INTEGER)
            AS stopped,
        CAST({approved p} AS INTEGER) AS approved
     FROM c JOIN slots s ON s.id = c.id
     LEFT JOIN posts p ON p.id = s.post_id
     LEFT JOIN schedules t ON t.id = s.schedule_id
     JOIN bots b ON b.bot_id = s.bot_id
     JOIN bot_configs k ON k.bot_id = s.bot_id
     LEFT JOIN breakers x ON x.app = b.app
     ORDER BY s.due_at, s.id",
);

static CLAIM: Sql = Sql::new(
    "slots",
    "{each slot:int version:int}
     UPDATE slots SET state = 'claimed', fence = $3, version = slots.version + 1, updated_at = $2
     {from}
     WHERE slots.id = r.slot
        AND {judged slots.state = 'assigned' AND slots.version = r.version}
     {returning slots.id, slots.id}",
);

pub(crate) static TEXTS: [&Sql; 3] = [&RETURN_WAITING, &DUE, &CLAIM];

batch_row! {
    struct ClaimRow {
        slot: i64,
        version: i64,
    }
}

row! {
    struct DueRow {
        id: i64,
        version: i64,
        bot_id: String,
        due_at: i64,
        attempts: i64,
        ambiguous_rounds: i64,
        schedule_id: Option<i64>,
        post_id: Option<i64>,
        content: Option<String>,
        was_lost: Option<i64>,
        policy: PolicyRow,
        facts: FactsRow,
        stopped: i32,
        approved: i32,
    }
}

row! {
    pub(crate) struct PolicyRow {
        catch_up_ms: Option<i64>,
        on_miss: Option<String>,
        quiet_from: Option<String>,
        quiet_until: Option<String>,
        timezone: Option<String>,
    }
}

row! {
    struct FactsRow {
        state: String,
        state_reason: Option<String>,
        blocked_until: Option<i64>,
        refusals_in_row: i64,
        distrusted_since: Option<i64>,
        anchor: Option<String>,
        x_user_id: Option<String>,
        app: String,
        is_rehearsal: i64,
        looks_first: i64,
        live: LiveRow,
        breaker: breakers::Columns,
        app_blocked_until: Option<i64>,
        stranger: i32,
        in_flight: i32,
        newer_due: i32,
    }
}

row! {
    struct LiveRow {
        is_live: i64,
        warms_up: i64,
        account: Option<String>,
        confirmed: i64,
        live_since: Option<i64>,
        posted_in_a_day: i64,
    }
}

impl LiveRow {
    fn read(&self, reading: &Reading) -> Result<Option<LiveFacts>, StoreError> {
        if self.is_live == 0 {
            return Ok(None);
        }
        let confirmed: usize = reading.count("confirmed", self.confirmed)?;
        let unconfirmed = GoLiveItem::ALL.len().saturating_sub(confirmed);
        let since = self.live_since.filter(|_| self.warms_up != 0);
        Ok(Some(LiveFacts {
            unconfirmed: u32::try_from(unconfirmed).unwrap_or(u32::MAX),
            warms_up_since: reading.maybe_time("live_since", since)?,
            account: reading.maybe_x_id(self.account.as_deref())?,
            posted_in_a_day: reading.count("posted_in_a_day", self.posted_in_a_day)?,
        }))
    }
}

pub(super) async fn claim(
    tx: &mut Tx,
    now: i64,
    (fence, max): (Fence, u32),
    intend: Intend<'_>,
) -> Result<Vec<Claimed>, Fault> {
    tx.run(&RETURN_WAITING, &args![now, RETURNED_MAX]).await?;
    let rows = tx.each::<DueRow>(&DUE, &args![now, i64::from(max), fence.0]).await?;
    let (mut due, corrupt) = aside::sort_each(rows, |row| row.read(fence, now));
    aside::waiting(tx, &corrupt, now).await?;
    tries::let_through(tx, &mut due, now, intend).await?;
    purse::look_in(tx, &mut due, now, intend).await?;
    let due: Vec<DueSlot> = due.into_iter().map(|due| due.slot).collect();
    let affordable = |due: &&DueSlot| due.facts.budget_shut.is_none();
    let intents: Vec<Intent> = due.iter().filter(affordable).filter_map(intend).collect();
    let mut begun: HashMap<SlotId, Begun> = HashMap::new();
    if !intents.is_empty() {
        let stored = begin(tx, &intents, SlotPhase::Assigned, now).await?;
        begun.extend(stored.into_iter().map(|one| (one.slot, one)));
    }
    let held =
        hold(tx, due.iter().filter(|due| !begun.contains_key(&due.slot)), now, fence).await?;
    Ok(due
        .into_iter()
        .filter_map(|mut due| match begun.remove(&due.slot) {
            Some(begun) => Some(Claimed { due, begun: Some(begun) }),
            None if held.contains(&due.slot.0) => {
                due.version += 1;
                Some(Claimed { due, begun: None })
            }
            // Somebody was faster.
            None => None,
        })
        .collect())
}

/// Claims those that do not send at once; returns which were still there.
async fn hold<'a>(
    tx: &mut Tx,
    due: impl Iterator<Item = &'a DueSlot>,
    now: i64,
    fence: Fence,
) -> Result<HashSet<i64>, Fault> {
    let rows: Vec<ClaimRow> =
        due.map(|due| ClaimRow { slot: due.slot.0, version: due.version }).collect();
    if rows.is_empty() {
        return Ok(HashSet::new());
    }
    let held = tx.touch_each(&CLAIM, (&rows, |row| row.slot), &args![now, fence.0]).await?;
    Ok(held.into_iter().collect())
}

impl DueRow {
    fn read(&self, fence: Fence, now: i64) -> Result<Due, StoreError> {
        let slot = self.slot(fence)?;
        let shut = self.facts.breaker.shut(&slot.facts.app)?;
        let now = Reading::of("slots", self.id).time("now", now)?;
        let silent_until = shut.and_then(|shut| shut.waits_until(now, self.id));
        let facts = BotFacts { silent_until, ..slot.facts };
        Ok(Due { slot: DueSlot { facts, ..slot }, shut })
    }

    fn slot(&self, fence: Fence) -> Result<DueSlot, StoreError> {
        let reading = Reading::of("slots", self.id);
        let (Some(post), Some(text)) = (self.post_id, &self.content) else {
            return Err(reading.corrupt("it is claimed and holds no post"));
        };
        Ok(DueSlot {
            slot: SlotId(self.id),
            version: self.version,
            fence,
            bot: reading.bot(&self.bot_id)?,
            due_at: reading.time("due_at", self.due_at)?,
            post: PostId(post),
            text: text.clone(),
            was_lost: self.was_lost.unwrap_or(0) != 0 || self.ambiguous_rounds > 0,
            attempts: reading.count("attempts", self.attempts)?,
            ambiguous_rounds: reading.count("ambiguous_rounds", self.ambiguous_rounds)?,
            policy: match self.schedule_id {
                Some(schedule) => self.policy.read(&Reading::of("schedules", schedule))?,
                None => ask::POLICY,
            },
            facts: self.facts.read(&Reading::of("bots", &self.bot_id))?,
            is_stopped: self.stopped != 0,
            is_unapproved: self.approved == 0,
        })
    }
}

impl PolicyRow {
    pub(crate) fn read(&self, reading: &Reading) -> Result<SlotPolicy, StoreError> {
        let (Some(catch_up_ms), Some(on_miss), Some(timezone)) =
            (self.catch_up_ms, &self.on_miss, &self.timezone)
        else {
            return Err(reading.corrupt("a slot names it and it is not there"));
        };
        Ok(SlotPolicy {
            catch_up_window: reading.duration("catch_up_ms", catch_up_ms)?,
            on_miss: reading.on_miss(on_miss)?,
            quiet_hours: reading
                .quiet_hours(self.quiet_from.as_deref(), self.quiet_until.as_deref())?,
            zone: reading.zone(timezone)?,
        })
    }
}

impl FactsRow {
    fn read(&self, reading: &Reading) -> Result<BotFacts, StoreError> {
        let (state, state_reason) = reading.bot_state(&self.state, self.state_reason.as_deref())?;
        Ok(BotFacts {
            state,
            state_reason,
            is_rehearsal: self.is_rehearsal != 0,
            looks_first: self.looks_first != 0,
            distrusted_since: reading.maybe_time("distrusted_since", self.distrusted_since)?,
            blocked_until: reading
                .maybe_time("blocked_until", self.blocked_until.max(self.app_blocked_until))?,
            silent_until: None,
            is_stranger: self.stranger != 0,
            refusals_in_row: reading.count("refusals_in_row", self.refusals_in_row)?,
            is_in_flight: self.in_flight != 0,
            has_newer_due: self.newer_due != 0,
            anchor: reading.maybe_x_id(self.anchor.as_deref())?,
            x_user: reading.maybe_x_id(self.x_user_id.as_deref())?,
            app: self.app.clone(),
            budget_shut: None,
            live: self.live.read(reading)?,
        })
    }
}

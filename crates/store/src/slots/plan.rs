//! S0: schedules become slots. A repeat inserts nothing, because a slot is its schedule, civil time
//! and fold.

use domain::model::{ScheduleId, Share, SlotPhase};
use domain::ports::store::{ASSIGN_AHEAD, Extension, SHARE_GRACE, StoreError, Unplanned};
use serde::Serialize;

use crate::arg::{Arg, args};
use crate::aside;
use crate::batch::batch_row;
use crate::db::{Db, Tx, in_transaction, json};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::row::row;
use crate::rows::{Reading, ScheduleRow};
use crate::stats::Bumps;

static LIST: Sql = Sql::new(
    "schedules",
    "SELECT id, bot_id, name, cron, timezone, skips_gaps, catch_up_ms, on_miss, jitter_ms,
        quiet_from, quiet_until, topics, planned_until
     FROM schedules WHERE replan_at IS NOT NULL AND replan_at <= $1
        AND (id % $3 = $4 OR replan_at <= $5)
     ORDER BY replan_at LIMIT $2",
);

static INSERT: Sql = Sql::new(
    "slots",
    "{each schedule:int local fold:int due:int wake:int}
     INSERT INTO slots (bot_id, schedule_id, local_time, fold, due_at, state, wake_at, created_at,
        updated_at)
     SELECT c.bot_id, r.schedule, r.local, r.fold, r.due, 'planned', r.wake, $2, $2
     {from,} schedules c WHERE c.id = r.schedule AND {judged c.replan_at IS NOT NULL}
     ON CONFLICT (schedule_id, local_time, fold) DO NOTHING",
);

/// Of the slots that are planned already those that are due at another time now. What else they are is
/// told apart here and not in SQL: a server that has not counted its rows yet takes two conditions on
/// them to leave one, and compares each of the others with each row of the batch.
static STALE: Sql = Sql::new(
    "slots",
    "{each schedule:int local fold:int due:int wake:int}
     SELECT s.id, s.version, s.state, s.moved_from, r.due AS due, r.wake AS wake
     {from,} slots s
     WHERE s.schedule_id = r.schedule AND s.local_time = r.local AND s.fold = r.fold
        AND s.due_at <> r.due",
);

static MOVE: Sql = Sql::new(
    "slots",
    "{each slot:int version:int due:int wake:int}
     UPDATE slots SET due_at = r.due, wake_at = r.wake, version = slots.version + 1, updated_at = $2
     {from} WHERE slots.id = r.slot AND slots.version = r.version",
);

static PLANNED: Sql = Sql::new(
    "schedules",
    "{each schedule:int until:int replan:int}
     UPDATE schedules SET planned_until = r.until, replan_at = r.replan, updated_at = $2
     {from} WHERE schedules.id = r.schedule AND {judged schedules.replan_at IS NOT NULL}",
);

static GIVE_BACK: Sql = Sql::new(
    "posts",
    "WITH {rows schedule:int}
     UPDATE posts SET state = 'queued', slot_id = NULL, updated_at = $2
     FROM r JOIN slots s ON s.schedule_id = r.schedule
     WHERE posts.id = s.post_id AND {judged posts.state = 'assigned' AND s.state = 'assigned'
        AND s.attempts = 0 AND s.due_at > $2 AND COALESCE(s.moved_from, s.due_at) > $2}
     RETURNING posts.bot_id",
);

static FORGET: Sql = Sql::new(
    "slots",
    "WITH {rows schedule:int}
     DELETE FROM slots WHERE id IN (SELECT s.id FROM r JOIN slots s ON s.schedule_id = r.schedule
        WHERE {judged s.state IN ('planned', 'assigned') AND s.attempts = 0 AND s.due_at > $2
            AND COALESCE(s.moved_from, s.due_at) > $2})",
);

pub(crate) static TEXTS: [&Sql; 7] = [&LIST, &INSERT, &STALE, &MOVE, &PLANNED, &GIVE_BACK, &FORGET];

/// Extensions as the rows of two statements.
pub(crate) struct Plans {
    slots: Vec<SlotRow>,
    schedules: Vec<PlanRow>,
}

batch_row! {
    struct SlotRow {
        schedule: i64,
        local: String,
        fold: i64,
        due: i64,
        wake: i64,
    }
}

row! {
    struct StaleRow {
        id: i64,
        version: i64,
        state: String,
        moved_from: Option<i64>,
        due: i64,
        wake: i64,
    }
}

batch_row! {
    struct MoveRow {
        slot: i64,
        version: i64,
        due: i64,
        wake: i64,
    }
}

batch_row! {
    struct PlanRow {
        schedule: i64,
        until: i64,
        replan: i64,
    }
}

#[derive(Serialize)]
struct ScheduleKey {
    schedule: i64,
}

impl Plans {
    pub(crate) fn of(extensions: &[Extension]) -> Self {
        let ahead = ASSIGN_AHEAD.as_secs() * 1000;
        let slots = extensions
            .iter()
            .flat_map(|extension| {
                extension.slots.iter().map(move |slot| SlotRow {
                    schedule: extension.schedule.0,
                    local: slot.local_time.to_string(),
                    fold: slot.fold.number(),
                    due: slot.due_at.as_millisecond(),
                    wake: slot.due_at.as_millisecond() - ahead,
                })
            })
            .collect();
        let schedules = extensions
            .iter()
            .map(|extension| PlanRow {
                schedule: extension.schedule.0,
                until: extension.planned_until.as_millisecond(),
                replan: extension.replan_at.as_millisecond(),
            })
            .collect();
        Self { slots, schedules }
    }
}

pub(crate) async fn list_unplanned(
    db: &Db,
    now: i64,
    share: Share,
    max: u32,
) -> Result<Vec<Unplanned>, StoreError> {
    let rows = db.each::<ScheduleRow>(&LIST, &shared(now, share, max)).await?;
    let (unplanned, unreadable) = aside::sort_each(rows, read);
    if !unreadable.is_empty() {
        in_transaction!(db, |tx| aside::schedules(tx, &unreadable, now))?;
    }
    Ok(unplanned)
}

/// The parameters of a list that nodes share: until when, how many, whose, and what is everybody's.
pub(crate) fn shared(now: i64, share: Share, max: u32) -> [Arg<'static>; 5] {
    let everybodys = now - SHARE_GRACE.as_secs() * 1000;
    args![now, i64::from(max), i64::from(share.of()), i64::from(share.index()), everybodys]
}

fn read(row: &ScheduleRow) -> Result<Unplanned, StoreError> {
    let reading = Reading::of("schedules", row.id);
    Ok(Unplanned {
        id: ScheduleId(row.id),
        bot: reading.bot(&row.bot_id)?,
        schedule: row.read()?,
        planned_until: reading.time("planned_until", row.planned_until)?,
    })
}

pub(crate) async fn extend(tx: &mut Tx, plans: &Plans, now: i64) -> Result<u64, Fault> {
    move_planned(tx, &plans.slots, now).await?;
    let new = tx.run_each(&INSERT, &plans.slots, &args![now]).await?;
    tx.run_each(&PLANNED, &plans.schedules, &args![now]).await?;
    Ok(new)
}

/// Slots keep the instant that their local time means: rules of a zone change.
async fn move_planned(tx: &mut Tx, slots: &[SlotRow], now: i64) -> Result<(), Fault> {
    let stale: Vec<StaleRow> = tx.find_each(&STALE, slots, &[]).await?;
    let moves: Vec<MoveRow> = stale
        .iter()
        .filter(|one| one.state == SlotPhase::Planned.as_str() && one.moved_from.is_none())
        .map(|one| MoveRow { slot: one.id, version: one.version, due: one.due, wake: one.wake })
        .collect();
    tx.run_each(&MOVE, &moves, &args![now]).await.map(|_| ())
}

/// Takes back the future slots of schedules that changed or are gone, where nobody has worked on
/// them; their posts go back to the queue. One that a person moved out of the past stays: nothing would
/// be planned in its place, and it was owed.
pub(crate) async fn forget_future(
    tx: &mut Tx,
    schedules: &[(i64,)],
    now: i64,
) -> Result<(), Fault> {
    if schedules.is_empty() {
        return Ok(());
    }
    let keys: Vec<ScheduleKey> =
        schedules.iter().map(|(schedule,)| ScheduleKey { schedule: *schedule }).collect();
    let keys = json(&keys);
    let freed: Vec<(String,)> = tx.all(&GIVE_BACK, &args![&keys, now]).await?;
    let mut bumps = Bumps::default();
    for (bot,) in &freed {
        bumps.of(bot).remaining += 1;
    }
    bumps.write(tx, now).await?;
    tx.run(&FORGET, &args![&keys, now]).await?;
    Ok(())
}

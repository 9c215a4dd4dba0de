//! Schedules in force, and the rows of their slots.

use domain::model::{Fold, ScheduleId, SlotId};
use domain::ports::store::{AuditedSchedule, SchedulePage, SlotsAsked, StoreError};
use domain::rules::audit::slots::SlotRow;
use serde::Serialize;

use crate::arg::args;
use crate::aside;
use crate::db::{Db, json};
use crate::dialect::Sql;
use crate::row::row;
use crate::rows::{Reading, ScheduleRow};

/// `audit_since` is missing where a program wrote that knows nothing of it.
static LIST: Sql = Sql::new(
    "schedules",
    "SELECT id, bot_id, name, cron, timezone, skips_gaps, catch_up_ms, on_miss, jitter_ms,
        quiet_from, quiet_until, topics, planned_until, COALESCE(audit_since, updated_at) AS since
     FROM schedules WHERE id > $1 AND is_retired = 0 AND replan_at IS NOT NULL
     ORDER BY id LIMIT $2",
);

static ROWS: Sql = Sql::new(
    "slots",
    "WITH {rows schedule:int since until}
     SELECT s.id, s.schedule_id, s.local_time, s.fold, COALESCE(s.moved_from, s.due_at) AS due_at,
        s.created_at
     FROM r JOIN slots s ON s.schedule_id = r.schedule AND s.local_time >= r.since
        AND s.local_time < r.until",
);

pub(crate) static TEXTS: [&Sql; 2] = [&LIST, &ROWS];

row! {
    struct AuditedRow {
        schedule: ScheduleRow,
        since: i64,
    }
}

pub(super) async fn list(db: &Db, after: i64, max: u32) -> Result<SchedulePage, StoreError> {
    let rows = db.each::<AuditedRow>(&LIST, &args![after, i64::from(max)]).await?;
    let is_full = rows.len() >= usize::try_from(max).unwrap_or(usize::MAX);
    let upto = rows.last().filter(|_| is_full).map(|(id, _)| *id);
    let (schedules, unreadable) = aside::sort_each(rows, AuditedRow::read);
    let unreadable = unreadable.into_iter().map(|(id, why)| (ScheduleId(id), why.to_string()));
    Ok(SchedulePage { schedules, unreadable: unreadable.collect(), upto })
}

impl AuditedRow {
    fn read(&self) -> Result<AuditedSchedule, StoreError> {
        let reading = Reading::of("schedules", self.schedule.id);
        Ok(AuditedSchedule {
            id: ScheduleId(self.schedule.id),
            bot: reading.bot(&self.schedule.bot_id)?,
            schedule: self.schedule.read()?,
            planned_until: reading.time("planned_until", self.schedule.planned_until)?,
            since: reading.time("audit_since", self.since)?,
        })
    }
}

#[derive(Serialize)]
struct AskedRow {
    schedule: i64,
    since: String,
    until: String,
}

row! {
    struct RowRow {
        id: i64,
        schedule_id: i64,
        local_time: String,
        fold: i64,
        due_at: i64,
        created_at: i64,
    }
}

pub(super) async fn list_rows(db: &Db, asked: &[SlotsAsked]) -> Result<Vec<SlotRow>, StoreError> {
    let asked: Vec<AskedRow> = asked
        .iter()
        .map(|one| AskedRow {
            schedule: one.schedule.0,
            since: one.from.to_string(),
            until: one.until.to_string(),
        })
        .collect();
    let rows = db.each::<RowRow>(&ROWS, &args![&json(&asked)]).await?;
    // One that cannot be read is none, and so the slot is missing.
    let (rows, unreadable) = aside::sort_each(rows, RowRow::read);
    for (slot, error) in unreadable {
        tracing::error!(slot.id = slot, "Slot {slot} cannot be audited: {error}");
    }
    Ok(rows)
}

impl RowRow {
    fn read(&self) -> Result<SlotRow, StoreError> {
        let reading = Reading::of("slots", self.id);
        Ok(SlotRow {
            slot: SlotId(self.id),
            schedule: ScheduleId(self.schedule_id),
            local_time: reading.parsed(
                "local_time",
                &self.local_time,
                self.local_time.parse().ok(),
            )?,
            fold: if self.fold == 0 { Fold::First } else { Fold::Second },
            due_at: reading.time("due_at", self.due_at)?,
            created_at: reading.time("created_at", self.created_at)?,
        })
    }
}

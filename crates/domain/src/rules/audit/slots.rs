//! (a) The slots that schedules yield, against the rows: none missing, none too many (invariant I2).
//!
//! Only what the present pattern was planned by can be judged: from the moment at which it came into
//! force (`since`) to that up to which it is planned. What a schedule yielded before is gone with its
//! pattern, and what a closed bot's would yield is nobody's.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp, civil};

use super::{Checked, Covered, LOOK_BACK, Stretch};
use crate::model::{Finding, FindingKind, Fold, ScheduleId, SlotId};
use crate::ports::store::{AuditedSchedule, PlannedSlot, SlotsAsked};
use crate::rules::plan;

/// The kinds of this check.
pub const KINDS: &[FindingKind] =
    &[FindingKind::MissingSlot, FindingKind::UnplannedSlot, FindingKind::PlanBehind];

/// A plan that ends so long ago is extended by nobody.
const BEHIND_MAX: SignedDuration = SignedDuration::from_mins(20);

/// Civil times are further from UTC than this nowhere.
const ZONE_REACH: SignedDuration = SignedDuration::from_hours(27);

/// A row of a slot, as far as this check goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotRow {
    /// The slot.
    pub slot: SlotId,
    /// Its schedule.
    pub schedule: ScheduleId,
    /// Its civil time.
    pub local_time: civil::DateTime,
    /// Which of two instants.
    pub fold: Fold,
    /// When its schedule has it due: a person may have moved it since.
    pub due_at: Timestamp,
    /// When it was planned.
    pub created_at: Timestamp,
}

/// What one schedule yields in a stretch of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// The schedule.
    pub schedule: AuditedSchedule,
    /// From here on.
    pub from: Timestamp,
    /// Up to here (exclusive).
    pub until: Timestamp,
    /// Whether that is as far as it can be judged now.
    pub is_whole: bool,
    slots: Vec<PlannedSlot>,
}

/// What `schedule` yields from `from` on, or from the first moment that can be judged; `max` slots at
/// most.
pub fn expect(
    schedule: AuditedSchedule,
    from: Option<Timestamp>,
    now: Timestamp,
    max: usize,
) -> Expected {
    let first = schedule.since.max(now - LOOK_BACK);
    let end = schedule.planned_until.min(now);
    let from = from.map_or(first, |from| from.max(first)).min(end.max(first));
    let yielded = plan::between(&schedule.bot, &schedule.schedule, from, end.max(from), max);
    Expected {
        from,
        until: yielded.until,
        is_whole: yielded.until >= end,
        slots: yielded.slots,
        schedule,
    }
}

impl Expected {
    /// How many slots it yields.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether it yields none.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The rows to compare with.
    pub fn asks(&self) -> SlotsAsked {
        let local = |at: Timestamp| at.to_zoned(jiff::tz::TimeZone::UTC).datetime();
        SlotsAsked {
            schedule: self.schedule.id,
            from: local(self.from.checked_sub(ZONE_REACH).unwrap_or(Timestamp::MIN)),
            until: local(self.until.checked_add(ZONE_REACH).unwrap_or(Timestamp::MAX)),
        }
    }
}

/// Compares each with the rows of its schedule. `after` is the schedule before the first.
pub fn compare(expected: &[Expected], rows: &[SlotRow], after: i64, now: Timestamp) -> Checked {
    let mut found = Vec::new();
    let mut stretches = Vec::new();
    let mut last = after;
    for one in expected {
        let id = one.schedule.id;
        let mine: Vec<&SlotRow> = rows.iter().filter(|row| row.schedule == id).collect();
        found.extend(missing(one, &mine));
        found.extend(unplanned(one, &mine));
        found.extend(behind(&one.schedule, now));
        stretches.extend(stretches_of(one, last));
        last = id.0;
    }
    Checked { kinds: KINDS, covered: Covered::Rows(stretches), found }
}

/// Schedules that nobody can read are planned by nobody either.
pub fn unreadable(schedules: &[(ScheduleId, String)]) -> impl Iterator<Item = Finding> + '_ {
    schedules.iter().map(|(id, why)| Finding {
        kind: FindingKind::PlanBehind,
        subject: format!("schedule {}", id.0),
        bot: None,
        slot: None,
        place: id.0,
        at: Timestamp::MIN,
        detail: format!("schedule {} cannot be read, and yields no new slots: {why}", id.0),
    })
}

/// Schedules between the last one and this one are none any more, and what is before its stretch is
/// judged no longer.
fn stretches_of(one: &Expected, last: i64) -> [Stretch; 3] {
    let id = one.schedule.id.0;
    let of_it = Stretch::rows(id - 1, id);
    let first = one.schedule.since.max(one.until - LOOK_BACK).min(one.from);
    [
        Stretch::rows(last, id - 1),
        Stretch { until: first, ..of_it },
        Stretch { from: one.from, until: one.until, ..of_it },
    ]
}

fn missing<'a>(one: &'a Expected, rows: &[&SlotRow]) -> impl Iterator<Item = Finding> + 'a {
    let there: HashSet<_> = rows.iter().map(|row| (row.local_time, row.fold)).collect();
    let lacks = move |slot: &&PlannedSlot| !there.contains(&(slot.local_time, slot.fold));
    one.slots.iter().filter(lacks).map(|slot| Finding {
        detail: format!(
            "schedule `{}` of {} yields a slot at {} and there is none",
            one.schedule.schedule.name, one.schedule.bot, slot.local_time
        ),
        ..about(one, FindingKind::MissingSlot, (slot.local_time, slot.fold), slot.due_at)
    })
}

/// Of the rows that the present pattern planned, and whose instant certainly is in the stretch.
fn unplanned<'a>(
    one: &'a Expected,
    rows: &'a [&'a SlotRow],
) -> impl Iterator<Item = Finding> + use<'a> {
    let yielded: HashSet<_> = one.slots.iter().map(|slot| (slot.local_time, slot.fold)).collect();
    let jitter_max = one.schedule.schedule.jitter_max;
    let is_judged = move |row: &SlotRow| {
        row.created_at >= one.schedule.since
            && row.due_at - jitter_max >= one.from
            && row.due_at < one.until
    };
    rows.iter()
        .filter(move |row| is_judged(row) && !yielded.contains(&(row.local_time, row.fold)))
        .map(|row| Finding {
            slot: Some(row.slot),
            detail: format!(
                "slot {} at {} is not one that schedule `{}` of {} yields",
                row.slot.0, row.local_time, one.schedule.schedule.name, one.schedule.bot
            ),
            ..about(one, FindingKind::UnplannedSlot, (row.local_time, row.fold), row.due_at)
        })
}

fn behind(schedule: &AuditedSchedule, now: Timestamp) -> Option<Finding> {
    let by = now.duration_since(schedule.planned_until);
    (by > BEHIND_MAX).then(|| Finding {
        kind: FindingKind::PlanBehind,
        subject: format!("schedule {}", schedule.id.0),
        bot: Some(schedule.bot.clone()),
        slot: None,
        place: schedule.id.0,
        // In every stretch of it, so that it ends as soon as it is planned.
        at: Timestamp::MIN,
        detail: format!(
            "schedule `{}` of {} is planned only up to {:.0}",
            schedule.schedule.name, schedule.bot, schedule.planned_until
        ),
    })
}

fn about(
    one: &Expected,
    kind: FindingKind,
    (local_time, fold): (civil::DateTime, Fold),
    due_at: Timestamp,
) -> Finding {
    Finding {
        kind,
        subject: format!("schedule {} {local_time} {}", one.schedule.id.0, fold.number()),
        bot: Some(one.schedule.bot.clone()),
        slot: None,
        place: one.schedule.id.0,
        at: due_at,
        detail: String::new(),
    }
}

#[cfg(test)]
mod tests;

//! (a) The slots that schedules yield, against the rows.

use domain::ports::store::{
    AuditedSchedule, Position, SchedulePage, SlotsAsked, StoreError, Sweep,
};
use domain::rules::audit::slots::{self, Expected};
use jiff::Timestamp;

use super::AuditorReport;
use crate::Engine;

/// Schedules of one tick: ten thousand are gone through in about two hours.
const SCHEDULES_PER_TICK_MAX: u32 = 200;
/// Slots worked out in one tick, so that a pattern of every second holds up nobody.
const FIRINGS_PER_TICK_MAX: usize = 5_000;

impl Engine {
    pub(super) async fn audit_schedules(
        &self,
        report: &mut AuditorReport,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let from = self.store.sweep_position(Sweep::Schedules).await?;
        let page = self.store.list_audited_schedules(from.row, SCHEDULES_PER_TICK_MAX).await?;
        let SchedulePage { schedules, unreadable, upto } = page;
        let expected = expect(schedules, from.at, now);
        let asked: Vec<SlotsAsked> = expected.iter().map(Expected::asks).collect();
        let rows = self.store.list_slot_rows(&asked).await?;
        report.firings += expected.iter().map(|one| one.len() as u64).sum::<u64>();
        let next = next(&from, &expected, upto);
        let mut checked = slots::compare(&expected, &rows, from.row, now);
        checked.found.extend(slots::unreadable(&unreadable));
        if next == Position::default() {
            let last = expected.last().map_or(from.row, |one| one.schedule.id.0);
            checked.cover_rest(last);
        }
        self.note(&checked, Some((Sweep::Schedules, &next)), report, now).await
    }
}

/// As many schedules as a tick has firings for; the last one perhaps only a part of its time.
fn expect(
    page: Vec<AuditedSchedule>,
    resume_at: Option<Timestamp>,
    now: Timestamp,
) -> Vec<Expected> {
    let mut room = FIRINGS_PER_TICK_MAX;
    let mut expected: Vec<Expected> = Vec::new();
    for schedule in page {
        let from = resume_at.filter(|_| expected.is_empty());
        let one = slots::expect(schedule, from, now, room);
        room = room.saturating_sub(one.len());
        let goes_on = one.is_whole && room > 0;
        expected.push(one);
        if !goes_on {
            break;
        }
    }
    expected
}

/// Where the next tick goes on: in the middle of a schedule, after the last one that there was room
/// for, or after the page.
fn next(from: &Position, expected: &[Expected], upto: Option<i64>) -> Position {
    let after = |row| Position { row, ..Position::default() };
    let row_of = |one: &Expected| one.schedule.id.0;
    match expected.split_last() {
        Some((last, before)) if !last.is_whole => {
            let row = before.last().map_or(from.row, row_of);
            Position { at: Some(last.until), ..after(row) }
        }
        Some((last, _)) if is_cut(expected) => after(row_of(last)),
        Some(_) | None => upto.map_or_else(Position::default, after),
    }
}

fn is_cut(expected: &[Expected]) -> bool {
    expected.iter().map(Expected::len).sum::<usize>() >= FIRINGS_PER_TICK_MAX
}

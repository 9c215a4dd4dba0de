//! A week of a schedule against rows that are there, gone, too many, or not its own.

use super::*;
use crate::model::{BotId, Cron, Schedule};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-23T12:00:00Z")
}

/// Daily at nine UTC, planned for two weeks, as it is since long ago.
fn daily() -> AuditedSchedule {
    let cron = Cron::parse("0 9 * * *").unwrap();
    AuditedSchedule {
        id: ScheduleId(4),
        bot: BotId::try_from("ada").unwrap(),
        schedule: Schedule::new("main", cron, jiff::tz::TimeZone::UTC),
        planned_until: at("2026-12-07T00:00:00Z"),
        since: at("2026-01-01T00:00:00Z"),
    }
}

fn row(local_time: &str) -> SlotRow {
    let local_time: civil::DateTime = local_time.parse().unwrap();
    let due_at = local_time.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
    SlotRow {
        slot: SlotId(70),
        schedule: ScheduleId(4),
        local_time,
        fold: Fold::First,
        due_at,
        created_at: due_at - SignedDuration::from_hours(48),
    }
}

fn week() -> Vec<SlotRow> {
    (17..=23).map(|day| row(&format!("2026-11-{day}T09:00:00"))).collect()
}

fn audit(schedule: AuditedSchedule, rows: &[SlotRow]) -> Vec<(FindingKind, String)> {
    let expected = expect(schedule, None, now(), 1_000);
    let found = compare(&[expected], rows, 0, now()).found;
    found.into_iter().map(|finding| (finding.kind, finding.subject)).collect()
}

fn missing(local_time: &str) -> (FindingKind, String) {
    (FindingKind::MissingSlot, format!("schedule 4 {local_time} 0"))
}

#[test]
fn a_row_for_each_slot_is_as_it_should_be() {
    assert_eq!(audit(daily(), &week()), []);
}

#[test]
fn a_row_that_is_gone_and_one_too_many_are_found() {
    let mut rows = week();
    rows.remove(3);
    rows.push(row("2026-11-22T10:00:00"));
    assert_eq!(
        audit(daily(), &rows),
        [
            missing("2026-11-20T09:00:00"),
            (FindingKind::UnplannedSlot, "schedule 4 2026-11-22T10:00:00 0".to_owned())
        ]
    );
}

#[test]
fn only_what_the_present_pattern_was_planned_by_is_judged() {
    let new = AuditedSchedule { since: at("2026-11-22T09:00:00Z"), ..daily() };
    // Its first moment counts; what was planned by the pattern before does not.
    let rows = [row("2026-11-22T09:00:00"), row("2026-11-23T09:00:00")];
    assert_eq!(audit(new.clone(), &rows), []);
    assert_eq!(audit(new.clone(), &rows[1..]), [missing("2026-11-22T09:00:00")]);
    let old = SlotRow { created_at: at("2026-11-20T00:00:00Z"), ..row("2026-11-23T11:00:00") };
    assert_eq!(audit(new, &[&rows[..], &[old]].concat()), []);
    // Of a schedule that is new since today's slot nothing is judged.
    assert_eq!(audit(AuditedSchedule { since: now(), ..daily() }, &[]), []);
}

#[test]
fn what_is_not_planned_yet_is_not_missing_but_late_planning_is_found() {
    let short = AuditedSchedule { planned_until: at("2026-11-23T09:00:00Z"), ..daily() };
    let rows = &week()[..6];
    assert_eq!(
        audit(short, rows),
        [(FindingKind::PlanBehind, "schedule 4".to_owned())],
        "today's slot is the planner's business"
    );
    let soon = AuditedSchedule { planned_until: at("2026-11-23T11:45:00Z"), ..daily() };
    assert_eq!(audit(soon, &week()), [], "a quarter of an hour is no delay");
}

#[test]
fn a_jitter_moves_no_slot_out_of_sight() {
    let mut schedule = daily();
    schedule.schedule.jitter_max = SignedDuration::from_hours(6);
    schedule.since = at("2026-11-22T09:00:00Z");
    let rows: Vec<SlotRow> = [22, 23]
        .map(|day| {
            let nominal = row(&format!("2026-11-{day}T09:00:00"));
            SlotRow { due_at: nominal.due_at + SignedDuration::from_hours(5), ..nominal }
        })
        .to_vec();
    assert_eq!(audit(schedule, &rows), []);
}

#[test]
fn both_passes_of_an_hour_that_the_clock_repeats_are_two_slots() {
    let mut schedule = daily();
    schedule.schedule.cron = Cron::parse("0 * * * *").unwrap();
    schedule.schedule.zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    schedule.since = at("2026-10-25T00:00:00Z");
    let now = at("2026-10-25T01:30:00Z");
    schedule.planned_until = now;
    let expected = expect(schedule, None, now, 100);
    assert_eq!(expected.len(), 2);
    let first = SlotRow { due_at: at("2026-10-25T00:00:00Z"), ..row("2026-10-25T02:00:00") };
    let found = compare(&[expected], &[first], 0, now).found;
    let subjects: Vec<&str> = found.iter().map(|finding| finding.subject.as_str()).collect();
    assert_eq!(subjects, ["schedule 4 2026-10-25T02:00:00 1"]);
}

#[test]
fn a_dense_schedule_is_gone_through_in_pieces() {
    let mut schedule = daily();
    schedule.schedule.cron = Cron::parse("* * * * *").unwrap();
    let (mut from, mut slots, mut pieces) = (None, 0, 0);
    loop {
        let expected = expect(schedule.clone(), from, now(), 1_000);
        slots += expected.len();
        pieces += 1;
        if expected.is_whole {
            break;
        }
        from = Some(expected.until);
    }
    assert_eq!((slots, pieces), (7 * 24 * 60, 11));
}

#[test]
fn what_a_check_passed_ends_the_findings_of_schedules_that_are_none_any_more() {
    let expected = expect(daily(), None, now(), 1_000);
    let checked = compare(&[expected], &week(), 1, now());
    let Covered::Rows(stretches) = checked.covered else { panic!("it goes along rows") };
    let covers = |row: i64, at: Timestamp| {
        stretches
            .iter()
            .any(|one| one.after < row && row <= one.upto && one.from <= at && at < one.until)
    };
    assert!(covers(2, now()) && covers(3, now()), "schedules 2 and 3 were retired");
    assert!(covers(4, at("2026-11-20T09:00:00Z")), "what is there again");
    assert!(covers(4, at("2026-11-10T09:00:00Z")), "what is older than a week");
    assert!(!covers(1, now()) && !covers(5, now()) && !covers(4, now()));
}

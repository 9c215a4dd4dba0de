//! When the next backup is due, and which old ones are still kept.

use std::collections::BTreeSet;

use jiff::civil::{Date, ISOWeekDate};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// So many of the newest are kept in any case, so that a bad one has another before it.
const NEWEST: usize = 2;

/// How often, and what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// A backup is due when the last one is this old.
    pub every: SignedDuration,
    /// The newest of each of so many days, the last on which there is one first.
    pub daily: u32,
    /// The newest of each of so many weeks.
    pub weekly: u32,
}

/// When the last one was taken. One of the future was taken by a clock that was wrong, and must not
/// hold up all others until then.
pub fn last(taken: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
    taken.iter().copied().filter(|taken| *taken <= now).max()
}

/// How long until the next one is due; nothing where it is.
pub fn until_due(last: Option<Timestamp>, now: Timestamp, plan: &Plan) -> SignedDuration {
    let left = |last| plan.every - now.duration_since(last);
    last.map_or(SignedDuration::ZERO, left).max(SignedDuration::ZERO)
}

/// Those that nothing keeps any more. Days and weeks are those of UTC; what the clock of a wrong day
/// took is kept until its day comes.
pub fn to_let_go(taken: &[Timestamp], now: Timestamp, plan: &Plan) -> Vec<Timestamp> {
    let mut newest_first: Vec<Timestamp> =
        taken.iter().copied().filter(|taken| *taken <= now).collect();
    newest_first.sort_unstable_by(|a, b| b.cmp(a));
    let date = |taken: Timestamp| taken.to_zoned(TimeZone::UTC).date();
    let mut days: BTreeSet<Date> = BTreeSet::new();
    let mut weeks: BTreeSet<(i16, i8)> = BTreeSet::new();
    let mut gone = Vec::new();
    for (index, taken) in newest_first.into_iter().enumerate() {
        let day = date(taken);
        let is_of_day = is_new(&mut days, day, plan.daily);
        let is_of_week = is_new(&mut weeks, week(day.iso_week_date()), plan.weekly);
        if !is_of_day && !is_of_week && index >= NEWEST {
            gone.push(taken);
        }
    }
    gone
}

/// Whether this is the newest of its day or week, and that one of the last so many.
fn is_new<T: Ord>(seen: &mut BTreeSet<T>, period: T, max: u32) -> bool {
    let has_room = u32::try_from(seen.len()).is_ok_and(|count| count < max);
    has_room && seen.insert(period)
}

fn week(date: ISOWeekDate) -> (i16, i8) {
    (date.year(), date.week())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Plan = Plan { every: SignedDuration::from_hours(24), daily: 3, weekly: 2 };

    fn at(text: &str) -> Timestamp {
        format!("2026-{text}:00Z").parse().unwrap()
    }

    #[test]
    fn the_first_is_due_at_once_and_the_next_when_the_last_is_old_enough() {
        let now = at("11-25T12:00");
        for (taken, hours) in [
            (vec![], 0),
            (vec![at("11-24T12:00")], 0),
            (vec![at("11-20T12:00")], 0),
            (vec![at("11-20T12:00"), at("11-25T02:00")], 14),
            // A clock that was wrong.
            (vec![at("12-25T02:00")], 0),
            (vec![at("12-25T02:00"), at("11-25T11:00")], 23),
        ] {
            let left = until_due(last(&taken, now), now, &PLAN);
            assert_eq!(left, SignedDuration::from_hours(hours), "{taken:?}");
        }
    }

    #[test]
    fn the_newest_of_the_last_days_and_weeks_are_kept() {
        let now = at("11-25T12:00");
        let kept = [
            "11-25T11:00", // newest, Wednesday
            "11-25T10:00", // the one before it
            "11-24T23:00", // Tuesday
            "11-22T20:00", // Sunday: third day, second week
            "12-01T00:00", // not yet
        ];
        let gone = ["11-25T09:00", "11-24T22:00", "11-21T20:00", "11-15T20:00"];
        let taken: Vec<Timestamp> = gone.iter().chain(&kept).map(|text| at(text)).collect();
        assert_eq!(to_let_go(&taken, now, &PLAN), gone.map(at));
    }

    #[test]
    fn a_day_without_one_does_not_use_up_a_day() {
        let taken = ["11-25T11:00", "11-10T11:00", "10-01T11:00"].map(at);
        assert!(to_let_go(&taken, at("11-25T12:00"), &PLAN).is_empty());
    }

    #[test]
    fn two_are_kept_although_nothing_asks_for_any() {
        let plan = Plan { daily: 0, weekly: 0, ..PLAN };
        let taken = ["11-25T11:00", "11-24T11:00", "11-23T11:00"].map(at);
        assert_eq!(to_let_go(&taken, at("11-25T12:00"), &plan), [at("11-23T11:00")]);
    }
}

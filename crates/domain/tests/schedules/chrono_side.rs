//! The calculation by chrono: another calendar and zone library, no cron parser, no search. It walks
//! over the civil times that the pattern's minutes and hours hold.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, Duration, MappedLocalTime, NaiveDateTime, Offset, TimeZone as _, Utc};
use chrono_tz::Tz;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Fired, new_year, planned, schedule};

/// Zones of every kind: north and south, half-hour changes, changes at midnight, changes for
/// Ramadan, offsets below zero hour, and some without any change.
const ZONES: [Tz; 56] = [
    Tz::Africa__Cairo,
    Tz::Africa__Casablanca,
    Tz::Africa__El_Aaiun,
    Tz::Africa__Lagos,
    Tz::America__Adak,
    Tz::America__Anchorage,
    Tz::America__Asuncion,
    Tz::America__Chicago,
    Tz::America__Denver,
    Tz::America__Godthab,
    Tz::America__Goose_Bay,
    Tz::America__Halifax,
    Tz::America__Havana,
    Tz::America__Los_Angeles,
    Tz::America__Miquelon,
    Tz::America__New_York,
    Tz::America__PortauPrince,
    Tz::America__Santiago,
    Tz::America__Sao_Paulo,
    Tz::America__Scoresbysund,
    Tz::America__St_Johns,
    Tz::America__Tijuana,
    Tz::America__Toronto,
    Tz::Antarctica__Macquarie,
    Tz::Antarctica__Troll,
    Tz::Asia__Beirut,
    Tz::Asia__Gaza,
    Tz::Asia__Jerusalem,
    Tz::Asia__Kathmandu,
    Tz::Asia__Kolkata,
    Tz::Asia__Nicosia,
    Tz::Asia__Tokyo,
    Tz::Atlantic__Azores,
    Tz::Atlantic__Bermuda,
    Tz::Australia__Adelaide,
    Tz::Australia__Hobart,
    Tz::Australia__Lord_Howe,
    Tz::Australia__Melbourne,
    Tz::Australia__Sydney,
    Tz::Europe__Athens,
    Tz::Europe__Berlin,
    Tz::Europe__Bucharest,
    Tz::Europe__Chisinau,
    Tz::Europe__Dublin,
    Tz::Europe__Helsinki,
    Tz::Europe__Istanbul,
    Tz::Europe__Kyiv,
    Tz::Europe__Lisbon,
    Tz::Europe__London,
    Tz::Europe__Madrid,
    Tz::Europe__Paris,
    Tz::Pacific__Auckland,
    Tz::Pacific__Chatham,
    Tz::Pacific__Easter,
    Tz::Pacific__Norfolk,
    Tz::UTC,
];

/// A pattern, and the same as sets.
struct Pattern {
    cron: &'static str,
    hours: &'static [u32],
    minutes: &'static [u32],
}

impl Pattern {
    /// Hours and minutes of each day.
    fn times(&self) -> impl Iterator<Item = (u32, u32)> {
        let of_hour = |hour: &'static u32| self.minutes.iter().map(|minute| (*hour, *minute));
        self.hours.iter().flat_map(of_hour)
    }
}

const EVERY: &[u32] =
    &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23];
const TENS: &[u32] = &[0, 10, 20, 30, 40, 50];

const PATTERNS: [Pattern; 14] = [
    Pattern { cron: "0 0 * * *", hours: &[0], minutes: &[0] },
    Pattern { cron: "30 0 * * *", hours: &[0], minutes: &[30] },
    Pattern { cron: "0,30 1 * * *", hours: &[1], minutes: &[0, 30] },
    Pattern { cron: "0 1,2 * * *", hours: &[1, 2], minutes: &[0] },
    Pattern { cron: "30 2 * * *", hours: &[2], minutes: &[30] },
    Pattern { cron: "15,45 2 * * *", hours: &[2], minutes: &[15, 45] },
    Pattern { cron: "0 2,3 * * *", hours: &[2, 3], minutes: &[0] },
    Pattern {
        cron: "5-55/10 0-4 * * *",
        hours: &[0, 1, 2, 3, 4],
        minutes: &[5, 15, 25, 35, 45, 55],
    },
    Pattern { cron: "59 23 * * *", hours: &[23], minutes: &[59] },
    Pattern { cron: "0 9,17 * * *", hours: &[9, 17], minutes: &[0] },
    Pattern {
        cron: "0 */2 * * *",
        hours: &[0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22],
        minutes: &[0],
    },
    Pattern { cron: "0 * * * *", hours: EVERY, minutes: &[0] },
    Pattern { cron: "*/10 * * * *", hours: EVERY, minutes: TENS },
    Pattern { cron: "20,40 0-23 * * *", hours: EVERY, minutes: &[20, 40] },
];

/// What was compared.
#[derive(Default)]
pub(crate) struct Compared {
    pub(crate) zones: usize,
    pub(crate) cases: usize,
    pub(crate) slots: usize,
    pub(crate) differences: Vec<String>,
    /// Changes of clocks for which the two databases hold different rules: where, since when, and
    /// what each says.
    pub(crate) of_other_rules: BTreeSet<String>,
}

/// Compares around every change of clocks in these years, the last included.
#[expect(clippy::print_stderr, reason = "what the databases do not agree on is told, not left out")]
pub(crate) fn compare(years: (i16, i16), is_long: bool) -> Compared {
    let zones: &[Tz] = if is_long { &chrono_tz::TZ_VARIANTS } else { &ZONES };
    let stretch = (new_year(years.0), new_year(years.1 + 1));
    let (next, all) = (AtomicUsize::new(0), Mutex::new(Compared::default()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(zone) = zones.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let one = compare_zone(*zone, stretch);
                    let mut all = all.lock().expect("not poisoned");
                    all.zones += usize::from(one.cases > 0);
                    all.cases += one.cases;
                    all.slots += one.slots;
                    all.differences.extend(one.differences);
                    all.of_other_rules.extend(one.of_other_rules);
                }
            });
        }
    });
    let all = all.into_inner().expect("not poisoned");
    for one in &all.of_other_rules {
        eprintln!("other rules: {one}");
    }
    all
}

fn compare_zone(zone: Tz, (start, end): (i64, i64)) -> Compared {
    let mut all = Compared::default();
    let jiff_zone = TimeZone::get(zone.name()).expect("both databases have it");
    let mut changes = transitions(zone, start, end);
    if changes.is_empty() {
        // Quiet zones are compared once, in a week in which others change.
        changes.push(end - 366 * 86_400 * 3 + 86_400 * 86);
    }
    for change in changes {
        // Not whole hours, so that no stretch begins or ends with a slot by chance.
        let (from, until) = (change - 30 * 3600 - 1, change + 30 * 3600 + 1);
        let around = (from - 16 * 3600, until + 16 * 3600);
        if let Some(told) = other_rules(zone, &jiff_zone, around) {
            all.of_other_rules.insert(told);
            continue;
        }
        for pattern in &PATTERNS {
            let schedule = schedule(pattern.cron, &jiff_zone);
            let (ours, theirs) =
                (planned(&schedule, from, until), expected(zone, pattern, from, until));
            all.cases += 1;
            all.slots += theirs.len();
            if ours != theirs {
                let place = format!("{} {} `{}`", zone.name(), utc(change), pattern.cron);
                all.differences.push(format!("{place}:\n  ours {ours:?}\n  theirs {theirs:?}"));
            }
        }
    }
    all
}

/// The independent calculation, for `from <= instant < until`.
fn expected(zone: Tz, pattern: &Pattern, from: i64, until: i64) -> Vec<Fired> {
    let mut all = Vec::new();
    // No offset is further from UTC than 16 hours.
    let mut day = utc(from - 16 * 3600).date_naive();
    let last = utc(until + 16 * 3600).date_naive();
    while day <= last {
        for (hour, minute) in pattern.times() {
            let civil = day.and_hms_opt(hour, minute, 0).expect("a time of day");
            all.extend(instants(zone, civil, pattern.hours.len() == 24));
        }
        day += Duration::days(1);
    }
    all.retain(|fired| from <= fired.instant && fired.instant < until);
    all.sort_unstable();
    all
}

fn instants(zone: Tz, civil: NaiveDateTime, is_every_hour: bool) -> Vec<Fired> {
    let local = civil.and_utc().timestamp();
    let fired = |is_second, instant: i64| Fired { local, is_second, instant };
    match zone.from_local_datetime(&civil) {
        MappedLocalTime::Single(one) => vec![fired(false, one.timestamp())],
        MappedLocalTime::Ambiguous(first, second) if is_every_hour => {
            vec![fired(false, first.timestamp()), fired(true, second.timestamp())]
        }
        MappedLocalTime::Ambiguous(first, _) => vec![fired(false, first.timestamp())],
        MappedLocalTime::None if is_every_hour => Vec::new(),
        // RFC 5545: read with the offset that was in force before the gap.
        MappedLocalTime::None => {
            let before = (1..)
                .map(|minutes| civil - Duration::minutes(minutes))
                .find_map(|earlier| zone.from_local_datetime(&earlier).latest())
                .expect("gaps end");
            vec![fired(false, local - i64::from(before.offset().fix().local_minus_utc()))]
        }
    }
}

fn utc(secs: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(secs, 0).expect("a time")
}

fn offset(zone: Tz, secs: i64) -> i32 {
    zone.offset_from_utc_datetime(&utc(secs).naive_utc()).fix().local_minus_utc()
}

/// The instants at which the zone's offset changes, to the minute.
fn transitions(zone: Tz, start: i64, end: i64) -> Vec<i64> {
    let mut found = Vec::new();
    let mut hour = start;
    while hour < end {
        if offset(zone, hour) != offset(zone, hour + 3600) {
            let minute = (hour..=hour + 3600)
                .step_by(60)
                .find(|minute| offset(zone, *minute) != offset(zone, hour));
            // A change that is not on a whole minute is at the end of the hour at the latest.
            found.push(minute.unwrap_or(hour + 3600));
        }
        hour += 3600;
    }
    found
}

/// Where the two libraries hold other rules for this time, what each of them says. They carry their
/// own copies of the zone database, and governments change their minds.
fn other_rules(zone: Tz, other: &TimeZone, (from, until): (i64, i64)) -> Option<String> {
    let theirs = |secs| other.to_offset(Timestamp::from_second(secs).expect("a time")).seconds();
    let first = (from..until).step_by(900).find(|secs| theirs(*secs) != offset(zone, *secs))?;
    let (jiff, chrono) = (theirs(first), offset(zone, first));
    Some(format!(
        "{} on {}: jiff {jiff} s, chrono {chrono} s",
        zone.name(),
        utc(first).date_naive()
    ))
}

//! Slots around every change of clocks, compared with a calculation that shares nothing with
//! `rules::plan`: another calendar and zone library (chrono), no cron parser, no search. It walks
//! over every civil minute and asks whether the pattern's minutes and hours hold it.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Duration, MappedLocalTime, NaiveDate, NaiveDateTime, Offset};
use chrono::{TimeZone as _, Timelike, Utc};
use chrono_tz::Tz;
use domain::model::{BotId, Cron, Fold, Schedule};
use domain::rules::plan::{HORIZON, plan};
use jiff::Timestamp;
use jiff::tz::TimeZone;

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

/// What identifies a slot, and when it is due: civil time and instant as seconds since 1970.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Fired {
    local: i64,
    is_second: bool,
    instant: i64,
}

impl fmt::Debug for Fired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |secs| DateTime::from_timestamp(secs, 0).expect("a time").naive_utc();
        let fold = if self.is_second { " (second)" } else { "" };
        write!(f, "{}{fold} at {}Z", shown(self.local), shown(self.instant))
    }
}

/// The independent calculation, for `from <= instant < until`.
fn expected(zone: Tz, pattern: &Pattern, from: i64, until: i64) -> Vec<Fired> {
    let mut all = Vec::new();
    // No offset is further from UTC than 16 hours.
    let mut civil = utc(from - from.rem_euclid(60) - 16 * 3600).naive_utc();
    let end = utc(until + 16 * 3600).naive_utc();
    while civil < end {
        if pattern.hours.contains(&civil.hour()) && pattern.minutes.contains(&civil.minute()) {
            all.extend(instants(zone, civil, pattern.hours.len() == 24));
        }
        civil += Duration::minutes(1);
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

/// The same from `rules::plan`, in as many calls as it takes.
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

fn utc(secs: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(secs, 0).expect("a time")
}

fn offset(zone: Tz, secs: i64) -> i32 {
    zone.offset_from_utc_datetime(&utc(secs).naive_utc()).fix().local_minus_utc()
}

/// The instants at which the zone's offset changes, to the minute.
fn transitions(zone: Tz) -> Vec<i64> {
    let second = |year| {
        let date = NaiveDate::from_ymd_opt(year, 1, 1).expect("a date");
        date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp()
    };
    let (start, end) = (second(2025), second(2031));
    let mut found = Vec::new();
    let mut hour = start;
    while hour < end {
        if offset(zone, hour) != offset(zone, hour + 3600) {
            let minute = (hour..=hour + 3600)
                .step_by(60)
                .find(|minute| offset(zone, *minute) != offset(zone, hour));
            found.push(minute.expect("the offset changes within this hour"));
        }
        hour += 3600;
    }
    found
}

/// Whether both libraries hold the same rules for this time. They carry their own copies of the zone
/// database, and governments change their minds.
fn rules_agree(zone: Tz, other: &TimeZone, from: i64, until: i64) -> bool {
    (from..until).step_by(900).all(|secs| {
        let at = Timestamp::from_second(secs).expect("a time");
        other.to_offset(at).seconds() == offset(zone, secs)
    })
}

#[test]
#[expect(clippy::print_stderr, reason = "`-- --nocapture` shows what was compared")]
fn no_slot_differs_from_an_independent_calculation() {
    let (mut cases, mut slots) = (0_u32, 0_usize);
    let mut differences = Vec::new();
    let mut compared: BTreeMap<&str, u32> = BTreeMap::new();
    let mut left_out = Vec::new();
    for zone in ZONES {
        let jiff_zone = TimeZone::get(zone.name()).expect("both databases have it");
        let mut changes = transitions(zone);
        if changes.is_empty() {
            // Quiet zones are compared once, in a week in which others change.
            changes.push(1_806_541_200);
        }
        for change in changes {
            // Not whole hours, so that no stretch begins or ends with a slot by chance.
            let (from, until) = (change - 30 * 3600 - 1, change + 30 * 3600 + 1);
            if !rules_agree(zone, &jiff_zone, from - 16 * 3600, until + 16 * 3600) {
                left_out.push(format!("{} {}", zone.name(), utc(change)));
                continue;
            }
            *compared.entry(zone.name()).or_default() += 1;
            for pattern in &PATTERNS {
                let cron = Cron::parse(pattern.cron).expect("a pattern");
                let schedule = Schedule::new("main", cron, jiff_zone.clone());
                let (ours, theirs) =
                    (planned(&schedule, from, until), expected(zone, pattern, from, until));
                cases += 1;
                slots += theirs.len();
                if ours != theirs {
                    let place = format!("{} {} `{}`", zone.name(), utc(change), pattern.cron);
                    differences.push(format!("{place}:\n  ours {ours:?}\n  theirs {theirs:?}"));
                }
            }
        }
    }
    let report = format!(
        "{cases} cases, {slots} slots, {} zones, {} differences, left out: {left_out:?}",
        compared.len(),
        differences.len()
    );
    assert!(differences.is_empty(), "{report}\n{}", differences.join("\n"));
    assert!(compared.len() >= 40 && cases > 5_000, "{report}");
    eprintln!("{report}");
}

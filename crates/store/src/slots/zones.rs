//! The rules of time zones change: by a newer database of zones on the machine or in a build. What
//! was planned by other rules is planned again then, which moves it.
//!
//! What a plan was made by is remembered in `meta`, zone by zone and as the rules themselves, not as
//! the version of a database: it does not matter which one they come from, and a new version that
//! changes nothing in a zone moves nothing in it.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::arg::args;
use crate::db::{Tx, json};
use crate::dialect::Sql;
use crate::fault::Fault;

/// Rules are compared over so many years, more than anybody plans ahead.
const YEARS: i16 = 2;

static ZONES: Sql = Sql::new(
    "schedules",
    "SELECT DISTINCT c.timezone, m.value FROM schedules c
     LEFT JOIN meta m ON m.key = 'zone_rules:' || c.timezone
     WHERE c.replan_at IS NOT NULL",
);

static REMEMBER: Sql = Sql::new(
    "meta",
    "WITH {rows zone rules}
     INSERT INTO meta (key, value) SELECT 'zone_rules:' || r.zone, r.rules FROM r WHERE true
     ON CONFLICT (key) DO UPDATE SET value = excluded.value",
);

/// What nobody planned while no node ran stays to be planned.
static REPLAN: Sql = Sql::new(
    "schedules",
    "WITH {rows zone}
     UPDATE schedules SET replan_at = $2, audit_since = $2, updated_at = $2,
        planned_until = CASE WHEN planned_until > $2 THEN $2 ELSE planned_until END
     FROM r WHERE schedules.timezone = r.zone AND schedules.replan_at IS NOT NULL",
);

pub(crate) static TEXTS: [&Sql; 3] = [&ZONES, &REMEMBER, &REPLAN];

#[derive(Serialize)]
struct ZoneKey<'a> {
    zone: &'a str,
}

#[derive(Serialize)]
struct RulesRow<'a> {
    zone: &'a str,
    rules: String,
}

pub(super) async fn follow(tx: &mut Tx, now: Timestamp) -> Result<Vec<String>, Fault> {
    let this_year = now.to_zoned(TimeZone::UTC).year();
    let known: Vec<(String, Option<String>)> = tx.all(&ZONES, &[]).await?;
    let (mut changed, mut replan, mut remember) = (Vec::new(), Vec::new(), Vec::new());
    for (name, before) in &known {
        // A zone that is none is named where its schedules are planned.
        let Ok(zone) = TimeZone::get(name) else { continue };
        let Some(rules) = rules(&zone, this_year) else { continue };
        if before.as_ref() == Some(&rules) {
            continue;
        }
        if !before.as_ref().is_some_and(|before| are_still(&zone, before)) {
            replan.push(ZoneKey { zone: name });
            changed.extend(before.is_some().then(|| name.clone()));
        }
        remember.push(RulesRow { zone: name, rules });
    }
    let at = now.as_millisecond();
    if !replan.is_empty() {
        tx.run(&REPLAN, &args![&json(&replan), at]).await?;
    }
    if !remember.is_empty() {
        tx.run(&REMEMBER, &args![&json(&remember)]).await?;
    }
    Ok(changed)
}

/// Whether rules that were written down in an earlier year hold for the years they were for.
fn are_still(zone: &TimeZone, before: &str) -> bool {
    let year = before.split(' ').next().and_then(|year| year.parse().ok());
    year.and_then(|year| rules(zone, year)).is_some_and(|rules| rules == before)
}

/// The zone's offset when `year` begins and every change of it in [`YEARS`], in seconds, after the
/// year itself.
fn rules(zone: &TimeZone, year: i16) -> Option<String> {
    let begin = beginning(year)?;
    let end = beginning(year.checked_add(YEARS)?)?;
    let changes = zone
        .following(begin)
        .take_while(|change| change.timestamp() < end)
        .map(|change| format!("{}{:+}", change.timestamp().as_second(), change.offset().seconds()));
    let first = [year.to_string(), format!("{:+}", zone.to_offset(begin).seconds())];
    Some(first.into_iter().chain(changes).collect::<Vec<_>>().join(" "))
}

fn beginning(year: i16) -> Option<Timestamp> {
    let day = Date::new(year, 1, 1).ok()?;
    day.to_zoned(TimeZone::UTC).ok().map(|begin| begin.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules_of(zone: &str, year: i16) -> String {
        rules(&TimeZone::get(zone).expect("a zone"), year).expect("a year")
    }

    #[test]
    fn rules_are_the_changes_of_two_years() {
        assert_eq!(rules_of("UTC", 2026), "2026 +0");
        assert_eq!(
            rules_of("Europe/Berlin", 2026),
            "2026 +3600 1774746000+7200 1792890000+3600 1806195600+7200 1824944400+3600"
        );
    }

    #[test]
    fn rules_of_an_earlier_year_are_compared_in_their_own_years() {
        let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
        assert!(are_still(&berlin, &rules_of("Europe/Berlin", 2024)));
        assert!(!are_still(&berlin, &rules_of("Europe/London", 2024)));
        for other in ["", "2026b", "2026 +7200", "99999 +0"] {
            assert!(!are_still(&berlin, other), "{other}");
        }
    }
}

//! In which zone a reader reads: the one that was chosen, kept in a cookie, else the first bot's.

use axum::http::{HeaderMap, header};
use domain::model::BotId;
use domain::ports::store::BotLine;
use jiff::Timestamp;
use jiff::tz::TimeZone;

const COOKIE: &str = "flockwork-zone";
/// A choice is kept for a year.
const COOKIE_SECS: u64 = 365 * 24 * 60 * 60;
/// No zone has a longer name.
const NAME_MAX: usize = 64;

/// A zone and its name.
#[derive(Clone)]
pub(super) struct Reader {
    pub(super) zone: TimeZone,
    pub(super) name: String,
}

/// The zone that is asked for, else the one that the browser keeps, else that of the bot or the first.
pub(super) fn of(
    asked: Option<&str>,
    headers: &HeaderMap,
    lines: &[BotLine],
    bot: Option<&BotId>,
) -> Reader {
    let line = lines.iter().find(|line| bot.is_none_or(|bot| line.stats.bot == *bot));
    let known = asked.and_then(named).or_else(|| kept(headers).and_then(named));
    known
        .or_else(|| line.and_then(|line| named(&line.timezone)))
        .unwrap_or(Reader { zone: TimeZone::UTC, name: "UTC".to_owned() })
}

/// The zone of that name.
pub(super) fn named(name: &str) -> Option<Reader> {
    let name = name.trim();
    if name.is_empty() || name.len() > NAME_MAX {
        return None;
    }
    let zone = TimeZone::get(name).ok()?;
    // As the zone itself is spelled: nothing of an address goes into a cookie or a page.
    let name = zone.iana_name().unwrap_or("UTC").to_owned();
    Some(Reader { zone, name })
}

fn kept(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find_map(|(name, value)| (name == COOKIE).then_some(value))
}

impl Reader {
    /// Has a browser keep the choice.
    pub(super) fn cookie(&self) -> String {
        format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={COOKIE_SECS}", self.name)
    }

    /// `14:05`, in this zone.
    pub(super) fn time(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%H:%M").to_string()
    }

    /// The moment here, in the bot's zone and in UTC.
    pub(super) fn both(&self, at: Timestamp, bots: Option<&str>) -> String {
        let form = "%a %-d %b %H:%M";
        let said = |zone: &TimeZone, name: &str| {
            format!("{} {name}", at.to_zoned(zone.clone()).strftime(form))
        };
        let other = bots.filter(|name| *name != self.name && *name != "UTC").and_then(named);
        let there = other.map(|other| said(&other.zone, &other.name));
        let utc = (self.name != "UTC").then(|| said(&TimeZone::UTC, "UTC"));
        let here = said(&self.zone, &self.name);
        [Some(here), there, utc].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }
}

#[cfg(test)]
mod tests {
    use testkit::at;

    use super::*;

    #[test]
    fn a_name_that_is_no_zone_is_none() {
        for name in ["", "Nowhere/Land", "Europe/Berlin; Path=/evil", "<b>", &"a".repeat(80)] {
            assert!(named(name).is_none(), "{name}");
        }
        assert_eq!(named(" Europe/Berlin ").unwrap().name, "Europe/Berlin");
    }

    #[test]
    fn a_moment_is_said_in_every_zone_that_matters_once() {
        let time = at("2026-11-23T14:05:00Z");
        let berlin = named("Europe/Berlin").unwrap();
        assert_eq!(
            berlin.both(time, Some("Europe/Lisbon")),
            "Mon 23 Nov 15:05 Europe/Berlin · Mon 23 Nov 14:05 Europe/Lisbon · Mon 23 Nov 14:05 UTC"
        );
        assert_eq!(named("UTC").unwrap().both(time, Some("UTC")), "Mon 23 Nov 14:05 UTC");
        assert_eq!(berlin.time(time), "15:05");
    }
}

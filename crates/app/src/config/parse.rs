//! Text to domain types, once. What does not parse says what does.

use std::net::IpAddr;

use domain::model::{BotId, Cron, MicroUsd, OnMiss, QuietHours};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, civil};
use url::Url;

use super::suggest::{nearest, one_of};

/// Not a value: what would be one, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) allowed: String,
    pub(super) mend: String,
}

impl Wrong {
    pub(super) fn new(allowed: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { allowed: allowed.into(), mend: mend.into() }
    }
}

/// Any text.
#[expect(clippy::unnecessary_wraps, reason = "it stands where the other parsers stand")]
pub(super) fn text(text: &str) -> Result<String, Wrong> {
    Ok(text.to_owned())
}

/// A whole number from `min` to `max`.
pub(super) fn number(min: u32, max: u32) -> impl Fn(&str) -> Result<u32, Wrong> {
    move |text| {
        text.parse().ok().filter(|number| (min..=max).contains(number)).ok_or_else(|| {
            Wrong::new(
                format!("a whole number from {min} to {max}"),
                "write a number in that range",
            )
        })
    }
}

/// An amount in US dollars.
pub(super) fn dollars(text: &str) -> Result<MicroUsd, Wrong> {
    text.parse().map_err(|_| {
        Wrong::new(
            "an amount in US dollars with at most six decimals",
            "write 5, 2.50 or 0.015; 0 spends nothing, and without the key there is no cap",
        )
    })
}

/// A TCP port.
pub(super) fn port(text: &str) -> Result<u16, Wrong> {
    text.parse()
        .ok()
        .filter(|port| *port > 0)
        .ok_or_else(|| Wrong::new("a port from 1 to 65535", "choose a free port, such as 3000"))
}

/// An address of this machine.
pub(super) fn address(text: &str) -> Result<IpAddr, Wrong> {
    text.trim_matches(['[', ']']).parse().map_err(|_| {
        Wrong::new(
            "an IP address without a port",
            "write 127.0.0.1 for this machine alone, 0.0.0.0 for every interface; the port is \
             HEALTH_CHECK_PORT",
        )
    })
}

/// `true` or `false`, with the usual other spellings.
pub(super) fn flag(text: &str) -> Result<bool, Wrong> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(Wrong::new("`true` or `false`", "write one of the two")),
    }
}

/// The address of a server, without a trailing slash.
pub(super) fn base_url(text: &str) -> Result<String, Wrong> {
    let is_base = Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.host().is_some()
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    });
    if is_base {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err(Wrong::new(
        "an http:// or https:// address without a query or a password in it",
        "write it like https://api.example.org/v1",
    ))
}

/// One of the words of a closed list.
pub(super) fn word<T: Copy>(
    words: &'static [(&'static str, T)],
) -> impl Fn(&str) -> Result<T, Wrong> {
    move |text| {
        let lower = text.to_ascii_lowercase();
        words.iter().find(|(word, _)| *word == lower).map(|(_, meaning)| *meaning).ok_or_else(
            || {
                let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                let mend = match nearest(text, names.iter().copied()) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => "write one of them".to_owned(),
                };
                Wrong::new(one_of(&names), mend)
            },
        )
    }
}

/// The name of a bot.
pub(super) fn bot_id(text: &str) -> Result<BotId, Wrong> {
    BotId::try_from(text).map_err(|_| {
        Wrong::new("1 to 64 letters, digits, `-` or `_`", "choose a name such as `lighthouse`")
    })
}

/// A cron pattern.
pub(super) fn cron(text: &str) -> Result<Cron, Wrong> {
    Cron::parse(text).map_err(|error| {
        Wrong::new(
            "a cron pattern of 5 fields (minute hour day month weekday), or 6 with seconds first",
            format!("{}; `0 9 * * *` is daily at nine", error.detail.trim_end_matches('.')),
        )
    })
}

/// A zone of the IANA database.
pub(super) fn zone(text: &str) -> Result<TimeZone, Wrong> {
    TimeZone::get(text).map_err(|_| {
        let names: Vec<String> =
            jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
        let city = |name: &str| name.rsplit('/').next().unwrap_or(name).to_lowercase();
        let same_city = names.iter().find(|name| city(name) == city(text)).map(String::as_str);
        let mend = match same_city.or_else(|| nearest(text, names.iter().map(String::as_str))) {
            Some(name) => format!("did you mean `{name}`?"),
            None => "look the name up in the IANA time zone database".to_owned(),
        };
        Wrong::new("an IANA time zone, such as `UTC` or `Europe/Lisbon`", mend)
    })
}

/// A length of time from `min` to `max`, both included: `30m`, `90s`, `1h 30m`.
pub(super) fn duration(
    min: SignedDuration,
    max: SignedDuration,
) -> impl Fn(&str) -> Result<SignedDuration, Wrong> {
    move |text| {
        text.parse().ok().filter(|time: &SignedDuration| (min..=max).contains(time)).ok_or_else(
            || {
                Wrong::new(
                    format!("a length of time from {min:#} to {max:#}"),
                    "write it with units: `90s`, `30m`, `1h 30m`",
                )
            },
        )
    }
}

/// `23:00-07:00`, which may cross midnight.
pub(super) fn quiet_hours(text: &str) -> Result<QuietHours, Wrong> {
    let time = |text: &str| -> Option<civil::Time> {
        let text = text.trim();
        (text.len() == 5).then(|| text.parse().ok())?
    };
    text.split_once('-')
        .and_then(|(from, until)| Some(QuietHours { from: time(from)?, until: time(until)? }))
        .filter(|hours| hours.from != hours.until)
        .ok_or_else(|| {
            Wrong::new(
                "two different times of day, `HH:MM-HH:MM`",
                "write the first quiet minute and the first that is not: `23:00-07:00`",
            )
        })
}

/// What becomes of a missed slot.
pub(super) fn on_miss(text: &str) -> Result<OnMiss, Wrong> {
    word(&[
        ("skip", OnMiss::Skip),
        ("latest_only", OnMiss::LatestOnly),
        ("next_free_slot", OnMiss::NextFreeSlot),
    ])(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_means_nothing_says_what_would() {
        assert_eq!(zone("Mars/Lisbon").unwrap_err().mend, "did you mean `Europe/Lisbon`?");
        assert_eq!(zone("Europe/Lisbn").unwrap_err().mend, "did you mean `Europe/Lisbon`?");
        assert!(zone("Mars/Base").unwrap_err().mend.contains("IANA"));
        assert!(cron("99 * * * *").unwrap_err().mend.contains("0 9 * * *"));
        assert!(port("0").is_err() && port("65536").is_err() && port("3000").is_ok());
        assert!(number(1, 280)("281").is_err() && number(1, 280)("280").is_ok());
    }

    #[test]
    fn quiet_hours_may_cross_midnight_and_are_never_empty() {
        let night = quiet_hours("23:00-07:00").unwrap();
        assert!(night.from > night.until);
        for wrong in ["23:00", "07:00-07:00", "7-8", "23:00-25:00", "2300-0700"] {
            assert!(quiet_hours(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_address_of_a_server_holds_no_secret() {
        assert_eq!(base_url("https://api.x.com/").unwrap(), "https://api.x.com");
        for wrong in ["api.x.com", "ftp://x", "https://u:p@x.com", "https://x.com?key=1", ""] {
            assert!(base_url(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_length_of_time_has_units_and_bounds() {
        let half_hour = duration(SignedDuration::ZERO, SignedDuration::from_hours(24));
        assert_eq!(half_hour("30m").unwrap(), SignedDuration::from_mins(30));
        assert_eq!(half_hour("1h 30m").unwrap(), SignedDuration::from_mins(90));
        for wrong in ["30", "25h", "-1m", "soon"] {
            assert!(half_hour(wrong).is_err(), "{wrong}");
        }
    }
}

//! Times as feeds write them: RFC 2822 in RSS, RFC 3339 in Atom, and what people make of both.

use jiff::civil::{Date, DateTime};
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// Nothing was published in a feed before 1995, and what claims to come long after is a mistake.
const YEARS: std::ops::RangeInclusive<i16> = 1995..=2100;

/// The time, if it can be read.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    static MAIL: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    let text = text.trim();
    let in_utc =
        |time: DateTime| time.to_zoned(TimeZone::UTC).ok().map(|zoned: Zoned| zoned.timestamp());
    let found = text
        .parse()
        .ok()
        .or_else(|| MAIL.parse_timestamp(text).ok())
        .or_else(|| text.parse().ok().and_then(in_utc))
        .or_else(|| text.parse().ok().and_then(|date: Date| in_utc(date.at(0, 0, 0, 0))))?;
    YEARS.contains(&found.to_zoned(TimeZone::UTC).year()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_the_ways_feeds_write_them() {
        for (text, time) in [
            ("Mon, 23 Nov 2026 09:00:00 GMT", Some("2026-11-23T09:00:00Z")),
            ("Mon, 23 Nov 2026 09:00:00 +0100", Some("2026-11-23T08:00:00Z")),
            ("Fri, 23 Nov 2026 09:00:00 EST", Some("2026-11-23T14:00:00Z")),
            ("23 Nov 2026 09:00 UT", Some("2026-11-23T09:00:00Z")),
            (" 2026-11-23T09:00:00Z\n", Some("2026-11-23T09:00:00Z")),
            ("2026-11-23T09:00:00.5+01:00", Some("2026-11-23T08:00:00.5Z")),
            ("2026-11-23", Some("2026-11-23T00:00:00Z")),
            ("2026-11-23 09:00:00", Some("2026-11-23T09:00:00Z")),
            ("yesterday", None),
            ("", None),
            ("32 Nov 2026 09:00:00 GMT", None),
            ("0000-00-00T00:00:00Z", None),
            ("1970-01-01T00:00:00Z", None),
            ("9999-01-01T00:00:00Z", None),
        ] {
            assert_eq!(read(text), time.map(|time| time.parse().unwrap()), "{text}");
        }
    }
}

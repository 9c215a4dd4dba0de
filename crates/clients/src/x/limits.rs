//! What X's headers say: its windows, its clock. A header that makes no sense is as good as none.

use domain::model::{RateLimits, RateWindow};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{DATE, HeaderMap};

/// Every window X spoke of.
pub(super) fn read(headers: &HeaderMap) -> RateLimits {
    RateLimits {
        quarter_hour: window(headers, "x-rate-limit"),
        user_day: window(headers, "x-user-limit-24hour"),
        app_day: window(headers, "x-app-limit-24hour"),
    }
}

/// X's `Date`.
pub(super) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    static PARSER: DateTimeParser = DateTimeParser::new();
    PARSER.parse_timestamp(text(headers, DATE.as_str())?).ok()
}

/// A header as text, without surrounding blanks; an empty one is none.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim).filter(|text| !text.is_empty())
}

fn window(headers: &HeaderMap, family: &str) -> Option<RateWindow> {
    let number = |part: &str| text(headers, &format!("{family}-{part}"));
    let window = RateWindow {
        limit: number("limit").and_then(|text| text.parse().ok()),
        remaining: number("remaining").and_then(|text| text.parse().ok()),
        resets_at: number("reset").and_then(epoch_secs),
    };
    let is_known =
        window.limit.is_some() || window.remaining.is_some() || window.resets_at.is_some();
    is_known.then_some(window)
}

/// Zero is what a proxy writes that knows no reset.
fn epoch_secs(text: &str) -> Option<Timestamp> {
    let secs: i64 = text.parse().ok()?;
    (secs > 0).then(|| Timestamp::from_second(secs).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let header = |(name, value): &(&str, &str)| {
            (HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap())
        };
        pairs.iter().map(header).collect()
    }

    #[test]
    fn all_three_families_are_read() {
        let limits = read(&headers(&[
            ("x-rate-limit-limit", "100"),
            ("x-rate-limit-remaining", "99"),
            ("x-rate-limit-reset", "1795424400"),
            ("x-user-limit-24hour-limit", "17"),
            ("x-user-limit-24hour-remaining", "0"),
            ("x-user-limit-24hour-reset", "1795500000"),
            ("x-app-limit-24hour-remaining", "9999"),
        ]));
        let reset = |secs| Some(Timestamp::from_second(secs).unwrap());
        let window = |limit, remaining, resets_at| RateWindow { limit, remaining, resets_at };
        assert_eq!(limits.quarter_hour, Some(window(Some(100), Some(99), reset(1_795_424_400))));
        assert_eq!(limits.user_day, Some(window(Some(17), Some(0), reset(1_795_500_000))));
        assert_eq!(limits.app_day, Some(window(None, Some(9_999), None)));
        assert_eq!(limits.exhausted_until(), reset(1_795_500_000));
    }

    #[test]
    fn a_header_that_makes_no_sense_is_none() {
        for (name, value) in [
            ("x-rate-limit-limit", "None"),
            ("x-rate-limit-remaining", "-1"),
            ("x-rate-limit-reset", "0"),
            ("x-rate-limit-reset", "99999999999999999"),
            ("x-rate-limit-limit", ""),
        ] {
            assert_eq!(read(&headers(&[(name, value)])), RateLimits::default(), "{name}: {value}");
        }
        assert_eq!(date(&headers(&[("date", "yesterday")])), None);
    }

    #[test]
    fn the_date_is_read() {
        let date = date(&headers(&[("date", "Mon, 23 Nov 2026 09:00:01 GMT")]));
        assert_eq!(date, Some(testkit::at("2026-11-23T09:00:01Z")));
    }
}

//! When the server says to come back. Four headers, three notations, all optional.

use std::time::Duration;

use reqwest::header::HeaderMap;

use crate::retry_after::{retry_after, text};

/// Longer than this is a mistake or a quota that waiting does not mend.
const WAIT_MAX: Duration = Duration::from_hours(24);

/// How long to wait, if the headers say so. Zero and negative values mean "unknown".
pub(super) fn after(headers: &HeaderMap) -> Option<Duration> {
    milliseconds(headers)
        .or_else(|| retry_after(headers))
        .or_else(|| window_reset(headers))
        .filter(|wait| !wait.is_zero())
        .map(|wait| wait.min(WAIT_MAX))
}

fn milliseconds(headers: &HeaderMap) -> Option<Duration> {
    seconds(text(headers, "retry-after-ms")?.parse::<f64>().ok()? / 1_000.0)
}

/// The later reset of the windows that are not said to have room.
fn window_reset(headers: &HeaderMap) -> Option<Duration> {
    let reset = |window: &str| {
        let remaining = text(headers, &format!("x-ratelimit-remaining-{window}"));
        let has_room = remaining.and_then(|text| text.parse::<i64>().ok()).is_some_and(|n| n > 0);
        if has_room {
            None
        } else {
            duration(text(headers, &format!("x-ratelimit-reset-{window}"))?)
        }
    };
    reset("requests").max(reset("tokens"))
}

/// `12ms`, `1s`, `6m0s`, `1h2m3.5s`, as Go writes a duration; a bare number is seconds.
fn duration(text: &str) -> Option<Duration> {
    if let Ok(number) = text.parse::<f64>() {
        return seconds(number);
    }
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let unit_end = rest[digits..]
            .find(|c: char| c.is_ascii_digit())
            .map_or(rest.len(), |length| digits + length);
        total += number * unit_secs(&rest[digits..unit_end])?;
        rest = &rest[unit_end..];
    }
    seconds(total)
}

fn unit_secs(unit: &str) -> Option<f64> {
    Some(match unit {
        "d" => 86_400.0,
        "h" => 3_600.0,
        "m" => 60.0,
        "s" => 1.0,
        "ms" => 1e-3,
        "us" | "µs" | "μs" => 1e-6,
        "ns" => 1e-9,
        _ => return None,
    })
}

fn seconds(number: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(number).ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn wait(pairs: &[(&str, &str)]) -> Option<Duration> {
        let header = |(name, value): &(&str, &str)| {
            (HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap())
        };
        after(&pairs.iter().map(header).collect())
    }

    #[test]
    fn go_durations_are_read() {
        for (text, millis) in [
            ("12ms", Some(12)),
            ("1s", Some(1_000)),
            ("6m0s", Some(360_000)),
            ("1h2m3.5s", Some(3_723_500)),
            ("59.70s", Some(59_700)),
            ("7", Some(7_000)),
            ("0.25", Some(250)),
            ("", Some(0)),
            ("-1", None),
            ("soon", None),
            ("5", Some(5_000)),
            ("5 minutes", None),
            ("1.2.3s", None),
            ("99999999999999999999h", None),
        ] {
            assert_eq!(duration(text), millis.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn the_most_exact_header_wins() {
        let secs = |n| Some(Duration::from_secs(n));
        let date = ("date", "Mon, 23 Nov 2026 09:00:00 GMT");
        for (headers, expected) in [
            (
                &[("retry-after-ms", "1500"), ("retry-after", "9")][..],
                Some(Duration::from_millis(1500)),
            ),
            (&[("retry-after", "20")], secs(20)),
            (&[("retry-after", "Mon, 23 Nov 2026 09:00:30 GMT"), date], secs(30)),
            (&[("retry-after", "Mon, 23 Nov 2026 08:00:30 GMT"), date], None),
            (&[("retry-after", "999999999")], Some(WAIT_MAX)),
            (
                &[("x-ratelimit-reset-requests", "1s"), ("x-ratelimit-reset-tokens", "6m0s")],
                secs(360),
            ),
            (
                &[
                    ("x-ratelimit-reset-requests", "1s"),
                    ("x-ratelimit-remaining-requests", "0"),
                    ("x-ratelimit-reset-tokens", "6m0s"),
                    ("x-ratelimit-remaining-tokens", "1000"),
                ],
                secs(1),
            ),
            (&[("retry-after", "-1")], None),
            (&[("x-ratelimit-reset-requests", "0")], None),
            (&[], None),
        ] {
            assert_eq!(wait(headers), expected, "{headers:?}");
        }
    }
}

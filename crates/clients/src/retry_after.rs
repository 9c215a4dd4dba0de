//! `Retry-After`: seconds, or a date that is compared with the server's own clock.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::HeaderMap;

/// A wait that is longer, or no number of seconds at all any more, is this.
const LONGEST: Duration = Duration::from_hours(365 * 24);

/// How long the server asks to wait, if it says so in a way that can be read.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    static PARSER: DateTimeParser = DateTimeParser::new();
    let value = text(headers, "retry-after")?;
    if let Ok(number) = value.parse::<f64>() {
        let longest = (number > 0.0).then_some(LONGEST);
        return Duration::try_from_secs_f64(number).map(|wait| wait.min(LONGEST)).ok().or(longest);
    }
    let now = PARSER.parse_timestamp(text(headers, "date")?).ok()?;
    let until = PARSER.parse_timestamp(value).ok()?;
    until.duration_since(now).try_into().ok()
}

/// The value of a header as text.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

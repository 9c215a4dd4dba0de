//! Times and texts, as a person reads them.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::config::Environment;

/// `in 3 min`, `2 h ago`: near times are told relatively.
pub fn near(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.duration_since(now).as_secs();
    let length = match seconds.unsigned_abs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3_600 => format!("{} min", seconds / 60),
        seconds @ 3_600..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} d", seconds / 86_400),
    };
    if seconds > 0 { format!("in {length}") } else { format!("{length} ago") }
}

/// `2026-11-23 09:00:00 UTC`.
pub fn absolute(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a %Y-%m-%d %H:%M:%S %Z").to_string()
}

/// On one line, without what could move a terminal's cursor, and at most `chars_max` characters.
pub fn cut(text: &str, chars_max: usize) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown: String = line.chars().filter(|c| !c.is_control()).collect();
    if shown.chars().count() <= chars_max {
        return shown;
    }
    let start: String = shown.chars().take(chars_max.saturating_sub(1)).collect();
    format!("{start}…")
}

/// What a message of ours found, and what it says to do: the two stand on either side of a semicolon.
pub fn told_apart(message: &str) -> (&str, &str) {
    message.split_once("; ").unwrap_or((message, "look at it"))
}

/// A length of time on the command line.
pub fn length(text: &str) -> Result<SignedDuration, String> {
    let length: Option<SignedDuration> = text.parse().ok();
    length
        .filter(|length| !length.is_negative())
        .ok_or_else(|| "write it with units: `90s`, `30m`, `1h 30m`".to_owned())
}

/// Who runs the command, and where, for the record.
pub fn who(environment: &Environment) -> String {
    let find = |name| environment.find(name).filter(|name| !name.is_empty());
    let user = find("USER").or_else(|| find("LOGNAME")).unwrap_or("somebody");
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("{user}@{host}")
}

/// `1 post`, `2 posts`.
pub fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_times_are_relative_and_texts_stay_on_a_line() {
        let now = testkit::at("2026-11-23T12:00:00Z");
        for (seconds, said) in
            [(0, "0 s ago"), (90, "in 1 min"), (-7200, "2 h ago"), (172_800, "in 2 d")]
        {
            assert_eq!(near(now + SignedDuration::from_secs(seconds), now), said);
        }
        assert_eq!(cut("one\n\u{1b}[2Jtwo three", 10), "one [2Jtw…");
        assert_eq!((count(1, "post"), count(0, "post")), ("1 post".into(), "0 posts".into()));
    }
}

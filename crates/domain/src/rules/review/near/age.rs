//! How long ago, as one says it.

use jiff::Timestamp;

/// Numbers that are written as words.
const WORDS: [&str; 13] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
];

/// `nine days ago`; hours below two days, `just now` below one hour and for what is to come.
pub(in crate::rules::review) fn said_age(at: Timestamp, now: Timestamp) -> String {
    let hours = now.duration_since(at).as_hours();
    match hours {
        ..1 => "just now".to_owned(),
        1..48 => said(hours, "hour"),
        _ => said(hours / 24, "day"),
    }
}

fn said(number: i64, unit: &str) -> String {
    let word = usize::try_from(number).ok().and_then(|number| WORDS.get(number));
    let number = word.map_or_else(|| number.to_string(), |word| (*word).to_owned());
    let plural = if number == "one" { "" } else { "s" };
    format!("{number} {unit}{plural} ago")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_said_as_people_say_them() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        for (at, age) in [
            ("2026-11-23T11:30:00Z", "just now"),
            ("2026-11-24T11:30:00Z", "just now"),
            ("2026-11-23T10:59:00Z", "one hour ago"),
            ("2026-11-22T11:00:00Z", "25 hours ago"),
            ("2026-11-14T12:00:00Z", "nine days ago"),
            ("2025-11-23T12:00:00Z", "365 days ago"),
        ] {
            assert_eq!(said_age(at.parse().unwrap(), now), age, "{at}");
        }
    }
}

//! When a bot posts: cron, zone and policies.

use std::fmt;

use croner::parser::{CronParser, Seconds};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil};

/// Row id of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScheduleId(pub i64);

/// A schedule's name within its bot; `main` for the one of the environment.
pub type ScheduleName = String;

/// A cron pattern of five fields, or six with seconds first. Only its text is kept: parsed, each
/// takes 10 KB, most of them for the years, and a house may have many thousand.
#[derive(Clone, Debug)]
pub struct Cron {
    text: String,
}

/// Not a cron pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a cron pattern: {detail}")]
pub struct CronError {
    /// The pattern as given.
    pub text: String,
    /// What the parser found wrong.
    pub detail: String,
}

impl Cron {
    /// Reads a pattern; nicknames such as `@daily`, names of days and months, `L`, `W` and `#` are
    /// understood. The number of fields and empty items are looked at here: the parser would read
    /// the first as a year and the second as a field that never comes.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        let wrong = |detail: String| CronError { text: text.to_owned(), detail };
        let fields: Vec<&str> = text.split_whitespace().collect();
        let is_nickname = text.trim_start().starts_with('@');
        if !is_nickname && !matches!(fields.len(), 5 | 6) {
            let detail = format!("it has {} fields, not 5, or 6 with seconds first", fields.len());
            return Err(wrong(detail));
        }
        if let Some((kind, field)) = named(&fields).find(|(_, field)| has_empty_item(field)) {
            return Err(wrong(format!("the {}, `{field}`, has nothing beside a comma", kind.name)));
        }
        if let Some((kind, field)) = named(&fields).find(|(kind, field)| kind.is_overstepped(field))
        {
            let Field { name, values, .. } = kind;
            let detail = format!("the {name}, `{field}`: a step is {values} at most");
            return Err(wrong(detail));
        }
        parser().parse(text).map_err(|error| {
            let of_field = named(&fields).find(|(kind, field)| !stands_alone(kind, field));
            wrong(match of_field {
                Some((kind, field)) if !is_nickname => {
                    let Field { name, from, until, .. } = kind;
                    let why = message(&error);
                    let why = why.trim_end_matches('.');
                    format!("the {name}, `{field}`: {why} (it takes {from} to {until})")
                }
                Some(_) | None => message(&error),
            })
        })?;
        Ok(Self { text: text.trim().to_owned() })
    }

    /// The pattern as given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The parsed pattern, for `rules::plan`.
    pub(crate) fn pattern(&self) -> croner::Cron {
        parser().parse(&self.text).expect("it was parsed when it was made")
    }

    /// The pattern in words, for people.
    pub fn describe(&self) -> String {
        self.pattern().describe()
    }
}

/// A place in a pattern, and what may stand there.
struct Field {
    name: &'static str,
    from: u32,
    until: u32,
    /// How many there are; Sunday is both 0 and 7.
    values: u32,
}

impl Field {
    const fn new(name: &'static str, from: u32, until: u32, values: u32) -> Self {
        Self { name, from, until, values }
    }

    /// The parser takes a step beyond all values, which then means the first of them alone: whoever
    /// writes `*/90` for every 90 minutes gets every hour.
    fn is_overstepped(&self, field: &str) -> bool {
        let steps = field.split(',').filter_map(|item| Some(item.split_once('/')?.1));
        let mut digits = steps.filter(|step| step.bytes().all(|byte| byte.is_ascii_digit()));
        // What has more digits than a number holds is beyond it too.
        digits.any(|step| step.parse().map_or(!step.is_empty(), |step: u32| step > self.values))
    }
}

/// The fields of a pattern in their order; seconds may be left out.
const FIELDS: [Field; 6] = [
    Field::new("second", 0, 59, 60),
    Field::new("minute", 0, 59, 60),
    Field::new("hour", 0, 23, 24),
    Field::new("day of the month", 1, 31, 31),
    Field::new("month", 1, 12, 12),
    Field::new("weekday", 0, 7, 7),
];

fn parser() -> CronParser {
    CronParser::builder().seconds(Seconds::Optional).build()
}

/// What the parser says, without its name for the kind of error.
fn message(error: &croner::errors::CronError) -> String {
    match error {
        croner::errors::CronError::ComponentError(message)
        | croner::errors::CronError::InvalidPattern(message)
        | croner::errors::CronError::IllegalCharacters(message) => message.clone(),
        other => other.to_string(),
    }
}

/// The fields with what they are.
fn named<'a>(fields: &'a [&'a str]) -> impl Iterator<Item = (&'static Field, &'a str)> {
    let without_seconds = FIELDS.len().saturating_sub(fields.len()).min(1);
    FIELDS.iter().skip(without_seconds).zip(fields.iter().copied())
}

fn has_empty_item(field: &str) -> bool {
    field.split(',').any(str::is_empty)
}

/// Whether the parser takes the field where every other one is `*`: its errors do not say which one
/// they are about.
fn stands_alone(kind: &Field, field: &str) -> bool {
    let alone = FIELDS.map(|other| if other.name == kind.name { field } else { "*" });
    parser().parse(&alone.join(" ")).is_ok()
}

impl PartialEq for Cron {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What becomes of a slot whose catch-up window has passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnMiss {
    /// It is skipped; its post goes back to its place in the queue.
    #[default]
    Skip,
    /// Of the missed slots, the latest is sent after all; the others are skipped.
    LatestOnly,
    /// It is skipped, and its post goes to the front of the queue, for the next free slot.
    NextFreeSlot,
}

impl OnMiss {
    /// Every policy, for tables and tests.
    pub const ALL: [Self; 3] = [Self::Skip, Self::LatestOnly, Self::NextFreeSlot];

    /// The word in the database and in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::LatestOnly => "latest_only",
            Self::NextFreeSlot => "next_free_slot",
        }
    }

    /// The policy of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == word)
    }
}

/// Hours of the day in which nothing is sent, in the schedule's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// The first quiet minute.
    pub from: civil::Time,
    /// The first minute that is not quiet any more. Equal to `from`: never quiet.
    pub until: civil::Time,
}

impl QuietHours {
    /// Quiet hours may cross midnight: 23:00 to 07:00 is one night, not an error.
    pub fn contain(&self, now: Timestamp, zone: &TimeZone) -> bool {
        let local = now.to_zoned(zone.clone()).time();
        if self.from <= self.until {
            self.from <= local && local < self.until
        } else {
            self.from <= local || local < self.until
        }
    }
}

/// When a bot posts.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// Unique within the bot; part of the identity of its slots.
    pub name: ScheduleName,
    /// The pattern.
    pub cron: Cron,
    /// The IANA zone the pattern is read in.
    pub zone: TimeZone,
    /// A civil time that does not exist in spring is skipped instead of moved (RFC 5545 moves it).
    pub skips_gaps: bool,
    /// How late a post may still go out.
    pub catch_up_window: SignedDuration,
    /// What becomes of a slot after that.
    pub on_miss: OnMiss,
    /// Each slot is moved later by a fixed amount below this, derived from its identity.
    pub jitter_max: SignedDuration,
    /// Hours in which nothing is sent.
    pub quiet_hours: Option<QuietHours>,
    /// Topics of the persona that its slots keep to as long as the queue has posts on them; none
    /// means any.
    pub topics: Vec<String>,
}

impl Schedule {
    /// How late a post may go out unless a schedule says otherwise.
    pub const CATCH_UP_WINDOW_DEFAULT: SignedDuration = SignedDuration::from_mins(30);

    /// A schedule with the default policies.
    pub fn new(name: impl Into<ScheduleName>, cron: Cron, zone: TimeZone) -> Self {
        Self {
            name: name.into(),
            cron,
            zone,
            skips_gaps: false,
            catch_up_window: Self::CATCH_UP_WINDOW_DEFAULT,
            on_miss: OnMiss::default(),
            jitter_max: SignedDuration::ZERO,
            quiet_hours: None,
            topics: Vec::new(),
        }
    }

    /// The zone's IANA name.
    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_pattern_is_refused_with_the_field_that_is_wrong() {
        for (text, detail) in [
            ("", "it has 0 fields"),
            ("* * * *", "it has 4 fields"),
            ("0 0 9 * * * 2027", "it has 7 fields"),
            (", * * * *", "the minute, `,`, has nothing beside a comma"),
            ("0 1,,2 * * *", "the hour, `1,,2`, has nothing beside a comma"),
            ("0 9 1, * *", "the day of the month, `1,`, has nothing beside a comma"),
            ("5, 0 9 * * *", "the second, `5,`, has nothing beside a comma"),
            ("99 * * * *", "the minute, `99`: Number out of bounds (it takes 0 to 59)"),
            ("*/61 * * * *", "the minute, `*/61`: a step is 60 at most"),
            ("0-30/61 * * * *", "the minute, `0-30/61`: a step is 60 at most"),
            ("*/61 * * * * *", "the second, `*/61`: a step is 60 at most"),
            ("0 1,*/25 * * *", "the hour, `1,*/25`: a step is 24 at most"),
            ("0 9 */32 * *", "the day of the month, `*/32`: a step is 31 at most"),
            ("0 9 * */13 *", "the month, `*/13`: a step is 12 at most"),
            ("0 9 * * */8", "the weekday, `*/8`: a step is 7 at most"),
            ("*/99999999999999999999 * * * *", "the minute, `*/99999999999999999999`: a step"),
            ("0 24 * * *", "the hour, `24`: "),
            ("0 9 * 13 *", "the month, `13`: "),
            ("0 9 * * MOO", "the weekday, `MOO`: "),
            ("60 0 9 * * *", "the second, `60`: "),
        ] {
            let error = Cron::parse(text).unwrap_err();
            assert!(error.detail.starts_with(detail), "{text}: {}", error.detail);
        }
        assert!(Cron::parse("@often").is_err());
    }

    #[test]
    fn what_people_write_is_understood() {
        for text in [
            "0 9 * * *",
            "*/30 * * * * *",
            "*/60 * * * *",
            "0 */24 */31 */12 */7",
            " 0,30 9-17 * * MON-FRI ",
            "@daily",
            "@Hourly",
            "0 9 L * *",
            "0 9 15W * *",
            "0 9 * JAN,JUL MON#2",
        ] {
            assert_eq!(Cron::parse(text).unwrap().as_str(), text.trim());
        }
    }
}

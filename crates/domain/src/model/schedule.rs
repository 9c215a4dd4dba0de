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

/// A cron pattern of five fields, or six with seconds first.
#[derive(Clone, Debug)]
pub struct Cron {
    text: String,
    pattern: croner::Cron,
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
    /// understood.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        CronParser::builder()
            .seconds(Seconds::Optional)
            .build()
            .parse(text)
            .map(|pattern| Self { text: text.trim().to_owned(), pattern })
            .map_err(|error| CronError { text: text.to_owned(), detail: error.to_string() })
    }

    /// The pattern as given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The parsed pattern, for `rules::plan`.
    pub(crate) fn pattern(&self) -> &croner::Cron {
        &self.pattern
    }

    /// The pattern in words, for people.
    pub fn describe(&self) -> String {
        self.pattern.describe()
    }
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
        }
    }

    /// The zone's IANA name.
    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }
}

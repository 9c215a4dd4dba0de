//! The next slots of a schedule, explained.

use std::fmt;

use jiff::{SignedDuration, Timestamp, civil};

use super::jitter::due_at;
use super::occurrences::{Clock, Occurrence, Stretch, occurrences};
use crate::model::{BotId, Fold, Schedule};
use crate::ports::store::PlannedSlot;

/// How far [`next_firings`] looks: over the longest pause of a pattern, which is eight years (29
/// February around a year such as 2100).
const REACH: SignedDuration = SignedDuration::from_hours(9 * 366 * 24);

/// A slot to come, for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firing {
    /// The slot.
    pub planned: PlannedSlot,
    /// When it would be due without jitter.
    pub nominal_at: Timestamp,
    /// What is unusual about it, in the order of importance.
    pub notes: Vec<Note>,
}

/// Something a person may not expect of a firing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// The civil time does not exist on this day.
    Moved {
        /// The time of the pattern.
        missing: civil::Time,
        /// The time of the slot.
        to: civil::Time,
    },
    /// The civil time happens twice, and this slot is the first.
    FirstOfTwo,
    /// The pattern holds every hour, and this is the first of the two that the clock repeats.
    FirstOfBoth,
    /// The second of them.
    SecondOfBoth,
    /// The slot falls into quiet hours.
    QuietHours,
    /// The slot is due this much later than its pattern says.
    Jitter(SignedDuration),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Moved { missing, to } => write!(
                f,
                "{} does not exist on this day: clocks go forward, moved to {}",
                clock_face(*missing),
                clock_face(*to)
            ),
            Self::FirstOfTwo => f.write_str("happens twice: clocks go back, the first counts"),
            Self::FirstOfBoth => f.write_str("happens twice: clocks go back, this is the first"),
            Self::SecondOfBoth => f.write_str("happens twice: clocks go back, this is the second"),
            Self::QuietHours => f.write_str("inside quiet hours: will be skipped"),
            Self::Jitter(by) => write!(f, "jitter +{}", spoken(*by)),
        }
    }
}

/// The next `count` slots of `schedule` from `from` on (inclusive), soonest nominal time first;
/// fewer if the pattern has no more within nine years.
pub fn next_firings(
    bot: &BotId,
    schedule: &Schedule,
    from: Timestamp,
    count: usize,
) -> Vec<Firing> {
    let until = from.checked_add(REACH).unwrap_or(Timestamp::MAX);
    // Two slots on one instant stay together, so one more is asked for than is shown.
    let found = occurrences(schedule, Stretch { from, until }, count.saturating_add(1));
    found.list.iter().take(count).map(|one| firing(bot, schedule, one)).collect()
}

fn firing(bot: &BotId, schedule: &Schedule, one: &Occurrence) -> Firing {
    let due_at = due_at(bot, schedule, one);
    let mut notes = Vec::new();
    notes.extend(clock_note(one));
    if schedule.quiet_hours.is_some_and(|quiet| quiet.contain(due_at, &schedule.zone)) {
        notes.push(Note::QuietHours);
    }
    if due_at > one.nominal_at {
        notes.push(Note::Jitter(due_at.duration_since(one.nominal_at)));
    }
    let planned = PlannedSlot { local_time: one.local_time, fold: one.fold, due_at };
    Firing { planned, nominal_at: one.nominal_at, notes }
}

fn clock_note(one: &Occurrence) -> Option<Note> {
    match (one.clock, one.fold) {
        (Clock::Once, Fold::First | Fold::Second) => None,
        (Clock::Skips(to), Fold::First | Fold::Second) => {
            Some(Note::Moved { missing: one.local_time.time(), to: to.time() })
        }
        (Clock::TwiceFirstCounts, Fold::First | Fold::Second) => Some(Note::FirstOfTwo),
        (Clock::TwiceBothCount, Fold::First) => Some(Note::FirstOfBoth),
        (Clock::TwiceBothCount, Fold::Second) => Some(Note::SecondOfBoth),
    }
}

/// `02:30`, or `02:30:15` where there are seconds.
fn clock_face(time: civil::Time) -> impl fmt::Display {
    let format = if time.second() == 0 { "%H:%M" } else { "%H:%M:%S" };
    time.strftime(format)
}

/// `3 min`, `2 min 5 s`, `40 s`; what is below a second counts as one.
fn spoken(duration: SignedDuration) -> String {
    let seconds = duration.as_secs() + i64::from(duration.subsec_nanos() > 0);
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

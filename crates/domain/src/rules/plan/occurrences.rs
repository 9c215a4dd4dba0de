//! From a cron pattern to instants.
//!
//! The pattern is read over civil time, where every time stands once and in order, and each civil
//! time is then resolved in the zone. (Croner's own search over zoned time loses or repeats times of
//! patterns such as `0,30 1 * * *` when clocks change.) Two readings of a pattern are in use, and
//! each fits one kind of it:
//!
//! - **Appointments**, patterns that choose hours (`30 2 * * *`, `0 */2 * * *`): every civil time
//!   happens once a day. One that clocks jump over moves by as much as they jump (RFC 5545 3.3.5),
//!   unless the schedule skips it; one that happens twice is the first.
//! - **Every hour** (`0 * * * *`, `*/10 * * * *`): a slot is wherever the clock on the wall shows
//!   it. Nothing in the hour that is jumped over, the repeated hour in both folds. That is the rule
//!   of Vixie cron for `*`. Moving the lost hour instead would double the next one, and running the
//!   repeated hour once would make a bot silent for an hour.
//!
//! Vixie cron reads `*/2` as the second kind and so posts 2, 1, 2 hours apart in autumn and leaves
//! one out in spring. Who writes "every two hours" wants twelve a day, and budgets for twelve; so
//! only a pattern that holds all 24 hours, however it is spelled, is the second kind.

use std::iter::successors;

use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, civil};

use crate::model::{Fold, Schedule};

/// A stretch of time, `until` exclusive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

/// How the clock on the wall behaves at a civil time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    /// It shows it once.
    Once,
    /// It jumps over it, and the slot moved to this civil time.
    Skips(civil::DateTime),
    /// It shows it twice, and only the first counts.
    TwiceFirstCounts,
    /// It shows it twice, and both count.
    TwiceBothCount,
}

/// A civil time of the pattern and the instant it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Occurrence {
    pub(super) nominal_at: Timestamp,
    pub(super) local_time: civil::DateTime,
    pub(super) fold: Fold,
    pub(super) clock: Clock,
}

/// Occurrences in the order of their instants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Occurrences {
    pub(super) list: Vec<Occurrence>,
    /// All before this are in the list.
    pub(super) until: Timestamp,
}

/// The first `max` occurrences in `stretch`. `until` of the answer is the end of the stretch, or the
/// instant of the first one left out; two that fall on one instant stay together.
pub(super) fn occurrences(schedule: &Schedule, stretch: Stretch, max: usize) -> Occurrences {
    let offsets = Offsets::around(&schedule.zone, stretch);
    let pattern = schedule.cron.pattern();
    let is_every_hour = holds_every_hour(&pattern);
    let mut end = offsets.most.to_datetime(stretch.until);
    let mut is_full = false;
    let mut list = Vec::new();
    for local in civil_times(&pattern, offsets.least.to_datetime(stretch.from)) {
        if local >= end {
            break;
        }
        let resolved = resolve(schedule, is_every_hour, local);
        list.extend(
            resolved
                .into_iter()
                .flatten()
                .filter(|one| stretch.from <= one.nominal_at && one.nominal_at < stretch.until),
        );
        if !is_full && list.len() > max {
            // Civil order is not the order of instants where clocks change: a later civil time may
            // still come first, but not one that is further away than the offsets are apart.
            is_full = true;
            end = end.min(local.saturating_add(offsets.apart() + SignedDuration::from_secs(1)));
        }
    }
    list.sort_by_key(|one| (one.nominal_at, one.local_time));
    cut(list, stretch.until, max)
}

/// Leaves out what is too much, and says from which instant on.
fn cut(mut list: Vec<Occurrence>, until: Timestamp, max: usize) -> Occurrences {
    let Some(first_out) = list.get(max) else {
        return Occurrences { list, until };
    };
    let until = first_out.nominal_at;
    let kept = list.partition_point(|one| one.nominal_at < until);
    list.truncate(kept);
    Occurrences { list, until }
}

/// The civil times of a pattern from `start` on. Ends where croner does: in the year 5000.
fn civil_times(
    pattern: &croner::Cron,
    start: civil::DateTime,
) -> impl Iterator<Item = civil::DateTime> {
    successors(pattern.find_next_occurrence(&start, true).ok(), |last| {
        pattern.find_next_occurrence(last, false).ok()
    })
}

/// Whether the pattern chooses no hours, so that it means every hour that happens.
fn holds_every_hour(pattern: &croner::Cron) -> bool {
    (0..24).all(|hour| pattern.pattern.hour_match(hour).unwrap_or(false))
}

/// None where the clock skips the time and the slot does not move; two where both folds count.
fn resolve(
    schedule: &Schedule,
    is_every_hour: bool,
    local_time: civil::DateTime,
) -> [Option<Occurrence>; 2] {
    let at = |offset: Offset, fold: Fold, clock: Clock| {
        // Fails only at the ends of time, where there is no such instant.
        let nominal_at = offset.to_timestamp(local_time).ok()?;
        Some(Occurrence { nominal_at, local_time, fold, clock })
    };
    match schedule.zone.to_ambiguous_timestamp(local_time).offset() {
        AmbiguousOffset::Unambiguous { offset } => [at(offset, Fold::First, Clock::Once), None],
        AmbiguousOffset::Gap { .. } if is_every_hour || schedule.skips_gaps => [None, None],
        AmbiguousOffset::Gap { before, after } => {
            let jump = SignedDuration::from_secs(i64::from(after.seconds() - before.seconds()));
            [at(before, Fold::First, Clock::Skips(local_time.saturating_add(jump))), None]
        }
        AmbiguousOffset::Fold { before, after } if is_every_hour => [
            at(before, Fold::First, Clock::TwiceBothCount),
            at(after, Fold::Second, Clock::TwiceBothCount),
        ],
        AmbiguousOffset::Fold { before, .. } => {
            [at(before, Fold::First, Clock::TwiceFirstCounts), None]
        }
    }
}

/// The least and the most offset that any civil time of a stretch can be resolved with.
struct Offsets {
    least: Offset,
    most: Offset,
}

impl Offsets {
    /// No clock ever jumped further: a day, where the date line moved.
    const JUMP_MAX: SignedDuration = SignedDuration::from_hours(25);

    /// A time in a gap is resolved with the offset before it, hence the look back.
    fn around(zone: &TimeZone, stretch: Stretch) -> Self {
        let start = stretch.from.checked_sub(Self::JUMP_MAX).unwrap_or(Timestamp::MIN);
        let first = zone.to_offset(start);
        zone.following(start)
            .take_while(|transition| transition.timestamp() < stretch.until)
            .map(|transition| transition.offset())
            .fold(Self { least: first, most: first }, |range, offset| Self {
                least: range.least.min(offset),
                most: range.most.max(offset),
            })
    }

    fn apart(&self) -> SignedDuration {
        SignedDuration::from_secs(i64::from(self.most.seconds() - self.least.seconds()))
    }
}

//! When a feed is asked again: as often as its operator allows, and never faster.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::ports::Wishes;
use crate::rules::chance;

/// How often a feed is asked where nobody says otherwise.
pub const INTERVAL_DEFAULT: SignedDuration = SignedDuration::from_mins(30);
/// No feed is asked more often.
pub const INTERVAL_MIN: SignedDuration = SignedDuration::from_mins(5);
/// And none less often, whatever its server wishes.
pub const INTERVAL_MAX: SignedDuration = SignedDuration::from_hours(24);
/// First step of the back-off.
const BACKOFF_BASE: SignedDuration = SignedDuration::from_mins(1);
/// Longest back-off.
const BACKOFF_MAX: SignedDuration = SignedDuration::from_hours(6);
/// So much of a wait is added at random, as a divisor: a thousand feeds must not be asked at once.
const SPREAD: i32 = 10;

/// After an answer: the configured `interval`, or longer if the feed wishes so.
pub fn after_answer(
    wishes: Wishes,
    interval: SignedDuration,
    now: Timestamp,
    seed: u64,
) -> Timestamp {
    let longest = [wishes.max_age, wishes.ttl].into_iter().flatten().map(signed).max();
    let wait = within(longest.map_or(interval, |longest| longest.max(interval)));
    now + (wait + chance::below(wait / SPREAD, seed)).min(INTERVAL_MAX)
}

/// After the `failures`-th failure in a row, from 1: twice as long each time, and not before the
/// server's own word.
pub fn after_failure(
    failures: u32,
    server_says: Option<Duration>,
    now: Timestamp,
    seed: u64,
) -> Timestamp {
    let doubled = BACKOFF_BASE.checked_mul(1 << failures.saturating_sub(1).min(10));
    let step = doubled.map_or(BACKOFF_MAX, |step| step.min(BACKOFF_MAX));
    let backoff = (step + chance::below(step / SPREAD, seed)).min(BACKOFF_MAX);
    let said = server_says.map(|wait| within(signed(wait)));
    now + said.map_or(backoff, |said| said.max(backoff))
}

fn within(wait: SignedDuration) -> SignedDuration {
    wait.clamp(INTERVAL_MIN, INTERVAL_MAX)
}

fn signed(wait: Duration) -> SignedDuration {
    SignedDuration::try_from(wait).unwrap_or(INTERVAL_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-23T09:00:00Z".parse().unwrap()
    }

    /// The shortest and the longest wait over many seeds, in minutes.
    fn range(next: impl Fn(u64) -> Timestamp) -> (i64, i64) {
        let waits: Vec<i64> =
            (0..300).map(|seed| next(seed).duration_since(now()).as_mins()).collect();
        (*waits.iter().min().unwrap(), *waits.iter().max().unwrap())
    }

    #[test]
    fn a_feed_is_asked_after_its_interval_or_when_it_wishes() {
        let mins = |mins: u64| Some(Duration::from_secs(mins * 60));
        for (max_age, ttl, interval, shortest, longest) in [
            (None, None, 30, 30, 32),
            (mins(1), mins(1), 30, 30, 32),
            (mins(120), None, 30, 120, 131),
            (None, mins(60), 30, 60, 65),
            (mins(60), mins(120), 30, 120, 131),
            (None, None, 1, 5, 5),
            (mins(100_000), None, 30, 1_440, 1_440),
            (Some(Duration::MAX), None, 30, 1_440, 1_440),
        ] {
            let wishes = Wishes { max_age, ttl };
            let interval = SignedDuration::from_mins(interval);
            let (least, most) = range(|seed| after_answer(wishes, interval, now(), seed));
            assert!(least >= shortest && most <= longest, "{wishes:?}: {least}..{most}");
        }
    }

    #[test]
    fn failures_wait_longer_each_time_up_to_six_hours() {
        for (failures, shortest, longest) in [
            (0, 1, 1),
            (1, 1, 1),
            (2, 2, 2),
            (5, 16, 17),
            (9, 256, 281),
            (10, 360, 360),
            (99, 360, 360),
        ] {
            let (least, most) = range(|seed| after_failure(failures, None, now(), seed));
            assert!(least >= shortest && most <= longest, "{failures}: {least}..{most}");
        }
    }

    #[test]
    fn the_servers_word_is_kept_within_reason() {
        let next = |secs| {
            let wait = after_failure(1, Some(Duration::from_secs(secs)), now(), 7);
            wait.duration_since(now()).as_mins()
        };
        assert_eq!((next(1), next(3_600), next(10_000_000)), (5, 60, 1_440));
    }
}

//! When to try again after a definite refusal. Ambiguous outcomes never come here: they are
//! reconciled, not retried.

use jiff::{SignedDuration, Timestamp};

use super::chance;

/// First step of the back-off towards X.
const BASE: SignedDuration = SignedDuration::from_secs(2);
/// Longest back-off towards X.
const CAP: SignedDuration = SignedDuration::from_mins(15);
/// X's reset times are believed up to this far ahead.
const RESET_TRUSTED_MAX: SignedDuration = SignedDuration::from_hours(24);
/// So much is added at random to a reset, so that a thousand bots do not come back at once.
const RESET_JITTER: SignedDuration = SignedDuration::from_secs(5);
/// A window that X does not date is waited for this long: X's windows are 15 minutes.
const WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// Full jitter: anything from one second to `min(15 min, 2 s · 2ⁿ)`, decided by `seed`, so that a
/// restart does not roll the dice again.
pub fn backoff(tries: u32, seed: u64) -> SignedDuration {
    let ceiling = BASE.checked_mul(1 << tries.min(10)).map_or(CAP, |step| step.min(CAP));
    SignedDuration::from_secs(1) + chance::below(ceiling, seed)
}

/// When X's window is open again, for a 429 that named `reset` or did not.
pub fn after_window(reset: Option<Timestamp>, now: Timestamp, seed: u64) -> Timestamp {
    let believed = match reset {
        Some(reset) if reset > now => reset.min(now + RESET_TRUSTED_MAX),
        // A reset in the past is a wrong clock on one side; the next try is soon but not at once.
        Some(_) => now + SignedDuration::from_mins(1),
        None => now + WINDOW,
    };
    believed + chance::below(RESET_JITTER, seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_back_off_grows_is_capped_and_is_the_same_after_a_restart() {
        for tries in 0..40 {
            let wait = backoff(tries, 7);
            assert!(
                wait >= SignedDuration::from_secs(1) && wait <= CAP + BASE,
                "{tries}: {wait:?}"
            );
            assert_eq!(wait, backoff(tries, 7));
        }
        let longest = |tries| (0..500).map(|seed| backoff(tries, seed)).max().unwrap();
        assert!(longest(0) < longest(4) && longest(4) < longest(9));
    }

    #[test]
    fn a_reset_is_obeyed_within_reason() {
        let now = at("2026-11-23T09:00:00Z");
        let within =
            |until: Timestamp, from: &str| until >= at(from) && until <= at(from) + RESET_JITTER;
        assert!(within(
            after_window(Some(at("2026-11-23T09:10:00Z")), now, 1),
            "2026-11-23T09:10:00Z"
        ));
        assert!(within(
            after_window(Some(at("2027-11-23T09:10:00Z")), now, 1),
            "2026-11-24T09:00:00Z"
        ));
        assert!(within(
            after_window(Some(at("2020-01-01T00:00:00Z")), now, 1),
            "2026-11-23T09:01:00Z"
        ));
        assert!(within(after_window(None, now, 1), "2026-11-23T09:15:00Z"));
    }
}

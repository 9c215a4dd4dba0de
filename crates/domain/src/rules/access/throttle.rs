//! How often somebody may try to log in.
//!
//! Each try takes from a few buckets that fill again with time: one of the network that it comes from,
//! and one of the account. A browser that has logged in before has a bucket of its own at the account,
//! so strangers who guess empty theirs and never the owner's ("device cookies", OWASP).

use jiff::{SignedDuration, Timestamp};

/// How large a bucket is and how fast it fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Tries at once.
    pub burst: i32,
    /// One more after each of these.
    pub refill: SignedDuration,
}

/// All strangers at one account: ten, then one in twelve seconds; 60 in ten minutes.
pub const STRANGERS: Pace = Pace { burst: 10, refill: SignedDuration::from_secs(12) };
/// A browser that was let in before.
pub const KNOWN: Pace = Pace { burst: 10, refill: SignedDuration::from_secs(6) };
/// Codes of the second factor, after a password that is right: with three codes valid at a time, a year of
/// guessing finds one in one of two accounts whose password is known.
pub const CODES: Pace = Pace { burst: 6, refill: SignedDuration::from_mins(2) };
/// A network, whatever the account.
pub const NETWORK: Pace = Pace { burst: 20, refill: SignedDuration::from_secs(10) };

/// Takes one try from a bucket that is full again at `full_at` (never before now, where nothing is
/// missing); the new time at which it is full. `Err` is when the next try may come.
pub fn take(
    pace: Pace,
    full_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<Timestamp, Timestamp> {
    let full_at = full_at.map_or(now, |at| at.max(now));
    let after = full_at + pace.refill;
    let latest = now + pace.refill * pace.burst;
    if after <= latest { Ok(after) } else { Err(now + after.duration_since(latest)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tries(pace: Pace, every: SignedDuration, times: u32) -> usize {
        let start = Timestamp::UNIX_EPOCH;
        let mut full_at = None;
        (0..times)
            .filter(|nth| {
                let now = start + every * i32::try_from(*nth).unwrap();
                match take(pace, full_at, now) {
                    Ok(after) => {
                        full_at = Some(after);
                        true
                    }
                    Err(again) => {
                        assert!(again > now);
                        false
                    }
                }
            })
            .count()
    }

    #[test]
    fn ten_thousand_guesses_in_ten_minutes_are_sixty() {
        let let_through = tries(STRANGERS, SignedDuration::from_millis(60), 10_000);
        assert!((50..=60).contains(&let_through), "{let_through}");
    }

    #[test]
    fn a_person_who_mistypes_is_not_stopped() {
        assert_eq!(tries(KNOWN, SignedDuration::from_secs(5), 8), 8);
        assert_eq!(tries(STRANGERS, SignedDuration::from_secs(15), 40), 40);
    }

    #[test]
    fn who_waits_as_told_is_let_through() {
        let now = Timestamp::UNIX_EPOCH;
        let full = now + STRANGERS.refill * STRANGERS.burst;
        let again = take(STRANGERS, Some(full), now).unwrap_err();
        assert!(take(STRANGERS, Some(full), again).is_ok());
    }
}

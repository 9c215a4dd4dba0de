//! Ids as X makes them: milliseconds since 2010-11-04 in the upper bits, growing always.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::model::XPostId;
use jiff::Timestamp;

const EPOCH_MS: i64 = 1_288_834_974_657;
const TIME_SHIFT: u32 = 22;

/// Hands out ids.
#[derive(Debug, Default)]
pub(crate) struct Snowflake {
    last: AtomicI64,
}

impl Snowflake {
    /// The next id. It carries `now` unless the clock went back or a millisecond overflowed; then
    /// it is one above the last, because X's ids never shrink.
    pub(crate) fn next(&self, now: Timestamp) -> XPostId {
        let fresh = (now.as_millisecond() - EPOCH_MS).max(1) << TIME_SHIFT;
        let before = self
            .last
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| Some(fresh.max(last + 1)))
            .unwrap_or_else(|last| last);
        id(fresh.max(before + 1))
    }
}

fn id(number: i64) -> XPostId {
    XPostId::try_from(number.to_string()).expect("a positive 64-bit number has 1 to 19 digits")
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn ids_carry_their_time_and_grow_even_when_the_clock_goes_back() {
        let flake = Snowflake::default();
        let now = testkit::at("2026-11-23T09:00:00Z");
        let first = flake.next(now);
        let second = flake.next(now);
        let third = flake.next(now - SignedDuration::from_secs(5));
        assert!(first < second && second < third);
        assert_eq!(first.created_at(), Some(now));
    }
}

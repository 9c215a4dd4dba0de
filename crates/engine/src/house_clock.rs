//! The clock of a house with several nodes: the server's, carried on between two questions by this
//! machine's monotonic clock.
//!
//! So it does not matter to anybody what time a node believes it is: slots are due, quiet time passes
//! and absence is voted on by one clock. A node whose own clock is far off is told of and sends
//! nothing new (`janitor`), because then nobody knows which of the two is wrong.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::ports::Clock;
use jiff::{SignedDuration, Timestamp};

/// An answer that took longer does not tell what time it is, if an earlier one does.
const ROUND_TRIP_MAX: Duration = Duration::from_secs(2);

/// Follows a server's clock, and until it hears of one is this machine's.
pub struct HouseClock {
    own: Arc<dyn Clock>,
    heard: Mutex<Option<Heard>>,
}

/// What the server said.
#[derive(Clone, Copy)]
struct Heard {
    theirs: Timestamp,
    /// When, by the monotonic clock.
    at: Duration,
}

impl HouseClock {
    /// A clock that stands on `own`.
    pub fn new(own: Arc<dyn Clock>) -> Self {
        Self { own, heard: Mutex::new(None) }
    }

    fn heard(&self) -> Option<Heard> {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for HouseClock {
    fn now(&self) -> Timestamp {
        let Some(Heard { theirs, at }) = self.heard() else { return self.own.now() };
        let since = self.own.monotonic().saturating_sub(at).as_millis();
        let since = SignedDuration::from_millis(i64::try_from(since).unwrap_or(i64::MAX));
        theirs.saturating_add(since).unwrap_or(Timestamp::MAX)
    }

    fn monotonic(&self) -> Duration {
        self.own.monotonic()
    }

    fn follow(&self, theirs: Timestamp, asked_at: Duration) -> SignedDuration {
        let off = self.own.now().duration_since(theirs).abs();
        let round_trip = self.own.monotonic().saturating_sub(asked_at);
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.is_none() || round_trip <= ROUND_TRIP_MAX {
            *heard = Some(Heard { theirs, at: asked_at + round_trip / 2 });
        }
        off
    }
}

#[cfg(test)]
mod tests {
    use testkit::{TestClock, at};

    use super::*;

    fn house() -> (TestClock, HouseClock) {
        let own = TestClock::at(at("2026-11-23T09:00:00Z"));
        let clock = HouseClock::new(Arc::new(own.clone()));
        (own, clock)
    }

    #[test]
    fn alone_it_is_this_machines_clock() {
        let (own, clock) = house();
        own.advance(SignedDuration::from_secs(3));
        assert_eq!(clock.now(), at("2026-11-23T09:00:03Z"));
    }

    #[test]
    fn it_goes_on_from_what_the_server_said_whatever_this_machine_believes() {
        let (own, clock) = house();
        let off = clock.follow(at("2026-11-23T09:05:00Z"), own.monotonic());
        assert_eq!(off, SignedDuration::from_mins(5));
        own.advance(SignedDuration::from_millis(1_500));
        own.step(SignedDuration::from_hours(-7));
        assert_eq!(clock.now(), at("2026-11-23T09:05:01.5Z"));
    }

    #[test]
    fn half_the_way_of_an_answer_is_added_and_a_slow_one_is_not_believed() {
        let (own, clock) = house();
        let asked_at = own.monotonic();
        own.advance(SignedDuration::from_millis(400));
        clock.follow(at("2026-11-23T09:00:10Z"), asked_at);
        assert_eq!(clock.now(), at("2026-11-23T09:00:10.2Z"));
        let asked_at = own.monotonic();
        own.advance(SignedDuration::from_secs(4));
        clock.follow(at("2026-11-23T11:00:00Z"), asked_at);
        assert_eq!(clock.now(), at("2026-11-23T09:00:14.2Z"));
    }
}

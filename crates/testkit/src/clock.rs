//! A clock that moves only when told.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use domain::ports::Clock;
use jiff::{SignedDuration, Timestamp};

/// Clones share their hands.
#[derive(Clone)]
pub struct TestClock {
    now_ms: Arc<AtomicI64>,
    /// How far the wall clock was stepped, which the monotonic one does not notice.
    stepped_ms: Arc<AtomicI64>,
}

impl TestClock {
    /// A clock that says `start`.
    pub fn at(start: Timestamp) -> Self {
        Self {
            now_ms: Arc::new(AtomicI64::new(start.as_millisecond())),
            stepped_ms: Arc::default(),
        }
    }

    /// Time passes.
    pub fn advance(&self, by: SignedDuration) {
        self.now_ms.fetch_add(millis(by), Ordering::SeqCst);
    }

    /// Somebody sets the wall clock; no time passes.
    pub fn step(&self, by: SignedDuration) {
        self.now_ms.fetch_add(millis(by), Ordering::SeqCst);
        self.stepped_ms.fetch_add(millis(by), Ordering::SeqCst);
    }
}

fn millis(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis())
        .expect("tests move the clock by less than 292 million years")
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now_ms.load(Ordering::SeqCst))
            .expect("a year before 10000")
    }

    /// It says what the test wants it to say, and nobody is off by that.
    fn follow(&self, _: Timestamp, _: Duration) -> SignedDuration {
        SignedDuration::ZERO
    }

    fn monotonic(&self) -> Duration {
        let passed = self.now_ms.load(Ordering::SeqCst) - self.stepped_ms.load(Ordering::SeqCst);
        Duration::from_millis(u64::try_from(passed).expect("tests run after 1970"))
    }
}

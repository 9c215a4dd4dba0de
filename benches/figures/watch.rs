//! The clock of the bench: the one file here that reads it.

use std::time::{Duration, Instant};

use domain::ports::Clock;
use jiff::Timestamp;

/// Now, for measuring.
#[expect(clippy::disallowed_methods, reason = "a bench measures")]
pub fn now() -> Instant {
    Instant::now()
}

/// Wall-clock time, for what other processes wrote down.
#[derive(Clone, Copy, Debug)]
pub struct WallClock;

impl Clock for WallClock {
    #[expect(clippy::disallowed_methods, reason = "a bench measures")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic(&self) -> Duration {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Duration::new(
            u64::try_from(time.tv_sec).unwrap_or_default(),
            u32::try_from(time.tv_nsec).unwrap_or_default(),
        )
    }
}

/// Wall-clock time in milliseconds.
pub fn wall_ms() -> i64 {
    WallClock.now().as_millisecond()
}

/// Waits.
pub fn rest(duration: Duration) {
    std::thread::sleep(duration);
}

//! The clock of this machine: the only file that reads it.

use std::time::Duration;

use domain::ports::Clock;
use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};

/// Wall-clock time, and time since the machine was started, suspends included.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        // Whole milliseconds, as the database keeps them: what was stored compares equal.
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    fn monotonic(&self) -> Duration {
        let time = clock_gettime(ClockId::Boottime);
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        let nanos = u32::try_from(time.tv_nsec).unwrap_or(0);
        Duration::new(seconds, nanos)
    }
}

/// Nanoseconds since 1970: spans are told finer than anything that is stored.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn nanos() -> u64 {
    u64::try_from(Timestamp::now().as_nanosecond()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on_in_whole_milliseconds() {
        let (clock, before) = (SystemClock, SystemClock.monotonic());
        assert_eq!(clock.now().subsec_nanosecond() % 1_000_000, 0);
        assert!(clock.monotonic() >= before);
    }
}

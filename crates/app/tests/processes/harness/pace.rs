//! Time, as tests of real processes need it: real, and bounded.

use std::time::{Duration, Instant};

/// Between two looks at something that another process does.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Now, for measuring how long something took.
#[expect(clippy::disallowed_methods, reason = "other processes keep real time")]
pub fn moment() -> Instant {
    Instant::now()
}

/// Now, in the milliseconds of the database.
#[expect(clippy::disallowed_methods, reason = "the node under test lives in real time")]
pub fn millis_now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// Waits so long.
pub fn pause(length: Duration) {
    std::thread::sleep(length);
}

/// Looks until there is something to see; after `secs` it fails and names what it waited for.
pub fn until<T>(what: &str, secs: u64, mut look: impl FnMut() -> Option<T>) -> T {
    let started = moment();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(started.elapsed() < Duration::from_secs(secs), "{secs} s passed without {what}");
        pause(LOOK_EVERY);
    }
}

//! What time it is.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// The only source of time. A tick reads it once and passes the value down.
pub trait Clock: Send + Sync {
    /// Wall-clock time in whole milliseconds, as the database stores it.
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment, counting suspends (Linux: `CLOCK_BOOTTIME`) and never going
    /// back: what a lease or a deadline is measured with.
    fn monotonic(&self) -> Duration;

    /// A server's clock said `theirs` in answer to a question asked at `asked_at` (monotonic), just
    /// now. A clock that follows the server's goes by it from here on; any other only compares.
    /// Returns how far this machine's own clock is from it.
    fn follow(&self, theirs: Timestamp, asked_at: Duration) -> SignedDuration {
        let _ = asked_at;
        self.now().duration_since(theirs).abs()
    }
}

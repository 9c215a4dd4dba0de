//! What time it is.

use std::time::Duration;

use jiff::Timestamp;

/// The only source of time. A tick reads it once and passes the value down.
pub trait Clock: Send + Sync {
    /// Wall-clock time in whole milliseconds, as the database stores it.
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment, counting suspends (Linux: `CLOCK_BOOTTIME`) and never going
    /// back: what a lease or a deadline is measured with.
    fn monotonic(&self) -> Duration;
}

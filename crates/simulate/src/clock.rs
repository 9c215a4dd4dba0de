//! Virtual time: one true clock, which the director moves, and for each node a wall clock of its own
//! that may be wrong. The monotonic one is the true one: no step of a wall clock moves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use domain::ports::Clock;
use jiff::Timestamp;

/// The true time; clones share it.
#[derive(Clone)]
pub(crate) struct TrueClock(Arc<AtomicI64>);

impl TrueClock {
    /// A clock that says so many milliseconds since 1970.
    pub(crate) fn at(millis: i64) -> Self {
        Self(Arc::new(AtomicI64::new(millis)))
    }

    /// Milliseconds since 1970.
    pub(crate) fn millis(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Time passes.
    pub(crate) fn set(&self, millis: i64) {
        self.0.store(millis, Ordering::Relaxed);
    }
}

impl Clock for TrueClock {
    fn now(&self) -> Timestamp {
        stamp(self.millis())
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.millis().unsigned_abs())
    }
}

/// The clock of one node's machine; clones share it.
#[derive(Clone)]
pub(crate) struct NodeClock {
    truth: TrueClock,
    off: Arc<AtomicI64>,
}

impl NodeClock {
    /// A clock that is so many milliseconds ahead.
    pub(crate) fn new(truth: TrueClock, off: i64) -> Self {
        Self { truth, off: Arc::new(AtomicI64::new(off)) }
    }

    /// How far it is ahead of the truth.
    pub(crate) fn off(&self) -> i64 {
        self.off.load(Ordering::Relaxed)
    }

    /// Somebody sets it: so far ahead from now on.
    pub(crate) fn set_off(&self, off: i64) {
        self.off.store(off, Ordering::Relaxed);
    }

    /// What it says, in milliseconds.
    pub(crate) fn millis(&self) -> i64 {
        self.truth.millis() + self.off()
    }
}

impl Clock for NodeClock {
    fn now(&self) -> Timestamp {
        stamp(self.millis())
    }

    fn monotonic(&self) -> Duration {
        self.truth.monotonic()
    }
}

/// A time of a run.
pub(crate) fn stamp(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).expect("a run lasts some days of this century")
}

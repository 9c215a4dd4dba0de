//! What a run takes of the machine: processor time of all its threads. The one thing here that is not
//! virtual, and nothing is decided by it.

use rustix::time::{ClockId, clock_gettime};

/// Started when made.
pub(crate) struct Stopwatch {
    began: f64,
}

impl Stopwatch {
    /// From now on.
    pub(crate) fn start() -> Self {
        Self { began: processor_seconds() }
    }

    /// Processor seconds since.
    pub(crate) fn seconds(&self) -> f64 {
        processor_seconds() - self.began
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds and fractions of a process")]
fn processor_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

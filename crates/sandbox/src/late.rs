//! Requests whose connection is gone and which X will take later. Nothing runs in the background:
//! the world looks here first whenever it is asked anything, so a virtual clock works as a real one.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::account::Account;
use crate::faults::SendFault;
use crate::send::Draft;

/// Requests that may wait; beyond that the newest is lost, as under load.
const LATE_MAX: usize = 10_000;

/// A request that X will take at its time.
pub(crate) struct Late {
    pub(crate) account: Arc<Account>,
    pub(crate) draft: Draft,
    pub(crate) fault: SendFault,
}

/// Ordered by time, then by arrival.
#[derive(Default)]
pub(crate) struct LateQueue {
    waiting: BTreeMap<(Timestamp, u64), Late>,
    arrivals: u64,
}

impl LateQueue {
    pub(crate) fn push(&mut self, due: Timestamp, late: Late) {
        if self.waiting.len() < LATE_MAX {
            self.arrivals += 1;
            self.waiting.insert((due, self.arrivals), late);
        }
    }

    /// The next one that is due.
    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<(Timestamp, Late)> {
        let first = self.waiting.first_entry()?;
        let due = first.key().0;
        (due <= now).then(|| (due, first.remove()))
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }
}

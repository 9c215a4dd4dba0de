//! How long steps take. Mostly nothing; but now and then other tasks come first, or time passes, between any
//! two steps of a node: then others do something meanwhile, and a node that stands still stands there.

use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::Poll;

use crate::dice::Dice;
use crate::executor::Timers;
use crate::history::Chronicle;

/// Milliseconds that a slow step takes; at 0 others come first.
const SLOW_MS: [i64; 6] = [0, 0, 3, 60, 900, 6_000];

/// The pace of one node.
pub(crate) struct Pace {
    timers: Timers,
    chronicle: Chronicle,
    dice: Mutex<Dice>,
    /// So many of a thousand steps are slow.
    per_mille: u64,
}

impl Pace {
    /// With these dice.
    pub(crate) fn new(timers: Timers, chronicle: Chronicle, dice: Dice, per_mille: u64) -> Self {
        Self { timers, chronicle, dice: Mutex::new(dice), per_mille }
    }

    /// As long as this step takes.
    pub(super) async fn pass(&self) {
        match self.slow() {
            None => {}
            Some(0) => others_first().await,
            Some(ms) => self.timers.wait(ms).await,
        }
    }

    fn slow(&self) -> Option<i64> {
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        let is_slow = self.per_mille > 0 && dice.falls(self.per_mille);
        is_slow.then(|| {
            self.chronicle.count("step took its time");
            *dice.one(&SLOW_MS)
        })
    }
}

/// Goes to the end of the line once.
async fn others_first() {
    let mut has_waited = false;
    let once = std::future::poll_fn(|context| {
        if std::mem::replace(&mut has_waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    });
    pin!(once).await;
}

//! Whether a node lives. A fuse counts the awaits that it still has: at the last one it is dead, and
//! nothing that it does reaches anybody any more.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use super::Pace;

/// One life of one process.
pub(crate) struct Life {
    is_dead: AtomicBool,
    /// Awaits until it dies; negative: it does not.
    fuse: AtomicI64,
    pace: Pace,
}

impl Life {
    /// One that just began.
    pub(crate) fn new(pace: Pace) -> Self {
        Self { is_dead: AtomicBool::new(false), fuse: AtomicI64::new(-1), pace }
    }

    /// It dies at its `awaits`-th await from here.
    pub(crate) fn light(&self, awaits: i64) {
        self.fuse.store(awaits, Ordering::Relaxed);
    }

    /// It dies now.
    pub(crate) fn end(&self) {
        self.is_dead.store(true, Ordering::Relaxed);
    }

    /// Whether it is dead.
    pub(crate) fn is_over(&self) -> bool {
        self.is_dead.load(Ordering::Relaxed)
    }

    /// An await at which it may die, or take its time.
    pub(crate) async fn point(&self) {
        self.survive().await;
        self.pace.pass().await;
    }

    /// An await at which it may die. A dead node waits here for ever, until its tasks are dropped.
    pub(crate) async fn survive(&self) {
        let left = self.fuse.load(Ordering::Relaxed);
        if left == 0 {
            self.end();
        } else if left > 0 {
            self.fuse.store(left - 1, Ordering::Relaxed);
        }
        if self.is_over() {
            std::future::pending::<()>().await;
        }
    }
}

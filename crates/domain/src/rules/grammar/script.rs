//! Every way through a grammar in turn, like the wheels of a counter.

use super::writing::Decide;

/// Decisions that are given, and then the first of each kind.
#[derive(Default)]
pub(super) struct Script {
    /// What was decided, and among how many.
    decisions: Vec<(usize, usize)>,
    next: usize,
}

impl Script {
    /// Makes the next way of it, or says that this was the last.
    pub(super) fn turn(&mut self) -> bool {
        self.decisions.truncate(self.next);
        self.next = 0;
        while let Some((decided, count)) = self.decisions.pop() {
            if decided + 1 < count {
                self.decisions.push((decided + 1, count));
                return true;
            }
        }
        false
    }
}

impl Decide for Script {
    fn decide(&mut self, count: usize) -> usize {
        if self.next == self.decisions.len() {
            self.decisions.push((0, count));
        }
        let (decided, _) = self.decisions[self.next];
        self.next += 1;
        decided
    }
}

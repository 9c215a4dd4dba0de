//! The way from each node to X.

use std::sync::{Mutex, PoisonError};

use crate::executor::Owner;

/// Until when each node does not reach X, in true time.
#[derive(Default)]
pub(crate) struct Roads(Mutex<Vec<i64>>);

impl Roads {
    /// Of so many nodes.
    pub(crate) fn new(nodes: usize) -> Self {
        Self(Mutex::new(vec![0; nodes]))
    }

    /// X is not reached until then, from that node or from any.
    pub(crate) fn cut(&self, node: Option<Owner>, until: i64) {
        let mut cut = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (owner, one) in cut.iter_mut().enumerate() {
            if node.is_none_or(|node| node == owner) {
                *one = until;
            }
        }
    }

    /// Whether a node does not reach X.
    pub(crate) fn is_cut(&self, node: Owner, now: i64) -> bool {
        let cut = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cut.get(node).is_some_and(|until| now < *until)
    }
}

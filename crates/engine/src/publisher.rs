//! S1 to S7: a due slot becomes a post on X, once.
//!
//! [`prepare`] claims, asks the gate and stores the intents, in two transactions for a whole batch;
//! [`deliver`] sends in parallel and stores the outcomes in groups. A crash between any two calls
//! leaves rows from which [`crate::reconciler`] finds out what happened.

mod deliver;
mod look;
mod pages;
mod prepare;
mod record;

use domain::model::AttemptId;
use domain::ports::store::{DueSlot, Settlement, Spend};
use jiff::Timestamp;

pub use deliver::Delivery;
pub(crate) use pages::{Account, PAGES_MAX, account_spend};
pub(crate) use prepare::STRANGER_WAIT;
pub(crate) use record::Outcomes;

/// A send whose intent is stored.
pub(crate) struct Ready {
    pub(crate) due: DueSlot,
    pub(crate) version: i64,
    pub(crate) attempt: AttemptId,
    pub(crate) send_by: Timestamp,
    /// What looking first cost.
    pub(crate) spent: Vec<Spend>,
}

/// A claimed slot whose look found nothing in the way; its intent is not stored yet.
struct Cleared {
    due: DueSlot,
    spent: Vec<Spend>,
}

/// What a look or a send comes to.
enum Step {
    /// An outcome, to be stored.
    Ended(Settlement),
    /// An intent, to be stored.
    Clear(Cleared),
}

/// What [`crate::Engine::prepare`] hands to [`crate::Engine::deliver`].
#[derive(Default)]
pub struct Batch {
    /// Sends whose intent is stored.
    pub(crate) ready: Vec<Ready>,
    /// Claimed slots whose bot's timeline must be read before an intent may be stored.
    pub(crate) look_first: Vec<DueSlot>,
    /// Slots claimed, whatever became of them.
    claimed: usize,
}

impl Batch {
    /// Whether there is nothing to deliver.
    pub fn is_empty(&self) -> bool {
        self.ready.is_empty() && self.look_first.is_empty()
    }

    /// Sends and looks to come.
    pub fn len(&self) -> usize {
        self.ready.len() + self.look_first.len()
    }

    /// Slots that were claimed: more than zero means that another batch may be waiting.
    pub fn claimed(&self) -> usize {
        self.claimed
    }
}

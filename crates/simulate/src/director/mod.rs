//! Drives an episode: moves the clock from one thing to the next, starts what a node would do then, and
//! lets happen what the plan says.
//!
//! It stands in for the runner, which sleeps and starts tasks of tokio: the same ticks in the same
//! order, but each at a moment that the seed decides.

mod approvals;
mod chaos;
mod drive;
mod node;
mod scribe;
mod settle;
mod stage;
mod visit;

pub(crate) use drive::play_out;
pub(crate) use scribe::Scribe;
pub(crate) use stage::Outcome;

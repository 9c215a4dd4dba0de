//! The judge. It knows the protocol's invariants and nothing of the engine: it is told what happened,
//! compares it with what X really has and with what the database says, and objects.
//!
//! I4, the budget, is not judged here: the races of the conformance suite and the books of the scenarios hold it.

mod accepted;
mod audit;
mod books;
mod judge;
mod looks;
mod sends;
#[cfg(test)]
mod tests;
mod violation;

pub(crate) use books::{Books, ExpectedSlot, SlotRow};
pub(crate) use judge::{Judge, Protocol};
pub use violation::Violation;

//! The judge. It knows the protocol's invariants and nothing of the engine: it is told what happened,
//! compares it with what X really has and with what the database says, and objects.

mod accepted;
mod audit;
mod books;
mod judge;
mod looks;
mod money;
mod sends;
#[cfg(test)]
mod tests;
mod violation;

pub(crate) use books::{Books, ExpectedSlot, SlotRow};
pub(crate) use judge::{Judge, Protocol};
pub(crate) use money::{CapsOver, LedgerRow};
pub use violation::Violation;

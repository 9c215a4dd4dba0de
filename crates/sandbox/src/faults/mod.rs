//! What can go wrong, and how a person or a test asks for it: once ("the next send"), or as a rate.

mod desk;
mod kinds;

pub(crate) use desk::FaultDesks;
pub use desk::{FaultOrder, FaultRates, Waiting};
pub use kinds::{BulkFault, ModelFault, ModerationFault, ReadFault, SendFault};

//! The fake model: reads what is wished, writes varied posts, and fails in the ways that models do.

mod ask;
mod pen;
mod prose;
mod reply;
#[cfg(test)]
mod tests;

pub(crate) use ask::Ask;
pub(crate) use pen::Pens;
pub(crate) use reply::{Failure, ModelOutcome, ModelReply, Written};

/// The id under which the model presents itself.
pub(crate) const MODEL_ID: &str = "sandbox-1";

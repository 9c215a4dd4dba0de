//! Alerts: what is worth news ([`facts`] → [`assess()`]), what to do about it ([`ways`]), whether it is
//! news ([`follow()`]), how several become one message ([`message`]), and how often a delivery that fails is
//! tried again ([`courier`]).

mod assess;
pub mod courier;
pub mod envelope;
mod facts;
mod follow;
mod machine;
pub mod message;
mod ways;

#[cfg(test)]
mod tests;

pub use assess::{MOMENT, assess_house};
pub use facts::{DiskSpace, HouseFacts, Missed, NodeFacts, Runway, SecurityLine, TroubledTarget};
pub use follow::{Change, REPEAT_DEFAULT, SUBJECTS_MAX, follow};
pub use machine::assess_node;
pub use ways::{Scope, Way, way};

//! What Flockwork knows: the nouns ([`model`]), the decisions ([`rules`]) and what it needs
//! from outside ([`ports`]).
//!
//! Nothing in this crate does I/O, starts a task, reads a clock, the environment or randomness.
//! A decision is a function of its arguments, so a table of cases can test it.

pub mod model;
pub mod ports;
pub mod rules;

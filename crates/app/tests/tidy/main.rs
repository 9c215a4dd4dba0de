//! Style as an ordinary test: the promises that neither the compiler nor clippy keeps.
//!
//! Each rule is a pure function from texts to findings, and a test plants a fault to prove that it
//! is found. A failure lists everything that breaks the rule at once: file, line, what to do.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod browser;
mod crates;
mod documents;
mod finding;
mod log;
mod monitors;
mod pages;
mod proof;
mod readme;
mod reference;
mod sources;
mod sql;
mod tree;

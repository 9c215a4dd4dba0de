//! The outside world over HTTP: X ([`x`]) and OpenAI-compatible models ([`llm`]).
//!
//! [`http`] builds the one HTTP client of the program and decides what a broken connection means:
//! *no byte was written* or *lost*. Everything above it turns whole answers into the words of
//! `domain::ports`. Wire structures stay private to this crate.

mod base_url;
#[cfg(test)]
mod fake;
pub mod http;
pub mod llm;
mod redact;
pub mod x;

pub use base_url::{BaseUrl, BaseUrlError};

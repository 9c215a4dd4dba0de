//! The outside world over HTTP: X ([`x`]), OpenAI-compatible models ([`llm`]), feeds of strangers
//! ([`feeds`]), those who are told things ([`notify`]), and whoever collects traces ([`collector`]).
//!
//! [`http`] builds the one HTTP client of the program and decides what a broken connection means:
//! *no byte was written* or *lost*. Everything above it turns whole answers into the words of
//! `domain::ports`. Wire structures stay private to this crate.

mod base_url;
pub mod collector;
#[cfg(test)]
mod fake;
pub mod feeds;
pub mod http;
pub mod llm;
pub mod notify;
mod redact;
mod retry_after;
pub mod x;

pub use base_url::{BaseUrl, BaseUrlError};

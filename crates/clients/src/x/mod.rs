//! X's API v2 as one bot uses it: post, whose token is this, what stands on its timeline.
//!
//! [`XClient`] implements `domain::ports::XApi`. Every call goes through one function that signs
//! and sends; each answer is read leniently, because X's error shapes and field names changed
//! without notice more than once. What an answer *means* is decided in `domain::rules::classify`.

mod accounts;
mod client;
mod kept;
mod limits;
mod me;
mod problem;
mod publish;
mod read;
mod sign;
mod timeline;
mod wire;

#[cfg(test)]
mod spec;
#[cfg(test)]
mod stage;

pub use accounts::Accounts;
pub use client::{FindKeys, XClient, XSettings};
pub use timeline::FieldSpelling;

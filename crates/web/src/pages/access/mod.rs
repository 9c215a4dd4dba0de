//! Coming in, the own account, and who else may come in.

pub(super) mod account;
mod device;
pub(super) mod log;
pub(crate) mod login;
pub(super) mod people;
pub(super) mod prove;
pub(super) mod second;
pub(super) mod tokens;
pub(crate) mod welcome;
mod words;

use words::{ago, sentence};

//! The bots that are declared outside the dashboard: one by the environment, any number by files.

mod credentials;
mod declared;
mod environment;
mod feeds;
mod file;
mod grammar;
mod persona;
mod review;
mod schedule;
mod topics;

pub(super) use credentials::CREDENTIAL_SETTINGS;
pub use declared::DeclaredBot;
pub(super) use declared::{bot_files, read_bots};
pub(super) use environment::{BOT_SETTINGS, NAME as BOT_NAME};

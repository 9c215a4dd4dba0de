//! The bots that are declared outside the dashboard, one by the environment and any number by files; and
//! how the dashboard's are read.

mod credentials;
mod declared;
mod declarer;
mod environment;
mod feeds;
mod file;
mod form;
mod grammar;
mod persona;
mod review;
mod schedule;
mod topics;

pub(super) use credentials::CREDENTIAL_SETTINGS;
pub use declared::DeclaredBot;
pub(super) use declared::{bot_files, read_bots};
pub use declarer::Dashboard;
pub(super) use declarer::Target;
pub(super) use environment::{BOT_SETTINGS, NAME as BOT_NAME};

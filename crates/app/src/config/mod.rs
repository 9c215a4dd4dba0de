//! What the operator decided. The only reader of the environment and of configuration files.
//!
//! Everything is parsed once, into domain types, and every problem of every source is collected
//! before anything is said, so that one start names all there is to mend. A setting is one constant
//! (its variable, its place in the file, its default, what it means), from which the reading, the
//! example file and `flockwork config show` follow.

mod alerts;
mod backup;
mod bots;
mod budget;
mod database;
mod document;
mod environment;
mod example;
mod feeds;
mod folder;
mod keys;
mod limits;
mod load;
mod logging;
mod mode;
mod model;
mod moderation;
mod parse;
mod problem;
mod publish;
mod reference;
mod server;
mod setting;
mod show;
mod sources;
mod suggest;
mod traces;
mod x;

#[cfg(test)]
mod tests;

pub use bots::{Dashboard, DeclaredBot};
pub use database::DatabaseLocation;
pub use environment::Environment;
pub use example::example;
pub use keys::Keys;
pub use limits::Limits;
pub use load::{Config, Loaded, bots_dir, server_address};
pub use logging::{LogFiles, LogFormat, Logging};
pub use problem::{Place, Problems};
pub use reference::reference;
pub use traces::{Sampler, Tracing};

//! The built binary, as a person and a script meet it: what it says and how it ends.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod apply;
mod approvals;
mod attention;
mod backups;
mod config;
mod databases;
mod evergreens;
mod feeds;
mod grammar;
mod health;
mod import;
mod keys;
mod lint;
mod log;
mod migrate_store;
mod moderation;
mod orders;
mod place;
mod queue;
mod schedule;
mod sealed;
mod usage;
mod users;

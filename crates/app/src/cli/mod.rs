//! The command line: what can be asked ([`args`]), and a file for each command that answers.
//!
//! Commands beside the node never talk to X; they read rows and write rows, and the engine acts at its
//! next tick. `doctor` is the exception: asking X is its whole point.

mod alerts;
mod apply;
mod approvals;
mod args;
mod ask;
mod attention;
mod audit;
mod backup;
mod bot;
mod check;
mod completions;
mod config;
mod context;
mod costs;
mod credentials;
mod doctor;
mod export;
mod feeds;
mod generate;
mod go_live;
mod grammar;
mod health;
mod import;
mod key;
mod lines;
mod lint;
mod migrate_store;
mod post;
mod queue;
mod reference;
mod restore;
mod review;
mod rows;
mod run;
mod sandbox;
mod schedule;
mod second_reader;
mod stats;
mod users;
mod words;

pub use backup::tidy_drill;
pub use run::run;

//! All of the `flockwork` binary: command line, configuration, wiring. A library, so that a binary
//! for drills can be the same program with other ports.
#![expect(
    unreachable_pub,
    reason = "only what stands at the end of this file leaves this crate; `pub` marks what a module offers the others"
)]

mod adapters;
mod cli;
mod clock;
mod config;
mod demo;
mod disks;
mod escape;
mod exit;
mod grammar_file;
mod grammars;
mod harden;
mod lifecycle;
mod listen;
mod machine;
mod off_site;
mod output;
mod serve;
mod supervisor;
mod telemetry;
mod unlock;
mod wire;

pub use cli::run;
pub use config::{Environment, Loaded};
pub use wire::{Dress, Parts};

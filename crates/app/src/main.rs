//! The `flockwork` binary: command line, configuration, wiring.
#![expect(
    unreachable_pub,
    reason = "nothing outside reaches into a binary; `pub` marks what a module offers the others"
)]

mod adapters;
mod cli;
mod clock;
mod config;
mod demo;
mod escape;
mod exit;
mod harden;
mod lifecycle;
mod listen;
mod output;
mod serve;
mod telemetry;
mod wire;

fn main() -> std::process::ExitCode {
    cli::run()
}

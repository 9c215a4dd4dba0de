//! The real binary, from outside: other processes, real time, real signals. What a promise needs of
//! exact timing is proven in `scenarios`; here is shown that the parts are put together right.

#![expect(
    unreachable_pub,
    reason = "nothing outside reaches into a test; `pub` marks what a module offers the others"
)]

/// The binary under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_flockwork");

mod changes;
mod disk;
mod doors;
mod exactly_once;
mod failover;
mod flood;
mod harness;
mod heartbeat;
mod life;
mod log;
mod mail;
mod many_nodes;
mod memory;
mod monitors;
mod one_file;
mod oracle_objects;
mod partition;
mod postgres;
mod rolling;
mod secrets;
mod set_back;
mod slow_x;
mod stopping;
mod supervised;
mod syscalls;
mod telling;
mod traces;
mod two_nodes;

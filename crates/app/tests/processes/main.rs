//! The real binary, from outside: other processes, real time, real signals. What a promise needs of
//! exact timing is proven in `scenarios`; here is shown that the parts are put together right.

#![expect(
    unreachable_pub,
    reason = "nothing outside reaches into a test; `pub` marks what a module offers the others"
)]

mod doors;
mod exactly_once;
mod harness;
mod life;
mod one_file;
mod oracle_objects;
mod postgres;
mod slow_x;
mod stopping;

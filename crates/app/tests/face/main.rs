//! The pages and the API as people and programs use them: the router of `web` on a real database.

#![expect(
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test says by panicking what it did not find, and nothing outside reaches into it"
)]

mod approving;
mod calendar;
mod coming_in;
mod finding;
mod house;
mod journey;
mod ordering;
mod queueing;
mod rights;
mod sandbox_page;
mod second_factor;
mod sessions;
mod stories;
mod tokens;

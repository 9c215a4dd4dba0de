//! The pages and the API as people and programs use them: the router of `web` on a real database.

#![expect(
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test says by panicking what it did not find, and nothing outside reaches into it"
)]

mod alerts;
mod api;
mod approving;
mod bots;
mod calendar;
mod coming_in;
mod credentials;
mod figures;
mod finding;
mod first;
mod house;
mod journey;
mod making;
mod nodes;
mod ordering;
mod queueing;
mod refusals;
mod rights;
mod sandbox_page;
mod second_factor;
mod sessions;
mod stories;
mod tokens;
mod trying;

//! The router in-process: what each address answers, and what it never does.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

#[path = "../common/mod.rs"]
mod common;
mod site;

mod api;
mod guards;
mod health;
mod live;
mod metrics;
mod pages;

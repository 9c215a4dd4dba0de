//! The promises, each as a story: a file a promise. The world is real but for X and the clock.

#![expect(
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test says by panicking what it did not find, and nothing outside reaches into it"
)]

mod alerts;
mod approvals;
mod attention;
mod audit;
mod bulk;
mod clocks;
mod crash;
mod database;
mod duplicate;
mod evergreens;
mod feeds;
mod history;
mod keys;
mod ladder;
mod lateness;
mod looks;
mod lost_answer;
mod moderation;
mod money;
mod moving;
mod near;
mod outage;
mod queue;
mod refusal;
mod restores;
mod spread;
mod try_outs;
mod world;

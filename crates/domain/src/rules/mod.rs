//! What is decided. A step a file; every function is pure.

pub mod attention;
pub mod audit;
pub mod backups;
pub mod breaker;
pub mod budget;
pub mod chance;
pub mod changes;
pub mod classify;
pub mod cost;
pub mod demand;
pub mod feed;
pub mod forecast;
pub mod gate;
pub mod grammar;
pub mod ladder;
pub mod lifecycle;
pub mod outcome;
pub mod pick;
pub mod plan;
pub mod prompt;
pub mod reconcile;
pub mod retry;
pub mod review;
pub mod spread;
pub mod subject;
pub mod unreadable;

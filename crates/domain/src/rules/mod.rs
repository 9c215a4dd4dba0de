//! What is decided. A step a file; every function is pure.

pub mod approval;
pub mod attention;
pub mod audit;
pub mod backups;
pub mod breaker;
pub mod chance;
pub mod classify;
pub mod cost;
pub mod demand;
pub mod feed;
pub mod gate;
pub mod grammar;
pub mod lifecycle;
pub mod outcome;
pub mod pick;
pub mod plan;
pub mod prompt;
pub mod reconcile;
pub mod restriction;
pub mod retry;
pub mod review;
pub mod unreadable;
pub mod warm_up;

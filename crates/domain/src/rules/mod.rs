//! What is decided. A step a file; every function is pure.

pub mod chance;
pub mod classify;
pub mod gate;
pub mod lifecycle;
pub mod outcome;
pub mod prompt;
pub mod reconcile;
pub mod retry;

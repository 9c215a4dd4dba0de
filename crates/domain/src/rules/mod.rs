//! What is decided. A step a file; every function is pure.

pub mod prompt;

//! Who is let in, how often one may try, and whether what was kept of it is whole.

pub mod chain;
pub mod throttle;

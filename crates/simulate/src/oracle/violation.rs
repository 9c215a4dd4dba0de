//! An objection.

use std::fmt;

/// What was broken, where and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The invariant or the step of the protocol.
    pub rule: &'static str,
    /// True time, in milliseconds.
    pub at: i64,
    /// Whose slot it is about.
    pub bot: String,
    /// What happened.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} broken by @{}: {}", self.rule, self.bot, self.what)
    }
}

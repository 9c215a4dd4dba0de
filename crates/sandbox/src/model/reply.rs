//! What the model answers, before a door turns it into bytes or into the words of a port.

use std::time::Duration;

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ModelReply {
    pub(crate) outcome: ModelOutcome,
    /// How long it takes.
    pub(crate) slowness: Duration,
}

/// What it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ModelOutcome {
    Written(Written),
    /// The model says why it will not.
    Declined(String),
    Failed(Failure),
    /// The connection ends without an answer.
    Closed,
}

/// A message with content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// What should be JSON.
    pub(crate) content: String,
    /// `finish_reason` is `length`.
    pub(crate) is_cut: bool,
    /// Unknown fields, no usage.
    pub(crate) is_odd: bool,
    pub(crate) prompt_tokens: u64,
    pub(crate) completion_tokens: u64,
}

/// An error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) status: u16,
    pub(crate) kind: &'static str,
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
    pub(crate) retry_after_secs: Option<u32>,
}

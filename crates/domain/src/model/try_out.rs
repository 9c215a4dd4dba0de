//! A try-out: texts that a person asks for to see what a persona writes.

use serde::{Deserialize, Serialize};

use super::words::words;

/// Number of a try-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TryOutId(pub i64);

words! {
    /// How far it is.
    TryOutState {
        /// Nobody has begun.
        Asked = "asked": "it waits for a node",
        /// A node has it in its hands.
        Writing = "writing": "it is being written",
        /// It is there.
        Written = "written": "it is written",
        /// It will not come.
        GivenUp = "given_up": "it was given up",
    }
}

/// A text, and what review says of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriedText {
    /// The text as it would go out.
    pub text: String,
    /// On what.
    pub topic: Option<String>,
    /// Everything that speaks against it.
    pub findings: Vec<TriedFinding>,
}

/// Something that speaks against a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriedFinding {
    /// The rule's id.
    pub rule: String,
    /// In one sentence.
    pub message: String,
    /// It stops the text, whatever a person says.
    pub blocks: bool,
}

//! What a generator hands over, before review.

use std::sync::Arc;

use super::MicroUsd;

/// Raw text from a generator or an import. Only review turns it into a post.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    /// The text as it came.
    pub text: String,
    /// The topic it was asked for; `None` when the source has none.
    pub topic: Option<String>,
    /// The side of the topic it was asked to take; `None` where none was asked for, or the writer
    /// takes no heed of it.
    pub angle: Option<String>,
    /// The form it was asked to have, likewise.
    pub format: Option<String>,
    /// What the model was asked for it, where that is not what it was asked for the batch.
    pub asked: Option<Arc<str>>,
}

/// Who wrote, where no model did.
pub const GRAMMAR: &str = "grammar";

/// What a batch of candidates took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GenerationUsage {
    /// The model's id as the server named it, or `grammar`.
    pub model: String,
    /// Tokens of the request, those read from the server's cache included.
    pub prompt_tokens: u64,
    /// Of `prompt_tokens`, those the server had cached.
    pub cached_tokens: u64,
    /// Tokens of the answer, reasoning included.
    pub completion_tokens: u64,
    /// The server's own figure where it gives one; else priced by `rules::cost`.
    pub cost: Option<MicroUsd>,
}

impl GenerationUsage {
    /// All tokens that were counted.
    pub fn total_tokens(&self) -> u64 {
        self.prompt_tokens.saturating_add(self.completion_tokens)
    }
}

//! What a model is asked.

/// A request in words, and the shape of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// Who speaks and the standing rules; the same for every batch, so that servers can cache it.
    pub system: String,
    /// What is wanted this time.
    pub user: String,
    /// JSON schema of the answer: an object with `posts`, a list of `{topic, text}`.
    pub schema: serde_json::Value,
    /// Most tokens the answer may take.
    pub completion_tokens_max: u32,
}

//! Who writes candidates: a model, or the grammar.

use std::time::Duration;

use async_trait::async_trait;

use jiff::Timestamp;

use crate::model::{BotId, Candidate, GenerationUsage, MicroUsd, Persona};
use crate::rules::prompt::Prompt;

/// So many candidates on this topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicWish {
    /// The topic.
    pub topic: String,
    /// The side of it to take; `None` leaves that to the writer.
    pub angle: Option<String>,
    /// The form to give it, likewise.
    pub format: Option<String>,
    /// How many; at least 1.
    pub count: u32,
}

impl TopicWish {
    /// So many on this topic, from whatever side and in whatever form.
    pub fn on(topic: impl Into<String>, count: u32) -> Self {
        Self { topic: topic.into(), angle: None, format: None, count }
    }
}

/// One batch to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteRequest {
    /// For whom.
    pub bot: BotId,
    /// In whose voice.
    pub persona: Persona,
    /// On what.
    pub wishes: Vec<TopicWish>,
    /// The same, said to a model.
    pub prompt: Prompt,
    /// Decides every choice that a generator without a model makes.
    pub seed: u64,
    /// Little money is left: the cheaper of two models, where there are two.
    pub is_thrifty: bool,
    /// The queue is nearly empty: whoever can write must.
    pub is_urgent: bool,
    /// Only who reads the prompt can write this: it is about something that stands in it.
    pub needs_model: bool,
}

/// One of several writers that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Its name.
    pub writer: String,
    /// Why it did not write, in one sentence; `None` for the one that did.
    pub error: Option<String>,
}

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteAnswer {
    /// The candidates, not reviewed.
    pub candidates: Vec<Candidate>,
    /// What they took.
    pub usage: GenerationUsage,
    /// What may be billed beside that: the most that requests cost which brought nothing.
    pub lost: MicroUsd,
    /// Who was asked for them, the one that wrote last; empty where there is but one writer.
    pub tried: Vec<Tried>,
}

/// Why nothing came back. Each variant is a different thing to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriterError {
    /// Too many requests; `after` is the server's own word on when to come back.
    #[error("the model server asks us to wait")]
    RateLimited {
        /// How long, if it said so.
        after: Option<Duration>,
    },
    /// No credit, or a spending limit was reached: a retry cannot help.
    #[error("the model account has no credit left: {0}")]
    OutOfCredit(String),
    /// The key is not accepted.
    #[error("the model server does not accept OPENAI_API_KEY: {0}")]
    Unauthorized(String),
    /// The request itself is wrong: an unknown model, a parameter the server refuses.
    #[error("the model server refuses the request: {0}")]
    BadRequest(String),
    /// The model declined to write this.
    #[error("the model declined: {0}")]
    Refused(String),
    /// An answer came that holds no candidates.
    #[error("the model's answer is unusable: {0}")]
    Unusable(String),
    /// No answer, or a server error: may work later.
    #[error("the model server cannot be reached: {0}")]
    Unavailable(String),
    /// Nobody heard the request: may work later.
    #[error("the model server cannot be reached: {0}")]
    NotSent(String),
}

impl WriterError {
    /// Whether the server may charge for what brought nothing. An answer that was lost or unusable was
    /// written all the same.
    pub fn may_be_billed(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Unusable(_) | Self::Unavailable(_) => true,
            Self::RateLimited { .. }
            | Self::OutOfCredit(_)
            | Self::Unauthorized(_)
            | Self::BadRequest(_)
            | Self::NotSent(_) => false,
        }
    }
}

/// Writes candidates.
#[async_trait]
pub trait Writer: Send + Sync {
    /// Writes one batch. May return fewer than asked, never panics on a strange answer.
    async fn write(&self, request: &WriteRequest) -> Result<WriteAnswer, WriterError>;

    /// The most that this request can cost, all that is asked for it together; nothing where no model
    /// writes, `None` where nobody knows a price.
    fn ceiling(&self, _request: &WriteRequest, _at: Timestamp) -> Option<MicroUsd> {
        Some(MicroUsd::ZERO)
    }

    /// Whether somebody may send a bill for this of which nobody knows how high it is.
    fn is_unpriced(&self, _request: &WriteRequest) -> bool {
        false
    }
}

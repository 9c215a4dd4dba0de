//! Who gives an opinion on a text before it may go out.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::model::{GenerationUsage, MicroUsd, Opinion};

/// So many texts are shown at once.
pub const MODERATED_MAX: usize = 32;

/// Opinions, and what they took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moderated {
    /// One for each text, in their order.
    pub opinions: Vec<Opinion>,
    /// What they took, priced as a model's work is; nothing at most endpoints.
    pub usage: GenerationUsage,
}

/// Why there are none. Whatever it is, nobody has seen the texts; the kind says what mends it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModeratorError {
    /// The key is not accepted, or has no credit.
    #[error("it does not accept the key: {0}")]
    Unauthorized(String),
    /// It knows no such model, or is no moderation endpoint.
    #[error("it refuses the request: {0}")]
    Refused(String),
    /// No answer, a server error, or too many requests: may work later.
    #[error("it cannot be reached: {0}")]
    Unavailable(String),
    /// An answer came that does not say of each text whether it is flagged.
    #[error("its answer is unusable: {0}")]
    Unusable(String),
}

impl ModeratorError {
    /// Whether the endpoint may charge for what brought nothing.
    pub fn may_be_billed(&self) -> bool {
        match self {
            Self::Unavailable(_) | Self::Unusable(_) => true,
            Self::Unauthorized(_) | Self::Refused(_) => false,
        }
    }
}

/// Gives opinions.
#[async_trait]
pub trait Moderator: Send + Sync {
    /// An opinion on each of up to [`MODERATED_MAX`] texts, or on none.
    async fn moderate(&self, texts: &[&str]) -> Result<Moderated, ModeratorError>;

    /// The most that this question can cost; `None` where nobody knows a price.
    fn ceiling(&self, texts: &[&str], at: Timestamp) -> Option<MicroUsd>;

    /// Whether somebody may send a bill for a question of which nobody knows how high it is.
    fn is_unpriced(&self) -> bool {
        false
    }
}

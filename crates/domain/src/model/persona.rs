//! Who speaks.

use serde::{Deserialize, Serialize};

use super::Policy;

/// X's limit for an ordinary account, in weighted characters (`rules::review::weighted_length`).
pub const MAX_LENGTH_DEFAULT: u32 = 280;

/// The voice of a bot, under the seed's names (table `bot_configs`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Persona {
    /// Who the bot is, told to the model as its instructions.
    pub personality_prompt: String,
    /// What it draws from, told to the model as background.
    pub content_sources: Vec<String>,
    /// How it writes: "short observations", "dry questions".
    pub posting_style: String,
    /// What it writes about; the queue rotates over them. Never empty.
    pub topics: Vec<String>,
    /// The mood of it: "warm", "laconic".
    pub tone: String,
    /// What it may write, and how long.
    pub policy: Policy,
}

//! How posts were written, and as whom.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use super::StoreError;
use crate::model::{BotId, Persona, PersonaVersion, PostId};

/// What a model was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedPrompt {
    /// The part that is the same for every batch of a persona.
    pub system: Arc<str>,
    /// The part of this batch.
    pub batch: Arc<str>,
}

/// How a post was written. Its model, its tokens and its cost stand beside its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writing {
    /// Which state of the bot's persona wrote it.
    pub persona_version: PersonaVersion,
    /// What the model was asked; `None` where a grammar wrote.
    pub prompt: Option<AskedPrompt>,
    /// What decided every choice of a grammar.
    pub seed: u64,
    /// The side of its topic that it was asked to take.
    pub angle: Option<String>,
    /// The form that it was asked to have.
    pub format: Option<String>,
}

/// A post as the next batch has to know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecentPost {
    /// Its text.
    pub text: String,
    /// Its topic.
    pub topic: Option<String>,
    /// The side of the topic that it took.
    pub angle: Option<String>,
    /// The form that it has.
    pub format: Option<String>,
}

/// A state of a bot's persona. It never changes; a change makes the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonaState {
    /// Its number within the bot, from 1.
    pub version: PersonaVersion,
    /// Since when it was in force.
    pub since: Timestamp,
    /// The persona.
    pub persona: Persona,
}

/// Origins of posts.
#[async_trait]
pub trait OriginStore: Send + Sync {
    /// How a post was written; `None` where a person or a file brought it, or an older version of
    /// Flockwork wrote it.
    async fn find_writing(&self, post: PostId) -> Result<Option<Writing>, StoreError>;

    /// A bot's newest posts, whatever their state, newest first: what the next batch spreads away
    /// from.
    async fn list_recent_posts(&self, bot: &BotId, max: u32)
    -> Result<Vec<RecentPost>, StoreError>;

    /// The states of a bot's persona, the one in force first. A database that was not yet synced by
    /// this version has none.
    async fn list_personas(&self, bot: &BotId, max: u32) -> Result<Vec<PersonaState>, StoreError>;

    /// That state of a bot's persona.
    async fn find_persona(
        &self,
        bot: &BotId,
        version: PersonaVersion,
    ) -> Result<Option<PersonaState>, StoreError>;
}

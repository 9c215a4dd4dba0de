//! What needs a person, and what that person answers.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Settlement, StoreError};
use crate::model::{BotId, BotState, SlotId, StateReason, XPostId};
use crate::rules::attention::AskedSlot;

/// A bot that does not post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoppedBot {
    /// The bot.
    pub bot: BotId,
    /// Paused, or in need of a login.
    pub state: BotState,
    /// Why.
    pub reason: Option<StateReason>,
    /// Since when, at the latest.
    pub since: Timestamp,
}

/// A person's answer about a slot, to be stored in one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// What it does.
    pub settlement: Settlement,
    /// The slot is due anew.
    pub due_at: Option<Timestamp>,
    /// The word of the answer.
    pub word: &'static str,
    /// Who gave it.
    pub who: String,
}

/// What needs a person.
#[async_trait]
pub trait AttentionStore: Send + Sync {
    /// Bots that are paused or need a login, by name, after `after`.
    async fn list_stopped_bots(
        &self,
        after: Option<&BotId>,
        max: u32,
    ) -> Result<Vec<StoppedBot>, StoreError>;

    /// A slot with all that an answer depends on.
    async fn find_asked(&self, slot: SlotId) -> Result<Option<AskedSlot>, StoreError>;

    /// The slot or the post that a receipt of this id is about, in words for a person.
    async fn find_receipt(&self, x_post_id: &XPostId) -> Result<Option<String>, StoreError>;

    /// Stores an answer, and an event that says who gave it. `false`: the slot is no longer what it
    /// was when the answer was decided, and nothing was written.
    async fn resolve_asked(
        &self,
        resolution: &Resolution,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
}

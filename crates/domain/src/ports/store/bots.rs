//! Bots and their configuration.

use async_trait::async_trait;
use jiff::Timestamp;

use super::StoreError;
use crate::model::{Bot, BotId, BotState, GoLive, GoLiveItem, ManagedBy, StateReason};

/// What [`BotStore::sync_bots`] changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncReport {
    /// Bots that are new.
    pub added: Vec<BotId>,
    /// Bots whose persona, schedules or limits changed.
    pub changed: Vec<BotId>,
    /// Bots of the same places that are no longer declared, now `Closed`.
    pub closed: Vec<BotId>,
    /// Fingerprint of all that is declared.
    pub declared: String,
}

/// What became of a bot that was to be saved. Nothing is written but where it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It is.
    Done,
    /// A new one, whose name another has or had.
    NameTaken,
    /// Somebody saved it since its writer looked.
    Stale,
    /// Something else manages it, or it is closed.
    Elsewhere(ManagedBy),
    /// The X account that it posts as is that of another.
    AccountTaken(BotId),
}

/// Bots.
#[async_trait]
pub trait BotStore: Send + Sync {
    /// Makes the bots of the environment and of files be exactly `declared`, in one transaction.
    /// A bot of another place under the same name is taken over. A changed schedule loses its
    /// `planned` and `assigned` future slots (their posts go back to the queue) and is planned anew
    /// from `now`; a slot that was worked on stays. The last call wins, whichever node makes it. A closed bot that is declared again is active
    /// again; a paused one stays paused.
    async fn sync_bots(
        &self,
        declared: &[Bot],
        places: &[ManagedBy],
        now: Timestamp,
    ) -> Result<SyncReport, StoreError>;

    /// The bot of that name, as declared, and its state.
    async fn find_bot(
        &self,
        id: &BotId,
    ) -> Result<Option<(Bot, BotState, Option<StateReason>)>, StoreError>;

    /// Names the state in which a bot is declared now: another state has another name.
    async fn bot_stamp(&self, id: &BotId) -> Result<Option<String>, StoreError>;

    /// Writes one bot of the dashboard, in one transaction with the next state of its persona: a new one,
    /// or where `was` names it in place of that state. What [`BotStore::sync_bots`] does of slots to come
    /// holds here too.
    async fn save_bot(
        &self,
        bot: &Bot,
        was: Option<&str>,
        now: Timestamp,
    ) -> Result<Saved, StoreError>;

    /// Opens one bot of the dashboard again that was closed: paused, so that nothing goes out before
    /// somebody looked. One that is not closed is `Stale`.
    async fn reopen_bot(&self, id: &BotId, now: Timestamp) -> Result<Saved, StoreError>;

    /// Bots after `after`, in the order of their names, closed ones too: each as it was declared, and its
    /// state. One that cannot be read fails the call, because a plan without it would be wrong.
    async fn list_declared(
        &self,
        after: Option<&BotId>,
        max: u32,
    ) -> Result<Vec<(Bot, BotState)>, StoreError>;

    /// Names of bots after `after`, in order, closed ones left out.
    async fn list_bot_ids(&self, after: Option<&BotId>, max: u32)
    -> Result<Vec<BotId>, StoreError>;

    /// Pauses, resumes or otherwise sets a bot's state. Resuming wakes its waiting slots, gives those
    /// that needed a person for a refusal another try (never those whose outcome is unknown), clears
    /// the refusal count and unblocks it. `false` if there is no such bot.
    async fn set_bot_state(
        &self,
        id: &BotId,
        state: BotState,
        reason: Option<StateReason>,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// What was confirmed of the account that the bot posts as now, oldest first.
    async fn list_go_live(&self, id: &BotId) -> Result<Vec<GoLive>, StoreError>;

    /// Confirms these for the account that the bot posts as now, and wakes its waiting slots. What was
    /// confirmed before stays as it was said. `false` if there is no such bot, or it is closed.
    async fn confirm_go_live(
        &self,
        id: &BotId,
        items: &[GoLiveItem],
        who: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Remembers the account's id at X.
    async fn set_x_user(
        &self,
        id: &BotId,
        user: &crate::model::XUserId,
        now: Timestamp,
    ) -> Result<(), StoreError>;
}

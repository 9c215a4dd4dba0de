//! What bots of the dashboard sign with: kept sealed, written by people, read by who signs.

use async_trait::async_trait;
use jiff::Timestamp;

use super::store::StoreError;
use crate::model::{Bot, BotId, Credentials, KeptCredentials, ManagedBy};

/// What became of credentials that somebody set or took away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialsSet {
    /// Every node signs so from its next send on.
    Done,
    /// Nobody gave this node a master key, and nothing is kept in clear.
    NoKey,
    /// Somebody changed the bot, or there is none: nothing was done.
    Stale,
    /// The bot is declared there, or closed; its credentials come from there, too.
    Elsewhere(ManagedBy),
    /// The token is of the X account that this bot posts to.
    AccountTaken(BotId),
}

/// What became of credentials that were to be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialsGone {
    /// They are gone.
    Done,
    /// There were none.
    Nothing,
    /// Somebody changed the bot meanwhile: nothing was done.
    Stale,
}

/// Credentials that were set or taken away since somebody last looked.
pub struct CredentialChange {
    /// The place of the change among all: ask for what is after it the next time.
    pub number: i64,
    /// Whose.
    pub bot: BotId,
    /// What it signs with now; `None` where they were taken away, and why not where this node cannot open
    /// them.
    pub now: Result<Option<Credentials>, String>,
}

/// Credentials that are kept.
#[async_trait]
pub trait CredentialStore: Send + Sync {
    /// Whether this node has a master key, without which nothing is kept.
    fn can_seal(&self) -> bool;

    /// Keeps what that bot, in the state of that stamp, signs with: sealed, in place of what was. The bot
    /// is of their app and account from now on.
    async fn set_credentials(
        &self,
        bot: (&Bot, &str),
        credentials: &Credentials,
        who: &str,
        now: Timestamp,
    ) -> Result<CredentialsSet, StoreError>;

    /// Takes away what is kept for that bot, in the state of that stamp. Where a node has other keys of it in
    /// its environment, it signs with those from then on.
    async fn remove_credentials(
        &self,
        bot: (&Bot, &str),
        who: &str,
        now: Timestamp,
    ) -> Result<CredentialsGone, StoreError>;

    /// What may be said of a bot's.
    async fn find_credentials(&self, bot: &BotId) -> Result<Option<KeptCredentials>, StoreError>;

    /// What may be said of all, by name, after that one; at most `max`.
    async fn list_credentials(
        &self,
        after: Option<&BotId>,
        max: u32,
    ) -> Result<Vec<KeptCredentials>, StoreError>;

    /// Changes after that one, in their order; at most `max`.
    async fn changed_credentials(
        &self,
        after: i64,
        max: u32,
    ) -> Result<Vec<CredentialChange>, StoreError>;
}

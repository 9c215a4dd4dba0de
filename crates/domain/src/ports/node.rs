//! The running node, as its pages see it.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::Drill;
use super::store::StoreError;
use crate::model::{BotId, Quotas};
use crate::rules::review::Finding;
use crate::rules::room::Room;

/// When something last worked, and what went wrong since.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The last success; `None` when it was not used yet.
    pub ok_at: Option<Timestamp>,
    /// The first failure since then, in one sentence.
    pub error: Option<String>,
}

/// One of the engine's loops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoopSeen {
    /// Its name.
    pub name: &'static str,
    /// When it last came to an end of its round.
    pub ended_at: Option<Timestamp>,
    /// Later than this it should have; `None` while nothing is expected of it.
    pub due_by: Option<Timestamp>,
}

/// One of several writers that stand in for one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriterSeen {
    /// Its name: a model's id, or `grammar`.
    pub name: String,
    /// When it last wrote, and why it did not since.
    pub seen: Seen,
}

/// Orders in bulk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BulkSeen {
    /// How many are not settled.
    pub open: u64,
    /// When one last went on, and what went wrong since.
    pub seen: Seen,
}

/// How the node is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vitals {
    /// The database.
    pub database: Seen,
    /// X.
    pub x: Seen,
    /// How much X lets us, as its answers to sends say.
    pub quotas: Quotas,
    /// The model server; stays empty where the grammar writes.
    pub model: Seen,
    /// The moderation endpoint; stays empty where there is none.
    pub moderation: Seen,
    /// Orders in bulk; stays empty where none are made.
    pub bulk: BulkSeen,
    /// Who was asked to write, the first choice first; empty where there is but one writer.
    pub writers: Vec<WriterSeen>,
    /// Backups of the database: the last good one was taken at `ok_at`. `None` where this node keeps
    /// none.
    pub backup: Option<Seen>,
    /// How often one should be taken; `None` where this node keeps none.
    pub backup_every: Option<SignedDuration>,
    /// Copies of backups in another place: the newest that is there was taken at `ok_at`. `None` where none
    /// are carried.
    pub off_site: Option<Seen>,
    /// The last restore that was tried.
    pub drill: Option<Drill>,
    /// When the oldest backup was taken that is kept.
    pub backups_since: Option<Timestamp>,
    /// Channels and webhooks that this node tries to tell things, by name.
    pub channels: Vec<(String, Seen)>,
    /// New sends are stopped because the clock cannot be trusted: why.
    pub clock_suspect: Option<String>,
    /// The room where the database lies.
    pub room: Room,
    /// Nodes that share the work, this one included; 0 before the first was counted.
    pub nodes: u32,
    /// The node ends: it claims nothing any more.
    pub is_stopping: bool,
    /// The engine's last finished round.
    pub ticked_at: Option<Timestamp>,
    /// How much later than wanted that round ended.
    pub lag: SignedDuration,
    /// The lease was last renewed then.
    pub lease_renewed_at: Option<Timestamp>,
    /// The loops beside it.
    pub loops: Vec<LoopSeen>,
}

/// The engine of this process.
#[async_trait]
pub trait Node: Send + Sync {
    /// How it is now.
    fn vitals(&self) -> Vitals;

    /// A row was written that it should act on at once.
    fn wake(&self);

    /// What the moderation endpoint has against a text of that bot, or that it did not see it; `None` where
    /// nothing speaks against it or where no endpoint is configured.
    async fn look_at(&self, _bot: &BotId, _text: &str) -> Result<Option<Finding>, StoreError> {
        Ok(None)
    }
}

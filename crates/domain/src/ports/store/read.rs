//! What pages, health and the command line show.

use async_trait::async_trait;
use jiff::Timestamp;

use super::StoreError;
use crate::model::{
    BotId, BotState, BotStats, Fence, ManagedBy, MicroUsd, PostId, SlotId, SlotState, StateReason,
    XPostId,
};

/// One bot, at a glance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotLine {
    /// Its counters.
    pub stats: BotStats,
    /// Whether it posts.
    pub state: BotState,
    /// Why not.
    pub state_reason: Option<StateReason>,
    /// Where it is declared.
    pub managed_by: ManagedBy,
    /// It only rehearses.
    pub is_rehearsal: bool,
    /// Below this, its queue is refilled.
    pub low_water: u32,
    /// Its next slot that is not final.
    pub next_slot_at: Option<Timestamp>,
    /// The pattern of its first schedule.
    pub schedule_cron: String,
    /// And its zone.
    pub timezone: String,
    /// The last thing that went wrong, and when; cleared by the next success.
    pub last_error: Option<(String, Timestamp)>,
}

/// Which slots to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SlotView {
    /// Not yet sent: `planned`, `assigned`, `claimed`, `retry_wait`; soonest first.
    Next,
    /// `sending`, `unknown`, `reconciling`; oldest first.
    Open,
    /// `posted`, `skipped`, `failed`; newest first.
    Gone,
    /// `needs_attention`; oldest first.
    Attention,
}

/// One slot, at a glance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotLine {
    /// The slot.
    pub slot: SlotId,
    /// Its bot.
    pub bot: BotId,
    /// The post that it holds or sent.
    pub post: Option<PostId>,
    /// When it is or was due.
    pub due_at: Timestamp,
    /// When it was due before a person moved it; `None` where nobody did.
    pub moved_from: Option<Timestamp>,
    /// Where it is in its life.
    pub state: SlotState,
    /// When the engine looks at it next.
    pub wake_at: Option<Timestamp>,
    /// When it came into its state.
    pub updated_at: Timestamp,
    /// One sentence about its state.
    pub detail: Option<String>,
    /// The text it holds or sent.
    pub text: Option<String>,
    /// Its topic.
    pub topic: Option<String>,
    /// X's id of it.
    pub x_post_id: Option<XPostId>,
    /// When X made it.
    pub posted_at: Option<Timestamp>,
    /// Attempts so far.
    pub attempts: u32,
}

/// The whole house in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bots that are not closed.
    pub bots: u64,
    /// Of those, active.
    pub bots_active: u64,
    /// Bots whose token X no longer takes.
    pub bots_needing_login: u64,
    /// Active bots with fewer posts queued than they should have.
    pub queues_low: u64,
    /// Of those, with none.
    pub queues_empty: u64,
    /// Posts in queues.
    pub queued: u64,
    /// Posts that X has.
    pub published: u64,
    /// Slots whose outcome is open.
    pub unknown: u64,
    /// Slots that need a person.
    pub attention: u64,
    /// Money gone, X and model together.
    pub spend: MicroUsd,
    /// The kill switch is on.
    pub is_stopped: bool,
}

/// One live node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeLine {
    /// The fence of this start of it.
    pub fence: Fence,
    /// Its name.
    pub node: String,
    /// When its lease ends.
    pub expires_at: Timestamp,
    /// Fingerprint of the bots that it declares; `None` for a node of an older version.
    pub declared: Option<String>,
}

/// Reading. Nothing here changes anything, and every query is served by an index.
#[async_trait]
pub trait ReadStore: Send + Sync {
    /// Bots after `after`, by name, closed ones left out.
    async fn list_bots(&self, after: Option<&BotId>, max: u32) -> Result<Vec<BotLine>, StoreError>;

    /// One bot.
    async fn find_bot_line(&self, bot: &BotId) -> Result<Option<BotLine>, StoreError>;

    /// Slots, of all bots or one.
    async fn list_slots(
        &self,
        view: SlotView,
        bot: Option<&BotId>,
        max: u32,
    ) -> Result<Vec<SlotLine>, StoreError>;

    /// One slot.
    async fn find_slot(&self, slot: SlotId) -> Result<Option<SlotLine>, StoreError>;

    /// The whole house in numbers; cheap enough for every second.
    async fn counts(&self) -> Result<Counts, StoreError>;

    /// Nodes with a live lease.
    async fn list_nodes(&self, now: Timestamp) -> Result<Vec<NodeLine>, StoreError>;

    /// Whether the database answers at all.
    async fn ping(&self) -> Result<(), StoreError>;
}

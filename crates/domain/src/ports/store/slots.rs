//! Slots, from the plan to the claim.

use async_trait::async_trait;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil};

use super::{Begun, Intent, Stock, StoreError};
use crate::model::{
    BotId, BotState, BudgetShut, Fence, Fold, OnMiss, PostId, QuietHours, Schedule, ScheduleId,
    Share, SlotId, StateReason, XPostId, XUserId,
};

/// A slot gets its post this long before it is due: long enough that ten thousand bots due at once
/// have theirs, short enough that a busy schedule does not drain its queue and have more written.
pub const ASSIGN_AHEAD: SignedDuration = SignedDuration::from_mins(1);

/// What the node whose share it is has left undone for so long is taken by any: it may be dead, and a
/// slot is due [`ASSIGN_AHEAD`] after it wakes.
pub const SHARE_GRACE: SignedDuration = SignedDuration::from_secs(10);

/// A schedule whose slots must be planned further.
#[derive(Clone, Debug, PartialEq)]
pub struct Unplanned {
    /// Row id.
    pub id: ScheduleId,
    /// Whose it is.
    pub bot: BotId,
    /// The schedule.
    pub schedule: Schedule,
    /// Up to here (exclusive) its slots are planned.
    pub planned_until: Timestamp,
}

/// A slot that a schedule yields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedSlot {
    /// Its civil time.
    pub local_time: civil::DateTime,
    /// Which of two instants.
    pub fold: Fold,
    /// When it is due, jitter included.
    pub due_at: Timestamp,
}

/// More slots of one schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// The schedule.
    pub schedule: ScheduleId,
    /// Its bot.
    pub bot: BotId,
    /// The new slots; those already there are left alone, but one still `planned` is moved when its
    /// `due_at` changed with the zone's rules. One that a person moved stays where it was put.
    pub slots: Vec<PlannedSlot>,
    /// Planned up to here (exclusive) now.
    pub planned_until: Timestamp,
    /// When to plan this schedule next.
    pub replan_at: Timestamp,
}

/// A planned slot that may take a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSlot {
    /// The slot.
    pub slot: SlotId,
    /// Its version.
    pub version: i64,
    /// The bot.
    pub bot: BotId,
    /// When it is due.
    pub due_at: Timestamp,
    /// How late it may be.
    pub catch_up_window: SignedDuration,
    /// The bot's queue by topic.
    pub stock: Stock,
    /// Topics that its schedule keeps to; none means any.
    pub topics: Vec<String>,
}

impl OpenSlot {
    /// Whether its bot's queue has anything for it.
    pub fn stock_is_there(&self) -> bool {
        self.stock.front.is_some() || !self.stock.topics.is_empty()
    }
}

/// This post for that slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The slot.
    pub slot: SlotId,
    /// Its version.
    pub version: i64,
    /// The post.
    pub post: PostId,
}

/// The policies a slot runs under; a slot asked for by a person has the defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct SlotPolicy {
    /// How late a post may still go out.
    pub catch_up_window: SignedDuration,
    /// What becomes of it after that.
    pub on_miss: OnMiss,
    /// Hours in which nothing is sent.
    pub quiet_hours: Option<QuietHours>,
    /// The zone of the quiet hours.
    pub zone: TimeZone,
}

/// What a bot that posts to the real X must keep to besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveFacts {
    /// Things of the checklist that nobody confirmed for its account yet.
    pub unconfirmed: u32,
    /// When the last of them was; `None` too where its account need not begin slowly.
    pub warms_up_since: Option<Timestamp>,
    /// Its account, where it is known.
    pub account: Option<XUserId>,
    /// What it posted in the last [`crate::rules::warm_up::DAY`].
    pub posted_in_a_day: u32,
}

/// What of the bot decides whether it may send.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own; no two form a state")]
pub struct BotFacts {
    /// Whether it posts.
    pub state: BotState,
    /// Why not.
    pub state_reason: Option<StateReason>,
    /// `DRY_RUN`.
    pub is_rehearsal: bool,
    /// The timeline must be read first: its setting says so.
    pub looks_first: bool,
    /// Intents since this may have been lost; the timeline must be read from here, once. Each doubt
    /// of a bot has a moment of its own: one on top of another begins a millisecond before it at least.
    pub distrusted_since: Option<Timestamp>,
    /// X's window is exhausted until then, the bot's own or its app's.
    pub blocked_until: Option<Timestamp>,
    /// X does not answer the app: not asked before then, unless as the one that tries.
    pub silent_until: Option<Timestamp>,
    /// This node noted that it has no keys of the bot, and no live node is known to have any.
    pub is_stranger: bool,
    /// Definite, permanent refusals since the last post.
    pub refusals_in_row: u32,
    /// Another slot of the bot is `sending`, `unknown` or `reconciling`.
    pub is_in_flight: bool,
    /// A later slot of the bot is due as well.
    pub has_newer_due: bool,
    /// Its newest own post that we know.
    pub anchor: Option<XPostId>,
    /// Its account at X, once known.
    pub x_user: Option<XUserId>,
    /// Fingerprint of its app.
    pub app: String,
    /// No budget of its has room for the post.
    pub budget_shut: Option<BudgetShut>,
    /// It posts to the real X.
    pub live: Option<LiveFacts>,
}

/// Decides inside the claim which slots send at once, and with which words. It is asked again when
/// the engine runs the transaction again, so it only decides.
pub type Intend<'a> = &'a (dyn Fn(&DueSlot) -> Option<Intent> + Send + Sync);

/// A slot that this node has taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    /// The slot, and everything that the gate asks.
    pub due: DueSlot,
    /// Its intent, if one is stored: then it is `sending`, else `claimed`.
    pub begun: Option<Begun>,
}

/// A slot that is due.
#[derive(Clone, Debug, PartialEq)]
pub struct DueSlot {
    /// The slot.
    pub slot: SlotId,
    /// Its version, after the claim if it is `claimed`.
    pub version: i64,
    /// The claiming node.
    pub fence: Fence,
    /// Its bot.
    pub bot: BotId,
    /// When it was due.
    pub due_at: Timestamp,
    /// The post it holds.
    pub post: PostId,
    /// That post's exact text.
    pub text: String,
    /// An earlier send of this post lost its answer, for this slot or another, and X was proven not
    /// to have it then.
    pub was_lost: bool,
    /// Attempts so far.
    pub attempts: u32,
    /// Of those, the ones whose answer was lost.
    pub ambiguous_rounds: u32,
    /// Its policies.
    pub policy: SlotPolicy,
    /// Its bot.
    pub facts: BotFacts,
    /// The kill switch is on.
    pub is_stopped: bool,
    /// Its post needs a person's approval and has none for exactly these bytes.
    pub is_unapproved: bool,
}

/// Slots.
#[async_trait]
pub trait SlotStore: Send + Sync {
    /// Schedules of bots that are not closed whose `replan_at` has come, soonest first: this node's
    /// share, and what has waited for longer than [`SHARE_GRACE`].
    async fn list_unplanned(
        &self,
        now: Timestamp,
        share: Share,
        max: u32,
    ) -> Result<Vec<Unplanned>, StoreError>;

    /// Inserts slots; repeating a call inserts nothing. Returns how many were new.
    async fn extend_plans(
        &self,
        extensions: &[Extension],
        now: Timestamp,
    ) -> Result<u64, StoreError>;

    /// Has schedules planned again from `now` on in every zone whose rules are not those that its
    /// plans were made by. Returns the zones whose rules changed; those that were never looked at
    /// before are planned again too, and not told.
    async fn follow_zone_rules(&self, now: Timestamp) -> Result<Vec<String>, StoreError>;

    /// Planned slots whose `wake_at` has come, soonest first, with their bot's stock. A new slot
    /// wakes [`ASSIGN_AHEAD`] before it is due. Of these, too, only this node's share, and what has
    /// waited for longer than [`SHARE_GRACE`].
    async fn list_open_slots(
        &self,
        now: Timestamp,
        share: Share,
        max: u32,
    ) -> Result<Vec<OpenSlot>, StoreError>;

    /// Gives posts to slots: slot `planned` → `assigned`, post `queued` → `assigned`, the topic used
    /// now, `bot_stats` one less. Returns the slots that got theirs.
    async fn assign(
        &self,
        assignments: &[Assignment],
        now: Timestamp,
    ) -> Result<Vec<SlotId>, StoreError>;

    /// Lets `planned` slots that found no post sleep until `wake_at`; a new post wakes them sooner.
    async fn await_content(
        &self,
        slots: &[(SlotId, i64, Timestamp)],
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Ends `planned` slots without a post as `skipped(no_content)`, or whatever `state` says.
    /// Returns how many.
    async fn skip_planned(
        &self,
        slots: &[(SlotId, i64, crate::model::SkipReason)],
        now: Timestamp,
    ) -> Result<u64, StoreError>;

    /// S1, and S3 for those that may send at once, in one transaction: returns `retry_wait` slots
    /// whose time has come to `assigned`, then takes up to `max` due slots for `fence`, soonest first.
    /// For those that `intend` gives an intent it is stored, under every check of
    /// [`super::AttemptStore::begin_attempts`]; the others, and those that fail a check, are `claimed`.
    /// No two nodes get the same, and none gets slots of a bot whose keys it has noted not to have while
    /// another live node may have them.
    async fn claim_due(
        &self,
        now: Timestamp,
        fence: Fence,
        max: u32,
        intend: Intend<'_>,
    ) -> Result<Vec<Claimed>, StoreError>;

    /// A slot due now, asked for by a person. If the bot already has one that is waiting, returns
    /// that one: a double click makes one post. `None` if there is no such bot, or it is closed.
    async fn ask_for_slot(&self, bot: &BotId, now: Timestamp)
    -> Result<Option<SlotId>, StoreError>;

    /// The earliest moment at which any slot, plan or queue wants attention.
    async fn next_wake(&self) -> Result<Option<Timestamp>, StoreError>;
}

//! Attempts: the intent, the outcome, and what reconciliation finds.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::StoreError;
use crate::model::{
    AppReach, Attempt, AttemptId, AttemptState, BotId, BotState, Fence, MicroUsd, OnMiss,
    PayloadHash, PostId, Receipt, SlotId, SlotPhase, SlotState, StateReason, TraceId, XPostId,
    XUserId,
};

/// The durable word that a send is about to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The slot, `claimed` by this node.
    pub slot: SlotId,
    /// Its version.
    pub version: i64,
    /// The claiming node.
    pub fence: Fence,
    /// The bot.
    pub bot: BotId,
    /// The post.
    pub post: PostId,
    /// The exact bytes.
    pub payload: String,
    /// Their hash.
    pub payload_hash: PayloadHash,
    /// The bot's newest own post.
    pub anchor: Option<XPostId>,
    /// No byte is written after this.
    pub send_by: Timestamp,
    /// The trace in which the slot is told.
    pub trace: TraceId,
}

/// An intent that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Its slot.
    pub slot: SlotId,
    /// The slot's version now.
    pub version: i64,
    /// The new attempt.
    pub attempt: AttemptId,
}

/// What becomes of the post of a slot that moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PostMove {
    /// The slot keeps it.
    Keep,
    /// Back to its place in the queue.
    BackToQueue,
    /// To the front of the queue.
    ToFront,
    /// Out of the queue, until a person approves it.
    BackToDraft,
    /// X has it.
    Published,
    /// It went as far as a rehearsal goes.
    Rehearsed,
    /// It will never go out.
    Rejected,
}

/// One compare-and-swap on a slot (invariant I6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotChange {
    /// The slot.
    pub slot: SlotId,
    /// Its bot.
    pub bot: BotId,
    /// The phase it must be in.
    pub from: SlotPhase,
    /// The version it must have.
    pub version: i64,
    /// The fence it must carry; `None` where no node owns it.
    pub fence: Option<Fence>,
    /// Its new state.
    pub to: SlotState,
    /// When to look at it next; `None` when nothing will happen by itself.
    pub wake_at: Option<Timestamp>,
    /// What becomes of its post.
    pub post: PostMove,
    /// One sentence for a person.
    pub detail: String,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptVerdict {
    /// The attempt.
    pub attempt: AttemptId,
    /// Its state now.
    pub state: AttemptState,
    /// The word of `rules::classify::Class`.
    pub class: &'static str,
    /// HTTP status, where one came.
    pub status: Option<u16>,
    /// X's own words or the fault, at most 500 characters, never a secret.
    pub detail: String,
    /// X's transaction id.
    pub request_id: Option<String>,
    /// Since when the socket is closed.
    pub closed_at: Timestamp,
    /// X answered "duplicate".
    pub is_duplicate_answer: bool,
    /// Admissible looks that did not find it, so far.
    pub absence_votes: u32,
    /// All looks, so far.
    pub looks: u32,
}

/// What money went for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SpendKind {
    /// A post at X.
    Post,
    /// A read at X.
    Read,
    /// Tokens of a model.
    Model,
}

impl SpendKind {
    /// Every kind, for tables and tests.
    pub const ALL: [Self; 3] = [Self::Post, Self::Read, Self::Model];

    /// The word in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Read => "read",
            Self::Model => "model",
        }
    }
}

/// Money that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spend {
    /// What for.
    pub kind: SpendKind,
    /// How much.
    pub amount: MicroUsd,
}

/// What an outcome does to its bot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BotChange {
    /// New state and why.
    pub state: Option<(BotState, StateReason)>,
    /// Pause every active bot of the same app, with this reason.
    pub pause_app: Option<StateReason>,
    /// X's window is exhausted until then.
    pub blocked_until: Option<Timestamp>,
    /// New count of permanent refusals since the last post.
    pub refusals_in_row: Option<u32>,
    /// The doubt of its history that a look at the timeline has settled
    /// ([`BotFacts::distrusted_since`]); one that came meanwhile stays.
    ///
    /// [`BotFacts::distrusted_since`]: super::BotFacts::distrusted_since
    pub settles_doubt: Option<Timestamp>,
    /// A post seen on its timeline that is newer than the anchor.
    pub anchor: Option<XPostId>,
    /// What it tells of the whole app.
    pub app: Option<AppReach>,
    /// The node that owned the slot has no keys of this bot, and leaves it to nodes that have.
    pub is_stranger: bool,
}

/// Everything one outcome writes, in one transaction (S7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The slot's move. If it loses its compare-and-swap, nothing of the settlement is written.
    pub change: SlotChange,
    /// What became of the attempt; `None` where there was none.
    pub attempt: Option<AttemptVerdict>,
    /// X's proof.
    pub receipt: Option<Receipt>,
    /// What it does to the bot.
    pub bot: BotChange,
    /// What it cost.
    pub spend: Vec<Spend>,
}

/// An attempt to look for, claimed by this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAttempt {
    /// The attempt.
    pub attempt: Attempt,
    /// The slot's version after the claim.
    pub version: i64,
    /// The claiming node.
    pub fence: Fence,
    /// The slot's phase after the claim: `Reconciling`, or `NeedsAttention` where a person was
    /// already called and the reading goes on.
    pub phase: SlotPhase,
    /// When the slot was due.
    pub due_at: Timestamp,
    /// How late it may be.
    pub catch_up_window: SignedDuration,
    /// What becomes of it after that.
    pub on_miss: OnMiss,
    /// Attempts of the slot whose answer was lost, this one included.
    pub ambiguous_rounds: u32,
    /// Nodes that crashed while they worked on the slot.
    pub crashes: u32,
    /// The account, once known.
    pub x_user: Option<XUserId>,
    /// Fingerprint of the app.
    pub app: String,
    /// X does not answer the app, so the timeline is not read now, but then.
    pub silent_until: Option<Timestamp>,
    /// This node noted that it has no keys of the bot, and no live node is known to have any.
    pub is_stranger: bool,
}

/// A post of ours that a timeline shows although no receipt says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenPost {
    /// The post whose text it is.
    pub post: PostId,
    /// The slot it must have gone out for, where its time tells: any phase before `sending`. Its own
    /// post, if it holds another, goes back to the queue.
    pub slot: Option<SlotId>,
    /// What X shows.
    pub receipt: Receipt,
    /// What X charged for it when it was sent, and for finding it.
    pub spent: Vec<Spend>,
}

/// Attempts.
#[async_trait]
pub trait AttemptStore: Send + Sync {
    /// S3: stores intents, durably. Each is stored only if its slot is still `claimed` under that
    /// version and fence, its lease lives, the bot is active, its history is trusted, it has nothing in flight, the kill
    /// switch is off, and the post still holds exactly the payload. Intents that fail a check are
    /// left out of the answer; when this returns, a crash can no longer cause a second post.
    async fn begin_attempts(
        &self,
        intents: &[Intent],
        now: Timestamp,
    ) -> Result<Vec<Begun>, StoreError>;

    /// S7, and every other move of a slot after its claim. Returns the slots whose
    /// compare-and-swap won.
    async fn settle(
        &self,
        settlements: &[Settlement],
        now: Timestamp,
    ) -> Result<Vec<SlotId>, StoreError>;

    /// Takes attempts whose look is due: `unknown` → `reconciling` under `fence`. Also the slots
    /// that need attention because the outcome is unknown and whose `wake_at` has come; these stay
    /// in their phase.
    async fn take_open_attempts(
        &self,
        now: Timestamp,
        fence: Fence,
        max: u32,
    ) -> Result<Vec<OpenAttempt>, StoreError>;

    /// After lost history: marks posts that the timeline shows as `published`, and their slots as
    /// `posted`: the slot that holds the post, else the one named in [`SeenPost::slot`]. A post that is
    /// not queued or assigned any more is left alone. Trusts the bot again if nothing that was lost
    /// can show any more. Returns the posts that were adopted; `None`, and nothing is written, where
    /// the look says nothing any more: its node lost the lease, or another doubt came.
    async fn adopt_seen(
        &self,
        bot: &BotId,
        seen: &[SeenPost],
        look: SweepLook,
        now: Timestamp,
    ) -> Result<Option<Vec<PostId>>, StoreError>;
}

/// A look at the timeline of a bot whose history is in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepLook {
    /// The doubt that it began with ([`BotFacts::distrusted_since`]).
    ///
    /// [`BotFacts::distrusted_since`]: super::BotFacts::distrusted_since
    pub doubt: Timestamp,
    /// The lease of the node that looked.
    pub fence: Fence,
    /// Nothing that was sent and lost can show up later.
    pub is_over: bool,
}

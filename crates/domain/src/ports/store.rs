//! What is remembered. SQLite and PostgreSQL implement every trait here, and one conformance suite
//! runs all of it on both.

mod approvals;
mod attempts;
mod attention;
mod audit;
mod bots;
mod budgets;
mod bulk;
mod calendar;
mod dossier;
mod evergreens;
mod feeds;
mod figures;
mod lists;
mod nodes;
mod origins;
mod posts;
mod read;
mod slots;
mod story;
mod try_outs;

pub use approvals::{
    ApprovalAct, ApprovalStore, Draft, Edit, Edited, REJECTIONS_MAX, Rejection, ReviewedPost, Said,
};
pub use attempts::{
    AttemptStore, AttemptVerdict, Begun, BotChange, Intent, OpenAttempt, PostMove, SeenPost,
    Settlement, SlotChange, Spend, SpendKind, SweepLook,
};
pub use attention::{AttentionStore, Resolution, StoppedBot};
pub use audit::{
    AuditStore, AuditedSchedule, ComparisonNote, FindingCount, Noted, Position, SchedulePage,
    SlotsAsked, Sweep,
};
pub use bots::{BotStore, Saved, SyncReport};
pub use budgets::{BudgetStore, ModelWish, PastCost, Reserved, WrittenOff};
pub use bulk::{BULK_STEP_MAX, BulkNote, BulkOrder, BulkStore, NewBulk, OpenedBulk};
pub use calendar::{CALENDAR_SLOTS_MAX, CalendarStore, HeldSlot, SlotMove, SlotSkip, Span};
pub use dossier::Dossier;
pub use evergreens::{Evergreen, EvergreenStore, KeptEvergreen};
pub use feeds::{
    DueFeed, FEED_WORK_MAX, FeedLine, FeedNote, FeedStore, ITEM_KEPT, ItemLine, ItemNote,
    ItemOutcome, SilentFeed, WaitingItem,
};
pub use figures::{
    DaySpend, Drops, Ending, EndingCount, EndingHour, FigureStore, LedgerLine, TopicCount,
};
pub use lists::{ListStore, PostsOf};
pub use nodes::{Abandoned, CRASHES_MAX, ClosedAt, History, NewLease, NodeStore};
pub use origins::{AskedPrompt, OriginStore, PersonaState, RecentPost, Writing};
pub use posts::{
    ALIKE_TEXTS_MAX, AlikePost, NewPost, ORDERED_MAX, PostOrigin, PostStore, QueueOrder,
    REFILL_MAX, Refill, RefillNote, Stock, StoredPost, TopicStock,
};
pub use read::{BotLine, Counts, NodeLine, ReadStore, SlotLine, SlotView};
pub use slots::{
    ASSIGN_AHEAD, Assignment, BotFacts, Claimed, DueSlot, Extension, Intend, LiveFacts, OpenSlot,
    PlannedSlot, SHARE_GRACE, SlotPolicy, SlotStore, Unplanned,
};
pub use story::{ATTEMPTS_TOLD_MAX, AttemptLine, AttemptsOf, ReceiptLine, StoryStore};
pub use try_outs::{
    NewTryOut, TRY_OUT_KEPT, TRY_OUT_MAX, TRY_OUT_TEXTS, TryOut, TryOutAnswer, TryOutStore,
};

/// Why the store did not do it. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another writer holds the database, or it cannot be reached now: try again later.
    #[error("the database cannot be reached now: {0}")]
    Unavailable(String),
    /// The disk is full, or the server has no room.
    #[error("the database has no room left: {0}")]
    Full(String),
    /// A row holds what no version of Flockwork writes.
    #[error("the database is corrupt: table {table}, row {row}: {detail}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// Its row id or key.
        row: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The database is not where it was: nothing that is written now would be found again.
    #[error("the database cannot be used: {0}")]
    Moved(String),
    /// The commit may not have reached the disk (it took over 5 s, or the server warned): do not
    /// send.
    #[error("the commit may not be durable: {0}")]
    NotDurable(String),
    /// A read or a write of the file failed, or the word that it is on the disk: what is stored there
    /// cannot be told any more, and nothing is read or written by this process again.
    #[error("the disk under the database failed: {0}")]
    DiskFailed(String),
    /// The database did something that we did not expect; the text is the engine's own.
    #[error("the database failed: {0}")]
    Failed(String),
}

/// Everything the engine, the pages and the command line need of a database.
pub trait Store:
    ApprovalStore
    + AttemptStore
    + AttentionStore
    + AuditStore
    + BotStore
    + BudgetStore
    + EvergreenStore
    + BulkStore
    + CalendarStore
    + FeedStore
    + FigureStore
    + ListStore
    + NodeStore
    + OriginStore
    + PostStore
    + ReadStore
    + SlotStore
    + TryOutStore
    + StoryStore
    + Send
    + Sync
{
}

impl<T> Store for T where
    T: ApprovalStore
        + AttemptStore
        + AttentionStore
        + AuditStore
        + BotStore
        + BudgetStore
        + EvergreenStore
        + BulkStore
        + CalendarStore
        + FeedStore
        + FigureStore
        + ListStore
        + NodeStore
        + OriginStore
        + PostStore
        + ReadStore
        + SlotStore
        + TryOutStore
        + StoryStore
        + Send
        + Sync
{
}

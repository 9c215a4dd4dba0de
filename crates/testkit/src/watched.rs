//! A store of which somebody hears before and after each step. Between two steps is where a process
//! can die, so whoever watches can make it die there; and what the watcher refuses fails as if the
//! database had.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use domain::model::{
    Bot, BotId, BotState, Budget, Budgets, BulkId, ContentHash, EvergreenId, FeedId, Fence, GoLive,
    GoLiveItem, ItemId, Lease, ManagedBy, MicroUsd, OpenFinding, PersonaVersion, PolicyHash, Post,
    PostId, Purse, ReservationId, Share, SkipReason, SlotId, SlotPhase, StateReason, TryOutId,
    XPostId, XUserId,
};
use domain::ports::store::{
    Abandoned, AlikePost, ApprovalAct, ApprovalStore, Assignment, AttemptLine, AttemptStore,
    AttemptsOf, AttentionStore, AuditStore, Begun, BotLine, BotStore, BudgetStore, BulkNote,
    BulkOrder, BulkStore, CalendarStore, Claimed, ClosedAt, ComparisonNote, Counts, DaySpend,
    Draft, Drops, DueFeed, Edit, Edited, EndingCount, EndingHour, Evergreen, EvergreenStore,
    Extension, FeedLine, FeedNote, FeedStore, FigureStore, FindingCount, HeldSlot, History, Intend,
    Intent, ItemLine, ItemNote, KeptEvergreen, LedgerLine, ListStore, ModelWish, NewBulk, NewLease,
    NewPost, NewTryOut, NodeLine, NodeStore, Noted, OpenAttempt, OpenSlot, OpenedBulk, OriginStore,
    PastCost, PersonaState, Position, PostStore, PostsOf, QueueOrder, ReadStore, ReceiptLine,
    RecentPost, Refill, RefillNote, Rejection, Reserved, Resolution, ReviewedPost, Said, Saved,
    SchedulePage, SeenPost, Settlement, SilentFeed, SlotLine, SlotMove, SlotSkip, SlotStore,
    SlotView, SlotsAsked, Span, StoppedBot, Store, StoreError, StoredPost, StoryStore, Sweep,
    SweepLook, SyncReport, TopicCount, TryOut, TryOutAnswer, TryOutStore, Unplanned, WaitingItem,
    Writing, WrittenOff,
};
use domain::rules::attention::AskedSlot;
use domain::rules::audit::Checked;
use domain::rules::audit::counters::Counters;
use domain::rules::audit::leases::{Held, LeaseRow};
use domain::rules::audit::orphans::{Gone, Orphan, Table};
use domain::rules::audit::outcomes::OpenEnded;
use domain::rules::audit::slots::SlotRow;
use domain::rules::audit::timeline::{Comparison, OurText};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

/// Hears of steps. A step is called after the method of its port.
pub trait Watch: Send + Sync {
    /// Before the store is asked; after an error it is not.
    fn before(&self, step: &'static str) -> Result<(), StoreError>;

    /// The store has answered, well or not.
    fn after(&self, _step: &'static str) {}
}

/// A store with somebody who watches it.
pub struct Watched<W> {
    store: Arc<dyn Store>,
    watch: W,
}

impl<W> Watched<W> {
    /// From now on `watch` hears of what `store` is asked.
    pub fn new(store: Arc<dyn Store>, watch: W) -> Self {
        Self { store, watch }
    }
}

macro_rules! forward {
    ($port:ident { $(fn $method:ident($($name:ident: $kind:ty),*) -> $answer:ty;)* }) => {
        #[async_trait]
        impl<W: Watch> $port for Watched<W> {
            $(async fn $method(&self, $($name: $kind),*) -> Result<$answer, StoreError> {
                self.watch.before(stringify!($method))?;
                let answer = self.store.$method($($name),*).await;
                self.watch.after(stringify!($method));
                answer
            })*
        }
    };
}

forward!(ApprovalStore {
    fn list_drafts(bot: Option<&BotId>, max: u32) -> Vec<Draft>;
    fn count_drafts(max: u32) -> Vec<(BotId, u64)>;
    fn find_reviewed(id: PostId) -> Option<ReviewedPost>;
    fn approve_post(act: &ApprovalAct, policy: &PolicyHash, now: Timestamp) -> Said;
    fn edit_post(edit: &Edit, now: Timestamp) -> Edited;
    fn reject_post(rejection: &Rejection, now: Timestamp) -> Said;
    fn expire_drafts(before: Timestamp, reason: &str, max: u32, now: Timestamp) -> u64;
    fn list_rejections(bot: &BotId) -> Vec<String>;
});

forward!(AttemptStore {
    fn begin_attempts(intents: &[Intent], now: Timestamp) -> Vec<Begun>;
    fn settle(settlements: &[Settlement], now: Timestamp) -> Vec<SlotId>;
    fn take_open_attempts(now: Timestamp, fence: Fence, max: u32) -> Vec<OpenAttempt>;
    fn adopt_seen(bot: &BotId, seen: &[SeenPost], look: SweepLook, now: Timestamp) -> Option<Vec<PostId>>;
});

forward!(AttentionStore {
    fn list_stopped_bots(after: Option<&BotId>, max: u32) -> Vec<StoppedBot>;
    fn find_asked(slot: SlotId) -> Option<AskedSlot>;
    fn find_receipt(x_post_id: &XPostId) -> Option<String>;
    fn resolve_asked(resolution: &Resolution, now: Timestamp) -> bool;
});

forward!(AuditStore {
    fn sweep_position(sweep: Sweep) -> Position;
    fn note_findings(checked: &Checked, sweep: Option<(Sweep, &Position)>, now: Timestamp) -> Noted;
    fn list_audited_schedules(after: i64, max: u32) -> SchedulePage;
    fn list_slot_rows(asked: &[SlotsAsked]) -> Vec<SlotRow>;
    fn list_open_ended(late: SignedDuration, max: u32, now: Timestamp) -> Vec<OpenEnded>;
    fn list_counters(after: Option<&BotId>, max: u32) -> Vec<Counters>;
    fn mend_counters(drifted: &[Counters], compare_at: &[(BotId, Timestamp)], now: Timestamp) -> u64;
    fn list_orphans(table: Table, after: i64, max: u32) -> Gone;
    fn list_stray_posts(max: u32) -> Vec<Orphan>;
    fn list_leases(max: u32) -> Vec<LeaseRow>;
    fn list_held(before: Timestamp, max: u32, now: Timestamp) -> Vec<Held>;
    fn take_comparisons(again_at: Timestamp, max: u32, now: Timestamp) -> Vec<Comparison>;
    fn list_our_texts(bot: &BotId, hashes: &[ContentHash]) -> Vec<OurText>;
    fn note_comparison(note: &ComparisonNote, now: Timestamp) -> Noted;
    fn list_findings(max: u32) -> Vec<OpenFinding>;
    fn count_findings() -> Vec<FindingCount>;
    fn forget_findings(before: Timestamp, max: u32) -> u64;
});

forward!(BotStore {
    fn sync_bots(declared: &[Bot], places: &[ManagedBy], now: Timestamp) -> SyncReport;
    fn find_bot(id: &BotId) -> Option<(Bot, BotState, Option<StateReason>)>;
    fn bot_stamp(id: &BotId) -> Option<String>;
    fn save_bot(bot: &Bot, was: Option<&str>, now: Timestamp) -> Saved;
    fn reopen_bot(id: &BotId, now: Timestamp) -> Saved;
    fn list_declared(after: Option<&BotId>, max: u32) -> Vec<(Bot, BotState)>;
    fn list_bot_ids(after: Option<&BotId>, max: u32) -> Vec<BotId>;
    fn set_bot_state(id: &BotId, state: BotState, reason: Option<StateReason>, now: Timestamp) -> bool;
    fn list_go_live(id: &BotId) -> Vec<GoLive>;
    fn confirm_go_live(id: &BotId, items: &[GoLiveItem], who: &str, now: Timestamp) -> bool;
    fn set_x_user(id: &BotId, user: &XUserId, now: Timestamp) -> ();
});

forward!(BudgetStore {
    fn sync_budgets(budgets: &Budgets, now: Timestamp) -> ();
    fn reserve_model(wish: &ModelWish, now: Timestamp) -> Reserved;
    fn settle_model(bot: &BotId, reservation: Option<ReservationId>, cost: MicroUsd, now: Timestamp) -> ();
    fn write_off_reservations(before: Timestamp, max: u32, now: Timestamp) -> Vec<WrittenOff>;
    fn list_bot_budgets(after: Option<&BotId>, max: u32, now: Timestamp) -> Vec<Budget>;
    fn list_shared_budgets(now: Timestamp) -> Vec<Budget>;
    fn list_budgets_of(bot: &BotId, now: Timestamp) -> Vec<Budget>;
    fn list_tight_budgets(percent: i64, max: u32, now: Timestamp) -> Vec<Budget>;
    fn list_reserved() -> Vec<(Purse, MicroUsd)>;
    fn list_past_costs(bot: &BotId, max: u32) -> Vec<PastCost>;
});

forward!(TryOutStore {
    fn ask_try_out(new: &NewTryOut, now: Timestamp) -> Result<TryOutId, TryOutId>;
    fn take_try_outs(now: Timestamp, fence: Fence, max: u32) -> Vec<TryOut>;
    fn end_try_out(id: TryOutId, fence: Fence, answer: &TryOutAnswer, now: Timestamp) -> bool;
    fn find_try_out(id: TryOutId) -> Option<TryOut>;
    fn tidy_try_outs(max: u32, now: Timestamp) -> u64;
});

forward!(BulkStore {
    fn open_bulk(new: &NewBulk, now: Timestamp) -> OpenedBulk;
    fn take_bulk(now: Timestamp, fence: Fence, max: u32) -> Vec<BulkOrder>;
    fn note_bulk(note: &BulkNote) -> bool;
    fn end_bulk(id: BulkId, fence: Fence, cost: MicroUsd, now: Timestamp) -> bool;
    fn find_bulk(bot: &BotId) -> Option<BulkId>;
    fn await_bulk(bot: &BotId, until: Timestamp, now: Timestamp) -> ();
    fn list_bulk(max: u32) -> Vec<BulkOrder>;
});

forward!(NodeStore {
    fn history() -> History;
    fn take_lease(wanted: &NewLease<'_>, now: Timestamp) -> Lease;
    fn renew_lease(lease: &Lease, now: Timestamp, length: SignedDuration) -> Option<Lease>;
    fn end_lease(lease: &Lease, now: Timestamp) -> ();
    fn database_time() -> Option<Timestamp>;
    fn news() -> ();
    fn recover_abandoned(now: Timestamp, closed_at: ClosedAt) -> Abandoned;
    fn distrust_history(since: Timestamp, now: Timestamp) -> u64;
    fn set_kill_switch(is_on: bool, now: Timestamp) -> ();
});

forward!(FeedStore {
    fn take_feeds(now: Timestamp, max: u32) -> Vec<DueFeed>;
    fn find_items(feed: FeedId, items: &[ItemId]) -> BTreeSet<ItemId>;
    fn note_feed(note: &FeedNote, now: Timestamp) -> ();
    fn take_items(now: Timestamp, max: u32) -> Vec<WaitingItem>;
    fn note_item(note: &ItemNote, now: Timestamp) -> Option<StoredPost>;
    fn material_seed() -> u64;
    fn next_feed_work() -> Option<Timestamp>;
    fn list_feeds(bot: Option<&BotId>, max: u32) -> Vec<FeedLine>;
    fn list_silent_feeds(before: Timestamp, max: u32) -> Vec<SilentFeed>;
    fn list_items(feed: FeedId, max: u32) -> Vec<ItemLine>;
});

forward!(OriginStore {
    fn find_writing(post: PostId) -> Option<Writing>;
    fn list_recent_posts(bot: &BotId, max: u32) -> Vec<RecentPost>;
    fn list_personas(bot: &BotId, max: u32) -> Vec<PersonaState>;
    fn find_persona(bot: &BotId, version: PersonaVersion) -> Option<PersonaState>;
});

forward!(ListStore {
    fn page_posts(of: PostsOf<'_>, before: Option<PostId>, max: u32) -> Vec<Post>;
    fn page_slots(
        view: SlotView, bot: Option<&BotId>, after: Option<(Timestamp, SlotId)>, max: u32
    ) -> Vec<SlotLine>;
});

forward!(EvergreenStore {
    fn keep_evergreens(posts: &[NewPost], now: Timestamp) -> Vec<KeptEvergreen>;
    fn list_evergreens(bot: &BotId, after: Option<EvergreenId>, max: u32) -> Vec<Evergreen>;
    fn next_evergreens(bots: &[BotId]) -> Vec<Evergreen>;
    fn use_evergreen(one: &Evergreen, now: Timestamp) -> Option<StoredPost>;
    fn drop_evergreen(id: EvergreenId, reason: &str, now: Timestamp) -> bool;
});

forward!(FigureStore {
    fn list_endings(bot: Option<&BotId>, since: Timestamp, max: u32) -> Vec<EndingCount>;
    fn list_topics(bot: Option<&BotId>, since: Timestamp, max: u32) -> Vec<TopicCount>;
    fn list_drops(bot: Option<&BotId>, since: Date) -> Vec<Drops>;
    fn list_spend(since: Date) -> Vec<DaySpend>;
    fn list_spend_of(bots: &[BotId], since: Date) -> Vec<DaySpend>;
    fn list_spenders(max: u32, now: Timestamp) -> Vec<Budget>;
    fn list_purses(bot: &BotId, now: Timestamp) -> Vec<Budget>;
    fn list_ledger(bot: Option<&BotId>, before: Option<i64>, max: u32) -> Vec<LedgerLine>;
    fn list_drifted_hours(from: i64, until: i64) -> Vec<EndingHour>;
    fn mend_hours(drifted: &[EndingHour]) -> u64;
});

forward!(PostStore {
    fn store_posts(posts: &[NewPost], now: Timestamp) -> Vec<StoredPost>;
    fn store_refill(posts: &[NewPost], note: &RefillNote, now: Timestamp) -> Vec<StoredPost>;
    fn take_refills(now: Timestamp, fence: Fence, max: u32) -> Vec<Refill>;
    fn find_hashes(hashes: &[ContentHash]) -> Vec<(ContentHash, PostId, BotId)>;
    fn list_alike(texts: &[&str]) -> Vec<Vec<AlikePost>>;
    fn fill_bands(max: u32) -> u64;
    fn list_queue(bot: &BotId, max: u32) -> Vec<Post>;
    fn find_order(bot: &BotId) -> QueueOrder;
    fn order_queue(bot: &BotId, posts: &[PostId], now: Timestamp) -> u64;
    fn remove_post(id: PostId, now: Timestamp) -> bool;
    fn find_post(id: PostId) -> Option<Post>;
});

forward!(ReadStore {
    fn list_bots(after: Option<&BotId>, max: u32) -> Vec<BotLine>;
    fn find_bot_line(bot: &BotId) -> Option<BotLine>;
    fn list_slots(view: SlotView, bot: Option<&BotId>, max: u32) -> Vec<SlotLine>;
    fn find_slot(slot: SlotId) -> Option<SlotLine>;
    fn counts() -> Counts;
    fn list_nodes(now: Timestamp) -> Vec<NodeLine>;
    fn ping() -> ();
});

forward!(SlotStore {
    fn list_unplanned(now: Timestamp, share: Share, max: u32) -> Vec<Unplanned>;
    fn extend_plans(extensions: &[Extension], now: Timestamp) -> u64;
    fn follow_zone_rules(now: Timestamp) -> Vec<String>;
    fn list_open_slots(now: Timestamp, share: Share, max: u32) -> Vec<OpenSlot>;
    fn assign(assignments: &[Assignment], now: Timestamp) -> Vec<SlotId>;
    fn await_content(slots: &[(SlotId, i64, Timestamp)], now: Timestamp) -> ();
    fn skip_planned(slots: &[(SlotId, i64, SkipReason)], now: Timestamp) -> u64;
    fn claim_due(now: Timestamp, fence: Fence, max: u32, intend: Intend<'_>) -> Vec<Claimed>;
    fn ask_for_slot(bot: &BotId, now: Timestamp) -> Option<SlotId>;
    fn next_wake() -> Option<Timestamp>;
});

forward!(StoryStore {
    fn list_attempts(of: AttemptsOf) -> Vec<AttemptLine>;
    fn find_proof(post: PostId) -> Option<ReceiptLine>;
});

forward!(CalendarStore {
    fn list_slots_due(span: Span, bot: Option<&BotId>, max: u32) -> Vec<SlotLine>;
    fn count_slots_due(spans: &[Span], bot: Option<&BotId>, max: u32) -> Vec<Vec<(SlotPhase, u64)>>;
    fn list_plans(bot: &BotId) -> Vec<Unplanned>;
    fn find_held(slot: SlotId) -> Option<HeldSlot>;
    fn move_slot(moved: &SlotMove, now: Timestamp) -> bool;
    fn skip_slot(skip: &SlotSkip, now: Timestamp) -> bool;
    fn unskip_slot(skip: &SlotSkip, now: Timestamp) -> bool;
});

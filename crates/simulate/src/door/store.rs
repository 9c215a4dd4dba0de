//! The store as one node sees it. A step is one call and one transaction, and it runs from its begin to
//! its end within one poll: what sqlx does on its own thread meanwhile decides no order, so a run is
//! the same bit for bit.

mod bulk;
mod calendar;
mod feeds;
mod figures;
mod lists;
mod story;
mod try_outs;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use domain::model::{
    Bot, BotId, BotState, Budget, Budgets, ContentHash, EvergreenId, Fence, GoLive, GoLiveItem,
    Lease, ManagedBy, MicroUsd, OpenFinding, PersonaVersion, PolicyHash, Post, PostId, Purse,
    ReservationId, Share, SkipReason, SlotId, StateReason, XPostId, XUserId,
};
use domain::ports::store::{
    Abandoned, AlikePost, ApprovalAct, ApprovalStore, Assignment, AttemptStore, AttentionStore,
    AuditStore, Begun, BotLine, BotStore, BudgetStore, Claimed, ClosedAt, ComparisonNote, Counts,
    Draft, Edit, Edited, Evergreen, EvergreenStore, Extension, FindingCount, History, Intend,
    Intent, KeptEvergreen, ModelWish, NewLease, NewPost, NodeLine, NodeStore, Noted, OpenAttempt,
    OpenSlot, OriginStore, PastCost, PersonaState, Position, PostStore, QueueOrder, ReadStore,
    RecentPost, Refill, RefillNote, Rejection, Reserved, Resolution, ReviewedPost, Said, Saved,
    SchedulePage, SeenPost, Settlement, SlotLine, SlotStore, SlotView, SlotsAsked, StoppedBot,
    StoreError, StoredPost, Sweep, SweepLook, SyncReport, Unplanned, Writing, WrittenOff,
};
use domain::rules::attention::AskedSlot;
use domain::rules::audit::Checked;
use domain::rules::audit::counters::Counters;
use domain::rules::audit::leases::{Held, LeaseRow};
use domain::rules::audit::orphans::{Gone, Orphan, Table};
use domain::rules::audit::outcomes::OpenEnded;
use domain::rules::audit::slots::SlotRow;
use domain::rules::audit::timeline::{Comparison, OurText};
use jiff::{SignedDuration, Timestamp};
use store::Db;

use super::forward::forward;
use super::{Life, Troubles};
use crate::bugs::Planted;
use crate::clock::{TrueClock, stamp};
use crate::director::Scribe;
use crate::executor::Owner;
use crate::history::{Chronicle, Event};
use crate::place::Driver;

/// What a store door is made of.
pub(crate) struct StoreDoorParts {
    /// Whose it is.
    pub(crate) node: Owner,
    /// The database.
    pub(crate) db: Db,
    /// Drives a step to its end.
    pub(crate) driver: Arc<Driver>,
    /// The true time.
    pub(crate) clock: TrueClock,
    /// The node's life.
    pub(crate) life: Arc<Life>,
    /// The weather of the database.
    pub(crate) troubles: Arc<Troubles>,
    /// What happened.
    pub(crate) chronicle: Chronicle,
    /// The database of several nodes has a clock of its own, as a server does.
    pub(crate) has_clock: bool,
    /// A defect on purpose, if any.
    pub(crate) planted: Arc<Planted>,
    /// Copies new intents as soon as they stand.
    pub(crate) scribe: Arc<Scribe>,
}

/// The door.
pub(crate) struct StoreDoor {
    parts: StoreDoorParts,
    /// Of the last lease that was taken.
    fence: AtomicI64,
    has_failed: AtomicBool,
}

impl StoreDoor {
    /// A door of these parts.
    pub(crate) fn new(parts: StoreDoorParts) -> Self {
        Self { parts, fence: AtomicI64::new(0), has_failed: AtomicBool::new(false) }
    }

    /// The fence of the last lease that was taken.
    pub(crate) fn fence(&self) -> i64 {
        self.fence.load(Ordering::Relaxed)
    }

    /// Whether a step failed since this was asked last.
    pub(crate) fn has_failed(&self) -> bool {
        self.has_failed.swap(false, Ordering::Relaxed)
    }

    fn db(&self) -> &Db {
        &self.parts.db
    }

    fn now<T>(&self, step: impl Future<Output = T>) -> T {
        self.parts.driver.drive(step)
    }

    fn note(&self, event: Event) {
        self.parts.chronicle.note(event);
    }

    /// One step, whatever it meets.
    async fn step<T>(
        &self,
        is_write: bool,
        run: impl FnOnce() -> Result<T, StoreError> + Send,
    ) -> Result<T, StoreError>
    where
        T: Send,
    {
        self.parts.life.point().await;
        let trouble =
            self.parts.troubles.meet(self.parts.node, self.parts.clock.millis(), is_write);
        let outcome = match trouble {
            None => run(),
            Some(trouble) => {
                self.parts.chronicle.count(trouble.class());
                if trouble.is_done() {
                    // Whatever it says: the engine is told that nobody knows.
                    let _ = run();
                }
                Err(trouble.error())
            }
        };
        if outcome.is_err() {
            self.has_failed.store(true, Ordering::Relaxed);
        }
        self.parts.life.point().await;
        outcome
    }

    fn note_settled(&self, settlements: &[Settlement], won: &[SlotId]) {
        for one in settlements.iter().filter(|one| won.contains(&one.change.slot)) {
            let verdict = one.attempt.as_ref();
            self.note(Event::Settled {
                node: self.parts.node,
                slot: one.change.slot.0,
                version: one.change.version,
                from: one.change.from.as_str(),
                to: one.change.to.phase().as_str(),
                verdict: verdict.map(|verdict| (verdict.attempt.0, verdict.state.as_str())),
                x_post: one.receipt.as_ref().map(|receipt| receipt.x_post_id.to_string()),
            });
        }
    }

    fn note_lease(&self, fence: Fence, now: Timestamp, expires_at: Timestamp) {
        let lasts = expires_at.duration_since(now).as_millis();
        let until = self.parts.clock.millis() + i64::try_from(lasts).unwrap_or_default();
        self.fence.store(fence.0, Ordering::Relaxed);
        self.note(Event::Leased { node: self.parts.node, fence: fence.0, until });
    }
}

#[async_trait::async_trait]
impl AttemptStore for StoreDoor {
    async fn begin_attempts(
        &self,
        intents: &[Intent],
        now: Timestamp,
    ) -> Result<Vec<Begun>, StoreError> {
        let planted = &self.parts.planted;
        self.step(true, || {
            let begun = planted
                .around_intents(intents, || self.now(self.db().begin_attempts(intents, now)));
            self.parts.scribe.copy_intents();
            begun
        })
        .await
    }

    async fn settle(
        &self,
        settlements: &[Settlement],
        now: Timestamp,
    ) -> Result<Vec<SlotId>, StoreError> {
        let settlements = self.parts.planted.settlements(settlements);
        self.step(true, || {
            let won = self.now(self.db().settle(&settlements, now))?;
            self.note_settled(&settlements, &won);
            Ok(won)
        })
        .await
    }

    async fn take_open_attempts(
        &self,
        now: Timestamp,
        fence: Fence,
        max: u32,
    ) -> Result<Vec<OpenAttempt>, StoreError> {
        let planted = &self.parts.planted;
        let max = planted.looks_max(max);
        self.step(true, || {
            let open = self.now(self.db().take_open_attempts(now, fence, max))?;
            Ok(planted.open(open))
        })
        .await
    }

    async fn adopt_seen(
        &self,
        bot: &BotId,
        seen: &[SeenPost],
        look: SweepLook,
        now: Timestamp,
    ) -> Result<Option<Vec<PostId>>, StoreError> {
        let seen = self.parts.planted.seen(seen);
        self.step(true, || self.now(self.db().adopt_seen(bot, seen, look, now))).await
    }
}

#[async_trait::async_trait]
impl NodeStore for StoreDoor {
    async fn history(&self) -> Result<History, StoreError> {
        let history = self.step(false, || self.now(self.db().history())).await?;
        Ok(self.parts.planted.history(history))
    }

    async fn take_lease(&self, wanted: &NewLease<'_>, now: Timestamp) -> Result<Lease, StoreError> {
        self.step(true, || {
            let lease = self.now(self.db().take_lease(wanted, now))?;
            self.note_lease(lease.fence, now, now + wanted.length);
            Ok(lease)
        })
        .await
    }

    async fn renew_lease(
        &self,
        lease: &Lease,
        now: Timestamp,
        length: SignedDuration,
    ) -> Result<Option<Lease>, StoreError> {
        self.step(true, || {
            if self.parts.troubles.starves(self.parts.clock.millis()) {
                return Err(super::trouble::Trouble::Away.error());
            }
            let renewed = self.now(self.db().renew_lease(lease, now, length))?;
            if renewed.is_some() {
                self.note_lease(lease.fence, now, now + length);
            }
            Ok(renewed)
        })
        .await
    }

    async fn end_lease(&self, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
        self.step(true, || self.now(self.db().end_lease(lease, now))).await
    }

    async fn database_time(&self) -> Result<Option<Timestamp>, StoreError> {
        let time = self.parts.has_clock.then(|| stamp(self.parts.clock.millis()));
        self.step(false, || Ok(self.parts.planted.database_time(time))).await
    }

    async fn recover_abandoned(
        &self,
        now: Timestamp,
        closed_at: ClosedAt,
    ) -> Result<Abandoned, StoreError> {
        let planted = &self.parts.planted;
        self.step(true, || {
            planted.before_recovery();
            self.now(self.db().recover_abandoned(now, closed_at))
        })
        .await
    }

    async fn distrust_history(&self, since: Timestamp, now: Timestamp) -> Result<u64, StoreError> {
        self.step(true, || {
            let distrusted = self.now(self.db().distrust_history(since, now))?;
            self.note(Event::Distrusted { node: self.parts.node });
            Ok(distrusted)
        })
        .await
    }

    async fn set_kill_switch(&self, is_on: bool, now: Timestamp) -> Result<(), StoreError> {
        self.step(true, || self.now(self.db().set_kill_switch(is_on, now))).await
    }
}

#[async_trait::async_trait]
impl SlotStore for StoreDoor {
    async fn list_unplanned(
        &self,
        now: Timestamp,
        share: Share,
        max: u32,
    ) -> Result<Vec<Unplanned>, StoreError> {
        self.step(false, || self.now(self.db().list_unplanned(now, share, max))).await
    }

    async fn extend_plans(
        &self,
        extensions: &[Extension],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let extensions = self.parts.planted.extensions(extensions);
        self.step(true, || self.now(self.db().extend_plans(&extensions, now))).await
    }

    async fn follow_zone_rules(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        self.step(true, || self.now(self.db().follow_zone_rules(now))).await
    }

    async fn list_open_slots(
        &self,
        now: Timestamp,
        share: Share,
        max: u32,
    ) -> Result<Vec<OpenSlot>, StoreError> {
        self.step(false, || self.now(self.db().list_open_slots(now, share, max))).await
    }

    async fn assign(
        &self,
        assignments: &[Assignment],
        now: Timestamp,
    ) -> Result<Vec<SlotId>, StoreError> {
        self.step(true, || self.now(self.db().assign(assignments, now))).await
    }

    async fn await_content(
        &self,
        slots: &[(SlotId, i64, Timestamp)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.step(true, || self.now(self.db().await_content(slots, now))).await
    }

    async fn skip_planned(
        &self,
        slots: &[(SlotId, i64, SkipReason)],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.step(true, || self.now(self.db().skip_planned(slots, now))).await
    }

    async fn claim_due(
        &self,
        now: Timestamp,
        fence: Fence,
        max: u32,
        intend: Intend<'_>,
    ) -> Result<Vec<Claimed>, StoreError> {
        let planted = &self.parts.planted;
        self.step(true, || {
            let claimed = planted.around_claim(intend, |intend| {
                self.now(self.db().claim_due(now, fence, max, intend))
            });
            if claimed.as_ref().is_ok_and(|claimed| !claimed.is_empty()) {
                self.parts.scribe.copy_intents();
            }
            claimed
        })
        .await
    }

    async fn ask_for_slot(
        &self,
        bot: &BotId,
        now: Timestamp,
    ) -> Result<Option<SlotId>, StoreError> {
        self.step(true, || self.now(self.db().ask_for_slot(bot, now))).await
    }

    async fn next_wake(&self) -> Result<Option<Timestamp>, StoreError> {
        self.step(false, || self.now(self.db().next_wake())).await
    }
}

forward!(ApprovalStore {
    reads fn list_drafts(bot: Option<&BotId>, max: u32) -> Result<Vec<Draft>, StoreError>;
    reads fn count_drafts(max: u32) -> Result<Vec<(BotId, u64)>, StoreError>;
    reads fn find_reviewed(id: PostId) -> Result<Option<ReviewedPost>, StoreError>;
    writes fn approve_post(act: &ApprovalAct, policy: &PolicyHash, now: Timestamp) -> Result<Said, StoreError>;
    writes fn edit_post(edit: &Edit, now: Timestamp) -> Result<Edited, StoreError>;
    writes fn reject_post(rejection: &Rejection, now: Timestamp) -> Result<Said, StoreError>;
    writes fn expire_drafts(before: Timestamp, reason: &str, max: u32, now: Timestamp) -> Result<u64, StoreError>;
    reads fn list_rejections(bot: &BotId) -> Result<Vec<String>, StoreError>;
});

forward!(AttentionStore {
    reads fn list_stopped_bots(after: Option<&BotId>, max: u32) -> Result<Vec<StoppedBot>, StoreError>;
    reads fn find_asked(slot: SlotId) -> Result<Option<AskedSlot>, StoreError>;
    reads fn find_receipt(x_post_id: &XPostId) -> Result<Option<String>, StoreError>;
    writes fn resolve_asked(resolution: &Resolution, now: Timestamp) -> Result<bool, StoreError>;
});

forward!(AuditStore {
    reads fn sweep_position(sweep: Sweep) -> Result<Position, StoreError>;
    writes fn note_findings(checked: &Checked, sweep: Option<(Sweep, &Position)>, now: Timestamp) -> Result<Noted, StoreError>;
    reads fn list_audited_schedules(after: i64, max: u32) -> Result<SchedulePage, StoreError>;
    reads fn list_slot_rows(asked: &[SlotsAsked]) -> Result<Vec<SlotRow>, StoreError>;
    reads fn list_open_ended(late: SignedDuration, max: u32, now: Timestamp) -> Result<Vec<OpenEnded>, StoreError>;
    reads fn list_counters(after: Option<&BotId>, max: u32) -> Result<Vec<Counters>, StoreError>;
    writes fn mend_counters(drifted: &[Counters], compare_at: &[(BotId, Timestamp)], now: Timestamp) -> Result<u64, StoreError>;
    reads fn list_orphans(table: Table, after: i64, max: u32) -> Result<Gone, StoreError>;
    reads fn list_stray_posts(max: u32) -> Result<Vec<Orphan>, StoreError>;
    reads fn list_leases(max: u32) -> Result<Vec<LeaseRow>, StoreError>;
    reads fn list_held(before: Timestamp, max: u32, now: Timestamp) -> Result<Vec<Held>, StoreError>;
    writes fn take_comparisons(again_at: Timestamp, max: u32, now: Timestamp) -> Result<Vec<Comparison>, StoreError>;
    reads fn list_our_texts(bot: &BotId, hashes: &[ContentHash]) -> Result<Vec<OurText>, StoreError>;
    writes fn note_comparison(note: &ComparisonNote, now: Timestamp) -> Result<Noted, StoreError>;
    reads fn list_findings(max: u32) -> Result<Vec<OpenFinding>, StoreError>;
    reads fn count_findings() -> Result<Vec<FindingCount>, StoreError>;
    writes fn forget_findings(before: Timestamp, max: u32) -> Result<u64, StoreError>;
});

forward!(BotStore {
    writes fn sync_bots(declared: &[Bot], places: &[ManagedBy], now: Timestamp) -> Result<SyncReport, StoreError>;
    reads fn find_bot(id: &BotId) -> Result<Option<(Bot, BotState, Option<StateReason>)>, StoreError>;
    reads fn bot_stamp(id: &BotId) -> Result<Option<String>, StoreError>;
    writes fn save_bot(bot: &Bot, was: Option<&str>, now: Timestamp) -> Result<Saved, StoreError>;
    writes fn reopen_bot(id: &BotId, now: Timestamp) -> Result<Saved, StoreError>;
    reads fn list_declared(after: Option<&BotId>, max: u32) -> Result<Vec<(Bot, BotState)>, StoreError>;
    reads fn list_bot_ids(after: Option<&BotId>, max: u32) -> Result<Vec<BotId>, StoreError>;
    writes fn set_bot_state(id: &BotId, state: BotState, reason: Option<StateReason>, now: Timestamp) -> Result<bool, StoreError>;
    reads fn list_go_live(id: &BotId) -> Result<Vec<GoLive>, StoreError>;
    writes fn confirm_go_live(id: &BotId, items: &[GoLiveItem], who: &str, now: Timestamp) -> Result<bool, StoreError>;
    writes fn set_x_user(id: &BotId, user: &XUserId, now: Timestamp) -> Result<(), StoreError>;
});

forward!(BudgetStore {
    writes fn sync_budgets(budgets: &Budgets, now: Timestamp) -> Result<(), StoreError>;
    writes fn reserve_model(wish: &ModelWish, now: Timestamp) -> Result<Reserved, StoreError>;
    writes fn settle_model(bot: &BotId, reservation: Option<ReservationId>, cost: MicroUsd, now: Timestamp) -> Result<(), StoreError>;
    writes fn write_off_reservations(before: Timestamp, max: u32, now: Timestamp) -> Result<Vec<WrittenOff>, StoreError>;
    reads fn list_bot_budgets(after: Option<&BotId>, max: u32, now: Timestamp) -> Result<Vec<Budget>, StoreError>;
    reads fn list_shared_budgets(now: Timestamp) -> Result<Vec<Budget>, StoreError>;
    reads fn list_budgets_of(bot: &BotId, now: Timestamp) -> Result<Vec<Budget>, StoreError>;
    reads fn list_tight_budgets(percent: i64, max: u32, now: Timestamp) -> Result<Vec<Budget>, StoreError>;
    reads fn list_reserved() -> Result<Vec<(Purse, MicroUsd)>, StoreError>;
    reads fn list_past_costs(bot: &BotId, max: u32) -> Result<Vec<PastCost>, StoreError>;
});

forward!(OriginStore {
    reads fn find_writing(post: PostId) -> Result<Option<Writing>, StoreError>;
    reads fn list_recent_posts(bot: &BotId, max: u32) -> Result<Vec<RecentPost>, StoreError>;
    reads fn list_personas(bot: &BotId, max: u32) -> Result<Vec<PersonaState>, StoreError>;
    reads fn find_persona(bot: &BotId, version: PersonaVersion) -> Result<Option<PersonaState>, StoreError>;
});

forward!(EvergreenStore {
    writes fn keep_evergreens(posts: &[NewPost], now: Timestamp) -> Result<Vec<KeptEvergreen>, StoreError>;
    reads fn list_evergreens(bot: &BotId, after: Option<EvergreenId>, max: u32) -> Result<Vec<Evergreen>, StoreError>;
    reads fn next_evergreens(bots: &[BotId]) -> Result<Vec<Evergreen>, StoreError>;
    writes fn use_evergreen(one: &Evergreen, now: Timestamp) -> Result<Option<StoredPost>, StoreError>;
    writes fn drop_evergreen(id: EvergreenId, reason: &str, now: Timestamp) -> Result<bool, StoreError>;
});

forward!(PostStore {
    writes fn store_posts(posts: &[NewPost], now: Timestamp) -> Result<Vec<StoredPost>, StoreError>;
    writes fn store_refill(posts: &[NewPost], note: &RefillNote, now: Timestamp) -> Result<Vec<StoredPost>, StoreError>;
    writes fn take_refills(now: Timestamp, fence: Fence, max: u32) -> Result<Vec<Refill>, StoreError>;
    reads fn find_hashes(hashes: &[ContentHash]) -> Result<Vec<(ContentHash, PostId, BotId)>, StoreError>;
    reads fn list_alike(texts: &[&str]) -> Result<Vec<Vec<AlikePost>>, StoreError>;
    writes fn fill_bands(max: u32) -> Result<u64, StoreError>;
    reads fn list_queue(bot: &BotId, max: u32) -> Result<Vec<Post>, StoreError>;
    reads fn find_order(bot: &BotId) -> Result<QueueOrder, StoreError>;
    writes fn order_queue(bot: &BotId, posts: &[PostId], now: Timestamp) -> Result<u64, StoreError>;
    writes fn remove_post(id: PostId, now: Timestamp) -> Result<bool, StoreError>;
    reads fn find_post(id: PostId) -> Result<Option<Post>, StoreError>;
});

forward!(ReadStore {
    reads fn list_bots(after: Option<&BotId>, max: u32) -> Result<Vec<BotLine>, StoreError>;
    reads fn find_bot_line(bot: &BotId) -> Result<Option<BotLine>, StoreError>;
    reads fn list_slots(view: SlotView, bot: Option<&BotId>, max: u32) -> Result<Vec<SlotLine>, StoreError>;
    reads fn find_slot(slot: SlotId) -> Result<Option<SlotLine>, StoreError>;
    reads fn counts() -> Result<Counts, StoreError>;
    reads fn list_nodes(now: Timestamp) -> Result<Vec<NodeLine>, StoreError>;
    reads fn ping() -> Result<(), StoreError>;
});

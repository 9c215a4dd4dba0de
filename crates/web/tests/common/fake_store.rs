//! A store that holds what a test puts into it.
//!
//! Made from the ports: reading and asking for a slot work; every other step of the story answers
//! that it is not here.

use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use domain::model::{
    BotId, BotState, ContentHash, Fence, Lease, OpenFinding, Post, PostId, Share, SkipReason,
    SlotId, XPostId,
};
use domain::ports::store::{
    Abandoned, AlikePost, Assignment, AttemptStore, AttentionStore, AuditStore, Begun, BotLine,
    Claimed, ClosedAt, ComparisonNote, Counts, Extension, FindingCount, History, Intend, Intent,
    NewLease, NewPost, NodeLine, NodeStore, Noted, OpenAttempt, OpenSlot, Position, PostStore,
    QueueOrder, ReadStore, Refill, RefillNote, Resolution, SchedulePage, SeenPost, Settlement,
    SlotLine, SlotStore, SlotView, SlotsAsked, StoppedBot, StoreError, StoredPost, Sweep,
    SweepLook, Unplanned,
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

pub(crate) use super::rows::Rows;

/// Rows behind a lock, and a switch that takes the database away.
#[derive(Clone, Default)]
pub(crate) struct FakeStore {
    rows: Arc<Mutex<Rows>>,
    broken: Arc<Mutex<Option<StoreError>>>,
}

impl FakeStore {
    /// A store with these rows.
    pub(crate) fn with(rows: Rows) -> Self {
        Self { rows: Arc::new(Mutex::new(rows)), broken: Arc::default() }
    }

    /// To change what is in it.
    pub(crate) fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap()
    }

    /// From now on every call fails like this, or works again.
    pub(crate) fn break_with(&self, error: Option<StoreError>) {
        *self.broken.lock().unwrap() = error;
    }

    pub(super) fn read(&self) -> Result<MutexGuard<'_, Rows>, StoreError> {
        match &*self.broken.lock().unwrap() {
            Some(error) => Err(error.clone()),
            None => Ok(self.rows()),
        }
    }
}

pub(super) fn absent<T>() -> Result<T, StoreError> {
    Err(StoreError::Failed("the web side has no business with this step".to_owned()))
}

#[async_trait]
impl ReadStore for FakeStore {
    async fn list_bots(&self, after: Option<&BotId>, max: u32) -> Result<Vec<BotLine>, StoreError> {
        Ok(self.read()?.bots_after(after, max).cloned().collect())
    }

    async fn find_bot_line(&self, bot: &BotId) -> Result<Option<BotLine>, StoreError> {
        Ok(self.read()?.bots.iter().find(|line| line.stats.bot == *bot).cloned())
    }

    async fn list_slots(
        &self,
        view: SlotView,
        bot: Option<&BotId>,
        max: u32,
    ) -> Result<Vec<SlotLine>, StoreError> {
        Ok(self.read()?.slots_of(view, bot, max))
    }

    async fn find_slot(&self, slot: SlotId) -> Result<Option<SlotLine>, StoreError> {
        Ok(self.read()?.slots.iter().find(|line| line.slot == slot).cloned())
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        Ok(self.read()?.counts())
    }

    async fn list_nodes(&self, now: Timestamp) -> Result<Vec<NodeLine>, StoreError> {
        drop(self.read()?);
        Ok(vec![NodeLine {
            fence: Fence(1),
            node: "host-1:42".to_owned(),
            expires_at: now + SignedDuration::from_secs(60),
            declared: None,
        }])
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.read().map(drop)
    }
}

#[async_trait]
impl AuditStore for FakeStore {
    async fn sweep_position(&self, _: Sweep) -> Result<Position, StoreError> {
        absent()
    }

    async fn note_findings(
        &self,
        _: &Checked,
        _: Option<(Sweep, &Position)>,
        _: Timestamp,
    ) -> Result<Noted, StoreError> {
        absent()
    }

    async fn list_audited_schedules(&self, _: i64, _: u32) -> Result<SchedulePage, StoreError> {
        absent()
    }

    async fn list_slot_rows(&self, _: &[SlotsAsked]) -> Result<Vec<SlotRow>, StoreError> {
        absent()
    }

    async fn list_open_ended(
        &self,
        _: SignedDuration,
        _: u32,
        _: Timestamp,
    ) -> Result<Vec<OpenEnded>, StoreError> {
        absent()
    }

    async fn list_counters(&self, _: Option<&BotId>, _: u32) -> Result<Vec<Counters>, StoreError> {
        absent()
    }

    async fn mend_counters(
        &self,
        _: &[Counters],
        _: &[(BotId, Timestamp)],
        _: Timestamp,
    ) -> Result<u64, StoreError> {
        absent()
    }

    async fn list_orphans(&self, _: Table, _: i64, _: u32) -> Result<Gone, StoreError> {
        absent()
    }

    async fn list_stray_posts(&self, _: u32) -> Result<Vec<Orphan>, StoreError> {
        absent()
    }

    async fn list_leases(&self, _: u32) -> Result<Vec<LeaseRow>, StoreError> {
        absent()
    }

    async fn list_held(&self, _: Timestamp, _: u32, _: Timestamp) -> Result<Vec<Held>, StoreError> {
        absent()
    }

    async fn take_comparisons(
        &self,
        _: Timestamp,
        _: u32,
        _: Timestamp,
    ) -> Result<Vec<Comparison>, StoreError> {
        absent()
    }

    async fn list_our_texts(
        &self,
        _: &BotId,
        _: &[ContentHash],
    ) -> Result<Vec<OurText>, StoreError> {
        absent()
    }

    async fn note_comparison(&self, _: &ComparisonNote, _: Timestamp) -> Result<Noted, StoreError> {
        absent()
    }

    async fn list_findings(&self, max: u32) -> Result<Vec<OpenFinding>, StoreError> {
        Ok(self.read()?.findings.iter().take(max as usize).cloned().collect())
    }

    async fn count_findings(&self) -> Result<Vec<FindingCount>, StoreError> {
        Ok(self.read()?.finding_counts())
    }

    async fn forget_findings(&self, _: Timestamp, _: u32) -> Result<u64, StoreError> {
        absent()
    }
}

#[async_trait]
impl AttentionStore for FakeStore {
    async fn list_stopped_bots(
        &self,
        _: Option<&BotId>,
        _: u32,
    ) -> Result<Vec<StoppedBot>, StoreError> {
        let rows = self.read()?;
        let stopped = rows.bots.iter().filter(|line| line.state != BotState::Active);
        let read = |line: &BotLine| StoppedBot {
            bot: line.stats.bot.clone(),
            state: line.state,
            reason: line.state_reason,
            since: Timestamp::UNIX_EPOCH,
        };
        Ok(stopped.map(read).collect())
    }

    async fn find_asked(&self, _: SlotId) -> Result<Option<AskedSlot>, StoreError> {
        absent()
    }

    async fn find_receipt(&self, _: &XPostId) -> Result<Option<String>, StoreError> {
        absent()
    }

    async fn resolve_asked(&self, _: &Resolution, _: Timestamp) -> Result<bool, StoreError> {
        absent()
    }
}

#[async_trait]
impl AttemptStore for FakeStore {
    async fn begin_attempts(&self, _: &[Intent], _: Timestamp) -> Result<Vec<Begun>, StoreError> {
        absent()
    }

    async fn settle(&self, _: &[Settlement], _: Timestamp) -> Result<Vec<SlotId>, StoreError> {
        absent()
    }

    async fn take_open_attempts(
        &self,
        _: Timestamp,
        _: Fence,
        _: u32,
    ) -> Result<Vec<OpenAttempt>, StoreError> {
        absent()
    }

    async fn adopt_seen(
        &self,
        _: &BotId,
        _: &[SeenPost],
        _: SweepLook,
        _: Timestamp,
    ) -> Result<Option<Vec<PostId>>, StoreError> {
        absent()
    }
}

#[async_trait]
impl NodeStore for FakeStore {
    async fn take_lease(&self, _: &NewLease<'_>, _: Timestamp) -> Result<Lease, StoreError> {
        absent()
    }

    async fn history(&self) -> Result<History, StoreError> {
        absent()
    }

    async fn renew_lease(
        &self,
        _: &Lease,
        _: Timestamp,
        _: SignedDuration,
    ) -> Result<Option<Lease>, StoreError> {
        absent()
    }

    async fn end_lease(&self, _: &Lease, _: Timestamp) -> Result<(), StoreError> {
        absent()
    }

    async fn database_time(&self) -> Result<Option<Timestamp>, StoreError> {
        absent()
    }

    async fn recover_abandoned(&self, _: Timestamp, _: ClosedAt) -> Result<Abandoned, StoreError> {
        absent()
    }

    async fn distrust_history(&self, _: Timestamp, _: Timestamp) -> Result<u64, StoreError> {
        absent()
    }

    async fn set_kill_switch(&self, _: bool, _: Timestamp) -> Result<(), StoreError> {
        absent()
    }
}

#[async_trait]
impl PostStore for FakeStore {
    async fn store_posts(
        &self,
        _: &[NewPost],
        _: Timestamp,
    ) -> Result<Vec<StoredPost>, StoreError> {
        absent()
    }

    async fn store_refill(
        &self,
        _: &[NewPost],
        _: &RefillNote,
        _: Timestamp,
    ) -> Result<Vec<StoredPost>, StoreError> {
        absent()
    }

    async fn take_refills(
        &self,
        _: Timestamp,
        _: Fence,
        _: u32,
    ) -> Result<Vec<Refill>, StoreError> {
        absent()
    }

    async fn find_hashes(
        &self,
        _: &[ContentHash],
    ) -> Result<Vec<(ContentHash, PostId, BotId)>, StoreError> {
        absent()
    }

    async fn list_alike(&self, _: &[&str]) -> Result<Vec<Vec<AlikePost>>, StoreError> {
        absent()
    }

    async fn fill_bands(&self, _: u32) -> Result<u64, StoreError> {
        absent()
    }

    async fn list_queue(&self, _: &BotId, _: u32) -> Result<Vec<Post>, StoreError> {
        absent()
    }

    async fn find_order(&self, _: &BotId) -> Result<QueueOrder, StoreError> {
        absent()
    }

    async fn order_queue(&self, _: &BotId, _: &[PostId], _: Timestamp) -> Result<u64, StoreError> {
        absent()
    }

    async fn remove_post(&self, _: PostId, _: Timestamp) -> Result<bool, StoreError> {
        absent()
    }

    async fn find_post(&self, _: PostId) -> Result<Option<Post>, StoreError> {
        absent()
    }
}

#[async_trait]
impl SlotStore for FakeStore {
    async fn list_unplanned(
        &self,
        _: Timestamp,
        _: Share,
        _: u32,
    ) -> Result<Vec<Unplanned>, StoreError> {
        absent()
    }

    async fn extend_plans(&self, _: &[Extension], _: Timestamp) -> Result<u64, StoreError> {
        absent()
    }

    async fn follow_zone_rules(&self, _: Timestamp) -> Result<Vec<String>, StoreError> {
        absent()
    }

    async fn list_open_slots(
        &self,
        _: Timestamp,
        _: Share,
        _: u32,
    ) -> Result<Vec<OpenSlot>, StoreError> {
        absent()
    }

    async fn assign(&self, _: &[Assignment], _: Timestamp) -> Result<Vec<SlotId>, StoreError> {
        absent()
    }

    async fn await_content(
        &self,
        _: &[(SlotId, i64, Timestamp)],
        _: Timestamp,
    ) -> Result<(), StoreError> {
        absent()
    }

    async fn skip_planned(
        &self,
        _: &[(SlotId, i64, SkipReason)],
        _: Timestamp,
    ) -> Result<u64, StoreError> {
        absent()
    }

    async fn claim_due(
        &self,
        _: Timestamp,
        _: Fence,
        _: u32,
        _: Intend<'_>,
    ) -> Result<Vec<Claimed>, StoreError> {
        absent()
    }

    async fn ask_for_slot(
        &self,
        bot: &BotId,
        now: Timestamp,
    ) -> Result<Option<SlotId>, StoreError> {
        Ok(self.read()?.ask_for_slot(bot, now))
    }

    async fn next_wake(&self) -> Result<Option<Timestamp>, StoreError> {
        absent()
    }
}

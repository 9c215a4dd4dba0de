//! The auditor's questions, one check a file, and where it keeps what it found.

use async_trait::async_trait;
use domain::model::{BotId, ContentHash, OpenFinding};
use domain::ports::store::{
    AuditStore, ComparisonNote, FindingCount, Noted, Position, SchedulePage, SlotsAsked,
    StoreError, Sweep,
};
use domain::rules::audit::Checked;
use domain::rules::audit::counters::Counters;
use domain::rules::audit::leases::{Held, LeaseRow};
use domain::rules::audit::orphans::{Gone, Orphan, Table};
use domain::rules::audit::outcomes::OpenEnded;
use domain::rules::audit::slots::SlotRow;
use domain::rules::audit::timeline::{Comparison, OurText};
use jiff::{SignedDuration, Timestamp};

use crate::db::{Db, in_transaction};

pub(crate) mod comparisons;
pub(crate) mod counters;
pub(crate) mod findings;
pub(crate) mod leases;
pub(crate) mod orphans;
pub(crate) mod outcomes;
pub(crate) mod schedules;
pub(crate) mod sweeps;

#[async_trait]
impl AuditStore for Db {
    async fn sweep_position(&self, sweep: Sweep) -> Result<Position, StoreError> {
        sweeps::position(self, sweep).await
    }

    async fn note_findings(
        &self,
        checked: &Checked,
        sweep: Option<(Sweep, &Position)>,
        now: Timestamp,
    ) -> Result<Noted, StoreError> {
        let now = now.as_millisecond();
        in_transaction!(self, |tx| async {
            if let Some((sweep, position)) = sweep {
                sweeps::advance(tx, sweep, position, now).await?;
            }
            findings::note(tx, checked, now).await
        })
    }

    async fn list_audited_schedules(
        &self,
        after: i64,
        max: u32,
    ) -> Result<SchedulePage, StoreError> {
        schedules::list(self, after, max).await
    }

    async fn list_slot_rows(&self, asked: &[SlotsAsked]) -> Result<Vec<SlotRow>, StoreError> {
        schedules::list_rows(self, asked).await
    }

    async fn list_open_ended(
        &self,
        late: SignedDuration,
        max: u32,
        now: Timestamp,
    ) -> Result<Vec<OpenEnded>, StoreError> {
        outcomes::list(self, (now - late).as_millisecond(), max).await
    }

    async fn list_counters(
        &self,
        after: Option<&BotId>,
        max: u32,
    ) -> Result<Vec<Counters>, StoreError> {
        counters::list(self, after, max).await
    }

    async fn mend_counters(
        &self,
        drifted: &[Counters],
        compare_at: &[(BotId, Timestamp)],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        in_transaction!(self, |tx| counters::mend(tx, drifted, compare_at, now.as_millisecond()))
    }

    async fn list_orphans(&self, table: Table, after: i64, max: u32) -> Result<Gone, StoreError> {
        orphans::list(self, table, after, max).await
    }

    async fn list_stray_posts(&self, max: u32) -> Result<Vec<Orphan>, StoreError> {
        orphans::list_posts(self, max).await
    }

    async fn list_leases(&self, max: u32) -> Result<Vec<LeaseRow>, StoreError> {
        leases::list(self, max).await
    }

    async fn list_held(
        &self,
        before: Timestamp,
        max: u32,
        now: Timestamp,
    ) -> Result<Vec<Held>, StoreError> {
        leases::list_held(self, before.as_millisecond(), max, now.as_millisecond()).await
    }

    async fn take_comparisons(
        &self,
        again_at: Timestamp,
        max: u32,
        now: Timestamp,
    ) -> Result<Vec<Comparison>, StoreError> {
        let times = (now.as_millisecond(), again_at.as_millisecond());
        in_transaction!(self, |tx| comparisons::take(tx, times, max))
    }

    async fn list_our_texts(
        &self,
        bot: &BotId,
        hashes: &[ContentHash],
    ) -> Result<Vec<OurText>, StoreError> {
        comparisons::list_our_texts(self, bot, hashes).await
    }

    async fn note_comparison(
        &self,
        note: &ComparisonNote,
        now: Timestamp,
    ) -> Result<Noted, StoreError> {
        in_transaction!(self, |tx| comparisons::note(tx, note, now.as_millisecond()))
    }

    async fn list_findings(&self, max: u32) -> Result<Vec<OpenFinding>, StoreError> {
        findings::list(self, max).await
    }

    async fn count_findings(&self) -> Result<Vec<FindingCount>, StoreError> {
        findings::count(self).await
    }

    async fn forget_findings(&self, before: Timestamp, max: u32) -> Result<u64, StoreError> {
        let before = before.as_millisecond();
        in_transaction!(self, |tx| findings::forget(tx, before, max))
    }
}

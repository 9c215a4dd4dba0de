//! The auditor: compares what should be with what is, a bounded share a tick, and stores what it finds.
//!
//! It is independent of the other ticks: it asks the database and the rules anew, trusts no counter and
//! no memory of theirs, and moves nothing of a slot. Sweeps go on where they stopped, on whichever
//! node and after whatever restart. One check that fails does not keep the others from being made.

mod rows;
mod schedules;
mod timelines;

use domain::model::FindingKind;
use domain::ports::store::{Noted, Position, StoreError, Sweep};
use domain::rules::audit::orphans::Table;
use domain::rules::audit::{Checked, feeds, leases, outcomes};
use jiff::{SignedDuration, Timestamp};

use crate::Engine;

/// Slots without an outcome, and slots held by dead nodes, that one tick looks at.
const SLOTS_PER_TICK_MAX: u32 = 200;
/// Feeds that cannot be read, that one tick looks at.
const FEEDS_PER_TICK_MAX: u32 = 200;
/// Starts of nodes that are looked at.
const LEASES_MAX: u32 = 200;
/// What has ended is kept so long, to be read.
const ENDED_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Findings forgotten in one tick.
const FORGOTTEN_MAX: u32 = 1_000;

/// What a tick of the auditor did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditorReport {
    /// Findings that are new.
    pub opened: u64,
    /// Findings that have ended.
    pub resolved: u64,
    /// Timelines compared with X.
    pub compared: u64,
    /// Slots of schedules that were compared with their rows.
    pub firings: u64,
}

impl AuditorReport {
    fn add(&mut self, noted: &Noted) {
        self.opened += noted.opened.len() as u64;
        self.resolved += noted.resolved;
    }
}

impl Engine {
    /// Makes each check once, as far as its share of a tick reaches.
    pub async fn tick_auditor(&self, now: Timestamp) -> Result<AuditorReport, StoreError> {
        let mut report = AuditorReport::default();
        if self.fence().is_none() || self.is_stopping() {
            return Ok(report);
        }
        let mut checks = vec![
            self.audit_schedules(&mut report, now).await,
            self.audit_outcomes(&mut report, now).await,
            self.audit_counters(&mut report, now).await,
            self.audit_hours(&mut report, now).await,
            self.audit_leases(&mut report, now).await,
            self.audit_posts(&mut report, now).await,
            self.audit_feeds(&mut report, now).await,
        ];
        for table in Table::ALL {
            checks.push(self.audit_table(table, &mut report, now).await);
        }
        checks.push(self.compare_timelines(&mut report, now).await);
        let forgotten = self.store.forget_findings(now - ENDED_KEPT, FORGOTTEN_MAX).await;
        checks.push(forgotten.map(drop));
        checks.into_iter().collect::<Result<(), StoreError>>()?;
        Ok(report)
    }

    async fn audit_outcomes(
        &self,
        report: &mut AuditorReport,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let late = outcomes::SETTLED_WITHIN;
        let slots = self.store.list_open_ended(late, SLOTS_PER_TICK_MAX, now).await?;
        let is_all = slots.len() < SLOTS_PER_TICK_MAX as usize;
        self.note(&outcomes::check(&slots, is_all, now), None, report, now).await
    }

    async fn audit_feeds(
        &self,
        report: &mut AuditorReport,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let before = now - feeds::SILENT_AFTER;
        let silent = self.store.list_silent_feeds(before, FEEDS_PER_TICK_MAX).await?;
        let is_all = silent.len() < FEEDS_PER_TICK_MAX as usize;
        self.note(&feeds::check(&silent, is_all), None, report, now).await
    }

    async fn audit_leases(
        &self,
        report: &mut AuditorReport,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let leases = self.store.list_leases(LEASES_MAX).await?;
        let before = now - leases::TAKEN_OVER_WITHIN;
        let held = self.store.list_held(before, SLOTS_PER_TICK_MAX, now).await?;
        let checked = leases::check(&leases, &held, self.settings.lease, now);
        self.note(&checked, None, report, now).await
    }

    /// Stores what a check found, and says so.
    async fn note(
        &self,
        checked: &Checked,
        sweep: Option<(Sweep, &Position)>,
        report: &mut AuditorReport,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let noted = self.store.note_findings(checked, sweep, now).await?;
        log_noted(&noted);
        report.add(&noted);
        Ok(())
    }
}

fn log_noted(noted: &Noted) {
    for (kind, detail) in &noted.opened {
        let word = kind.as_str();
        if *kind == FindingKind::CounterDrift {
            // It is set right already.
            tracing::warn!(event = "audit.finding", finding.kind = word, "Audit: {detail}");
        } else {
            tracing::error!(event = "audit.finding", finding.kind = word, "Audit: {detail}");
        }
    }
    if noted.resolved > 0 {
        let count = noted.resolved;
        tracing::info!(
            event = "audit.ended",
            findings.ended = count,
            "Audit: {count} findings have ended"
        );
    }
}

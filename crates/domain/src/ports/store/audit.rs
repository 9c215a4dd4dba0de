//! The auditor: rows to compare, and what came of it.
//!
//! Each question is one statement, so that what it compares is of one moment, and has a bound.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp, civil};

use super::{BotChange, Spend, StoreError};
use crate::model::{BotId, ContentHash, FindingKind, OpenFinding, Schedule, ScheduleId, XPostId};
use crate::rules::audit::Checked;
use crate::rules::audit::counters::Counters;
use crate::rules::audit::leases::{Held, LeaseRow};
use crate::rules::audit::orphans::{Gone, Orphan, Table};
use crate::rules::audit::outcomes::OpenEnded;
use crate::rules::audit::slots::SlotRow;
use crate::rules::audit::timeline::{Comparison, OurText};

/// A check that goes through everything, a stretch a tick, over all nodes and restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sweep {
    /// Schedules, by row id.
    Schedules,
    /// Bots, by name.
    Bots,
    /// Hours in which slots were due, counted since 1970.
    Hours,
    /// A table, by row id.
    Rows(Table),
}

impl Sweep {
    /// Its word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Schedules => "schedules",
            Self::Bots => "bots",
            Self::Hours => "hours",
            Self::Rows(Table::Attempts) => "attempts",
            Self::Rows(Table::Receipts) => "receipts",
            Self::Rows(Table::Slots) => "slots",
        }
    }
}

/// Where a sweep stopped; the default is its beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// After this row.
    pub row: i64,
    /// After this bot.
    pub bot: Option<BotId>,
    /// The next row was gone through up to here.
    pub at: Option<Timestamp>,
}

/// A schedule that is in force.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditedSchedule {
    /// Row id.
    pub id: ScheduleId,
    /// Its bot.
    pub bot: BotId,
    /// The schedule.
    pub schedule: Schedule,
    /// Up to here (exclusive) its slots are planned.
    pub planned_until: Timestamp,
    /// Since then by this pattern and the rules of its zone as they are.
    pub since: Timestamp,
}

/// Schedules in force, in the order of their row ids.
#[derive(Clone, Debug, PartialEq)]
pub struct SchedulePage {
    /// Those that can be read.
    pub schedules: Vec<AuditedSchedule>,
    /// The others, and why not.
    pub unreadable: Vec<(ScheduleId, String)>,
    /// The last row that was looked at; `None` where there are no more.
    pub upto: Option<i64>,
}

/// The rows of one schedule in a stretch of civil time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotsAsked {
    /// The schedule.
    pub schedule: ScheduleId,
    /// From here on.
    pub from: civil::DateTime,
    /// Before this.
    pub until: civil::DateTime,
}

/// What became of a comparison with X.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComparisonNote {
    /// The bot.
    pub bot: BotId,
    /// When to compare it next.
    pub next_at: Timestamp,
    /// X answered: compared up to now.
    pub is_compared: bool,
    /// What the answer does to the bot. A new finding that stops its bot pauses it besides.
    pub change: BotChange,
    /// Its history is doubted from here on.
    pub distrust_since: Option<Timestamp>,
    /// What was found, where X answered.
    pub checked: Option<Checked>,
    /// Receipts whose posts are gone from X.
    pub removed: Vec<XPostId>,
    /// And those that are there after all.
    pub returned: Vec<XPostId>,
    /// What the reading cost.
    pub spend: Vec<Spend>,
}

/// What was new when findings were stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// Findings that were not open before, with their sentences.
    pub opened: Vec<(FindingKind, String)>,
    /// Findings that have ended.
    pub resolved: u64,
}

/// How many findings of a kind are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FindingCount {
    /// The kind.
    pub kind: FindingKind,
    /// How many.
    pub count: u64,
    /// When the oldest was found.
    pub oldest: Timestamp,
}

/// The auditor's rows.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Where a sweep stopped.
    async fn sweep_position(&self, sweep: Sweep) -> Result<Position, StoreError>;

    /// Stores what a check found, ends what it looked at and did not find again, and moves the sweep
    /// on. One transaction.
    async fn note_findings(
        &self,
        checked: &Checked,
        sweep: Option<(Sweep, &Position)>,
        now: Timestamp,
    ) -> Result<Noted, StoreError>;

    /// Schedules in force after the row `after`.
    async fn list_audited_schedules(
        &self,
        after: i64,
        max: u32,
    ) -> Result<SchedulePage, StoreError>;

    /// The rows of slots of these schedules and times.
    async fn list_slot_rows(&self, asked: &[SlotsAsked]) -> Result<Vec<SlotRow>, StoreError>;

    /// Slots without an outcome whose catch-up window ended over `late` ago, the earliest due first.
    async fn list_open_ended(
        &self,
        late: SignedDuration,
        max: u32,
        now: Timestamp,
    ) -> Result<Vec<OpenEnded>, StoreError>;

    /// The counters of bots after `after`, by name, with what they count.
    async fn list_counters(
        &self,
        after: Option<&BotId>,
        max: u32,
    ) -> Result<Vec<Counters>, StoreError>;

    /// Sets counters right that nobody wrote since they were read, and decides when bots are compared
    /// with X that nobody decided it for. Returns how many counters were set.
    async fn mend_counters(
        &self,
        drifted: &[Counters],
        compare_at: &[(BotId, Timestamp)],
        now: Timestamp,
    ) -> Result<u64, StoreError>;

    /// The next `max` rows of a table after `after`, and which of them stand alone.
    async fn list_orphans(&self, table: Table, after: i64, max: u32) -> Result<Gone, StoreError>;

    /// Posts held for slots that do not wait for them.
    async fn list_stray_posts(&self, max: u32) -> Result<Vec<Orphan>, StoreError>;

    /// The latest leases, newest first.
    async fn list_leases(&self, max: u32) -> Result<Vec<LeaseRow>, StoreError>;

    /// Slots held since before `before` by fences without a live lease.
    async fn list_held(
        &self,
        before: Timestamp,
        max: u32,
        now: Timestamp,
    ) -> Result<Vec<Held>, StoreError>;

    /// Takes bots whose comparison with X is due, active ones that X may be asked for; another node
    /// takes them again at `again_at`.
    async fn take_comparisons(
        &self,
        again_at: Timestamp,
        max: u32,
        now: Timestamp,
    ) -> Result<Vec<Comparison>, StoreError>;

    /// The bot's posts whose texts have these hashes.
    async fn list_our_texts(
        &self,
        bot: &BotId,
        hashes: &[ContentHash],
    ) -> Result<Vec<OurText>, StoreError>;

    /// Stores what a comparison found. One transaction.
    async fn note_comparison(
        &self,
        note: &ComparisonNote,
        now: Timestamp,
    ) -> Result<Noted, StoreError>;

    /// Open findings, oldest first.
    async fn list_findings(&self, max: u32) -> Result<Vec<OpenFinding>, StoreError>;

    /// How many findings are open, by kind.
    async fn count_findings(&self) -> Result<Vec<FindingCount>, StoreError>;

    /// Takes away up to `max` findings that ended before `before`.
    async fn forget_findings(&self, before: Timestamp, max: u32) -> Result<u64, StoreError>;
}

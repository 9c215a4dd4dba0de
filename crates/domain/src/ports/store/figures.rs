//! What became of things, in numbers: for charts, and for the bill.
//!
//! Of all bots together there are counters, written in the transaction of what they count, because a
//! million rows are too many to count for a page. Of one bot the rows themselves are read.

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;

use super::{SpendKind, StoreError};
use crate::model::{BotId, Budget, FailReason, Lateness, MicroUsd, Purse, SkipReason, SlotId};

/// How a slot ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// Posted; how late, where X said when.
    Posted(Option<Lateness>),
    /// Skipped, and why.
    Skipped(SkipReason),
    /// Failed, and why.
    Failed(FailReason),
}

/// So many slots ended so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndingCount {
    /// When they were due; of all bots the hour in which.
    pub due_at: Timestamp,
    /// How they ended.
    pub ending: Ending,
    /// How many.
    pub count: u64,
}

/// What a counter says of an hour, and what the rows do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndingHour {
    /// The hour, since 1970.
    pub hour: i64,
    /// `posted`, `skipped` or `failed`.
    pub state: String,
    /// How late, or why.
    pub detail: String,
    /// What the counter says.
    pub counted: i64,
    /// What the rows say.
    pub real: i64,
}

/// So many posts were about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicCount {
    /// The topic; `None` for posts without one.
    pub topic: Option<String>,
    /// How many.
    pub count: u64,
}

/// So many candidates were refused by a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drops {
    /// The rule.
    pub rule: String,
    /// How many.
    pub count: u64,
}

/// What one day cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaySpend {
    /// Whose, where it is of one bot.
    pub bot: Option<BotId>,
    /// The day, of UTC.
    pub day: Date,
    /// Whose bill.
    pub purse: Purse,
    /// How much.
    pub amount: MicroUsd,
}

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerLine {
    /// Its number.
    pub id: i64,
    /// When it was written.
    pub at: Timestamp,
    /// Which bot spends.
    pub bot: BotId,
    /// For which slot.
    pub slot: Option<SlotId>,
    /// On what.
    pub kind: SpendKind,
    /// `reserve`, `settle`, `release`, `spend` or `write_off`.
    pub entry: Option<String>,
    /// How much; less than nothing where it is given back.
    pub amount: MicroUsd,
}

/// Figures.
#[async_trait]
pub trait FigureStore: Send + Sync {
    /// How the slots ended that were due since then: of one bot each, the newest `max` of them; of all
    /// bots by the hour.
    async fn list_endings(
        &self,
        bot: Option<&BotId>,
        since: Timestamp,
        max: u32,
    ) -> Result<Vec<EndingCount>, StoreError>;

    /// What the posts were about that left since then, of the newest `max` of them; most frequent first.
    async fn list_topics(
        &self,
        bot: Option<&BotId>,
        since: Timestamp,
        max: u32,
    ) -> Result<Vec<TopicCount>, StoreError>;

    /// Which rules refused candidates since that day; most frequent first.
    async fn list_drops(&self, bot: Option<&BotId>, since: Date) -> Result<Vec<Drops>, StoreError>;

    /// What all bots together cost, day by day, since that day.
    async fn list_spend(&self, since: Date) -> Result<Vec<DaySpend>, StoreError>;

    /// The same of each of these bots.
    async fn list_spend_of(&self, bots: &[BotId], since: Date)
    -> Result<Vec<DaySpend>, StoreError>;

    /// The budgets of the `max` bots that spent most this month, dearest first, both purses of each.
    async fn list_spenders(&self, max: u32, now: Timestamp) -> Result<Vec<Budget>, StoreError>;

    /// Both budgets of one bot.
    async fn list_purses(&self, bot: &BotId, now: Timestamp) -> Result<Vec<Budget>, StoreError>;

    /// Lines of the ledger, newest first, older than the line `before`.
    async fn list_ledger(
        &self,
        bot: Option<&BotId>,
        before: Option<i64>,
        max: u32,
    ) -> Result<Vec<LedgerLine>, StoreError>;

    /// Which counters of these hours (since 1970, the last one left out) do not say what the rows do.
    async fn list_drifted_hours(
        &self,
        from: i64,
        until: i64,
    ) -> Result<Vec<EndingHour>, StoreError>;

    /// Sets them right, where nobody changed them in between. How many that were.
    async fn mend_hours(&self, drifted: &[EndingHour]) -> Result<u64, StoreError>;
}

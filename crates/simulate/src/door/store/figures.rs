//! Figures, as they come: the simulator counts by itself.

use domain::model::{BotId, Budget};
use domain::ports::store::{
    DaySpend, Drops, EndingCount, EndingHour, FigureStore, LedgerLine, StoreError, TopicCount,
};
use jiff::Timestamp;
use jiff::civil::Date;

use super::StoreDoor;
use crate::door::forward::forward;

forward!(FigureStore {
    reads fn list_endings(bot: Option<&BotId>, since: Timestamp, max: u32) -> Result<Vec<EndingCount>, StoreError>;
    reads fn list_topics(bot: Option<&BotId>, since: Timestamp, max: u32) -> Result<Vec<TopicCount>, StoreError>;
    reads fn list_drops(bot: Option<&BotId>, since: Date) -> Result<Vec<Drops>, StoreError>;
    reads fn list_spend(since: Date) -> Result<Vec<DaySpend>, StoreError>;
    reads fn list_spend_of(bots: &[BotId], since: Date) -> Result<Vec<DaySpend>, StoreError>;
    reads fn list_spenders(max: u32, now: Timestamp) -> Result<Vec<Budget>, StoreError>;
    reads fn list_purses(bot: &BotId, now: Timestamp) -> Result<Vec<Budget>, StoreError>;
    reads fn list_ledger(bot: Option<&BotId>, before: Option<i64>, max: u32) -> Result<Vec<LedgerLine>, StoreError>;
    reads fn list_drifted_hours(from: i64, until: i64) -> Result<Vec<EndingHour>, StoreError>;
    writes fn mend_hours(drifted: &[EndingHour]) -> Result<u64, StoreError>;
});

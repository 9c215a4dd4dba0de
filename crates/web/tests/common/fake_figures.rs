//! Figures: those of the slots and bots that are there.

use async_trait::async_trait;
use domain::model::{BotId, BotStats, Budget, Caps, Lateness, Purse, Scope, SlotState, utc_day};
use domain::ports::store::{
    DaySpend, Drops, Ending, EndingCount, EndingHour, FigureStore, LedgerLine, StoreError,
    TopicCount,
};
use jiff::Timestamp;
use jiff::civil::Date;

use super::fake_store::{FakeStore, absent};

#[async_trait]
impl FigureStore for FakeStore {
    async fn list_endings(
        &self,
        bot: Option<&BotId>,
        since: Timestamp,
        _: u32,
    ) -> Result<Vec<EndingCount>, StoreError> {
        let rows = self.read()?;
        let asked = rows
            .slots
            .iter()
            .filter(|slot| slot.due_at >= since && bot.is_none_or(|bot| slot.bot == *bot));
        let ended = asked.filter_map(|slot| {
            let ending = match slot.state {
                SlotState::Posted => Ending::Posted(
                    slot.posted_at.map(|posted_at| Lateness::of(slot.due_at, posted_at)),
                ),
                SlotState::Skipped(reason) => Ending::Skipped(reason),
                SlotState::Failed(reason) => Ending::Failed(reason),
                _ => return None,
            };
            Some(EndingCount { due_at: slot.due_at, ending, count: 1 })
        });
        Ok(ended.collect())
    }

    async fn list_topics(
        &self,
        _: Option<&BotId>,
        _: Timestamp,
        _: u32,
    ) -> Result<Vec<TopicCount>, StoreError> {
        Ok(Vec::new())
    }

    async fn list_drops(&self, _: Option<&BotId>, _: Date) -> Result<Vec<Drops>, StoreError> {
        Ok(Vec::new())
    }

    async fn list_spend(&self, _: Date) -> Result<Vec<DaySpend>, StoreError> {
        Ok(self.read()?.spend.clone())
    }

    async fn list_spend_of(&self, _: &[BotId], _: Date) -> Result<Vec<DaySpend>, StoreError> {
        Ok(Vec::new())
    }

    async fn list_spenders(&self, max: u32, now: Timestamp) -> Result<Vec<Budget>, StoreError> {
        let rows = self.read()?;
        let mut bots: Vec<_> = rows.bots.iter().map(|bot| &bot.stats).collect();
        bots.sort_by_key(|stats| std::cmp::Reverse(stats.spend));
        let budget = |stats: &&BotStats| Budget {
            scope: Scope::Bot(stats.bot.clone()),
            purse: Purse::X,
            caps: Caps::default(),
            day: utc_day(now),
            gone_today: stats.spend,
            gone_this_month: stats.spend,
        };
        Ok(bots.iter().take(max as usize).map(budget).collect())
    }

    async fn list_purses(&self, _: &BotId, _: Timestamp) -> Result<Vec<Budget>, StoreError> {
        Ok(Vec::new())
    }

    async fn list_ledger(
        &self,
        _: Option<&BotId>,
        _: Option<i64>,
        _: u32,
    ) -> Result<Vec<LedgerLine>, StoreError> {
        Ok(Vec::new())
    }

    async fn list_drifted_hours(&self, _: i64, _: i64) -> Result<Vec<EndingHour>, StoreError> {
        absent()
    }

    async fn mend_hours(&self, _: &[EndingHour]) -> Result<u64, StoreError> {
        absent()
    }
}

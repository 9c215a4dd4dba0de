//! What pages show in numbers; see [`crate::endings`] and [`crate::drops`] for what is counted.

use async_trait::async_trait;
use domain::model::{BotId, Budget, MicroUsd, Purse, SlotId};
use domain::ports::store::{
    DaySpend, Drops, EndingCount, EndingHour, FigureStore, LedgerLine, SpendKind, StoreError,
    TopicCount,
};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::arg::args;
use crate::budgets::list;
use crate::db::{Db, in_transaction, json};
use crate::dialect::Sql;
use crate::row::row;
use crate::rows::Reading;
use crate::{drops, endings};

static TOPICS: Sql = Sql::new(
    "slots",
    "SELECT p.category, count(*) AS posts
     FROM (SELECT s.post_id FROM slots s WHERE {gone s} AND s.state = 'posted' AND s.due_at >= $1
        ORDER BY s.due_at DESC LIMIT $2) AS k JOIN posts p ON p.id = k.post_id
     GROUP BY p.category ORDER BY posts DESC, p.category",
);

static TOPICS_OF_BOT: Sql = Sql::new(
    "slots",
    "SELECT p.category, count(*) AS posts
     FROM (SELECT s.post_id FROM slots s WHERE s.bot_id = $3 AND s.state = 'posted'
            AND s.due_at >= $1
        ORDER BY s.due_at DESC LIMIT $2) AS k JOIN posts p ON p.id = k.post_id
     GROUP BY p.category ORDER BY posts DESC, p.category",
);

static SPEND: Sql = Sql::new(
    "spend_days",
    "SELECT day, purse, amount_micro_usd FROM spend_days WHERE day >= $1 ORDER BY day, purse DESC",
);

/// What was appended on a day counts for that day or one before.
static SPEND_OF: Sql = Sql::new(
    "ledger",
    "WITH {rows bot}
     SELECT l.bot_id, l.day, CASE WHEN l.kind = 'model' THEN 'model' ELSE 'x' END AS purse,
        CAST(sum(l.amount_micro_usd) AS BIGINT) AS amount
     FROM r JOIN ledger l ON l.bot_id = r.bot
     WHERE l.at >= $2 AND l.day >= $3
     GROUP BY l.bot_id, l.day, CASE WHEN l.kind = 'model' THEN 'model' ELSE 'x' END
     ORDER BY l.bot_id, l.day, purse DESC",
);

static LEDGER: Sql = Sql::new(
    "ledger",
    "SELECT l.id, l.at, l.bot_id, l.slot_id, l.kind, l.entry, l.amount_micro_usd FROM ledger l
     WHERE l.id < $1 ORDER BY l.id DESC LIMIT $2",
);

static LEDGER_OF_BOT: Sql = Sql::new(
    "ledger",
    "SELECT l.id, l.at, l.bot_id, l.slot_id, l.kind, l.entry, l.amount_micro_usd FROM ledger l
     WHERE l.bot_id = $3 AND (l.at, l.id) < (COALESCE((SELECT c.at FROM ledger c WHERE c.id = $1),
        9223372036854775807), $1)
     ORDER BY l.at DESC, l.id DESC LIMIT $2",
);

pub(crate) static TEXTS: [&Sql; 6] =
    [&TOPICS, &TOPICS_OF_BOT, &SPEND, &SPEND_OF, &LEDGER, &LEDGER_OF_BOT];

row! {
    struct LineRow {
        id: i64,
        at: i64,
        bot_id: String,
        slot_id: Option<i64>,
        kind: String,
        entry: Option<String>,
        amount_micro_usd: i64,
    }
}

impl LineRow {
    fn read(self) -> Result<LedgerLine, StoreError> {
        let reading = Reading::of("ledger", self.id);
        let kind = SpendKind::ALL.into_iter().find(|kind| kind.as_str() == self.kind);
        Ok(LedgerLine {
            id: self.id,
            at: reading.time("at", self.at)?,
            bot: reading.bot(&self.bot_id)?,
            slot: self.slot_id.map(SlotId),
            kind: reading.parsed("kind", &self.kind, kind)?,
            entry: self.entry,
            amount: MicroUsd(self.amount_micro_usd),
        })
    }
}

#[derive(Serialize)]
struct BotKey<'a> {
    bot: &'a str,
}

fn spend_row(
    table: &'static str,
    bot: Option<&str>,
    (day, purse, amount): (&str, &str, i64),
) -> Result<DaySpend, StoreError> {
    let reading = Reading::of(table, day);
    Ok(DaySpend {
        bot: bot.map(|bot| reading.bot(bot)).transpose()?,
        day: reading.parsed("day", day, day.parse().ok())?,
        purse: reading.parsed("purse", purse, Purse::from_word(purse))?,
        amount: MicroUsd(amount),
    })
}

#[async_trait]
impl FigureStore for Db {
    async fn list_endings(
        &self,
        bot: Option<&BotId>,
        since: Timestamp,
        max: u32,
    ) -> Result<Vec<EndingCount>, StoreError> {
        endings::list(self, bot, since, max).await
    }

    async fn list_topics(
        &self,
        bot: Option<&BotId>,
        since: Timestamp,
        max: u32,
    ) -> Result<Vec<TopicCount>, StoreError> {
        let (since, max) = (since.as_millisecond(), i64::from(max));
        let rows: Vec<(Option<String>, i64)> = match bot {
            Some(bot) => self.all(&TOPICS_OF_BOT, &args![since, max, bot.as_str()]).await?,
            None => self.all(&TOPICS, &args![since, max]).await?,
        };
        rows.into_iter()
            .map(|(topic, count)| {
                let count = Reading::of("posts", "category").count("count", count)?;
                Ok(TopicCount { topic, count })
            })
            .collect()
    }

    async fn list_drops(&self, bot: Option<&BotId>, since: Date) -> Result<Vec<Drops>, StoreError> {
        drops::list(self, bot, since).await
    }

    async fn list_spend(&self, since: Date) -> Result<Vec<DaySpend>, StoreError> {
        let since = since.to_string();
        let rows: Vec<(String, String, i64)> = self.all(&SPEND, &args![&since]).await?;
        rows.iter()
            .map(|(day, purse, amount)| spend_row("spend_days", None, (day, purse, *amount)))
            .collect()
    }

    async fn list_spend_of(
        &self,
        bots: &[BotId],
        since: Date,
    ) -> Result<Vec<DaySpend>, StoreError> {
        let keys: Vec<BotKey<'_>> = bots.iter().map(|bot| BotKey { bot: bot.as_str() }).collect();
        let (from, since) = (domain::model::start_of(since).as_millisecond(), since.to_string());
        let rows: Vec<(String, String, String, i64)> =
            self.all(&SPEND_OF, &args![&json(&keys), from, &since]).await?;
        rows.iter()
            .map(|(bot, day, purse, amount)| spend_row("ledger", Some(bot), (day, purse, *amount)))
            .collect()
    }

    async fn list_spenders(&self, max: u32, now: Timestamp) -> Result<Vec<Budget>, StoreError> {
        list::spenders(self, max, now).await
    }

    async fn list_purses(&self, bot: &BotId, now: Timestamp) -> Result<Vec<Budget>, StoreError> {
        list::purses(self, bot, now).await
    }

    async fn list_ledger(
        &self,
        bot: Option<&BotId>,
        before: Option<i64>,
        max: u32,
    ) -> Result<Vec<LedgerLine>, StoreError> {
        let (before, max) = (before.unwrap_or(i64::MAX), i64::from(max));
        let rows: Vec<LineRow> = match bot {
            Some(bot) => self.all(&LEDGER_OF_BOT, &args![before, max, bot.as_str()]).await?,
            None => self.all(&LEDGER, &args![before, max]).await?,
        };
        rows.into_iter().map(LineRow::read).collect()
    }

    async fn list_drifted_hours(
        &self,
        from: i64,
        until: i64,
    ) -> Result<Vec<EndingHour>, StoreError> {
        endings::list_drifted(self, from, until).await
    }

    async fn mend_hours(&self, drifted: &[EndingHour]) -> Result<u64, StoreError> {
        in_transaction!(self, |tx| endings::mend(tx, drifted))
    }
}

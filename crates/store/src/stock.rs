//! What queues hold, by topic: read for the bots of one batch at once.

use std::collections::{BTreeSet, HashMap};

use domain::model::PostId;
use domain::ports::store::{Stock, StoreError, TopicStock};
use serde::Serialize;

use crate::arg::args;
use crate::db::{Db, json};
use crate::dialect::Sql;
use crate::row::row;
use crate::rows::Reading;

static STOCK: Sql = Sql::new(
    "posts",
    "WITH {rows bot}
     SELECT p.bot_id, p.category, p.is_front, min(p.id) AS next, count(*) AS posts,
        u.last_used_at
     FROM r JOIN posts p ON p.bot_id = r.bot AND p.state = {uncounted 'queued'}
     LEFT JOIN topic_use u ON u.bot_id = p.bot_id AND u.topic = COALESCE(p.category, '')
     GROUP BY p.bot_id, p.category, p.is_front, u.last_used_at
     ORDER BY p.bot_id, COALESCE(p.category, ''), p.is_front DESC",
);

static LAST_TOPICS: Sql = Sql::new(
    "bots",
    "WITH {rows bot} SELECT b.bot_id, b.last_topic FROM r JOIN bots b ON b.bot_id = r.bot
     WHERE b.last_topic IS NOT NULL",
);

/// Of most bots nobody placed any.
static PLACED: Sql = Sql::new(
    "posts",
    "WITH {rows bot} SELECT p.bot_id, p.id FROM r JOIN posts p ON p.bot_id = r.bot
        AND p.state = 'queued' AND p.place IS NOT NULL
     ORDER BY p.bot_id, p.place, p.id",
);

pub(crate) static TEXTS: [&Sql; 3] = [&STOCK, &LAST_TOPICS, &PLACED];

#[derive(Serialize)]
struct BotKey<'a> {
    bot: &'a str,
}

row! {
    struct StockRow {
        bot_id: String,
        category: Option<String>,
        is_front: i64,
        next: i64,
        posts: i64,
        last_used_at: Option<i64>,
    }
}

/// The stocks of the bots that have any, or why nobody can say what they have.
#[derive(Default)]
pub(crate) struct Stocks(HashMap<String, Result<Stock, StoreError>>);

impl Stocks {
    /// What that bot has; a bot without a row has nothing.
    pub(crate) fn of(&self, bot: &str) -> Result<Stock, StoreError> {
        self.0.get(bot).cloned().unwrap_or_else(|| Ok(Stock::default()))
    }

    /// Notes something about a bot, whose stock cannot be read if that cannot be.
    fn note(&mut self, bot: String, what: impl FnOnce(&mut Stock) -> Result<(), StoreError>) {
        let stock = self.0.entry(bot).or_insert_with(|| Ok(Stock::default()));
        if let Ok(readable) = stock
            && let Err(error) = what(readable)
        {
            *stock = Err(error);
        }
    }
}

/// The stocks of these bots.
pub(crate) async fn stock(db: &Db, bots: BTreeSet<&str>) -> Result<Stocks, StoreError> {
    let mut stocks = Stocks::default();
    if bots.is_empty() {
        return Ok(stocks);
    }
    let keys = json(&bots.into_iter().map(|bot| BotKey { bot }).collect::<Vec<_>>());
    let rows: Vec<StockRow> = db.all(&STOCK, &args![&keys]).await?;
    for row in rows {
        stocks.note(row.bot_id.clone(), |stock| row.add_to(stock));
    }
    let topics: Vec<(String, String)> = db.all(&LAST_TOPICS, &args![&keys]).await?;
    for (bot, topic) in topics {
        stocks.note(bot, |stock| {
            stock.last_topic = Some(topic);
            Ok(())
        });
    }
    let placed: Vec<(String, i64)> = db.all(&PLACED, &args![&keys]).await?;
    for (bot, post) in placed {
        stocks.note(bot, |stock| {
            stock.placed = stock.placed.or(Some(PostId(post)));
            Ok(())
        });
    }
    Ok(stocks)
}

impl StockRow {
    fn add_to(self, stock: &mut Stock) -> Result<(), StoreError> {
        let reading = Reading::of("posts", self.next);
        let count: u64 = reading.count("count", self.posts)?;
        let used = Reading::of("topic_use", format!("{}/{:?}", self.bot_id, self.category));
        let last_used_at = used.maybe_time("last_used_at", self.last_used_at)?;
        let next = PostId(self.next);
        if self.is_front != 0 {
            stock.front = Some(stock.front.map_or(next, |front| front.min(next)));
        }
        match stock.topics.last_mut().filter(|last| last.topic == self.category) {
            // Posts at the front come first, so `next` is already the right one.
            Some(last) => last.count += count,
            None => {
                stock.topics.push(TopicStock { topic: self.category, next, count, last_used_at });
            }
        }
        Ok(())
    }
}

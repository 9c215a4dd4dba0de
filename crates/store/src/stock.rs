//! What queues hold, by topic: read for the bots of one batch at once.

use std::collections::{BTreeSet, HashMap};

use domain::model::PostId;
use domain::ports::store::{Stock, StoreError, TopicStock};
use serde::Serialize;

use crate::db::{Db, args, json};
use crate::dialect::Sql;
use crate::rows::Reading;

static STOCK: Sql = Sql::new(
    "posts",
    "WITH {rows bot}
     SELECT p.bot_id, p.category, p.is_front, min(p.id) AS next, count(*) AS posts,
        u.last_used_at
     FROM r JOIN posts p ON p.bot_id = r.bot AND p.state = 'queued'
     LEFT JOIN topic_use u ON u.bot_id = p.bot_id AND u.topic = COALESCE(p.category, '')
     GROUP BY p.bot_id, p.category, p.is_front, u.last_used_at
     ORDER BY p.bot_id, COALESCE(p.category, ''), p.is_front DESC",
);

static LAST_TOPICS: Sql = Sql::new(
    "bots",
    "WITH {rows bot} SELECT b.bot_id, b.last_topic FROM r JOIN bots b ON b.bot_id = r.bot
     WHERE b.last_topic IS NOT NULL",
);

pub(crate) static TEXTS: [&Sql; 2] = [&STOCK, &LAST_TOPICS];

#[derive(Serialize)]
struct BotKey<'a> {
    bot: &'a str,
}

#[derive(sqlx::FromRow)]
struct StockRow {
    bot_id: String,
    category: Option<String>,
    is_front: i64,
    next: i64,
    posts: i64,
    last_used_at: Option<i64>,
}

/// The stock of each of these bots that has any; the rest have an empty one.
pub(crate) async fn stock(
    db: &Db,
    bots: BTreeSet<&str>,
) -> Result<HashMap<String, Stock>, StoreError> {
    let mut stocks: HashMap<String, Stock> = HashMap::new();
    if bots.is_empty() {
        return Ok(stocks);
    }
    let keys = json(&bots.into_iter().map(|bot| BotKey { bot }).collect::<Vec<_>>());
    let rows: Vec<StockRow> = db.all(&STOCK, &args![&keys]).await?;
    for row in rows {
        let reading = Reading::of("posts", row.next);
        let count: u64 = reading.count("count", row.posts)?;
        let stock = stocks.entry(row.bot_id).or_default();
        let next = PostId(row.next);
        if row.is_front != 0 {
            stock.front = Some(stock.front.map_or(next, |front| front.min(next)));
        }
        match stock.topics.last_mut().filter(|last| last.topic == row.category) {
            // Posts at the front come first, so `next` is already the right one.
            Some(last) => last.count += count,
            None => stock.topics.push(TopicStock {
                topic: row.category,
                next,
                count,
                last_used_at: reading.maybe_time("last_used_at", row.last_used_at)?,
            }),
        }
    }
    let topics: Vec<(String, String)> = db.all(&LAST_TOPICS, &args![&keys]).await?;
    for (bot, topic) in topics {
        stocks.entry(bot).or_default().last_topic = Some(topic);
    }
    Ok(stocks)
}

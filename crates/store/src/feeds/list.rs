//! Feeds and their items, for a person.

use domain::model::{BotId, FeedId, ItemId, PostId};
use domain::ports::store::{FeedLine, ItemLine, SilentFeed, StoreError};
use jiff::Timestamp;

use super::take::url;
use crate::arg::args;
use crate::db::Db;
use crate::dialect::Sql;
use crate::row::row;
use crate::rows::Reading;

macro_rules! feed_lines {
    ($whose:literal) => {
        concat!(
            "SELECT f.id, f.bot_id, f.feed, f.at_url, f.title, f.read_at, f.next_at, f.failures, f.error,
                (SELECT count(*) FROM feed_items i WHERE i.feed_id = f.id AND i.state = 'waiting')
                    AS waiting,
                (SELECT count(*) FROM feed_items i WHERE i.feed_id = f.id AND i.state = 'posted')
                    AS posted,
                (SELECT count(*) FROM feed_items i WHERE i.feed_id = f.id AND i.state = 'dropped')
                    AS dropped
             FROM feeds f WHERE f.is_retired = 0 AND f.bot_id ",
            $whose,
            " ORDER BY f.bot_id, f.url LIMIT $2"
        )
    };
}

static FEEDS_OF: Sql = Sql::new("feeds", feed_lines!("= $1"));
static FEEDS: Sql = Sql::new("feeds", feed_lines!("> $1"));

static ITEMS: Sql = Sql::new(
    "feed_items",
    "SELECT feed_id, item, title, link, seen_at, state, post_id, reason FROM feed_items
     WHERE feed_id = $1 AND state <> 'passed' ORDER BY seen_at DESC LIMIT $2",
);

/// Eight failures in a row are some two hours of trouble: a feed that is asked once a day is not silent for
/// one answer that was lost.
static SILENT: Sql = Sql::new(
    "feeds",
    "SELECT f.id, f.bot_id, f.url, f.next_at, f.error FROM feeds f JOIN bots b ON b.bot_id = f.bot_id
     WHERE f.is_retired = 0 AND f.failures > 0 AND b.state <> 'closed'
        AND (f.next_at IS NULL
            OR (f.failures >= 8 AND COALESCE(f.read_at, f.created_at) < $1))
     ORDER BY f.failures, f.id LIMIT $2",
);

pub(super) static TEXTS: [&Sql; 4] = [&FEEDS_OF, &FEEDS, &ITEMS, &SILENT];

row! {
    struct SilentRow {
        id: i64,
        bot_id: String,
        url: String,
        next_at: Option<i64>,
        error: Option<String>,
    }
}

row! {
    struct FeedRow {
        id: i64,
        bot_id: String,
        feed: String,
        at_url: String,
        title: Option<String>,
        read_at: Option<i64>,
        next_at: Option<i64>,
        failures: i64,
        error: Option<String>,
        waiting: i64,
        posted: i64,
        dropped: i64,
    }
}

row! {
    struct ItemRow {
        feed_id: i64,
        item: String,
        title: String,
        link: Option<String>,
        seen_at: i64,
        state: String,
        post_id: Option<i64>,
        reason: Option<String>,
    }
}

pub(super) async fn feeds(
    db: &Db,
    bot: Option<&BotId>,
    max: u32,
) -> Result<Vec<FeedLine>, StoreError> {
    let max = i64::from(max);
    let rows: Vec<FeedRow> = match bot {
        Some(bot) => db.all(&FEEDS_OF, &args![bot.as_str(), max]).await?,
        None => db.all(&FEEDS, &args!["", max]).await?,
    };
    rows.into_iter().map(FeedRow::read).collect()
}

pub(super) async fn silent(
    db: &Db,
    before: Timestamp,
    max: u32,
) -> Result<Vec<SilentFeed>, StoreError> {
    let args = args![before.as_millisecond(), i64::from(max)];
    let rows: Vec<SilentRow> = db.all(&SILENT, &args).await?;
    rows.into_iter()
        .map(|row| {
            let reading = Reading::of("feeds", row.id);
            Ok(SilentFeed {
                id: FeedId(row.id),
                bot: reading.bot(&row.bot_id)?,
                // Without what may be secret in it.
                url: url(&reading, "url", &row.url)?.to_string(),
                is_asked: row.next_at.is_some(),
                error: row.error,
            })
        })
        .collect()
}

pub(super) async fn items(db: &Db, feed: FeedId, max: u32) -> Result<Vec<ItemLine>, StoreError> {
    let rows: Vec<ItemRow> = db.all(&ITEMS, &args![feed.0, i64::from(max)]).await?;
    rows.into_iter().map(ItemRow::read).collect()
}

impl FeedRow {
    fn read(self) -> Result<FeedLine, StoreError> {
        let reading = Reading::of("feeds", self.id);
        Ok(FeedLine {
            id: FeedId(self.id),
            bot: reading.bot(&self.bot_id)?,
            feed: reading.json("feed", &self.feed)?,
            at: url(&reading, "at_url", &self.at_url)?,
            title: self.title.filter(|title| !title.is_empty()),
            read_at: reading.maybe_time("read_at", self.read_at)?,
            next_at: reading.maybe_time("next_at", self.next_at)?,
            failures: reading.count("failures", self.failures)?,
            error: self.error,
            waiting: reading.count("waiting", self.waiting)?,
            posted: reading.count("posted", self.posted)?,
            dropped: reading.count("dropped", self.dropped)?,
        })
    }
}

impl ItemRow {
    fn read(self) -> Result<ItemLine, StoreError> {
        let reading = Reading::of("feed_items", format!("{}/{}", self.feed_id, self.item));
        Ok(ItemLine {
            of: FeedId(self.feed_id),
            seen_at: reading.time("seen_at", self.seen_at)?,
            item: ItemId::stored(self.item),
            title: self.title,
            link: self.link,
            state: self.state,
            post: self.post_id.map(PostId),
            reason: self.reason,
        })
    }
}

//! Feeds that are due.

use domain::model::{FeedId, FeedUrl, Validators};
use domain::ports::store::{DueFeed, FEED_WORK_MAX, StoreError};
use jiff::Timestamp;
use serde::Serialize;

use crate::arg::args;
use crate::db::{Tx, json};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::row::row;
use crate::rows::Reading;

static TAKE: Sql = Sql::new(
    "feeds",
    "WITH c AS MATERIALIZED (
        SELECT s.id FROM feeds s JOIN bots b ON b.bot_id = s.bot_id
        WHERE s.is_retired = 0 AND s.next_at IS NOT NULL AND s.next_at <= $1
            AND b.state <> 'closed'
        ORDER BY s.next_at LIMIT $2 {skip_locked})
     UPDATE feeds SET next_at = $3, updated_at = $1 FROM c WHERE feeds.id = c.id
     RETURNING feeds.id",
);

static READ: Sql = Sql::new(
    "feeds",
    "WITH {rows id:int}
     SELECT f.id, f.bot_id, f.feed, f.at_url, f.etag, f.last_modified, f.was_read, f.failures,
        f.moves
     FROM r JOIN feeds f ON f.id = r.id ORDER BY f.id",
);

pub(super) static TEXTS: [&Sql; 2] = [&TAKE, &READ];

row! {
    struct DueRow {
        id: i64,
        bot_id: String,
        feed: String,
        at_url: String,
        etag: Option<String>,
        last_modified: Option<String>,
        was_read: i64,
        failures: i64,
        moves: i64,
    }
}

#[derive(Serialize)]
struct Key {
    id: i64,
}

pub(super) async fn take(tx: &mut Tx, now: Timestamp, max: u32) -> Result<Vec<DueFeed>, Fault> {
    let until = (now + FEED_WORK_MAX).as_millisecond();
    let taken: Vec<(i64,)> =
        tx.all(&TAKE, &args![now.as_millisecond(), i64::from(max), until]).await?;
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<Key> = taken.into_iter().map(|(id,)| Key { id }).collect();
    let rows: Vec<DueRow> = tx.all(&READ, &args![&json(&keys)]).await?;
    // One that cannot be read comes again when its time for this is over; the log names it.
    let read = rows.into_iter().map(|row| row.read(now + FEED_WORK_MAX));
    Ok(read.filter_map(|row| row.inspect_err(|error| tracing::error!("{error}")).ok()).collect())
}

/// An address of a row.
pub(super) fn url(reading: &Reading, column: &str, text: &str) -> Result<FeedUrl, StoreError> {
    FeedUrl::stored(text).map_err(|error| reading.corrupt(format!("{column}: {error}")))
}

impl DueRow {
    fn read(self, until: Timestamp) -> Result<DueFeed, StoreError> {
        let reading = Reading::of("feeds", self.id);
        Ok(DueFeed {
            id: FeedId(self.id),
            bot: reading.bot(&self.bot_id)?,
            feed: reading.json("feed", &self.feed)?,
            at: url(&reading, "at_url", &self.at_url)?,
            validators: Validators { etag: self.etag, last_modified: self.last_modified },
            was_read: self.was_read != 0,
            failures: reading.count("failures", self.failures)?,
            moves: reading.count("moves", self.moves)?,
            until,
        })
    }
}

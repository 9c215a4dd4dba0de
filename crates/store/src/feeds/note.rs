//! What asking a feed came to.

use std::collections::BTreeSet;

use domain::model::{FeedId, FeedItem, ItemId};
use domain::ports::store::{FeedNote, ITEM_KEPT, StoreError};
use jiff::Timestamp;
use serde::Serialize;

use crate::arg::args;
use crate::db::{Db, Tx, json};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::text::clean;

/// A feed shows an item for weeks: that it does is written once a day.
const SHOWN_EVERY_MS: i64 = 24 * 60 * 60 * 1000;

static KNOWN: Sql = Sql::new(
    "feed_items",
    "WITH {rows item} SELECT i.item FROM r
     JOIN feed_items i ON i.feed_id = $2 AND i.item = r.item",
);

static NOTE: Sql = Sql::new(
    "feeds",
    "UPDATE feeds SET next_at = $2, at_url = $3, etag = $4, last_modified = $5,
        title = COALESCE($6, title), was_read = $7, failures = $8, moves = $9, error = $10,
        read_at = COALESCE($11, read_at), updated_at = $12
     WHERE id = $1 AND is_retired = 0 AND next_at = $13",
);

static KEEP: Sql = Sql::new(
    "feed_items",
    "WITH {rows item state title summary link published:int place:int}
     INSERT INTO feed_items (feed_id, item, state, title, summary, link, published_at, place, due_at,
        seen_at, shown_at)
     SELECT $2, r.item, r.state, r.title, r.summary, r.link, r.published, r.place, $3, $3, $3
     FROM r WHERE true ON CONFLICT (feed_id, item) DO NOTHING",
);

static SHOWN: Sql = Sql::new(
    "feed_items",
    "WITH {rows item}
     UPDATE feed_items SET shown_at = $3 FROM r
     WHERE feed_items.feed_id = $2 AND feed_items.item = r.item AND feed_items.shown_at < $4",
);

static FORGET: Sql = Sql::new(
    "feed_items",
    "DELETE FROM feed_items WHERE feed_id = $1 AND shown_at < $2 AND state <> 'waiting'",
);

pub(super) static TEXTS: [&Sql; 5] = [&KNOWN, &NOTE, &KEEP, &SHOWN, &FORGET];

#[derive(Serialize)]
struct Key<'a> {
    item: &'a str,
}

#[derive(Serialize)]
struct Row<'a> {
    item: &'a str,
    state: &'static str,
    title: &'a str,
    summary: &'a str,
    link: Option<&'a str>,
    published: Option<i64>,
    place: usize,
}

fn keys(items: &[ItemId]) -> String {
    json(&items.iter().map(|item| Key { item: item.as_str() }).collect::<Vec<_>>())
}

pub(super) async fn known(
    db: &Db,
    feed: FeedId,
    items: &[ItemId],
) -> Result<BTreeSet<ItemId>, StoreError> {
    let rows: Vec<(String,)> = db.all(&KNOWN, &args![&keys(items), feed.0]).await?;
    Ok(rows.into_iter().map(|(item,)| ItemId::stored(item)).collect())
}

pub(super) async fn note(tx: &mut Tx, note: &FeedNote, now: i64) -> Result<(), Fault> {
    let feed = note.id.0;
    let next_at = note.next_at.map(Timestamp::as_millisecond);
    let (etag, modified) =
        (note.validators.etag.as_deref(), note.validators.last_modified.as_deref());
    let (failures, moves) = (i64::from(note.failures), i64::from(note.moves));
    let (title, error) = (note.title.as_deref(), note.error.as_deref().map(clean));
    let is_read = note.failures == 0 && note.moves == 0;
    let known = args![
        feed,
        next_at,
        note.at.as_str(),
        etag,
        modified,
        title,
        i64::from(note.was_read),
        failures,
        moves,
        error.as_deref(),
        is_read.then_some(now),
        now,
        note.until.as_millisecond()
    ];
    if tx.run(&NOTE, &known).await? == 0 {
        return Ok(());
    }
    let taken = note.taken.iter().enumerate().map(|(place, item)| Row::taken(place, item));
    let rows: Vec<Row<'_>> = taken.chain(note.passed.iter().map(Row::passed)).collect();
    if !rows.is_empty() {
        tx.run(&KEEP, &args![&json(&rows), feed, now]).await?;
    }
    if !note.shown.is_empty() {
        let before = now - SHOWN_EVERY_MS;
        tx.run(&SHOWN, &args![&keys(&note.shown), feed, now, before]).await?;
        let long_ago = now - ITEM_KEPT.as_secs() * 1000;
        tx.run(&FORGET, &args![feed, long_ago]).await?;
    }
    Ok(())
}

impl<'a> Row<'a> {
    fn taken(place: usize, item: &'a FeedItem) -> Self {
        Self {
            item: item.id.as_str(),
            state: "waiting",
            title: &item.title,
            summary: &item.summary,
            link: item.link.as_deref(),
            published: item.published.map(Timestamp::as_millisecond),
            place,
        }
    }

    fn passed(item: &'a ItemId) -> Self {
        Self {
            item: item.as_str(),
            state: "passed",
            title: "",
            summary: "",
            link: None,
            published: None,
            place: 0,
        }
    }
}

//! Items on their way to being posts.

use domain::model::{ApprovalMode, FeedId, FeedItem, ItemId};
use domain::ports::store::{
    FEED_WORK_MAX, ItemNote, ItemOutcome, NewPost, StoreError, StoredPost, WaitingItem,
};
use jiff::Timestamp;
use serde::Serialize;

use crate::arg::args;
use crate::budgets::promise;
use crate::db::{Tx, json};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::posts::{self, Bands};
use crate::row::row;
use crate::rows::{PersonaRow, Reading};
use crate::stats::Bumps;

static TAKE: Sql = Sql::new(
    "feed_items",
    "WITH c AS MATERIALIZED (
        SELECT s.feed_id, s.item FROM feed_items s
        JOIN feeds f ON f.id = s.feed_id AND f.is_retired = 0
        JOIN bots b ON b.bot_id = f.bot_id AND b.state <> 'closed'
        JOIN bot_configs k ON k.bot_id = f.bot_id
        JOIN bot_stats t ON t.bot_id = f.bot_id
        WHERE s.state = 'waiting' AND s.due_at <= $1
            AND t.remaining_posts + t.draft_posts < k.high_water
        ORDER BY s.due_at, s.place LIMIT $2 {skip_locked})
     UPDATE feed_items SET due_at = $3 FROM c
     WHERE feed_items.feed_id = c.feed_id AND feed_items.item = c.item
     RETURNING feed_items.feed_id, feed_items.item",
);

static READ: Sql = Sql::new(
    "feed_items",
    "WITH {rows feed:int item}
     SELECT i.feed_id, i.item, i.title, i.summary, i.link, i.published_at, i.tries, i.seen_at, f.feed,
        c.mode, c.bot_id, c.personality_prompt, c.content_sources, c.posting_style, c.topics, c.tone,
        c.max_length, c.review_policy, c.manner, c.persona_version
     FROM r JOIN feed_items i ON i.feed_id = r.feed AND i.item = r.item
     JOIN feeds f ON f.id = i.feed_id JOIN bot_configs c ON c.bot_id = f.bot_id
     ORDER BY i.seen_at, i.place",
);

/// Nobody ended it meanwhile, and its bot still follows the feed.
static END: Sql = Sql::new(
    "feed_items",
    "UPDATE feed_items SET state = $4, reason = $5
     WHERE feed_id = $1 AND item = $2 AND state = 'waiting' AND tries = $3
        AND EXISTS (SELECT 1 FROM feeds f JOIN bots b ON b.bot_id = f.bot_id
            WHERE f.id = $1 AND f.is_retired = 0 AND b.state <> 'closed')
     RETURNING feed_id",
);

static PUT_OFF: Sql = Sql::new(
    "feed_items",
    "UPDATE feed_items SET due_at = $4, tries = tries + $5, reason = $6
     WHERE feed_id = $1 AND item = $2 AND state = 'waiting' AND tries = $3",
);

static TIE: Sql =
    Sql::new("feed_items", "UPDATE feed_items SET post_id = $3 WHERE feed_id = $1 AND item = $2");

static DROP: Sql = Sql::new(
    "feed_items",
    "UPDATE feed_items SET state = 'dropped', reason = $3 WHERE feed_id = $1 AND item = $2",
);

pub(super) static TEXTS: [&Sql; 6] = [&TAKE, &READ, &END, &PUT_OFF, &TIE, &DROP];

row! {
    struct WaitingRow {
        persona: PersonaRow,
        feed_id: i64,
        item: String,
        title: String,
        summary: String,
        link: Option<String>,
        published_at: Option<i64>,
        tries: i64,
        seen_at: i64,
        feed: String,
        mode: String,
        persona_version: i64,
    }
}

#[derive(Serialize)]
struct Key {
    feed: i64,
    item: String,
}

fn keys(rows: Vec<(i64, String)>) -> String {
    json(&rows.into_iter().map(|(feed, item)| Key { feed, item }).collect::<Vec<_>>())
}

pub(super) async fn take(tx: &mut Tx, now: Timestamp, max: u32) -> Result<Vec<WaitingItem>, Fault> {
    let until = (now + FEED_WORK_MAX).as_millisecond();
    let taken: Vec<(i64, String)> =
        tx.all(&TAKE, &args![now.as_millisecond(), i64::from(max), until]).await?;
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<WaitingRow> = tx.all(&READ, &args![&keys(taken)]).await?;
    // One that cannot be read comes again when its time for this is over; the log names it.
    let read = rows.iter().map(WaitingRow::read);
    Ok(read.filter_map(|row| row.inspect_err(|error| tracing::error!("{error}")).ok()).collect())
}

/// The post that an item became, if it did.
pub(super) fn post(note: &ItemNote) -> &[NewPost] {
    match &note.outcome {
        ItemOutcome::Post(post) => std::slice::from_ref(post),
        ItemOutcome::Dropped(_) | ItemOutcome::Later { .. } => &[],
    }
}

pub(super) async fn note(
    tx: &mut Tx,
    note: &ItemNote,
    bands: &Bands<'_>,
    now: i64,
) -> Result<Option<StoredPost>, Fault> {
    let mut bumps = Bumps::default();
    let bill = (note.reservation, note.spend);
    bumps.of(note.bot.as_str()).spend += promise::pay(tx, &note.bot, bill, now).await?.0;
    bumps.write(tx, now).await?;
    let (feed, item) = (note.of.0, note.item.as_str());
    match &note.outcome {
        ItemOutcome::Later { because, until, is_try } => {
            let tries = i64::from(note.tries);
            let (until, more) = (until.as_millisecond(), i64::from(*is_try));
            tx.run(&PUT_OFF, &args![feed, item, tries, until, more, because]).await?;
            Ok(None)
        }
        ItemOutcome::Dropped(reason) => {
            end(tx, note, ("dropped", Some(reason))).await?;
            Ok(None)
        }
        ItemOutcome::Post(post) => {
            if !end(tx, note, ("posted", None)).await? {
                return Ok(None);
            }
            let stored = posts::store(tx, std::slice::from_ref(post), bands, now).await?;
            let stored = stored.into_iter().next();
            match &stored {
                Some(StoredPost::Queued(id) | StoredPost::Draft(id)) => {
                    tx.run(&TIE, &args![feed, item, id.0]).await?;
                }
                Some(StoredPost::Duplicate { of, bot }) => {
                    let reason = format!("post {} of @{bot} says the same", of.0);
                    tx.run(&DROP, &args![feed, item, &reason]).await?;
                }
                None => {}
            }
            tx.announce().await?;
            Ok(stored)
        }
    }
}

/// Ends an item; `false`: somebody did so before.
async fn end(
    tx: &mut Tx,
    note: &ItemNote,
    (state, reason): (&str, Option<&str>),
) -> Result<bool, Fault> {
    let (feed, item, tries) = (note.of.0, note.item.as_str(), i64::from(note.tries));
    let ended: Option<(i64,)> = tx.one(&END, &args![feed, item, tries, state, reason]).await?;
    Ok(ended.is_some())
}

impl WaitingRow {
    fn read(&self) -> Result<WaitingItem, StoreError> {
        let reading = Reading::of("feed_items", format!("{}/{}", self.feed_id, self.item));
        Ok(WaitingItem {
            of: FeedId(self.feed_id),
            item: FeedItem {
                id: ItemId::stored(self.item.clone()),
                title: self.title.clone(),
                summary: self.summary.clone(),
                link: self.link.clone(),
                published: reading.maybe_time("published_at", self.published_at)?,
            },
            seen_at: reading.time("seen_at", self.seen_at)?,
            tries: reading.count("tries", self.tries)?,
            feed: reading.json("feed", &self.feed)?,
            bot: reading.bot(&self.persona.bot_id)?,
            persona: self.persona.read()?,
            persona_version: reading.count("persona_version", self.persona_version)?,
            mode: reading.parsed("mode", &self.mode, ApprovalMode::from_word(&self.mode))?,
        })
    }
}

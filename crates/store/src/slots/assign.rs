//! Posts for slots, or none.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::model::{Share, SkipReason, SlotId};
use domain::ports::store::{Assignment, OpenSlot, StoreError};
use jiff::Timestamp;
use serde::Serialize;

use crate::aside;
use crate::db::{Db, Tx, args, in_transaction, json};
use crate::dialect::Sql;
use crate::events::{self, Event};
use crate::fault::Fault;
use crate::rows::Reading;
use crate::slots::{ask, plan};
use crate::stats::Bumps;
use crate::stock::{self, Stocks};

static OPEN: Sql = Sql::new(
    "slots",
    "SELECT s.id, s.version, s.bot_id, s.due_at, c.catch_up_ms
     FROM slots s LEFT JOIN schedules c ON c.id = s.schedule_id
     WHERE s.state = 'planned' AND s.wake_at IS NOT NULL AND s.wake_at <= $1
        AND (s.id % $3 = $4 OR s.wake_at <= $5)
     ORDER BY s.wake_at, s.id LIMIT $2",
);

static GIVE: Sql = Sql::new(
    "slots",
    "WITH {rows slot:int version:int post:int}
     UPDATE slots SET state = 'assigned', post_id = r.post, wake_at = due_at,
        version = slots.version + 1, updated_at = $2
     FROM r JOIN posts p ON p.id = r.post
     WHERE slots.id = r.slot AND slots.version = r.version AND slots.state = 'planned'
        AND p.state = 'queued' AND p.bot_id = slots.bot_id
     RETURNING slots.id AS slot, slots.post_id AS post",
);

static HOLD: Sql = Sql::new(
    "posts",
    "WITH {rows slot:int post:int}
     UPDATE posts SET state = 'assigned', slot_id = r.slot, updated_at = $2
     FROM r WHERE posts.id = r.post AND posts.state = 'queued'
     RETURNING posts.slot_id, posts.bot_id, posts.category",
);

static USE_TOPICS: Sql = Sql::new(
    "topic_use",
    "WITH {rows bot topic}
     INSERT INTO topic_use (bot_id, topic, last_used_at)
     SELECT r.bot, r.topic, $2 FROM r WHERE true
     ON CONFLICT (bot_id, topic) DO UPDATE SET last_used_at = excluded.last_used_at",
);

static LAST_TOPIC: Sql = Sql::new(
    "bots",
    "WITH {rows bot topic}
     UPDATE bots SET last_topic = r.topic FROM r WHERE bots.bot_id = r.bot",
);

static SLEEP: Sql = Sql::new(
    "slots",
    "WITH {rows slot:int version:int wake:int}
     UPDATE slots SET wake_at = r.wake, version = slots.version + 1
     FROM r WHERE slots.id = r.slot AND slots.version = r.version AND slots.state = 'planned'",
);

static SKIP: Sql = Sql::new(
    "slots",
    "WITH {rows slot:int version:int reason}
     UPDATE slots SET state = 'skipped', reason = r.reason, wake_at = NULL,
        version = slots.version + 1, updated_at = $2
     FROM r WHERE slots.id = r.slot AND slots.version = r.version AND slots.state = 'planned'
     RETURNING slots.id, slots.bot_id, slots.reason",
);

pub(crate) static TEXTS: [&Sql; 7] = [&OPEN, &GIVE, &HOLD, &USE_TOPICS, &LAST_TOPIC, &SLEEP, &SKIP];

#[derive(sqlx::FromRow)]
struct OpenRow {
    id: i64,
    version: i64,
    bot_id: String,
    due_at: i64,
    catch_up_ms: Option<i64>,
}

pub(super) async fn list_open(
    db: &Db,
    now: i64,
    share: Share,
    max: u32,
) -> Result<Vec<OpenSlot>, StoreError> {
    let rows: Vec<OpenRow> = db.all(&OPEN, &plan::shared(now, share, max)).await?;
    let bots: BTreeSet<&str> = rows.iter().map(|row| row.bot_id.as_str()).collect();
    let stocks = stock::stock(db, bots).await?;
    let (open, unreadable) = aside::sort(&rows, |row| row.id, |row| row.read(&stocks));
    if !unreadable.is_empty() {
        in_transaction!(db, |tx| aside::waiting(tx, &unreadable, now))?;
    }
    Ok(open)
}

impl OpenRow {
    fn read(&self, stocks: &Stocks) -> Result<OpenSlot, StoreError> {
        let reading = Reading::of("slots", self.id);
        Ok(OpenSlot {
            slot: SlotId(self.id),
            version: self.version,
            bot: reading.bot(&self.bot_id)?,
            due_at: reading.time("due_at", self.due_at)?,
            catch_up_window: match self.catch_up_ms {
                Some(millis) => reading.duration("catch_up_ms", millis)?,
                None => ask::POLICY.catch_up_window,
            },
            stock: stocks.of(&self.bot_id)?,
        })
    }
}

#[derive(Serialize)]
struct GiveRow {
    slot: i64,
    version: i64,
    post: i64,
}

#[derive(Serialize)]
struct HoldRow {
    slot: i64,
    post: i64,
}

#[derive(Serialize)]
struct TopicRow {
    bot: String,
    topic: String,
}

pub(super) async fn assign(
    tx: &mut Tx,
    assignments: &[Assignment],
    now: i64,
) -> Result<Vec<SlotId>, Fault> {
    let (mut slots, mut posts) = (HashSet::new(), HashSet::new());
    let rows: Vec<GiveRow> = assignments
        .iter()
        .filter(|one| slots.insert(one.slot) && posts.insert(one.post))
        .map(|one| GiveRow { slot: one.slot.0, version: one.version, post: one.post.0 })
        .collect();
    let given: Vec<(i64, i64)> = tx.all(&GIVE, &args![&json(&rows), now]).await?;
    if given.is_empty() {
        return Ok(Vec::new());
    }
    let held: Vec<HoldRow> =
        given.iter().map(|(slot, post)| HoldRow { slot: *slot, post: *post }).collect();
    let held: Vec<(i64, String, Option<String>)> = tx.all(&HOLD, &args![&json(&held), now]).await?;
    if held.len() != given.len() {
        // Another node gave one of these posts away in between; look again.
        return Err(Fault::Conflict(StoreError::Unavailable(
            "posts were assigned by another node".to_owned(),
        )));
    }
    let topics: HashMap<i64, (&str, &str)> = held
        .iter()
        .map(|(slot, bot, topic)| (*slot, (bot.as_str(), topic.as_deref().unwrap_or(""))))
        .collect();
    // In the order of the assignments, so that the last one is the bot's last topic.
    let taken: Vec<(i64, &str, &str)> = rows
        .iter()
        .filter_map(|row| topics.get(&row.slot).map(|(bot, topic)| (row.slot, *bot, *topic)))
        .collect();
    use_topics(tx, &taken, now).await?;
    let mut bumps = Bumps::default();
    for (_, bot, _) in &taken {
        bumps.of(bot).remaining -= 1;
    }
    bumps.write(tx, now).await?;
    Ok(taken.iter().map(|(slot, _, _)| SlotId(*slot)).collect())
}

async fn use_topics(tx: &mut Tx, taken: &[(i64, &str, &str)], now: i64) -> Result<(), Fault> {
    let used: BTreeSet<(&str, &str)> = taken.iter().map(|(_, bot, topic)| (*bot, *topic)).collect();
    let used: Vec<TopicRow> = used.into_iter().map(TopicRow::of).collect();
    tx.run(&USE_TOPICS, &args![&json(&used), now]).await?;
    let last: BTreeMap<&str, &str> = taken
        .iter()
        .filter(|(_, _, topic)| !topic.is_empty())
        .map(|(_, bot, topic)| (*bot, *topic))
        .collect();
    let last: Vec<TopicRow> = last.into_iter().map(TopicRow::of).collect();
    tx.run(&LAST_TOPIC, &args![&json(&last)]).await?;
    Ok(())
}

impl TopicRow {
    fn of((bot, topic): (&str, &str)) -> Self {
        Self { bot: bot.to_owned(), topic: topic.to_owned() }
    }
}

#[derive(Serialize)]
struct SleepRow {
    slot: i64,
    version: i64,
    wake: i64,
}

pub(super) async fn await_content(
    tx: &mut Tx,
    slots: &[(SlotId, i64, Timestamp)],
) -> Result<(), Fault> {
    let rows: Vec<SleepRow> = slots
        .iter()
        .map(|(slot, version, wake)| SleepRow {
            slot: slot.0,
            version: *version,
            wake: wake.as_millisecond(),
        })
        .collect();
    tx.run(&SLEEP, &args![&json(&rows)]).await?;
    Ok(())
}

#[derive(Serialize)]
struct SkipRow {
    slot: i64,
    version: i64,
    reason: &'static str,
}

pub(super) async fn skip(
    tx: &mut Tx,
    slots: &[(SlotId, i64, SkipReason)],
    now: i64,
) -> Result<u64, Fault> {
    let rows: Vec<SkipRow> = slots
        .iter()
        .map(|(slot, version, reason)| SkipRow {
            slot: slot.0,
            version: *version,
            reason: reason.as_str(),
        })
        .collect();
    let skipped: Vec<(i64, String, String)> = tx.all(&SKIP, &args![&json(&rows), now]).await?;
    let happened: Vec<Event> = skipped
        .iter()
        .map(|(slot, bot, reason)| Event {
            kind: "slot.skipped".to_owned(),
            bot: Some(bot.clone()),
            slot: Some(*slot),
            detail: Some(reason.clone()),
        })
        .collect();
    events::append(tx, &happened, now).await?;
    Ok(u64::try_from(skipped.len()).unwrap_or(u64::MAX))
}

//! Posts for slots, or none.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::model::{Share, SkipReason, SlotId, SlotState};
use domain::ports::store::{Assignment, OpenSlot, StoreError};
use jiff::Timestamp;

use crate::arg::args;
use crate::aside;
use crate::batch::batch_row;
use crate::db::{Db, Tx, in_transaction, json};
use crate::dialect::Sql;
use crate::endings::{self, Ended};
use crate::events::{self, Event};
use crate::fault::Fault;
use crate::row::row;
use crate::rows::Reading;
use crate::slots::{ask, plan};
use crate::stats::Bumps;
use crate::stock::{self, Stocks};

static OPEN: Sql = Sql::new(
    "slots",
    "SELECT s.id, s.version, s.bot_id, s.due_at, c.catch_up_ms, c.topics
     FROM slots s LEFT JOIN schedules c ON c.id = s.schedule_id
     WHERE s.state = 'planned' AND s.wake_at IS NOT NULL AND s.wake_at <= $1
        AND (s.id % $3 = $4 OR s.wake_at <= $5)
     ORDER BY s.wake_at, s.id LIMIT $2",
);

static GIVE: Sql = Sql::new(
    "slots",
    "{each slot:int version:int post:int}
     UPDATE slots SET state = 'assigned', post_id = r.post, wake_at = due_at,
        version = slots.version + 1, updated_at = $2
     {from}
     WHERE slots.id = r.slot
        AND {judged slots.version = r.version AND slots.state = 'planned'}
        AND (SELECT p.state = 'queued' AND p.bot_id = slots.bot_id FROM posts p WHERE p.id = r.post)
     {returning slots.id, slots.id}",
);

static ASSIGNED: Sql = Sql::new(
    "posts",
    "{each slot:int post:int} SELECT r.slot, p.bot_id, p.category {from,} posts p
     WHERE p.id = r.post",
);

static HOLD: Sql = Sql::new(
    "posts",
    "{each slot:int post:int}
     UPDATE posts SET state = 'assigned', slot_id = r.slot, updated_at = $2
     {from} WHERE posts.id = r.post AND {judged posts.state = 'queued'}",
);

static USE_TOPICS: Sql = Sql::new(
    "topic_use",
    "{each bot topic}
     INSERT INTO topic_use (bot_id, topic, last_used_at)
     SELECT r.bot, r.topic, $2 {from} WHERE true
     ON CONFLICT (bot_id, topic) DO UPDATE SET last_used_at = excluded.last_used_at",
);

static LAST_TOPIC: Sql = Sql::new(
    "bots",
    "{each bot topic}
     UPDATE bots SET last_topic = r.topic {from} WHERE bots.bot_id = r.bot",
);

static SLEEP: Sql = Sql::new(
    "slots",
    "{each slot:int version:int wake:int}
     UPDATE slots SET wake_at = r.wake, version = slots.version + 1
     {from} WHERE slots.id = r.slot
        AND {judged slots.version = r.version AND slots.state = 'planned'}",
);

static SKIP: Sql = Sql::new(
    "slots",
    "WITH {rows slot:int version:int reason}
     UPDATE slots SET state = 'skipped', reason = r.reason, wake_at = NULL,
        version = slots.version + 1, updated_at = $2
     FROM r WHERE slots.id = r.slot
        AND {judged slots.version = r.version AND slots.state = 'planned'}
     RETURNING slots.id, slots.bot_id, slots.reason",
);

pub(crate) static TEXTS: [&Sql; 8] =
    [&OPEN, &GIVE, &ASSIGNED, &HOLD, &USE_TOPICS, &LAST_TOPIC, &SLEEP, &SKIP];

row! {
    struct OpenRow {
        id: i64,
        version: i64,
        bot_id: String,
        due_at: i64,
        catch_up_ms: Option<i64>,
        topics: Option<String>,
    }
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
            topics: match &self.topics {
                Some(topics) => reading.json("topics", topics)?,
                None => Vec::new(),
            },
        })
    }
}

batch_row! {
    struct GiveRow {
        slot: i64,
        version: i64,
        post: i64,
    }
}

batch_row! {
    struct HoldRow {
        slot: i64,
        post: i64,
    }
}

batch_row! {
    struct TopicRow {
        bot: String,
        topic: String,
    }
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
    let given = tx.touch_each(&GIVE, (&rows, |row| row.slot), &args![now]).await?;
    let given: HashSet<i64> = given.into_iter().collect();
    let given = rows.iter().filter(|row| given.contains(&row.slot));
    let given: Vec<HoldRow> = given.map(|row| HoldRow { slot: row.slot, post: row.post }).collect();
    let held: Vec<(i64, String, Option<String>)> = tx.find_each(&ASSIGNED, &given, &[]).await?;
    if tx.run_each(&HOLD, &given, &args![now]).await? != given.len() as u64 {
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
    tx.run_each(&USE_TOPICS, &used, &args![now]).await?;
    let last: BTreeMap<&str, &str> = taken
        .iter()
        .filter(|(_, _, topic)| !topic.is_empty())
        .map(|(_, bot, topic)| (*bot, *topic))
        .collect();
    let last: Vec<TopicRow> = last.into_iter().map(TopicRow::of).collect();
    tx.run_each(&LAST_TOPIC, &last, &[]).await.map(|_| ())
}

impl TopicRow {
    fn of((bot, topic): (&str, &str)) -> Self {
        Self { bot: bot.to_owned(), topic: topic.to_owned() }
    }
}

batch_row! {
    struct SleepRow {
        slot: i64,
        version: i64,
        wake: i64,
    }
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
    tx.run_each(&SLEEP, &rows, &[]).await.map(|_| ())
}

batch_row! {
    struct SkipRow {
        slot: i64,
        version: i64,
        reason: &'static str,
    }
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
    let gone: HashSet<i64> = skipped.iter().map(|(slot, _, _)| *slot).collect();
    let ended =
        slots.iter().filter(|(slot, _, _)| gone.contains(&slot.0)).map(|(slot, _, reason)| Ended {
            slot: slot.0,
            state: SlotState::Skipped(*reason),
            posted_at: None,
        });
    endings::count(tx, ended).await?;
    Ok(u64::try_from(skipped.len()).unwrap_or(u64::MAX))
}

//! `bots` and `bot_configs`: who exists, as declared, and whether it posts.

mod account;
pub(crate) mod changes;
mod go_live;
mod save;
mod sync;

use async_trait::async_trait;
use domain::model::{
    ApprovalMode, Bot, BotId, BotState, GoLive, GoLiveItem, ManagedBy, QueueLimits, StateReason,
    XUserId,
};
use domain::ports::store::{BotStore, Saved, StoreError, SyncReport};
use jiff::Timestamp;

use crate::arg::args;
use crate::credentials;
use crate::db::{Db, Tx, in_transaction, json};
use crate::dialect::Sql;
use crate::events::{self, Event};
use crate::fault::Fault;
use crate::row::row;
use crate::rows::{PersonaRow, Reading, ScheduleRow};
use crate::slots::plan;

macro_rules! bot_columns {
    () => {
        "SELECT b.bot_id, b.state, b.state_reason, b.managed_by, b.app, b.account,
        c.personality_prompt,
        c.content_sources, c.posting_style, c.topics, c.tone, c.max_length, c.review_policy, c.manner,
        c.low_water, c.high_water, c.batch, c.mode, c.is_live, c.warms_up, c.is_rehearsal,
        c.looks_first, c.bot_file
     FROM bots b JOIN bot_configs c ON c.bot_id = b.bot_id "
    };
}

macro_rules! schedule_columns {
    () => {
        "SELECT id, bot_id, name, cron, timezone, skips_gaps, catch_up_ms, on_miss, jitter_ms,
            quiet_from, quiet_until, topics, planned_until
         FROM schedules "
    };
}

static FIND: Sql = Sql::new("bots", concat!(bot_columns!(), "WHERE b.bot_id = $1"));

static LIST: Sql =
    Sql::new("bots", concat!(bot_columns!(), "WHERE b.bot_id > $1 ORDER BY b.bot_id LIMIT $2"));

static SCHEDULES_AMONG: Sql = Sql::new(
    "schedules",
    concat!(
        schedule_columns!(),
        "WHERE bot_id > $1 AND bot_id <= $2 AND is_retired = 0 ORDER BY bot_id, place"
    ),
);

static SCHEDULES: Sql = Sql::new(
    "schedules",
    concat!(schedule_columns!(), "WHERE bot_id = $1 AND is_retired = 0 ORDER BY place"),
);

static LIST_IDS: Sql = Sql::new(
    "bots",
    "SELECT bot_id FROM bots WHERE bot_id > $1 AND state <> 'closed' ORDER BY bot_id LIMIT $2",
);

static STATE: Sql = Sql::new("bots", "SELECT state FROM bots WHERE bot_id = $1");

static SET_STATE: Sql = Sql::new(
    "bots",
    "UPDATE bots SET state = $2, state_reason = $3,
        blocked_until = CASE WHEN $2 = 'active' THEN NULL ELSE blocked_until END,
        refusals_in_row = CASE WHEN $2 = 'active' THEN 0 ELSE refusals_in_row END,
        version = version + 1, updated_at = $4
     WHERE bot_id = $1",
);

static WAKE_WAITING: Sql = Sql::new(
    "slots",
    "UPDATE slots SET wake_at = due_at
     WHERE bot_id = $1 AND {waiting slots} AND state IN ('assigned', 'retry_wait')",
);

/// X refused these for a reason that a person has mended now, so certainly nothing of them went out.
static FREE_HELD: Sql = Sql::new(
    "slots",
    "UPDATE slots SET state = 'assigned', reason = NULL, wake_at = due_at, fence = NULL,
        version = version + 1, updated_at = $2
     WHERE bot_id = $1 AND state = 'needs_attention'
        AND reason NOT IN ('outcome_unknown', 'poison') AND post_id IS NOT NULL
        AND schedule_id IS NOT NULL",
);

/// Of those that a person asked for a bot has one at a time, so the latest goes on, unless there is
/// a newer one already; the others wait for their turn with the person.
static FREE_ASKED_FOR: Sql = Sql::new(
    "slots",
    "UPDATE slots SET state = 'assigned', reason = NULL, wake_at = due_at, fence = NULL,
        version = version + 1, updated_at = $2
     WHERE id = (SELECT h.id FROM slots h
            WHERE h.bot_id = $1 AND h.schedule_id IS NULL AND h.state = 'needs_attention'
                AND h.reason NOT IN ('outcome_unknown', 'poison') AND h.post_id IS NOT NULL
            ORDER BY h.due_at DESC, h.id DESC LIMIT 1)
        AND NOT EXISTS (SELECT 1 FROM slots w WHERE w.bot_id = $1 AND w.schedule_id IS NULL
            AND w.state IN ('planned', 'assigned', 'claimed', 'sending', 'retry_wait', 'unknown',
                'reconciling'))",
);

static REOPEN_PLANS: Sql = Sql::new(
    "schedules",
    "UPDATE schedules SET planned_until = $2, audit_since = $2, replan_at = $2, updated_at = $2
     WHERE bot_id = $1 AND is_retired = 0",
);

static REOPEN_QUEUE: Sql = Sql::new(
    "bot_stats",
    "UPDATE bot_stats SET updated_at = $2,
        low_water = (SELECT c.low_water FROM bot_configs c WHERE c.bot_id = $1)
     WHERE bot_id = $1",
);

static CLOSE_QUEUES: Sql = Sql::new(
    "bot_stats",
    "WITH {rows bot} UPDATE bot_stats SET low_water = 0, updated_at = $2
     FROM r WHERE bot_stats.bot_id = r.bot",
);

static CLOSE_PLANS: Sql = Sql::new(
    "schedules",
    "WITH {rows bot} UPDATE schedules SET replan_at = NULL, updated_at = $2
     FROM r WHERE schedules.bot_id = r.bot AND is_retired = 0 RETURNING id",
);

/// A node that signs with a token of before says whose that one is; what is declared since stands.
static SET_X_USER: Sql = Sql::new(
    "bots",
    "UPDATE bots SET x_user_id = $2, version = version + 1, updated_at = $3
     WHERE bot_id = $1 AND (account IS NULL OR account = $2)",
);

pub(crate) static TEXTS: [&Sql; 15] = [
    &FIND,
    &LIST,
    &SCHEDULES,
    &SCHEDULES_AMONG,
    &LIST_IDS,
    &STATE,
    &SET_STATE,
    &WAKE_WAITING,
    &FREE_HELD,
    &FREE_ASKED_FOR,
    &REOPEN_PLANS,
    &REOPEN_QUEUE,
    &CLOSE_QUEUES,
    &CLOSE_PLANS,
    &SET_X_USER,
];
pub(crate) use go_live::TEXTS as GO_LIVE_TEXTS;
pub(crate) use save::{TEXTS as SAVE_TEXTS, save};
pub(crate) use sync::TEXTS as SYNC_TEXTS;

row! {
    struct BotRow {
        persona: PersonaRow,
        state: String,
        state_reason: Option<String>,
        managed_by: String,
        app: String,
        account: Option<String>,
        low_water: i64,
        high_water: i64,
        batch: i64,
        mode: String,
        is_live: i64,
        warms_up: i64,
        is_rehearsal: i64,
        looks_first: i64,
        bot_file: String,
    }
}

impl BotRow {
    fn read(
        &self,
        schedules: &[ScheduleRow],
    ) -> Result<(Bot, BotState, Option<StateReason>), StoreError> {
        let reading = Reading::of("bots", &self.persona.bot_id);
        let (state, reason) = reading.bot_state(&self.state, self.state_reason.as_deref())?;
        let bot = Bot {
            id: reading.bot(&self.persona.bot_id)?,
            persona: self.persona.read()?,
            schedules: schedules.iter().map(ScheduleRow::read).collect::<Result<_, _>>()?,
            queue: QueueLimits {
                low_water: reading.count("low_water", self.low_water)?,
                high_water: reading.count("high_water", self.high_water)?,
                batch: reading.count("batch", self.batch)?,
            },
            managed_by: reading.managed_by(&self.managed_by)?,
            mode: reading.parsed("mode", &self.mode, ApprovalMode::from_word(&self.mode))?,
            is_live: self.is_live != 0,
            warms_up: self.warms_up != 0,
            is_rehearsal: self.is_rehearsal != 0,
            looks_first: self.looks_first != 0,
            app: self.app.clone(),
            account: reading.maybe_x_id(self.account.as_deref())?,
            file: reading.json("bot_file", &self.bot_file)?,
        };
        Ok((bot, state, reason))
    }
}

#[async_trait]
impl BotStore for Db {
    async fn sync_bots(
        &self,
        declared: &[Bot],
        places: &[ManagedBy],
        now: Timestamp,
    ) -> Result<SyncReport, StoreError> {
        in_transaction!(self, |tx| sync::sync(tx, declared, places, now.as_millisecond()))
    }

    async fn find_bot(
        &self,
        id: &BotId,
    ) -> Result<Option<(Bot, BotState, Option<StateReason>)>, StoreError> {
        let Some(row) = self.one::<BotRow>(&FIND, &args![id.as_str()]).await? else {
            return Ok(None);
        };
        let schedules = self.all::<ScheduleRow>(&SCHEDULES, &args![id.as_str()]).await?;
        row.read(&schedules).map(Some)
    }

    async fn bot_stamp(&self, id: &BotId) -> Result<Option<String>, StoreError> {
        let found: Option<(String,)> = self.one(&save::STAMP, &args![id.as_str()]).await?;
        Ok(found.map(|(stamp,)| stamp))
    }

    async fn save_bot(
        &self,
        bot: &Bot,
        was: Option<&str>,
        now: Timestamp,
    ) -> Result<Saved, StoreError> {
        in_transaction!(self, |tx| async {
            let bot = credentials::standing(tx, bot).await?;
            save(tx, (&bot, was), now.as_millisecond()).await
        })
    }

    async fn reopen_bot(&self, id: &BotId, now: Timestamp) -> Result<Saved, StoreError> {
        in_transaction!(self, |tx| save::reopen(tx, id, now.as_millisecond()))
    }

    async fn list_declared(
        &self,
        after: Option<&BotId>,
        max: u32,
    ) -> Result<Vec<(Bot, BotState)>, StoreError> {
        let after = after.map_or("", BotId::as_str);
        let rows: Vec<BotRow> = self.all(&LIST, &args![after, i64::from(max)]).await?;
        let Some(last) = rows.last() else { return Ok(Vec::new()) };
        let until = last.persona.bot_id.as_str();
        let schedules: Vec<ScheduleRow> = self.all(&SCHEDULES_AMONG, &args![after, until]).await?;
        rows.iter()
            .map(|row| {
                let id = &row.persona.bot_id;
                let from = schedules.partition_point(|schedule| schedule.bot_id < *id);
                let to = schedules.partition_point(|schedule| schedule.bot_id <= *id);
                row.read(&schedules[from..to]).map(|(bot, state, _)| (bot, state))
            })
            .collect()
    }

    async fn list_bot_ids(
        &self,
        after: Option<&BotId>,
        max: u32,
    ) -> Result<Vec<BotId>, StoreError> {
        let after = after.map_or("", BotId::as_str);
        let rows: Vec<(String,)> = self.all(&LIST_IDS, &args![after, i64::from(max)]).await?;
        rows.iter().map(|(id,)| Reading::of("bots", id).bot(id)).collect()
    }

    async fn set_bot_state(
        &self,
        id: &BotId,
        state: BotState,
        reason: Option<StateReason>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        in_transaction!(self, |tx| set_state(tx, id, (state, reason), now.as_millisecond()))
    }

    async fn list_go_live(&self, id: &BotId) -> Result<Vec<GoLive>, StoreError> {
        go_live::list(self, id).await
    }

    async fn confirm_go_live(
        &self,
        id: &BotId,
        items: &[GoLiveItem],
        who: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        in_transaction!(self, |tx| go_live::confirm(tx, id, (items, who), now.as_millisecond()))
    }

    async fn set_x_user(
        &self,
        id: &BotId,
        user: &XUserId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let now = now.as_millisecond();
        in_transaction!(self, |tx| async {
            tx.run(&SET_X_USER, &args![id.as_str(), user.as_str(), now]).await.map(|_| ())
        })
    }
}

async fn set_state(
    tx: &mut Tx,
    id: &BotId,
    (state, reason): (BotState, Option<StateReason>),
    now: i64,
) -> Result<bool, Fault> {
    let bot = id.as_str();
    let Some((before,)) = tx.one::<(String,)>(&STATE, &args![bot]).await? else {
        return Ok(false);
    };
    let reason = reason.map(StateReason::as_str);
    tx.run(&SET_STATE, &args![bot, state.as_str(), reason, now]).await?;
    if state == BotState::Active {
        tx.run(&FREE_HELD, &args![bot, now]).await?;
        tx.run(&FREE_ASKED_FOR, &args![bot, now]).await?;
        tx.run(&WAKE_WAITING, &args![bot]).await?;
    }
    let was_closed = before == BotState::Closed.as_str();
    match (was_closed, state == BotState::Closed) {
        (false, true) => close(tx, &[bot], now).await?,
        (true, false) => {
            tx.run(&REOPEN_PLANS, &args![bot, now]).await?;
            tx.run(&REOPEN_QUEUE, &args![bot, now]).await?;
        }
        (true, true) | (false, false) => {}
    }
    let event = Event {
        kind: format!("bot.{}", state.as_str()),
        bot: Some(bot.to_owned()),
        slot: None,
        detail: reason.map(str::to_owned),
    };
    events::append(tx, &[event], now).await?;
    tx.announce().await?;
    Ok(true)
}

/// Nothing is planned or written for closed bots any more.
async fn close(tx: &mut Tx, bots: &[&str], now: i64) -> Result<(), Fault> {
    let rows = json(&bots.iter().map(|bot| BotKey { bot }).collect::<Vec<_>>());
    tx.run(&CLOSE_QUEUES, &args![&rows, now]).await?;
    let schedules: Vec<(i64,)> = tx.all(&CLOSE_PLANS, &args![&rows, now]).await?;
    plan::forget_future(tx, &schedules, now).await
}

/// A bot's name as a row of a batch.
#[derive(serde::Serialize)]
struct BotKey<'a> {
    bot: &'a str,
}

//! What needs a person, and that person's answers.

use async_trait::async_trait;
use domain::model::{AttemptState, BotId, SlotId, XPostId};
use domain::ports::store::{AttentionStore, Resolution, StoppedBot, StoreError};
use domain::rules::attention::AskedSlot;
use jiff::Timestamp;

use crate::arg::args;
use crate::attempts::settle;
use crate::db::{Db, Tx, in_transaction};
use crate::dialect::Sql;
use crate::events::{self, Event};
use crate::fault::Fault;
use crate::row::row;
use crate::rows::{AttemptRow, Reading};

static STOPPED: Sql = Sql::new(
    "bots",
    "SELECT bot_id, state, state_reason, updated_at FROM bots
     WHERE state IN ('paused', 'needs_login') AND bot_id > $1 ORDER BY bot_id LIMIT $2",
);

static ASKED: Sql = Sql::new(
    "slots",
    "SELECT s.id, s.bot_id, s.version, s.state, s.reason, p.content, x.x_post_id,
        b.state AS bot_state, b.state_reason,
        (SELECT min(f.id) FROM slots f WHERE f.bot_id = s.bot_id AND {in_flight f} AND f.id <> s.id)
            AS in_flight,
        (SELECT min(w.id) FROM slots w WHERE s.schedule_id IS NULL AND w.bot_id = s.bot_id
            AND w.id <> s.id AND w.schedule_id IS NULL AND w.state IN ('planned', 'assigned',
                'claimed', 'sending', 'retry_wait', 'unknown', 'reconciling')) AS waiting
     FROM slots s JOIN bots b ON b.bot_id = s.bot_id
     LEFT JOIN posts p ON p.id = s.post_id AND p.slot_id = s.id AND p.state = 'assigned'
     LEFT JOIN receipts x ON x.slot_id = s.id
     WHERE s.id = $1",
);

static ATTEMPT: Sql = Sql::new(
    "attempts",
    "SELECT a.slot_id, a.state AS attempt_state, a.id AS attempt_id, a.bot_id AS attempt_bot_id,
        a.post_id AS attempt_post_id, a.number, a.fence AS attempt_fence, a.payload,
        a.anchor AS attempt_anchor, a.first_intent_at, a.intent_at, a.send_by, a.closed_at,
        a.is_duplicate_answer, a.absence_votes, a.looks, a.trace_id
     FROM attempts a WHERE a.slot_id = $1 ORDER BY a.number DESC LIMIT 1",
);

static RECEIPT: Sql =
    Sql::new("receipts", "SELECT bot_id, slot_id, post_id FROM receipts WHERE x_post_id = $1");

/// The slot is due anew, where nothing of its bot is in the way (invariant I5, and one that was asked
/// for at a time).
static DUE_ANEW: Sql = Sql::new(
    "slots",
    "UPDATE slots SET due_at = $3
     WHERE id = $1 AND version = $2 AND state = 'needs_attention'
        AND NOT EXISTS (SELECT 1 FROM slots f WHERE f.bot_id = slots.bot_id AND {in_flight f})
        AND (schedule_id IS NOT NULL OR NOT EXISTS (SELECT 1 FROM slots w
            WHERE w.bot_id = slots.bot_id AND w.schedule_id IS NULL AND w.state IN ('planned',
                'assigned', 'claimed', 'sending', 'retry_wait', 'unknown', 'reconciling')))",
);

pub(crate) static TEXTS: [&Sql; 5] = [&STOPPED, &ASKED, &ATTEMPT, &RECEIPT, &DUE_ANEW];

row! {
    struct AskedRow {
        id: i64,
        bot_id: String,
        version: i64,
        state: String,
        reason: Option<String>,
        content: Option<String>,
        x_post_id: Option<String>,
        bot_state: String,
        state_reason: Option<String>,
        in_flight: Option<i64>,
        waiting: Option<i64>,
    }
}

row! {
    struct LastRow {
        attempt: AttemptRow,
        attempt_state: String,
    }
}

#[async_trait]
impl AttentionStore for Db {
    async fn list_stopped_bots(
        &self,
        after: Option<&BotId>,
        max: u32,
    ) -> Result<Vec<StoppedBot>, StoreError> {
        let after = after.map_or("", BotId::as_str);
        let rows: Vec<(String, String, Option<String>, i64)> =
            self.all(&STOPPED, &args![after, i64::from(max)]).await?;
        rows.into_iter()
            .map(|(bot, state, reason, since)| {
                let reading = Reading::of("bots", &bot);
                let (state, reason) = reading.bot_state(&state, reason.as_deref())?;
                let since = reading.time("updated_at", since)?;
                Ok(StoppedBot { bot: reading.bot(&bot)?, state, reason, since })
            })
            .collect()
    }

    async fn find_asked(&self, slot: SlotId) -> Result<Option<AskedSlot>, StoreError> {
        let Some(row) = self.one::<AskedRow>(&ASKED, &args![slot.0]).await? else {
            return Ok(None);
        };
        let last = self.one::<LastRow>(&ATTEMPT, &args![slot.0]).await?;
        row.read(last).map(Some)
    }

    async fn find_receipt(&self, x_post_id: &XPostId) -> Result<Option<String>, StoreError> {
        let row: Option<(String, Option<i64>, i64)> =
            self.one(&RECEIPT, &args![x_post_id.as_str()]).await?;
        Ok(row.map(|(bot, slot, post)| match slot {
            Some(slot) => format!("slot {slot} of {bot}"),
            None => format!("post {post} of {bot}"),
        }))
    }

    async fn resolve_asked(
        &self,
        resolution: &Resolution,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        in_transaction!(self, |tx| resolve(tx, resolution, now.as_millisecond()))
    }
}

impl AskedRow {
    fn read(self, last: Option<LastRow>) -> Result<AskedSlot, StoreError> {
        let reading = Reading::of("slots", self.id);
        let bot = Reading::of("bots", &self.bot_id);
        let attempt = last.map(|last| {
            let word = &last.attempt_state;
            let state = reading.parsed("attempt", word, AttemptState::from_word(word))?;
            Ok::<_, StoreError>((last.attempt.read()?, state))
        });
        Ok(AskedSlot {
            slot: SlotId(self.id),
            bot: reading.bot(&self.bot_id)?,
            version: self.version,
            state: reading.slot_state(&self.state, self.reason.as_deref())?,
            text: self.content,
            attempt: attempt.transpose()?,
            bot_state: bot.bot_state(&self.bot_state, self.state_reason.as_deref())?,
            in_the_way: self.in_flight.or(self.waiting).map(SlotId),
            x_post_id: reading.maybe_x_id(self.x_post_id.as_deref())?,
        })
    }
}

async fn resolve(tx: &mut Tx, resolution: &Resolution, now: i64) -> Result<bool, Fault> {
    let change = &resolution.settlement.change;
    if let Some(due_at) = resolution.due_at {
        let args = args![change.slot.0, change.version, due_at.as_millisecond()];
        if tx.run(&DUE_ANEW, &args).await? == 0 {
            return Ok(false);
        }
    }
    let won = settle::settle(tx, std::slice::from_ref(&resolution.settlement), now).await?;
    if won.is_empty() {
        return Ok(false);
    }
    let event = Event {
        kind: format!("attention.{}", resolution.word),
        bot: Some(change.bot.as_str().to_owned()),
        slot: Some(change.slot.0),
        detail: Some(format!("by {}", resolution.who)),
    };
    events::append(tx, &[event], now).await?;
    tx.announce().await?;
    Ok(true)
}

//! `try_outs`: texts that a person asked for, from the asking to the forgetting.

use async_trait::async_trait;
use domain::model::{Fence, MicroUsd, TryOutId, TryOutState};
use domain::ports::store::{
    NewTryOut, StoreError, TRY_OUT_KEPT, TRY_OUT_MAX, TryOut, TryOutAnswer, TryOutStore,
};
use jiff::Timestamp;

use crate::arg::args;
use crate::db::{Db, Tx, in_transaction, json};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::row::row;
use crate::rows::Reading;

const TOO_LONG: &str = "it took too long, or the node that wrote it stopped";

static ASK: Sql = Sql::new(
    "try_outs",
    "INSERT INTO try_outs (bot_id, persona, form, asked_by, state, is_open, asked_at, updated_at)
     VALUES ($1, $2, $3, $4, 'asked', 1, $5, $5)
     ON CONFLICT (asked_by) WHERE is_open = 1 DO NOTHING",
);

static OPEN_OF: Sql =
    Sql::new("try_outs", "SELECT id FROM try_outs WHERE asked_by = $1 AND is_open = 1");

static TAKE: Sql = Sql::new(
    "try_outs",
    "WITH c AS MATERIALIZED (
        SELECT s.id FROM try_outs s WHERE s.state = 'asked' ORDER BY s.id LIMIT $3 {skip_locked})
     UPDATE try_outs SET state = 'writing', fence = $2, updated_at = $1 FROM c
     WHERE try_outs.id = c.id RETURNING try_outs.id",
);

static FIND: Sql = Sql::new(
    "try_outs",
    "SELECT id, bot_id, persona, form, asked_by, state, texts, model, cost_micro_usd, detail,
        asked_at
     FROM try_outs WHERE id = $1",
);

static END: Sql = Sql::new(
    "try_outs",
    "UPDATE try_outs SET state = $3, is_open = 0, texts = $4, model = $5, cost_micro_usd = $6,
        detail = $7, updated_at = $8
     WHERE id = $1 AND fence = $2 AND state = 'writing'",
);

static GIVE_UP: Sql = Sql::new(
    "try_outs",
    "UPDATE try_outs SET state = 'given_up', is_open = 0, detail = $2, updated_at = $3
     WHERE id IN (SELECT id FROM try_outs WHERE is_open = 1 AND updated_at < $1
        ORDER BY updated_at LIMIT $4)",
);

static FORGET: Sql = Sql::new(
    "try_outs",
    "DELETE FROM try_outs WHERE id IN (SELECT id FROM try_outs WHERE asked_at < $1
        ORDER BY asked_at LIMIT $2)",
);

pub(crate) static TEXTS: [&Sql; 7] = [&ASK, &OPEN_OF, &TAKE, &FIND, &END, &GIVE_UP, &FORGET];

row! {
    struct TryOutRow {
        id: i64,
        bot_id: String,
        persona: String,
        form: String,
        asked_by: String,
        state: String,
        texts: Option<String>,
        model: Option<String>,
        cost_micro_usd: i64,
        detail: Option<String>,
        asked_at: i64,
    }
}

#[async_trait]
impl TryOutStore for Db {
    async fn ask_try_out(
        &self,
        new: &NewTryOut,
        now: Timestamp,
    ) -> Result<Result<TryOutId, TryOutId>, StoreError> {
        in_transaction!(self, |tx| ask(tx, new, now.as_millisecond()))
    }

    async fn take_try_outs(
        &self,
        now: Timestamp,
        fence: Fence,
        max: u32,
    ) -> Result<Vec<TryOut>, StoreError> {
        in_transaction!(self, |tx| take(tx, (fence, max), now.as_millisecond()))
    }

    async fn end_try_out(
        &self,
        id: TryOutId,
        fence: Fence,
        answer: &TryOutAnswer,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        in_transaction!(self, |tx| end(tx, (id, fence, answer), now.as_millisecond()))
    }

    async fn find_try_out(&self, id: TryOutId) -> Result<Option<TryOut>, StoreError> {
        let row: Option<TryOutRow> = self.one(&FIND, &args![id.0]).await?;
        row.map(TryOutRow::read).transpose()
    }

    async fn tidy_try_outs(&self, max: u32, now: Timestamp) -> Result<u64, StoreError> {
        in_transaction!(self, |tx| tidy(tx, max, now))
    }
}

async fn ask(tx: &mut Tx, new: &NewTryOut, now: i64) -> Result<Result<TryOutId, TryOutId>, Fault> {
    let (bot, by) = (new.bot.as_str(), new.asked_by.as_str());
    let (persona, form) = (json(&new.persona), json(&new.form));
    let args = args![bot, &persona, &form, by, now];
    let is_new = tx.run(&ASK, &args).await? > 0;
    let open = tx.one::<(i64,)>(&OPEN_OF, &args![by]).await?;
    let corrupt = || Reading::of("try_outs", by).corrupt("an open one that is not there");
    let (id,) = open.ok_or_else(corrupt)?;
    if is_new {
        tx.announce().await?;
    }
    Ok(if is_new { Ok(TryOutId(id)) } else { Err(TryOutId(id)) })
}

async fn take(tx: &mut Tx, (fence, max): (Fence, u32), now: i64) -> Result<Vec<TryOut>, Fault> {
    let mut taken: Vec<(i64,)> = tx.all(&TAKE, &args![now, fence.0, i64::from(max)]).await?;
    taken.sort_unstable();
    let mut all = Vec::with_capacity(taken.len());
    for (id,) in taken {
        if let Some(row) = tx.one::<TryOutRow>(&FIND, &args![id]).await? {
            all.push(row.read()?);
        }
    }
    Ok(all)
}

async fn end(
    tx: &mut Tx,
    (id, fence, answer): (TryOutId, Fence, &TryOutAnswer),
    now: i64,
) -> Result<bool, Fault> {
    let state = if answer.error.is_some() { TryOutState::GivenUp } else { TryOutState::Written };
    let texts = json(&answer.texts);
    let (model, error) = (answer.model.as_deref(), answer.error.as_deref());
    let args = args![id.0, fence.0, state.as_str(), &texts, model, answer.cost.0, error, now];
    Ok(tx.run(&END, &args).await? > 0)
}

async fn tidy(tx: &mut Tx, max: u32, now: Timestamp) -> Result<u64, Fault> {
    let (max, ms) = (i64::from(max), now.as_millisecond());
    let late = (now - TRY_OUT_MAX).as_millisecond();
    let given_up = tx.run(&GIVE_UP, &args![late, TOO_LONG, ms, max]).await?;
    tx.run(&FORGET, &args![(now - TRY_OUT_KEPT).as_millisecond(), max]).await?;
    Ok(given_up)
}

impl TryOutRow {
    fn read(self) -> Result<TryOut, StoreError> {
        let reading = Reading::of("try_outs", self.id);
        let texts = self.texts.as_deref();
        Ok(TryOut {
            id: TryOutId(self.id),
            asked: NewTryOut {
                bot: reading.bot(&self.bot_id)?,
                persona: reading.json("persona", &self.persona)?,
                form: reading.json("form", &self.form)?,
                asked_by: self.asked_by,
            },
            asked_at: reading.time("asked_at", self.asked_at)?,
            state: reading.parsed("state", &self.state, TryOutState::from_word(&self.state))?,
            answer: TryOutAnswer {
                texts: texts.map_or(Ok(Vec::new()), |texts| reading.json("texts", texts))?,
                model: self.model,
                cost: MicroUsd(self.cost_micro_usd),
                error: self.detail,
            },
        })
    }
}

//! `kept_answers`: what was answered to a request that a program may send again.

use async_trait::async_trait;
use domain::ports::answers::{ANSWER_KEPT, AnswerStore, KeptAnswer, Once, OnceKey};
use domain::ports::store::StoreError;
use jiff::Timestamp;

use crate::arg::args;
use crate::db::{Db, Tx, in_transaction};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::row::row;
use crate::rows::Reading;
use crate::text::clean;

/// Of two who come at once the second waits here for the first one's commit, and finds its row.
static BEGIN: Sql = Sql::new(
    "kept_answers",
    "INSERT INTO kept_answers (caller, once_key, request_hash, begun_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (caller, once_key) DO NOTHING RETURNING begun_at",
);

static FORGET_OLD: Sql = Sql::new("kept_answers", "DELETE FROM kept_answers WHERE begun_at <= $1");

static FIND: Sql = Sql::new(
    "kept_answers",
    "SELECT request_hash, begun_at, status, location, body FROM kept_answers
     WHERE caller = $1 AND once_key = $2",
);

static KEEP: Sql = Sql::new(
    "kept_answers",
    "UPDATE kept_answers SET status = $4, location = $5, body = $6
     WHERE caller = $1 AND once_key = $2 AND request_hash = $3 AND status IS NULL",
);

static FORGET: Sql = Sql::new(
    "kept_answers",
    "DELETE FROM kept_answers
     WHERE caller = $1 AND once_key = $2 AND request_hash = $3 AND status IS NULL",
);

pub(crate) static TEXTS: [&Sql; 5] = [&BEGIN, &FORGET_OLD, &FIND, &KEEP, &FORGET];

row! {
    struct AnswerRow {
        request_hash: String,
        begun_at: i64,
        status: Option<i64>,
        location: Option<String>,
        body: Option<String>,
    }
}

impl AnswerRow {
    fn read(self, once: &OnceKey) -> Result<Once, StoreError> {
        if self.request_hash != once.request {
            return Ok(Once::Other);
        }
        let reading = Reading::of("kept_answers", &once.key);
        let Some(status) = self.status else {
            return Ok(Once::Begun(reading.time("begun_at", self.begun_at)?));
        };
        Ok(Once::Done(KeptAnswer {
            status: reading.count("status", status)?,
            location: self.location,
            body: self.body.unwrap_or_default(),
        }))
    }
}

#[async_trait]
impl AnswerStore for Db {
    async fn begin_once(&self, once: &OnceKey, now: Timestamp) -> Result<Once, StoreError> {
        in_transaction!(self, |tx| begin(tx, once, now))
    }

    async fn keep_answer(&self, once: &OnceKey, answer: &KeptAnswer) -> Result<(), StoreError> {
        in_transaction!(self, |tx| keep(tx, once, answer))
    }

    async fn forget_once(&self, once: &OnceKey) -> Result<(), StoreError> {
        in_transaction!(self, |tx| async {
            let (caller, key) = (clean(&once.caller), clean(&once.key));
            tx.run(&FORGET, &args![&caller, &key, &once.request]).await.map(|_| ())
        })
    }
}

async fn begin(tx: &mut Tx, once: &OnceKey, now: Timestamp) -> Result<Once, Fault> {
    let too_old = now
        .as_millisecond()
        .saturating_sub(i64::try_from(ANSWER_KEPT.as_millis()).unwrap_or(i64::MAX));
    tx.run(&FORGET_OLD, &args![too_old]).await?;
    let (caller, key) = (clean(&once.caller), clean(&once.key));
    let args = args![&caller, &key, &once.request, now.as_millisecond()];
    if tx.one::<(i64,)>(&BEGIN, &args).await?.is_some() {
        return Ok(Once::First);
    }
    let row = tx.one::<AnswerRow>(&FIND, &args![&caller, &key]).await?;
    let lost = || StoreError::Failed("a kept answer went while it was looked for".to_owned());
    Ok(row.ok_or_else(lost)?.read(once)?)
}

async fn keep(tx: &mut Tx, once: &OnceKey, answer: &KeptAnswer) -> Result<(), Fault> {
    let (caller, key, body) = (clean(&once.caller), clean(&once.key), clean(&answer.body));
    let (status, location) = (i64::from(answer.status), answer.location.as_deref());
    let args = args![&caller, &key, &once.request, status, location, &body];
    tx.run(&KEEP, &args).await.map(|_| ())
}

//! `bulk_orders`: what was ordered in bulk, from before its money leaves until its bill is known.
//!
//! The row is the intent: it is there before the server hears anything, and each stage is stored before
//! the next request. A step counts only under the fence that took the order.

use async_trait::async_trait;
use domain::model::{BotId, BulkId, BulkStage, Fence, MicroUsd, ReservationId};
use domain::ports::store::{
    BULK_STEP_MAX, BulkNote, BulkOrder, BulkStore, ModelWish, NewBulk, OpenedBulk, Reserved,
    StoreError,
};
use domain::ports::{BulkRequest, TopicWish};
use domain::rules::budget::Wish;
use domain::rules::prompt::Prompt;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::arg::args;
use crate::budgets::promise;
use crate::db::{Db, Tx, in_transaction, json};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::row::row;
use crate::rows::Reading;

static FIND: Sql = Sql::new("bulk_orders", "SELECT id FROM bulk_orders WHERE bot_id = $1");

static MAKE: Sql = Sql::new(
    "bulk_orders",
    "INSERT INTO bulk_orders (bot_id, persona_version, model, requests, stage, reservation_id,
        amount_micro_usd, fence, look_at, made_at)
     VALUES ($1, $2, $3, $4, 'made', $5, $6, $7, $8, $9)
     ON CONFLICT (bot_id) DO NOTHING
     RETURNING id",
);

static TAKE: Sql = Sql::new(
    "bulk_orders",
    "WITH c AS MATERIALIZED (
        SELECT s.id FROM bulk_orders s WHERE s.look_at <= $1 ORDER BY s.look_at LIMIT $2
        {skip_locked})
     UPDATE bulk_orders SET look_at = $3, fence = $4 FROM c WHERE bulk_orders.id = c.id
     RETURNING bulk_orders.id",
);

static READ: Sql = Sql::new(
    "bulk_orders",
    "WITH {rows id:int}
     SELECT o.id, o.bot_id, o.persona_version, o.model, o.requests, o.stage, o.file_name,
        o.batch_name, o.looks, o.reservation_id, o.amount_micro_usd, o.made_at, o.look_at, o.detail
     FROM r JOIN bulk_orders o ON o.id = r.id ORDER BY o.id",
);

/// Read from end to end: a bot has one at most, and few have any.
static LIST: Sql = Sql::new(
    "bulk_orders",
    "SELECT id, bot_id, persona_version, model, requests, stage, file_name, batch_name, looks,
        reservation_id, amount_micro_usd, made_at, look_at, detail
     FROM bulk_orders ORDER BY id LIMIT $1",
);

static NOTE: Sql = Sql::new(
    "bulk_orders",
    "UPDATE bulk_orders SET stage = $3, file_name = $4, batch_name = $5, looks = $6, look_at = $7,
        detail = $8
     WHERE id = $1 AND fence = $2",
);

static END: Sql = Sql::new(
    "bulk_orders",
    "DELETE FROM bulk_orders WHERE id = $1 AND fence = $2 RETURNING bot_id, reservation_id",
);

/// The queue may be filled from then on, by any node.
static RELEASE: Sql = Sql::new(
    "bot_stats",
    "UPDATE bot_stats SET refill_not_before = $2, refill_fence = NULL, updated_at = $3
     WHERE bot_id = $1",
);

pub(crate) static TEXTS: [&Sql; 8] = [&FIND, &MAKE, &TAKE, &READ, &LIST, &NOTE, &END, &RELEASE];

row! {
    struct OrderRow {
        id: i64,
        bot_id: String,
        persona_version: i64,
        model: String,
        requests: String,
        stage: String,
        file_name: Option<String>,
        batch_name: Option<String>,
        looks: i64,
        reservation_id: i64,
        amount_micro_usd: i64,
        made_at: i64,
        look_at: i64,
        detail: Option<String>,
    }
}

/// A request as it is kept.
#[derive(Serialize, Deserialize)]
struct KeptRequest {
    wishes: Vec<KeptWish>,
    system: String,
    user: String,
    schema: Value,
    completion_tokens_max: u32,
}

#[derive(Serialize, Deserialize)]
struct KeptWish {
    topic: String,
    angle: Option<String>,
    format: Option<String>,
    count: u32,
}

#[derive(Serialize)]
struct Key {
    id: i64,
}

#[async_trait]
impl BulkStore for Db {
    async fn open_bulk(&self, new: &NewBulk, now: Timestamp) -> Result<OpenedBulk, StoreError> {
        in_transaction!(self, |tx| open(tx, new, now))
    }

    async fn take_bulk(
        &self,
        now: Timestamp,
        fence: Fence,
        max: u32,
    ) -> Result<Vec<BulkOrder>, StoreError> {
        in_transaction!(self, |tx| take(tx, now, fence, max))
    }

    async fn note_bulk(&self, note: &BulkNote) -> Result<bool, StoreError> {
        in_transaction!(self, |tx| async { keep(tx, note).await })
    }

    async fn end_bulk(
        &self,
        id: BulkId,
        fence: Fence,
        cost: MicroUsd,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        in_transaction!(self, |tx| end(tx, (id, fence), cost, now.as_millisecond()))
    }

    async fn find_bulk(&self, bot: &BotId) -> Result<Option<BulkId>, StoreError> {
        let found: Option<(i64,)> = self.one(&FIND, &args![bot.as_str()]).await?;
        Ok(found.map(|(id,)| BulkId(id)))
    }

    async fn await_bulk(
        &self,
        bot: &BotId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (until, now) = (until.as_millisecond(), now.as_millisecond());
        in_transaction!(self, |tx| async {
            tx.run(&RELEASE, &args![bot.as_str(), until, now]).await.map(|_| ())
        })
    }

    async fn list_bulk(&self, max: u32) -> Result<Vec<BulkOrder>, StoreError> {
        let rows: Vec<OrderRow> = self.all(&LIST, &args![i64::from(max)]).await?;
        rows.into_iter().map(OrderRow::read).collect()
    }
}

async fn open(tx: &mut Tx, new: &NewBulk, at: Timestamp) -> Result<OpenedBulk, Fault> {
    let (bot, now) = (new.bot.as_str(), at.as_millisecond());
    if tx.one::<(i64,)>(&FIND, &args![bot]).await?.is_some() {
        return Ok(OpenedBulk::Exists);
    }
    let wish = Wish { amount: new.amount, is_dear: false, is_unpriced: new.is_unpriced };
    let wish = ModelWish { bot: new.bot.clone(), fence: Some(new.fence), wish };
    let reservation = match promise::reserve(tx, &wish, now).await? {
        Reserved::Granted { id, .. } => id,
        Reserved::Refused(shut) => return Ok(OpenedBulk::Refused(shut)),
    };
    let look_at = at + BULK_STEP_MAX;
    let requests = json(&new.requests.iter().map(KeptRequest::of).collect::<Vec<_>>());
    let version = i64::from(new.persona_version);
    let (model, amount) = (new.model.as_str(), new.amount.0);
    let until = look_at.as_millisecond();
    let row = args![bot, version, model, &requests, reservation.0, amount, new.fence.0, until, now];
    let Some((id,)) = tx.one::<(i64,)>(&MAKE, &row).await? else {
        // Somebody came between; what was reserved for this one goes back.
        promise::bill(tx, &new.bot, (Some(reservation), MicroUsd::ZERO), now).await?;
        return Ok(OpenedBulk::Exists);
    };
    tx.run(&RELEASE, &args![bot, new.refill_at.as_millisecond(), now]).await?;
    Ok(OpenedBulk::Made(Box::new(BulkOrder {
        id: BulkId(id),
        bot: new.bot.clone(),
        persona_version: new.persona_version,
        model: new.model.clone(),
        requests: new.requests.clone(),
        stage: BulkStage::Made,
        reservation,
        amount: new.amount,
        made_at: at,
        look_at,
        detail: None,
    })))
}

async fn take(
    tx: &mut Tx,
    now: Timestamp,
    fence: Fence,
    max: u32,
) -> Result<Vec<BulkOrder>, Fault> {
    let until = (now + BULK_STEP_MAX).as_millisecond();
    let of = args![now.as_millisecond(), i64::from(max), until, fence.0];
    let taken: Vec<(i64,)> = tx.all(&TAKE, &of).await?;
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<Key> = taken.into_iter().map(|(id,)| Key { id }).collect();
    let rows: Vec<OrderRow> = tx.all(&READ, &args![&json(&keys)]).await?;
    // One that cannot be read comes again when its time for this is over; the log names it.
    let read = rows.into_iter().map(OrderRow::read);
    Ok(read.filter_map(|row| row.inspect_err(|error| tracing::error!("{error}")).ok()).collect())
}

async fn keep(tx: &mut Tx, note: &BulkNote) -> Result<bool, Fault> {
    let (file, batch, looks) = match &note.stage {
        BulkStage::Made => (None, None, 0),
        BulkStage::Uploaded { file } => (Some(file.as_str()), None, 0),
        BulkStage::Creating { file, looks } => (Some(file.as_str()), None, *looks),
        BulkStage::Running { batch } => (None, Some(batch.as_str()), 0),
    };
    let (stage, looks) = (note.stage.as_str(), i64::from(looks));
    let (at, detail) = (note.look_at.as_millisecond(), note.detail.as_deref());
    let row = args![note.id.0, note.fence.0, stage, file, batch, looks, at, detail];
    Ok(tx.run(&NOTE, &row).await? > 0)
}

async fn end(
    tx: &mut Tx,
    (id, fence): (BulkId, Fence),
    cost: MicroUsd,
    now: i64,
) -> Result<bool, Fault> {
    let ended: Option<(String, i64)> = tx.one(&END, &args![id.0, fence.0]).await?;
    let Some((bot, reservation)) = ended else { return Ok(false) };
    let name = Reading::of("bulk_orders", id.0).bot(&bot)?;
    promise::bill(tx, &name, (Some(ReservationId(reservation)), cost), now).await?;
    tx.run(&RELEASE, &args![&bot, now, now]).await?;
    Ok(true)
}

impl KeptRequest {
    fn of(request: &BulkRequest) -> Self {
        let wishes = request.wishes.iter().map(|wish| KeptWish {
            topic: wish.topic.clone(),
            angle: wish.angle.clone(),
            format: wish.format.clone(),
            count: wish.count,
        });
        let prompt = &request.prompt;
        Self {
            wishes: wishes.collect(),
            system: prompt.system.clone(),
            user: prompt.user.clone(),
            schema: prompt.schema.clone(),
            completion_tokens_max: prompt.completion_tokens_max,
        }
    }

    fn read(self) -> BulkRequest {
        let wishes = self.wishes.into_iter().map(|wish| TopicWish {
            topic: wish.topic,
            angle: wish.angle,
            format: wish.format,
            count: wish.count,
        });
        BulkRequest {
            wishes: wishes.collect(),
            prompt: Prompt {
                system: self.system,
                user: self.user,
                schema: self.schema,
                completion_tokens_max: self.completion_tokens_max,
            },
        }
    }
}

impl OrderRow {
    fn read(self) -> Result<BulkOrder, StoreError> {
        let reading = Reading::of("bulk_orders", self.id);
        let kept: Vec<KeptRequest> = reading.json("requests", &self.requests)?;
        let stage = match (self.stage.as_str(), self.file_name, self.batch_name) {
            ("made", _, _) => BulkStage::Made,
            ("uploaded", Some(file), _) => BulkStage::Uploaded { file },
            ("creating", Some(file), _) => {
                BulkStage::Creating { file, looks: reading.count("looks", self.looks)? }
            }
            ("running", _, Some(batch)) => BulkStage::Running { batch },
            (word, _, _) => {
                return Err(reading.corrupt(format!("stage `{word}` lacks a name, or is unknown")));
            }
        };
        Ok(BulkOrder {
            id: BulkId(self.id),
            bot: reading.bot(&self.bot_id)?,
            persona_version: reading.count("persona_version", self.persona_version)?,
            model: self.model,
            requests: kept.into_iter().map(KeptRequest::read).collect(),
            stage,
            reservation: ReservationId(self.reservation_id),
            amount: MicroUsd(self.amount_micro_usd),
            made_at: reading.time("made_at", self.made_at)?,
            look_at: reading.time("look_at", self.look_at)?,
            detail: self.detail,
        })
    }
}

//! Refills that can wait a day are ordered in bulk, for half the price; what comes back goes through the
//! same review as everything else.
//!
//! Each stage of an order is stored before the request that follows it, so a crash leaves open only
//! whether the server began: that is looked for in the server's list, never tried again, and where it
//! cannot be found out the order counts as spent. A queue that runs dry meanwhile is written for at
//! once, as if there were no order.

use std::sync::{Arc, Mutex, PoisonError};

use domain::model::{BulkStage, Fence, MicroUsd};
use domain::ports::store::{
    BULK_STEP_MAX, BulkNote, BulkOrder, NewBulk, OpenedBulk, Refill, StoreError,
};
use domain::ports::{BulkError, BulkProgress, BulkRequest, BulkWriter};
use domain::rules::plan::next_firings;
use domain::rules::{bulk, demand, prompt, spread};
use jiff::Timestamp;
use tracing::Instrument as _;

use crate::generator::GeneratorReport;
use crate::{Engine, traces};

mod harvest;

/// Orders looked at in one tick.
const ORDERS_PER_TICK: u32 = 8;
/// Orders counted for `/health`.
const COUNTED_MAX: u32 = 1_000;
/// Steps of one order in one tick: uploaded, told to begin, and looked at.
const STEPS_MAX: usize = 4;

/// A server that writes in bulk.
pub struct Bulk {
    /// It.
    pub writer: Arc<dyn BulkWriter>,
    /// Whether new orders are handed in; those that are open are followed all the same.
    pub hands_in: bool,
}

/// What a tick did for orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BulkReport {
    /// Orders that were looked at.
    pub looked: u64,
    /// Posts queued, or waiting for a person's approval.
    pub queued: u64,
}

/// Until when a server without the endpoint is left alone.
#[derive(Default)]
pub(crate) struct Unsupported(Mutex<Option<Timestamp>>);

impl Unsupported {
    fn is_in_force(&self, now: Timestamp) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| now < until)
    }

    fn note(&self, now: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(now + bulk::UNSUPPORTED_FOR);
    }
}

/// What a step leads to.
enum Next {
    /// The order is here now, and goes on at once.
    On(BulkStage),
    /// It is here, and waits.
    Wait(BulkStage, Timestamp, Option<String>),
    /// Its batch ended.
    Harvest { word: String, files: Vec<String> },
    /// It is over, and this counts as spent.
    Over(MicroUsd, String),
}

impl Engine {
    /// An engine that orders in bulk.
    #[must_use]
    pub fn with_bulk(mut self, bulk: Bulk) -> Self {
        self.bulk = Some(bulk);
        self
    }

    /// Orders for a queue that can wait; `None` where it is written for at once.
    pub(crate) async fn order(
        &self,
        refill: &Refill,
    ) -> Result<Option<GeneratorReport>, StoreError> {
        let (Some(bulk), Some(fence)) = (&self.bulk, self.fence()) else { return Ok(None) };
        if demand::is_urgent(refill) {
            return Ok(None);
        }
        let now = self.now();
        let report = Some(GeneratorReport { refills: 1, ..GeneratorReport::default() });
        if self.store.find_bulk(&refill.bot).await?.is_some() {
            self.store.await_bulk(&refill.bot, now + bulk::QUEUE_EVERY, now).await?;
            return Ok(report);
        }
        let is_open = bulk.hands_in && !self.unsupported.is_in_force(now);
        if !is_open || !self.can_wait(refill, now).await? {
            return Ok(None);
        }
        let requests = self.bulk_requests(refill).await?;
        if requests.is_empty() {
            return Ok(None);
        }
        let amount = bulk.writer.ceiling(&requests, now).unwrap_or(MicroUsd::ZERO);
        let new = NewBulk {
            bot: refill.bot.clone(),
            fence,
            persona_version: refill.persona_version,
            model: bulk.writer.model().to_owned(),
            requests,
            amount,
            is_unpriced: bulk.writer.is_bulk_unpriced(),
            refill_at: now + bulk::QUEUE_EVERY,
        };
        match self.store.open_bulk(&new, now).await? {
            OpenedBulk::Made(order) => {
                self.follow(bulk.writer.as_ref(), fence, *order).await?;
                Ok(report)
            }
            OpenedBulk::Refused(shut) => {
                self.note_shut(refill, shut).await?;
                Ok(report.map(|report| GeneratorReport { failed: 1, ..report }))
            }
            OpenedBulk::Exists => Ok(None),
        }
    }

    /// Whether what is queued outlasts an order.
    async fn can_wait(&self, refill: &Refill, now: Timestamp) -> Result<bool, StoreError> {
        if bulk::demand(refill) == 0 {
            return Ok(false);
        }
        let Some((bot, _, _)) = self.store.find_bot(&refill.bot).await? else { return Ok(false) };
        let until = now + bulk::RUNWAY;
        let most = usize::try_from(refill.remaining).unwrap_or(usize::MAX).saturating_add(1);
        let firings = bot.schedules.iter().map(|schedule| {
            let next = next_firings(&bot.id, schedule, now, most);
            next.iter().filter(|firing| firing.planned.due_at <= until).count() as u64
        });
        Ok(bulk::outlasts(refill, firings.sum()))
    }

    /// Everything up to high water, a request a batch.
    async fn bulk_requests(&self, refill: &Refill) -> Result<Vec<BulkRequest>, StoreError> {
        let recent = self.store.list_recent_posts(&refill.bot, spread::MEMORY_MAX).await?;
        let rejections = self.store.list_rejections(&refill.bot).await?;
        let targets = self.targets(refill).await?;
        let wishes = spread::spread(spread::Batch {
            persona: &refill.persona,
            targets: &targets,
            recent: &recent,
            count: bulk::demand(refill),
            fruitless: refill.fruitless,
        });
        let batch = usize::try_from(refill.limits.batch).unwrap_or(1).max(1);
        let count = wishes.len().div_ceil(batch);
        let requests = wishes.chunks(batch).enumerate().map(|(place, wishes)| {
            let asked = prompt::prompt(&refill.persona, wishes, &recent);
            let asked = prompt::part(prompt::heed(asked, &rejections), place + 1, count);
            BulkRequest { wishes: wishes.to_vec(), prompt: asked }
        });
        Ok(requests.collect())
    }

    /// Goes on with the orders that are to be looked at.
    pub async fn tick_bulk(&self, now: Timestamp) -> Result<BulkReport, StoreError> {
        let mut report = BulkReport::default();
        let (Some(bulk), Some(fence)) = (&self.bulk, self.fence()) else { return Ok(report) };
        let mut failure = None;
        for order in self.store.take_bulk(now, fence, ORDERS_PER_TICK).await? {
            report.looked += 1;
            // What the database does not take of one order ends none of the others.
            match self.follow(bulk.writer.as_ref(), fence, order).await {
                Ok(queued) => report.queued += queued,
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        if report.looked > 0 || self.vitals.now().bulk.open > 0 {
            let open = self.store.list_bulk(COUNTED_MAX).await?.len();
            self.vitals.bulk_open(u64::try_from(open).unwrap_or(u64::MAX));
        }
        if report.queued > 0 {
            self.wake.notify_one();
        }
        failure.map_or(Ok(report), Err)
    }

    /// Takes an order as far as it goes now; the posts that came of it.
    async fn follow(
        &self,
        writer: &dyn BulkWriter,
        fence: Fence,
        order: BulkOrder,
    ) -> Result<u64, StoreError> {
        let span = traces::following(&order);
        self.follow_on(writer, fence, order).instrument(span).await
    }

    async fn follow_on(
        &self,
        writer: &dyn BulkWriter,
        fence: Fence,
        mut order: BulkOrder,
    ) -> Result<u64, StoreError> {
        for _ in 0..STEPS_MAX {
            match self.step(writer, &order).await {
                Next::On(stage) => {
                    // It stays in these hands for the next request.
                    let look_at = self.now() + BULK_STEP_MAX;
                    if !self.keep_order(fence, &order, (stage.clone(), look_at, None)).await? {
                        return Ok(0);
                    }
                    // Only who stored that it begins may begin: see `step`.
                    order = match stage {
                        BulkStage::Creating { ref file, looks: 0 } => {
                            let next = self.begin_order(writer, &order, file).await;
                            return self.settle_order(fence, order, next).await;
                        }
                        stage => BulkOrder { stage, ..order },
                    };
                }
                Next::Wait(stage, look_at, detail) => {
                    self.keep_order(fence, &order, (stage, look_at, detail)).await?;
                    return Ok(0);
                }
                Next::Harvest { word, files } => {
                    return self.harvest(writer, fence, &order, (word, files)).await;
                }
                Next::Over(cost, why) => {
                    self.end_order(fence, &order, (cost, &why)).await?;
                    return Ok(0);
                }
            }
        }
        Ok(0)
    }

    /// One request about an order, by its stage.
    async fn step(&self, writer: &dyn BulkWriter, order: &BulkOrder) -> Next {
        let now = self.now();
        match &order.stage {
            BulkStage::Made => match writer.upload(order.id, &order.requests).await {
                Ok(file) => Next::On(BulkStage::Uploaded { file }),
                Err(error) => self.unmade(order, &error, now),
            },
            BulkStage::Uploaded { file } => {
                Next::On(BulkStage::Creating { file: file.clone(), looks: 0 })
            }
            BulkStage::Creating { file, looks } => self.search(writer, order, (file, *looks)).await,
            BulkStage::Running { batch } => match writer.look(batch).await {
                Ok(BulkProgress::Ended { word, files }) => Next::Harvest { word, files },
                Ok(BulkProgress::Running) => later(order, now, None),
                Err(error) => later(order, now, Some(error.to_string())),
            },
        }
    }

    /// The one request that begins, right after it was stored that it is on its way.
    async fn begin_order(&self, writer: &dyn BulkWriter, order: &BulkOrder, file: &str) -> Next {
        let created = writer.create(order.id, file).await;
        let now = self.now();
        match created {
            Ok(batch) => Next::Wait(BulkStage::Running { batch }, now + bulk::LOOK_EVERY, None),
            Err(BulkError::Lost(why)) => {
                let stage = BulkStage::Creating { file: file.to_owned(), looks: 1 };
                let at = bulk::search_at(0, now).unwrap_or(now);
                Next::Wait(stage, at, Some(why))
            }
            // Nothing was begun, so it may be tried again from the file on.
            Err(error @ BulkError::NotDone(_)) => {
                let stage = BulkStage::Uploaded { file: file.to_owned() };
                Next::Wait(stage, now + bulk::RETRY_AFTER, Some(error.to_string()))
            }
            Err(error @ (BulkError::Unsupported(_) | BulkError::Refused(_))) => {
                self.refused(&error, now)
            }
        }
    }

    async fn settle_order(
        &self,
        fence: Fence,
        order: BulkOrder,
        next: Next,
    ) -> Result<u64, StoreError> {
        match next {
            Next::Wait(stage, look_at, detail) => {
                if matches!(stage, BulkStage::Running { .. }) {
                    let (bot, posts) = (&order.bot, asked(&order));
                    tracing::info!(
                    event = "bulk.ordered",
                                bot.id = %bot, posts.ordered = posts, model = %order.model,
                                "{posts} posts of @{bot} are ordered in bulk"
                            );
                }
                self.keep_order(fence, &order, (stage, look_at, detail)).await?;
            }
            Next::Over(cost, why) => self.end_order(fence, &order, (cost, &why)).await?,
            Next::On(_) | Next::Harvest { .. } => {}
        }
        Ok(0)
    }

    /// The answer to the request to begin was lost: is there a batch of this file?
    async fn search(
        &self,
        writer: &dyn BulkWriter,
        order: &BulkOrder,
        (file, looks): (&String, u32),
    ) -> Next {
        let found = writer.find(file).await;
        let now = self.now();
        let detail = match found {
            Ok(Some(batch)) => return Next::On(BulkStage::Running { batch }),
            Ok(None) => "the server lists no batch of this order".to_owned(),
            Err(error) => error.to_string(),
        };
        match bulk::search_at(looks, now) {
            Some(at) => {
                let stage = BulkStage::Creating { file: file.clone(), looks: looks + 1 };
                Next::Wait(stage, at, Some(detail))
            }
            None => Next::Over(
                order.amount,
                format!("nobody knows whether the server began, so it counts as spent: {detail}"),
            ),
        }
    }

    /// Nothing left this node but perhaps a file, which costs nothing.
    fn unmade(&self, order: &BulkOrder, error: &BulkError, now: Timestamp) -> Next {
        match error {
            BulkError::Unsupported(_) | BulkError::Refused(_) => self.refused(error, now),
            BulkError::NotDone(_) | BulkError::Lost(_) if bulk::is_overdue(order.made_at, now) => {
                Next::Over(MicroUsd::ZERO, error.to_string())
            }
            BulkError::NotDone(_) | BulkError::Lost(_) => {
                Next::Wait(BulkStage::Made, now + bulk::RETRY_AFTER, Some(error.to_string()))
            }
        }
    }

    /// The server does not take orders, or not such ones: they are written one by one for a day.
    fn refused(&self, error: &BulkError, now: Timestamp) -> Next {
        self.unsupported.note(now);
        Next::Over(MicroUsd::ZERO, error.to_string())
    }

    async fn keep_order(
        &self,
        fence: Fence,
        order: &BulkOrder,
        (stage, look_at, detail): (BulkStage, Timestamp, Option<String>),
    ) -> Result<bool, StoreError> {
        let outcome = detail.clone().map_or(Ok(()), Err);
        self.vitals.bulk(self.now(), outcome);
        let note = BulkNote { id: order.id, fence, stage, look_at, detail };
        self.store.note_bulk(&note).await
    }

    async fn end_order(
        &self,
        fence: Fence,
        order: &BulkOrder,
        (cost, why): (MicroUsd, &str),
    ) -> Result<(), StoreError> {
        let now = self.now();
        let bot = &order.bot;
        tracing::warn!(
            bot.id = %bot, cost_micro_usd = cost.0,
            "The order of @{bot} brought nothing, and is written for as usual: {why}"
        );
        self.vitals.bulk(now, Err(why.to_owned()));
        self.settle_bill(fence, order, (cost, 0)).await
    }

    /// The order is over: that is stored, and told by whoever stored it.
    async fn settle_bill(
        &self,
        fence: Fence,
        order: &BulkOrder,
        (cost, posts): (MicroUsd, u64),
    ) -> Result<(), StoreError> {
        if self.store.end_bulk(order.id, fence, cost, self.now()).await? {
            traces::ended(order, posts);
        }
        Ok(())
    }
}

/// Looked at again, unless it is given up.
fn later(order: &BulkOrder, now: Timestamp, detail: Option<String>) -> Next {
    if bulk::is_overdue(order.made_at, now) {
        let why = detail.unwrap_or_else(|| "its batch does not end".to_owned());
        return Next::Over(order.amount, format!("it is given up and counts as spent: {why}"));
    }
    Next::Wait(order.stage.clone(), now + bulk::LOOK_EVERY, detail)
}

/// How many posts an order asks for.
fn asked(order: &BulkOrder) -> u32 {
    order.requests.iter().flat_map(|request| &request.wishes).map(|wish| wish.count).sum()
}

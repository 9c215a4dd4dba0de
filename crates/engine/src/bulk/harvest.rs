//! What a batch brought: its bill, and posts.

use std::sync::Arc;

use domain::model::{Candidate, Fence, GenerationUsage, MicroUsd};
use domain::ports::store::{BulkOrder, Refill, Stock, StoreError};
use domain::ports::{BulkAnswer, BulkWriter, WriteAnswer, WriteRequest};
use domain::rules::cost::bulk_cost;
use jiff::Timestamp;

use super::later;
use crate::Engine;

impl Engine {
    /// Fetches what an ended batch holds, stores it, and settles the order by its bill. Doing so twice
    /// stores no post twice and pays nothing twice.
    pub(super) async fn harvest(
        &self,
        writer: &dyn BulkWriter,
        fence: Fence,
        order: &BulkOrder,
        (word, files): (String, Vec<String>),
    ) -> Result<u64, StoreError> {
        let answers = match writer.fetch(order.id, &files, &order.requests).await {
            Ok(answers) => answers,
            Err(error) => {
                let later = later(order, self.now(), Some(error.to_string()));
                return self.settle_order(fence, order.clone(), later).await;
            }
        };
        let now = self.now();
        let bill: MicroUsd = answers.iter().map(|answer| price(answer, now)).sum();
        let failed: Vec<String> = answers
            .iter()
            .filter_map(|answer| answer.outcome.as_ref().err().map(ToString::to_string))
            .collect();
        let missing = order.requests.len().saturating_sub(answers.len());
        let answer = joined(order, answers);
        let queued = if answer.candidates.is_empty() {
            0
        } else {
            self.store_order(order, &answer, bill).await?
        };
        let bot = &order.bot;
        tracing::info!(
            event = "bulk.delivered",
            bot.id = %bot, posts.queued = queued, requests.failed = failed.len(),
            requests.missing = missing, cost_micro_usd = bill.0,
            "The order of @{bot} is back ({word}): {queued} posts queued"
        );
        let is_fruitless = (queued == 0).then(|| {
            failed.into_iter().next().unwrap_or_else(|| format!("the batch {word} without posts"))
        });
        self.vitals.bulk(now, is_fruitless.map_or(Ok(()), Err));
        self.settle_bill(fence, order, (bill, queued)).await?;
        Ok(queued)
    }

    /// Through the same review as what is written at once, under the policy of now.
    async fn store_order(
        &self,
        order: &BulkOrder,
        answer: &WriteAnswer,
        bill: MicroUsd,
    ) -> Result<u64, StoreError> {
        let Some((bot, _, _)) = self.store.find_bot(&order.bot).await? else { return Ok(0) };
        let first = &order.requests[0];
        let request = WriteRequest {
            bot: order.bot.clone(),
            persona: bot.persona.clone(),
            wishes: first.wishes.clone(),
            prompt: first.prompt.clone(),
            seed: order.id.0.unsigned_abs(),
            is_thrifty: false,
            is_urgent: false,
            needs_model: false,
        };
        let refill = Refill {
            bot: order.bot.clone(),
            persona: bot.persona,
            persona_version: order.persona_version,
            mode: bot.mode,
            limits: bot.queue,
            stock: Stock::default(),
            remaining: 0,
            refills: 0,
            fruitless: 0,
        };
        let settled = (bill, Some(order.reservation));
        let (queued, _) =
            self.store_written(&refill, (&request, answer), settled, self.now()).await?;
        Ok(queued)
    }
}

/// What a request is billed: the server's own figure where it gives one, else half of the list.
fn price(answer: &BulkAnswer, now: Timestamp) -> MicroUsd {
    answer.usage.as_ref().and_then(|usage| bulk_cost(usage, now)).unwrap_or(MicroUsd::ZERO)
}

/// All answers as one, each candidate with what it was asked for.
fn joined(order: &BulkOrder, answers: Vec<BulkAnswer>) -> WriteAnswer {
    let mut usage = GenerationUsage { model: order.model.clone(), ..GenerationUsage::default() };
    let mut candidates = Vec::new();
    for answer in answers {
        if let Some(took) = &answer.usage {
            usage.model.clone_from(&took.model);
            usage.prompt_tokens = usage.prompt_tokens.saturating_add(took.prompt_tokens);
            usage.cached_tokens = usage.cached_tokens.saturating_add(took.cached_tokens);
            usage.completion_tokens =
                usage.completion_tokens.saturating_add(took.completion_tokens);
        }
        let asked: Arc<str> = order.requests[answer.place].prompt.user.as_str().into();
        let of = answer.outcome.unwrap_or_default();
        candidates
            .extend(of.into_iter().map(|one| Candidate { asked: Some(Arc::clone(&asked)), ..one }));
    }
    WriteAnswer { candidates, usage, ..WriteAnswer::default() }
}

//! Fills queues that fell below their low water: what to ask for, the writer, review, the store.

mod origin;
mod purse;
mod sift;

use std::ops::AddAssign;

use domain::model::{Candidate, Fence, GRAMMAR, GenerationUsage, MicroUsd, ReservationId};
use domain::ports::store::{
    NewPost, PostOrigin, Refill, RefillNote, Spend, SpendKind, StoreError, StoredPost, Writing,
};
use domain::ports::{WriteAnswer, WriteRequest, WriterError};
use domain::rules::review::{Verdict, duplicate_of};
use domain::rules::room::Room;
use domain::rules::spread::{self, Target};
use domain::rules::{approval, chance, cost, demand, prompt};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use jiff::{SignedDuration, Timestamp};
use tracing::{Instrument as _, Span};

pub(crate) use self::purse::{Promise, SHUT_WAIT};
pub(crate) use self::sift::{Whose, with_examples};
use crate::{Engine, traces};

/// Queues taken at once: so many wait for one that is being filled, and no other node fills them.
const REFILLS_PER_STEP_MAX: u32 = 4;
/// Steps of each of the writers in one tick, so that a tick ends.
const STEPS_MAX: u32 = 4;
/// A refill that brought posts may be followed by the next at once. One that brought none waits this
/// long, twice as long after the next, and so on: every try may be billed.
const FRUITLESS_WAIT: SignedDuration = SignedDuration::from_secs(4);
/// No retry helps until a person acts, but the server is asked now and then whether one did.
const HOPELESS_WAIT: SignedDuration = SignedDuration::from_mins(30);

/// What a tick of the generator did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GeneratorReport {
    /// Queues that were asked for.
    pub refills: u64,
    /// Posts queued, or waiting for a person's approval.
    pub queued: u64,
    /// Candidates that review refused, or that are like a post of some bot.
    pub dropped: u64,
    /// Requests that brought nothing.
    pub failed: u64,
}

impl AddAssign for GeneratorReport {
    fn add_assign(&mut self, more: Self) {
        self.refills += more.refills;
        self.queued += more.queued;
        self.dropped += more.dropped;
        self.failed += more.failed;
    }
}

impl Engine {
    /// Writes one batch for each queue that needs it, the emptiest first. A batch that the database
    /// does not take ends none of the others: what the model is writing for them is paid for.
    pub async fn tick_generator(&self, now: Timestamp) -> Result<GeneratorReport, StoreError> {
        let fence = self.fence().filter(|_| self.room_for_more() == Room::Enough);
        let Some(fence) = fence else { return Ok(GeneratorReport::default()) };
        let mut report = GeneratorReport::default();
        let mut failure = None;
        // Mostly there are none, and one writer is enough to find that out.
        let mut first = self.store.take_refills(now, fence, REFILLS_PER_STEP_MAX).await?;
        if first.is_empty() {
            return Ok(report);
        }
        let writers = (0..self.settings.writes_max)
            .map(|_| self.write_on(fence, now, std::mem::take(&mut first)).boxed());
        let mut writers: FuturesUnordered<_> = writers.collect();
        while let Some((done, error)) = writers.next().await {
            report += done;
            failure = failure.or(error);
        }
        if report.queued > 0 {
            self.wake.notify_one();
        }
        failure.map_or(Ok(report), Err)
    }

    /// One writer's part of a tick: it fills the queues that are taken already, one after the other,
    /// and takes more until there are none.
    async fn write_on(
        &self,
        fence: Fence,
        now: Timestamp,
        mut taken: Vec<Refill>,
    ) -> (GeneratorReport, Option<StoreError>) {
        let (mut report, mut failure) = (GeneratorReport::default(), None);
        for _ in 0..STEPS_MAX {
            if taken.is_empty() {
                taken = match self.store.take_refills(now, fence, REFILLS_PER_STEP_MAX).await {
                    Ok(refills) => refills,
                    Err(error) => return (report, failure.or(Some(error))),
                };
            }
            if taken.is_empty() {
                break;
            }
            for refill in std::mem::take(&mut taken) {
                match self.refill(&refill).await {
                    Ok(done) => report += done,
                    Err(error) => {
                        self.give_back(&refill, &error).await;
                        failure = failure.or(Some(error));
                    }
                }
            }
        }
        (report, failure)
    }

    /// The database did not take a batch: its queue is tried again after a while, by any node.
    async fn give_back(&self, refill: &Refill, error: &StoreError) {
        let now = self.now();
        let note = RefillNote {
            bot: refill.bot.clone(),
            not_before: now + fruitless_wait(refill),
            error: Some(error.to_string()),
            // What was reserved stays so: the model may have written, and who knows what it took.
            spend: None,
            reservation: None,
            drops: Vec::new(),
        };
        if let Err(error) = self.store.store_refill(&[], &note, now).await {
            tracing::warn!(bot.id = %refill.bot, "@{} is written for later: {error}", refill.bot);
        }
    }

    /// One batch for one bot.
    pub async fn refill(&self, refill: &Refill) -> Result<GeneratorReport, StoreError> {
        let span = traces::refilling(&refill.bot, refill.refills, self.now());
        self.refill_once(refill).instrument(span).await
    }

    async fn refill_once(&self, refill: &Refill) -> Result<GeneratorReport, StoreError> {
        if let Some(report) = self.order(refill).await? {
            return Ok(report);
        }
        let request = self.request(refill).await?;
        let mut report = GeneratorReport { refills: 1, ..Default::default() };
        let promise = match self.promise(&request).await? {
            Ok(promise) => promise,
            Err(shut) => {
                report.failed = 1;
                self.note_shut(refill, shut).await?;
                return Ok(report);
            }
        };
        let request = WriteRequest { is_thrifty: promise.is_thrifty, ..request };
        let writing = traces::writing(request.wishes.len());
        match self.writer.write(&request).instrument(writing).await {
            Ok(answer) => {
                let now = self.now();
                self.vitals.wrote(now, &answer.tried);
                let price =
                    cost::model_cost(&answer.usage, now).unwrap_or(MicroUsd::ZERO) + answer.lost;
                let settled = (price, promise.id);
                let (queued, dropped) =
                    self.store_written(refill, (&request, &answer), settled, now).await?;
                report.queued = queued;
                report.dropped = dropped;
            }
            Err(error) => {
                report.failed = 1;
                self.note_failure(refill, &error, promise).await?;
            }
        }
        Ok(report)
    }

    async fn request(&self, refill: &Refill) -> Result<WriteRequest, StoreError> {
        let recent = self.store.list_recent_posts(&refill.bot, spread::MEMORY_MAX).await?;
        let rejections = self.store.list_rejections(&refill.bot).await?;
        let targets = self.targets(refill).await?;
        let wishes = spread::spread(spread::Batch {
            persona: &refill.persona,
            targets: &targets,
            recent: &recent,
            count: demand::demand(refill),
            fruitless: refill.fruitless,
        });
        let prompt = prompt::prompt(&refill.persona, &wishes, &recent);
        Ok(WriteRequest {
            bot: refill.bot.clone(),
            persona: refill.persona.clone(),
            prompt: prompt::heed(prompt, &rejections),
            wishes,
            is_urgent: demand::is_urgent(refill),
            seed: chance::hash_of(&[refill.bot.as_str(), &refill.refills.to_string()]),
            is_thrifty: false,
            needs_model: false,
        })
    }

    /// How often each topic of the bot should come. A schedule that cannot be read keeps none of
    /// the others from being written for.
    pub(crate) async fn targets(&self, refill: &Refill) -> Result<Vec<Target>, StoreError> {
        let schedules = match self.store.find_bot(&refill.bot).await {
            Ok(found) => found.map_or_else(Vec::new, |(bot, _, _)| bot.schedules),
            Err(StoreError::Corrupt { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(spread::targets(&refill.bot, &refill.persona, &schedules, self.now()))
    }

    /// Reviews what was written and stores what may go out; how many posts that is, and how many
    /// candidates it is not.
    pub(crate) async fn store_written(
        &self,
        refill: &Refill,
        (request, answer): (&WriteRequest, &WriteAnswer),
        (price, reservation): (MicroUsd, Option<ReservationId>),
        now: Timestamp,
    ) -> Result<(u64, u64), StoreError> {
        let whose = Whose {
            bot: &refill.bot,
            persona: &refill.persona,
            mode: refill.mode,
            is_grammar: answer.usage.model == GRAMMAR,
        };
        let reviewing = traces::reviewing(answer.candidates.len());
        let sifted = self.sift(&answer.candidates, whose).instrument(reviewing).await?;
        let shared = origin::of(refill, request, &answer.usage);
        let (rules, drops) = (sifted.by_rule(), sifted.drops());
        let posts = posts(refill, sifted.accepted, (&answer.usage, price), &shared);
        let error = posts.is_empty().then(|| fruitless(&sifted.refused));
        let wait = if posts.is_empty() { fruitless_wait(refill) } else { SignedDuration::ZERO };
        let note = RefillNote {
            bot: refill.bot.clone(),
            not_before: now + wait,
            error,
            spend: (price > MicroUsd::ZERO)
                .then_some(Spend { kind: SpendKind::Model, amount: price }),
            reservation,
            drops,
        };
        let stored = self.store.store_refill(&posts, &note, now).await?;
        let mut queued = 0;
        for post in &stored {
            match post {
                StoredPost::Queued(_) | StoredPost::Draft(_) => queued += 1,
                // Stored by another node in between, or not yet findable by its bands.
                StoredPost::Duplicate { of, bot } => {
                    let finding = duplicate_of(*of, bot);
                    tracing::debug!(
                        rule = finding.rule,
                        "Dropped a candidate: {}",
                        finding.message
                    );
                }
            }
        }
        let dropped = answer.candidates.len() - queued;
        self.metrics.written(queued as u64, dropped as u64, answer.usage.total_tokens());
        Span::current().record("posts.queued", queued).record("candidates.dropped", dropped);
        tracing::info!(
            event = "queue.filled",
            bot.id = %refill.bot, posts.queued = queued, candidates.dropped = dropped,
            candidates.dropped_by = %rules,
            model = %answer.usage.model, tokens = answer.usage.total_tokens(),
            cost_micro_usd = price.0,
            "@{} queued {queued} posts written by {}", refill.bot, answer.usage.model
        );
        Ok((queued as u64, dropped as u64))
    }

    async fn note_failure(
        &self,
        refill: &Refill,
        error: &WriterError,
        promise: Promise,
    ) -> Result<(), StoreError> {
        let now = self.now();
        tracing::warn!(
            event = "queue.not_filled",bot.id = %refill.bot, "@{} got nothing written: {error}", refill.bot);
        self.vitals.model(now, Err(error.to_string()));
        self.metrics.batch("failed");
        let note = RefillNote {
            bot: refill.bot.clone(),
            not_before: now + wait_after(error, refill),
            error: Some(error.to_string()),
            spend: promise.spend_after(error),
            reservation: promise.id,
            drops: Vec::new(),
        };
        self.store.store_refill(&[], &note, now).await.map(|_| ())
    }
}

/// When the model is asked again after `error`.
fn wait_after(error: &WriterError, refill: &Refill) -> SignedDuration {
    match error {
        WriterError::RateLimited { after } => after
            .and_then(|after| SignedDuration::try_from(after).ok())
            .unwrap_or_else(|| fruitless_wait(refill))
            .min(HOPELESS_WAIT),
        WriterError::OutOfCredit(_) | WriterError::Unauthorized(_) | WriterError::BadRequest(_) => {
            HOPELESS_WAIT
        }
        WriterError::Refused(_)
        | WriterError::Unusable(_)
        | WriterError::Unavailable(_)
        | WriterError::NotSent(_) => fruitless_wait(refill),
    }
}

/// Doubles with every refill in a row that brought nothing, up to half an hour.
fn fruitless_wait(refill: &Refill) -> SignedDuration {
    FRUITLESS_WAIT
        .checked_mul(1 << refill.fruitless.min(12))
        .map_or(HOPELESS_WAIT, |wait| wait.min(HOPELESS_WAIT))
}

fn fruitless(refused: &[String]) -> String {
    match refused.first() {
        Some(first) => format!("all {} candidates were refused, the first: {first}", refused.len()),
        None => "the writer brought no candidates".to_owned(),
    }
}

/// Each accepted post carries its share of the batch, what was dropped included, so that the posts
/// sum to the bill.
fn posts(
    refill: &Refill,
    accepted: Vec<(Verdict, &Candidate)>,
    (usage, price): (&GenerationUsage, MicroUsd),
    shared: &Writing,
) -> Vec<NewPost> {
    let count = accepted.len();
    accepted
        .into_iter()
        .enumerate()
        .map(|(index, (verdict, candidate))| NewPost {
            bot: refill.bot.clone(),
            consent: approval::unread(&verdict),
            content: verdict.text,
            topic: candidate.topic.clone(),
            content_hash: verdict.content_hash,
            origin: PostOrigin::Generated {
                model: usage.model.clone(),
                tokens: share(usage.total_tokens(), index, count),
                cost: MicroUsd(
                    i64::try_from(share(price.0.unsigned_abs(), index, count)).unwrap_or(i64::MAX),
                ),
                writing: origin::of_one(shared, candidate),
            },
        })
        .collect()
}

/// The `index`-th of `count` shares of a whole; all of them sum to it.
fn share(whole: u64, index: usize, count: usize) -> u64 {
    let (index, count) = (index as u64, count as u64);
    whole / count + u64::from(index < whole % count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_sum_to_the_whole() {
        for (whole, count) in [(10, 3), (0, 4), (7, 7), (5, 8), (1_000_003, 17)] {
            let sum: u64 = (0..count).map(|index| share(whole, index, count)).sum();
            assert_eq!(sum, whole);
        }
    }

    fn refill(fruitless: u32) -> Refill {
        Refill {
            bot: "ada".try_into().unwrap(),
            persona: testkit::persona(),
            persona_version: 1,
            mode: domain::model::ApprovalMode::Auto,
            limits: domain::model::QueueLimits::default(),
            stock: domain::ports::store::Stock::default(),
            remaining: 0,
            refills: 1,
            fruitless,
        }
    }

    #[test]
    fn a_limit_is_waited_for_as_long_as_the_server_says() {
        let limited = WriterError::RateLimited { after: Some(std::time::Duration::from_secs(7)) };
        assert_eq!(wait_after(&limited, &refill(0)), SignedDuration::from_secs(7));
        let poor = WriterError::OutOfCredit(String::new());
        assert_eq!(wait_after(&poor, &refill(0)), HOPELESS_WAIT);
    }

    #[test]
    fn tries_that_bring_nothing_are_ever_further_apart() {
        let garbage = WriterError::Unusable(String::new());
        let waits: Vec<_> = (0..40).map(|times| wait_after(&garbage, &refill(times))).collect();
        assert_eq!(waits[..3], [4, 8, 16].map(SignedDuration::from_secs));
        assert_eq!(waits[39], HOPELESS_WAIT);
        assert!(waits.is_sorted());
    }
}

//! Try-outs: five texts that a person wants to see, written and reviewed as for a queue and put into
//! none. Their money is reserved and settled like that of any batch; what a crash leaves is given up by
//! the janitor, and its money written off.

use domain::model::{
    ApprovalMode, Candidate, Fence, GRAMMAR, MicroUsd, ReservationId, TriedFinding, TriedText,
};
use domain::ports::WriteRequest;
use domain::ports::store::{StoreError, TRY_OUT_TEXTS, TryOut, TryOutAnswer};
use domain::rules::review::{Severity, Verdict, disclosed, review};
use domain::rules::spread::{self, targets};
use domain::rules::{chance, cost, prompt};
use jiff::Timestamp;
use tracing::{Instrument as _, Span};

use crate::generator::{Whose, with_examples};
use crate::{Engine, beside, traces};

/// Taken at once; one waits for the other.
const TAKEN_MAX: u32 = 2;
/// What a person calls the others.
const OTHER: &str = "another one of these";
/// Tidied in one tick.
const TIDIED_MAX: u32 = 100;

impl Engine {
    /// Writes what was asked for; how many that is.
    pub async fn tick_try_outs(&self, now: Timestamp) -> Result<u64, StoreError> {
        let Some(fence) = self.fence() else { return Ok(0) };
        let taken = self.store.take_try_outs(now, fence, TAKEN_MAX).await?;
        for one in &taken {
            self.try_one_out(one, fence).instrument(traces::trying_out(one)).await?;
        }
        Ok(taken.len() as u64)
    }

    async fn try_one_out(&self, one: &TryOut, fence: Fence) -> Result<(), StoreError> {
        let answer = self.try_out(one).await?;
        Span::current().record("texts", answer.texts.len());
        self.store.end_try_out(one.id, fence, &answer, self.now()).await?;
        Ok(())
    }

    /// Gives up what took too long. What fails is tried again at the next tick: the lease does not depend
    /// on it.
    pub(crate) async fn tidy_try_outs(&self, now: Timestamp) {
        if let Err(error) = self.store.tidy_try_outs(TIDIED_MAX, now).await {
            tracing::warn!("Try-outs are tidied later: {error}");
        }
    }

    async fn try_out(&self, one: &TryOut) -> Result<TryOutAnswer, StoreError> {
        let nothing = |error: String, cost: MicroUsd| TryOutAnswer {
            error: Some(error),
            cost,
            ..TryOutAnswer::default()
        };
        let request = self.trial(one).await?;
        let promise = match self.promise(&request).await? {
            Ok(promise) => promise,
            Err(shut) => return Ok(nothing(shut.because, MicroUsd::ZERO)),
        };
        let request = WriteRequest { is_thrifty: promise.is_thrifty, ..request };
        let bot = &request.bot;
        let writing = traces::writing(request.wishes.len());
        match self.writer.write(&request).instrument(writing).await {
            Ok(answer) => {
                let now = self.now();
                self.vitals.wrote(now, &answer.tried);
                let price =
                    cost::model_cost(&answer.usage, now).unwrap_or(MicroUsd::ZERO) + answer.lost;
                self.bill(&request, promise.id, price).await?;
                let judging = self.judged(&request, &answer.candidates, &answer.usage.model);
                let reviewing = traces::reviewing(answer.candidates.len());
                let texts = judging.instrument(reviewing).await?;
                tracing::info!(
                    bot.id = %bot, texts = texts.len(), model = %answer.usage.model,
                    cost_micro_usd = price.0, "@{bot} wrote {} texts to look at", texts.len()
                );
                let error = texts.is_empty().then(|| "the writer brought no texts".to_owned());
                Ok(TryOutAnswer { texts, model: Some(answer.usage.model), cost: price, error })
            }
            Err(error) => {
                self.vitals.model(self.now(), Err(error.to_string()));
                let spent = promise.spend_after(&error).map_or(MicroUsd::ZERO, |one| one.amount);
                self.bill(&request, promise.id, spent).await?;
                Ok(nothing(error.to_string(), spent))
            }
        }
    }

    async fn bill(
        &self,
        request: &WriteRequest,
        reservation: Option<ReservationId>,
        price: MicroUsd,
    ) -> Result<(), StoreError> {
        if reservation.is_none() && price == MicroUsd::ZERO {
            return Ok(());
        }
        self.store.settle_model(&request.bot, reservation, price, self.now()).await
    }

    /// What the writer is asked: as for the bot's queue, in the voice that is tried.
    async fn trial(&self, one: &TryOut) -> Result<WriteRequest, StoreError> {
        let (bot, persona) = (&one.asked.bot, &one.asked.persona);
        let recent = self.store.list_recent_posts(bot, spread::MEMORY_MAX).await?;
        let rejections = self.store.list_rejections(bot).await?;
        let wishes = spread::spread(spread::Batch {
            persona,
            targets: &targets(bot, persona, &[], self.now()),
            recent: &recent,
            count: TRY_OUT_TEXTS,
            fruitless: 0,
        });
        let asked = prompt::prompt(persona, &wishes, &recent);
        Ok(WriteRequest {
            bot: bot.clone(),
            persona: persona.clone(),
            prompt: prompt::heed(asked, &rejections),
            wishes,
            seed: chance::hash_of(&[bot.as_str(), "try", &one.id.0.to_string()]),
            is_thrifty: false,
            // A person waits for it.
            is_urgent: true,
            needs_model: false,
        })
    }

    /// All of them with everything that speaks against each, instead of only those that pass.
    async fn judged(
        &self,
        request: &WriteRequest,
        candidates: &[Candidate],
        model: &str,
    ) -> Result<Vec<TriedText>, StoreError> {
        let (persona, policy) = (&request.persona, &request.persona.policy);
        let mut verdicts: Vec<Verdict> =
            candidates.iter().map(|one| review(&disclosed(&one.text, policy), policy)).collect();
        let named: Vec<(&str, String)> =
            verdicts.iter().map(|one| (one.text.as_str(), OTHER.to_owned())).collect();
        let mut batch = with_examples(persona);
        let alike = beside(self.store.as_ref(), &mut batch, &named, self.now()).await?;
        let texts: Vec<&str> = verdicts.iter().map(|one| one.text.as_str()).collect();
        let whose = Whose {
            bot: &request.bot,
            persona,
            mode: ApprovalMode::Auto,
            is_grammar: model == GRAMMAR,
        };
        let seen = self.moderate(whose, &texts).await?;
        for ((verdict, alike), seen) in verdicts.iter_mut().zip(alike).zip(seen) {
            verdict.findings.extend(alike.into_iter().chain(seen));
        }
        Ok(verdicts.into_iter().zip(candidates).map(tried).collect())
    }
}

fn tried((verdict, candidate): (Verdict, &Candidate)) -> TriedText {
    let findings = verdict.findings.into_iter().map(|finding| TriedFinding {
        rule: finding.rule.to_owned(),
        message: finding.message,
        blocks: finding.severity == Severity::Blocks,
    });
    TriedText { text: verdict.text, topic: candidate.topic.clone(), findings: findings.collect() }
}

//! One item on its way to being a post: by a template or by a model, through the same review as all.

use domain::model::{Candidate, GenerationUsage, MicroUsd, Persona, Policy, Telling};
use domain::ports::store::{
    AskedPrompt, ItemNote, ItemOutcome, NewPost, PostOrigin, Spend, SpendKind, StoreError,
    StoredPost, WaitingItem, Writing,
};
use domain::ports::{TopicWish, WriteAnswer, WriteRequest, WriterError};
use domain::rules::feed::material::material;
use domain::rules::feed::template::Template;
use domain::rules::feed::{guard, tell};
use domain::rules::{approval, chance, cost, prompt};
use jiff::Timestamp;
use tracing::Instrument as _;

use super::{FeedsReport, ITEMS_PER_TICK};
use crate::generator::{Promise, SHUT_WAIT, Whose};
use crate::{Engine, traces};

/// What a post is about where neither the feed nor the persona says.
const TOPIC: &str = "the news of the feed";

/// What became of an item, and what it cost.
struct Told {
    outcome: ItemOutcome,
    spend: Option<Spend>,
    promise: Promise,
}

impl From<ItemOutcome> for Told {
    fn from(outcome: ItemOutcome) -> Self {
        Self { outcome, spend: None, promise: Promise::default() }
    }
}

impl Engine {
    /// One item after the other, each taken when its turn comes: what a model takes its time for must
    /// not be another node's meanwhile. Where none answers, the others wait for the next tick.
    pub(super) async fn tell_items(&self) -> Result<FeedsReport, StoreError> {
        let mut report = FeedsReport::default();
        for _ in 0..ITEMS_PER_TICK {
            let Some(item) = self.store.take_items(self.now(), 1).await?.pop() else { break };
            let span = traces::telling(&item, self.now());
            let (told, is_put_off) = self.tell_item(&item).instrument(span).await?;
            report += told;
            if is_put_off {
                break;
            }
        }
        Ok(report)
    }

    /// What became of it, and whether nobody could be asked.
    async fn tell_item(&self, item: &WaitingItem) -> Result<(FeedsReport, bool), StoreError> {
        let seed = self.store.material_seed().await?;
        let told = self.tell(item, seed).await?;
        let is_put_off = matches!(told.outcome, ItemOutcome::Later { is_try: false, .. });
        Ok((self.note_told(item, told).await?, is_put_off))
    }

    async fn note_told(&self, item: &WaitingItem, told: Told) -> Result<FeedsReport, StoreError> {
        let note = ItemNote {
            of: item.of,
            item: item.item.id.clone(),
            bot: item.bot.clone(),
            tries: item.tries,
            outcome: told.outcome,
            spend: told.spend,
            reservation: told.promise.id,
        };
        let stored = self.store.note_item(&note, self.now()).await?;
        let (bot, name) = (&item.bot, item.item.id.as_str());
        let mut report = FeedsReport::default();
        match (&note.outcome, stored) {
            (ItemOutcome::Post(_), Some(StoredPost::Queued(_) | StoredPost::Draft(_))) => {
                report.posted = 1;
                tracing::info!(bot.id = %bot, item = name, "@{bot} tells of an item of a feed");
            }
            (ItemOutcome::Post(_), _) => {
                report.dropped = 1;
                tracing::info!(bot.id = %bot, item = name, "@{bot} leaves an item out: its text is there");
            }
            (ItemOutcome::Dropped(why), _) => {
                report.dropped = 1;
                tracing::info!(bot.id = %bot, item = name, "@{bot} leaves an item out: {why}");
            }
            (ItemOutcome::Later { because, .. }, _) => {
                report.put_off = 1;
                tracing::info!(bot.id = %bot, item = name, "@{bot} tells of an item later: {because}");
            }
        }
        Ok(report)
    }

    async fn tell(&self, item: &WaitingItem, seed: u64) -> Result<Told, StoreError> {
        if tell::is_stale(item, self.now()) {
            let days = item.feed.age_days_max;
            return Ok(ItemOutcome::Dropped(format!("it waited for over {days} days")).into());
        }
        match &item.feed.telling {
            Telling::Template(text) => self.by_template(item, text, seed).await,
            Telling::Model { has_link } => self.by_model(item, *has_link, seed).await,
        }
    }

    async fn by_template(
        &self,
        item: &WaitingItem,
        text: &str,
        seed: u64,
    ) -> Result<Told, StoreError> {
        let dropped = |why: String| Ok(Told::from(ItemOutcome::Dropped(why)));
        let template = match Template::parse(text) {
            Ok(template) => template,
            Err(error) => return dropped(error.to_string()),
        };
        let material = material(&item.item, seed);
        let (own, has_link) = (&item.persona.policy, template.shows_link());
        let policy = guard::guarded(own, &item.item, &material, has_link);
        let text = match tell::by_template(&template, &item.item, &policy) {
            Ok(text) => text,
            Err(error) => return dropped(error.to_string()),
        };
        let candidate = Candidate { text, topic: item.feed.topic.clone(), ..Candidate::default() };
        let sifted = self.sifted(item, vec![candidate], policy).await?;
        Ok(match sifted {
            Ok(post) => ItemOutcome::Post(Box::new(post)).into(),
            Err(why) => ItemOutcome::Dropped(why).into(),
        })
    }

    async fn by_model(
        &self,
        item: &WaitingItem,
        has_link: bool,
        seed: u64,
    ) -> Result<Told, StoreError> {
        let material = material(&item.item, seed);
        let policy = guard::guarded(&item.persona.policy, &item.item, &material, has_link);
        let persona = tell::persona_about(&item.persona, &policy);
        let wish = TopicWish::on(item.feed.topic.as_deref().unwrap_or(TOPIC), 1);
        let request = WriteRequest {
            bot: item.bot.clone(),
            prompt: prompt::about(&persona, &wish, &material),
            persona,
            wishes: vec![wish],
            seed: chance::hash_of(&[item.bot.as_str(), item.item.id.as_str()]),
            is_thrifty: false,
            is_urgent: false,
            needs_model: true,
        };
        let promise = match self.promise(&request).await? {
            Ok(promise) => promise,
            Err(shut) => {
                let (because, until) = (shut.because, shut.until.min(self.now() + SHUT_WAIT));
                return Ok(ItemOutcome::Later { because, until, is_try: false }.into());
            }
        };
        let request = WriteRequest { is_thrifty: promise.is_thrifty, ..request };
        let writing = traces::writing(request.wishes.len());
        match self.writer.write(&request).instrument(writing).await {
            Ok(answer) => self.of_answer(item, (&request, &answer), policy, promise).await,
            Err(error) => {
                self.vitals.model(self.now(), Err(error.to_string()));
                let spend = promise.spend_after(&error);
                Ok(Told { outcome: after(item, &error, self.now()), spend, promise })
            }
        }
    }

    async fn of_answer(
        &self,
        item: &WaitingItem,
        (request, answer): (&WriteRequest, &WriteAnswer),
        policy: Policy,
        promise: Promise,
    ) -> Result<Told, StoreError> {
        let now = self.now();
        self.vitals.wrote(now, &answer.tried);
        let price = cost::model_cost(&answer.usage, now).unwrap_or(MicroUsd::ZERO) + answer.lost;
        let candidates: Vec<Candidate> = answer
            .candidates
            .iter()
            .map(|one| Candidate {
                text: tell::with_link(&one.text, &policy),
                topic: item.feed.topic.clone(),
                ..one.clone()
            })
            .collect();
        let sifted = self.sifted(item, candidates, policy).await?;
        let outcome = match sifted {
            Ok(post) => {
                let origin = origin(item, request, (&answer.usage, price));
                ItemOutcome::Post(Box::new(NewPost { origin, ..post }))
            }
            Err(why) => again_or_never(item, why, now),
        };
        let spend =
            (price > MicroUsd::ZERO).then_some(Spend { kind: SpendKind::Model, amount: price });
        Ok(Told { outcome, spend, promise })
    }

    /// The first of these texts that may go out, as a post; or why none may.
    async fn sifted(
        &self,
        item: &WaitingItem,
        candidates: Vec<Candidate>,
        policy: Policy,
    ) -> Result<Result<NewPost, String>, StoreError> {
        let persona = Persona { policy, ..item.persona.clone() };
        let (mailing, candidates): (Vec<Candidate>, Vec<Candidate>) =
            candidates.into_iter().partition(|one| guard::holds_mail(&one.text));
        if candidates.is_empty() && !mailing.is_empty() {
            return Ok(Err("names an address of electronic mail, of a stranger".to_owned()));
        }
        let (bot, mode) = (&item.bot, item.mode);
        let whose = Whose { bot, persona: &persona, mode, is_grammar: false };
        let reviewing = traces::reviewing(candidates.len());
        let sifted = self.sift(&candidates, whose).instrument(reviewing).await?;
        let none = || match sifted.refused.first() {
            Some(first) => first.clone(),
            None => "the model brought no text".to_owned(),
        };
        let Some((verdict, candidate)) = sifted.accepted.first() else { return Ok(Err(none())) };
        Ok(Ok(NewPost {
            bot: item.bot.clone(),
            consent: approval::unread(verdict),
            content: verdict.text.clone(),
            topic: candidate.topic.clone(),
            content_hash: verdict.content_hash.clone(),
            origin: PostOrigin::Feed,
        }))
    }
}

/// Who wrote it, and what was asked.
fn origin(
    item: &WaitingItem,
    request: &WriteRequest,
    (usage, price): (&GenerationUsage, MicroUsd),
) -> PostOrigin {
    PostOrigin::Generated {
        model: usage.model.clone(),
        tokens: usage.total_tokens(),
        cost: price,
        writing: Writing {
            persona_version: item.persona_version,
            prompt: Some(AskedPrompt {
                system: request.prompt.system.as_str().into(),
                batch: request.prompt.user.as_str().into(),
            }),
            seed: request.seed,
            angle: None,
            format: None,
        },
    }
}

/// What a writer's error means for the item: one that says nothing of the item costs it no try.
fn after(item: &WaitingItem, error: &WriterError, now: Timestamp) -> ItemOutcome {
    let because = error.to_string();
    match error {
        WriterError::Refused(_) | WriterError::Unusable(_) => again_or_never(item, because, now),
        WriterError::RateLimited { .. }
        | WriterError::OutOfCredit(_)
        | WriterError::Unauthorized(_)
        | WriterError::BadRequest(_)
        | WriterError::Unavailable(_)
        | WriterError::NotSent(_) => {
            let until = tell::again_at(tell::TRIES_MAX / 2, now);
            ItemOutcome::Later { because, until, is_try: false }
        }
    }
}

fn again_or_never(item: &WaitingItem, because: String, now: Timestamp) -> ItemOutcome {
    if item.tries + 1 >= tell::TRIES_MAX {
        return ItemOutcome::Dropped(because);
    }
    ItemOutcome::Later { because, until: tell::again_at(item.tries, now), is_try: true }
}

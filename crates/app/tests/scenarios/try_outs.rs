//! Try-outs: five texts to look at, paid for like any, and nothing of them goes out.

use std::sync::Arc;

use async_trait::async_trait;
use domain::model::{
    BotForm, Budgets, Candidate, Caps, GenerationUsage, MicroUsd, PurseCaps, TryOutState,
};
use domain::ports::store::{
    BudgetStore as _, NewTryOut, ReadStore as _, StoreError, TRY_OUT_MAX, TryOut, TryOutStore as _,
};
use domain::ports::{WriteAnswer, WriteRequest, Writer, WriterError};
use jiff::{SignedDuration, Timestamp};
use sandbox::SandboxSettings;

use crate::world::{World, bot};

/// What it costs: billed, and at the most.
const PRICE: i64 = 300;
const CEILING: i64 = 400;

/// A model that writes one text that may go out and one that may not.
struct Priced;

#[async_trait]
impl Writer for Priced {
    async fn write(&self, request: &WriteRequest) -> Result<WriteAnswer, WriterError> {
        let texts = [
            "Fog since four, and the horn.",
            "As an AI language model, I cannot.",
            "The tide is in.",
        ];
        let candidate =
            |text: &&str| Candidate { text: (*text).to_owned(), ..Candidate::default() };
        assert!(request.prompt.system.contains("You are a foghorn."), "the persona that is tried");
        let cost = Some(MicroUsd(PRICE));
        let usage =
            GenerationUsage { model: "dear".to_owned(), cost, ..GenerationUsage::default() };
        let candidates = texts.iter().map(candidate).collect();
        Ok(WriteAnswer { candidates, usage, ..WriteAnswer::default() })
    }

    fn ceiling(&self, _: &WriteRequest, _: Timestamp) -> Option<MicroUsd> {
        Some(MicroUsd(CEILING))
    }
}

async fn world() -> World {
    let world = World::written_by(SandboxSettings::default(), |_, _| Arc::new(Priced)).await;
    world.given(bot("ada"), &["The tide is in."]).await;
    world
}

async fn ask(world: &World) -> domain::model::TryOutId {
    let mut persona = testkit::bot("ada").persona;
    "You are a foghorn.".clone_into(&mut persona.personality_prompt);
    let bot = "ada".try_into().unwrap();
    let asked_by = "user eve".to_owned();
    let new = NewTryOut { bot, persona, form: BotForm::default(), asked_by };
    world.db.ask_try_out(&new, world.now()).await.unwrap().unwrap()
}

async fn find(world: &World, id: domain::model::TryOutId) -> TryOut {
    world.db.find_try_out(id).await.unwrap().unwrap()
}

async fn spent(world: &World) -> i64 {
    let sum = "SELECT CAST(COALESCE(sum(amount_micro_usd), 0) AS INTEGER) FROM ledger";
    world.number(sum).await
}

#[tokio::test]
async fn texts_come_with_all_that_speaks_against_them_and_none_is_queued() {
    let world = world().await;
    let id = ask(&world).await;
    assert_eq!(world.engine.tick_try_outs(world.now()).await.unwrap(), 1);
    let found = find(&world, id).await;
    assert_eq!(found.state, TryOutState::Written);
    assert_eq!((found.answer.model.as_deref(), found.answer.cost), (Some("dear"), MicroUsd(PRICE)));
    let rules: Vec<Vec<&str>> = (found.answer.texts.iter())
        .map(|text| text.findings.iter().map(|finding| finding.rule.as_str()).collect())
        .collect();
    assert!(rules[0].is_empty() && !rules[1].is_empty(), "{rules:?}");
    assert!(!rules[2].is_empty(), "it stands in the queue already: {rules:?}");
    assert_eq!(world.db.counts().await.unwrap().queued, 1, "what was there before");
    assert_eq!(spent(&world).await, PRICE);
    assert_eq!(world.engine.tick_try_outs(world.now()).await.unwrap(), 0);
    world.finish().await;
}

#[tokio::test]
async fn a_cap_is_a_cap_for_trying_too() {
    let world = world().await;
    let model = Caps { day: Some(MicroUsd(CEILING - 1)), month: None };
    let all = PurseCaps { x: Caps::default(), model };
    world.db.sync_budgets(&Budgets { all, ..Budgets::default() }, world.now()).await.unwrap();
    let id = ask(&world).await;
    world.engine.tick_try_outs(world.now()).await.unwrap();
    let found = find(&world, id).await;
    assert_eq!(found.state, TryOutState::GivenUp);
    assert!(found.answer.error.unwrap().contains("budget"));
    assert_eq!(spent(&world).await, 0);
    world.finish().await;
}

#[tokio::test]
async fn what_a_crash_leaves_is_given_up_and_its_money_written_off() {
    let world = world().await;
    let id = ask(&world).await;
    world.faults.fail("settle_model", 1, &StoreError::Unavailable("gone".to_owned()));
    assert!(world.engine.tick_try_outs(world.now()).await.is_err(), "it died before the end");
    let world = world.crash_and_restart().await;
    assert_eq!(find(&world, id).await.state, TryOutState::Writing);
    world.clock.advance(TRY_OUT_MAX + SignedDuration::from_secs(1));
    world.engine.tick_janitor(world.now()).await.unwrap();
    let found = find(&world, id).await;
    assert_eq!(found.state, TryOutState::GivenUp);
    assert_eq!(spent(&world).await, CEILING, "nobody knows what the model charged");
    world.finish().await;
}

//! Never over budget: what was spent is what X charges, a cap stops what does not fit, and nothing of it
//! is silent.

use std::sync::Arc;

use async_trait::async_trait;
use domain::model::{
    Budgets, Caps, GenerationUsage, MicroUsd, PurseCaps, QueueLimits, SkipReason, SlotState,
};
use domain::ports::store::{BudgetStore as _, PostStore as _, ReadStore as _};
use domain::ports::{Node as _, WriteAnswer, WriteRequest, Writer, WriterError};
use domain::rules::grammar;
use engine::{Engine, Settings};
use jiff::Timestamp;
use sandbox::{SandboxX, SendFault};

use crate::world::{World, bot};

const POST: i64 = 15_000;

fn day(cap: i64) -> Caps {
    Caps { day: Some(MicroUsd(cap)), month: None }
}

async fn cap(world: &World, x: i64) {
    let all = PurseCaps { x: day(x), model: Caps::default() };
    world.db.sync_budgets(&Budgets { all, ..Budgets::default() }, world.now()).await.unwrap();
}

async fn ledger(world: &World) -> i64 {
    let sum = "SELECT CAST(COALESCE(sum(amount_micro_usd), 0) AS INTEGER) FROM ledger";
    world.number(sum).await
}

fn bill(world: &World) -> i64 {
    i64::try_from(world.x.bill().micro_usd()).unwrap()
}

#[tokio::test]
async fn the_ledger_sums_to_the_bill_whatever_became_of_the_answers() {
    for fault in [
        None,
        Some(SendFault::AcceptThenClose),
        Some(SendFault::AcceptThenStatus { status: 503 }),
        Some(SendFault::BrokenJson),
        Some(SendFault::CloseBeforeAccept),
        Some(SendFault::LateAccept { secs: 20 }),
        Some(SendFault::Slow { secs: 40 }),
    ] {
        let world = World::new().await;
        world.given(bot("ada"), &["the tide is in, see example.com", "the tide is out"]).await;
        if let Some(fault) = fault {
            world.x.next_send(fault);
        }
        world.advance_to("2026-11-24T10:00:00Z").await;
        assert_eq!(world.timeline("ada").len(), 2, "{fault:?}");
        assert!(bill(&world) >= 215_000, "{fault:?}");
        assert_eq!(ledger(&world).await, bill(&world), "{fault:?}: {:?}", world.x.bill());
        world.finish().await;
    }
}

#[tokio::test]
async fn what_is_on_its_way_counts_until_it_is_known_not_to_have_arrived() {
    let world = World::new().await;
    world.given(bot("ada"), &["the tide is in"]).await;
    world.x.next_send(SendFault::CloseBeforeAccept);
    world.advance_to("2026-11-23T09:00:01Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Unknown]);
    assert_eq!((ledger(&world).await, bill(&world)), (POST, 0), "nobody knows");
    world.advance_to("2026-11-23T09:20:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Posted]);
    assert_eq!(ledger(&world).await, bill(&world));
    let released = "SELECT count(*) FROM ledger WHERE entry = 'release'";
    assert_eq!(world.number(released).await, 1);
    world.finish().await;
}

#[tokio::test]
async fn a_crash_leaves_the_ledger_right() {
    let world = World::new().await;
    world.given(bot("ada"), &["the tide is in"]).await;
    world.x.next_send(SendFault::AcceptThenClose);
    world.advance_to("2026-11-23T09:00:01Z").await;
    let world = world.crash_and_restart().await;
    world.advance_to("2026-11-23T09:30:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Posted]);
    assert_eq!(ledger(&world).await, bill(&world));
    world.finish().await;
}

#[tokio::test]
async fn a_spent_cap_stops_posts_with_a_reason_and_a_raise_lets_them_go_on() {
    let world = World::new().await;
    world.given(bot("ada"), &["ada says hello"]).await;
    world.given_also(bot("bea")).await;
    world.queue(&"bea".try_into().unwrap(), &["bea says hello"]).await;
    cap(&world, POST).await;
    world.advance_to("2026-11-23T09:10:00Z").await;
    let said: Vec<String> =
        world.timeline("ada").into_iter().chain(world.timeline("bea")).collect();
    assert_eq!(said.len(), 1, "one of the two: {said:?}");
    let waits = if world.timeline("ada").is_empty() { "ada" } else { "bea" };
    let slot = world.slots(waits).await.remove(0);
    let line = world.db.find_slot(slot.slot).await.unwrap().unwrap();
    assert_eq!(line.state, SlotState::Assigned);
    let told = "the budget of all bots for X is at $0.015 of $0.015 today (UTC)";
    assert_eq!(line.detail.as_deref(), Some(told));

    cap(&world, 2 * POST).await;
    world.advance_to("2026-11-23T09:10:01Z").await;
    assert_eq!(world.states(waits).await, [SlotState::Posted]);
    assert_eq!((ledger(&world).await, bill(&world)), (2 * POST, 2 * POST));
    world.finish().await;
}

#[tokio::test]
async fn a_slot_whose_window_ends_without_money_is_skipped_for_that_and_the_next_day_is_new() {
    let world = World::new().await;
    world.given(bot("ada"), &["monday", "tuesday"]).await;
    cap(&world, POST - 1).await;
    world.advance_to("2026-11-23T10:00:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Skipped(SkipReason::Budget)]);
    assert_eq!((ledger(&world).await, bill(&world)), (0, 0));
    cap(&world, POST).await;
    world.advance_to("2026-11-24T09:30:00Z").await;
    assert_eq!(world.states("ada").await[1], SlotState::Posted);
    world.advance_to("2026-11-25T09:30:00Z").await;
    assert_eq!(world.states("ada").await[2], SlotState::Posted, "a cap of a day is for a day");
    world.finish().await;
}

/// A model whose bill is known.
struct Priced;

#[async_trait]
impl Writer for Priced {
    async fn write(&self, request: &WriteRequest) -> Result<WriteAnswer, WriterError> {
        let (model, cost) = if request.is_thrifty { ("cheap", 30) } else { ("dear", 300) };
        let mut candidates = grammar::write(&request.persona, &request.wishes, request.seed);
        candidates.truncate(1);
        let cost = Some(MicroUsd(cost));
        let usage = GenerationUsage { model: model.to_owned(), cost, ..GenerationUsage::default() };
        Ok(WriteAnswer { candidates, usage, ..WriteAnswer::default() })
    }

    fn ceiling(&self, request: &WriteRequest, _: Timestamp) -> Option<MicroUsd> {
        Some(MicroUsd(if request.is_thrifty { 40 } else { 400 }))
    }
}

#[tokio::test]
async fn the_model_writes_within_its_budget_and_thriftily_near_its_end() {
    let world = World::new().await;
    let limits = QueueLimits { low_water: 5, ..QueueLimits::default() };
    world.given(domain::model::Bot { queue: limits, ..bot("ada") }, &[]).await;
    let all = PurseCaps { x: Caps::default(), model: day(1_000) };
    let budgets = Budgets { all, ..Budgets::default() };
    world.db.sync_budgets(&budgets, world.now()).await.unwrap();
    let engine = Engine::new(
        Arc::new(world.db.clone()),
        Arc::new(SandboxX::new(world.x.clone())),
        Arc::new(Priced),
        Arc::new(world.clock.clone()),
        Settings::new("writer"),
    );
    let refills = world.db.take_refills(world.now(), domain::model::Fence(1), 1).await.unwrap();
    for n in 0..12 {
        let refill = domain::ports::store::Refill { refills: n, ..refills[0].clone() };
        engine.refill(&refill).await.unwrap();
    }
    // Three times 300, of at most 400 each; then 400 do not fit any more, and 40 do three times.
    let billed = |amount: i64| {
        format!(
            "SELECT count(*) FROM ledger WHERE entry = 'settle' AND amount_micro_usd = {amount}"
        )
    };
    let (dear, cheap) = (world.number(&billed(-100)).await, world.number(&billed(-10)).await);
    assert_eq!((dear, cheap), (3, 3));
    assert_eq!(ledger(&world).await, 990);
    let error = engine.vitals().model.error.unwrap();
    assert!(error.contains("the model is at $0.00099 of $0.001 today"), "{error}");
    world.finish().await;
}

/// A model of another house that says no price, and writes all the same.
struct Priceless;

#[async_trait]
impl Writer for Priceless {
    async fn write(&self, request: &WriteRequest) -> Result<WriteAnswer, WriterError> {
        let candidates = grammar::write(&request.persona, &request.wishes, request.seed);
        Ok(WriteAnswer { candidates, ..WriteAnswer::default() })
    }

    fn ceiling(&self, _: &WriteRequest, _: Timestamp) -> Option<MicroUsd> {
        None
    }

    fn is_unpriced(&self, _: &WriteRequest) -> bool {
        true
    }
}

#[tokio::test]
async fn what_has_no_price_is_not_asked_while_a_cap_holds() {
    let world = World::new().await;
    let limits = QueueLimits { low_water: 5, ..QueueLimits::default() };
    world.given(domain::model::Bot { queue: limits, ..bot("ada") }, &[]).await;
    let capped = |model| {
        let all = PurseCaps { x: Caps::default(), model };
        Budgets { all, ..Budgets::default() }
    };
    world.db.sync_budgets(&capped(day(1_000_000)), world.now()).await.unwrap();
    let engine = Engine::new(
        Arc::new(world.db.clone()),
        Arc::new(SandboxX::new(world.x.clone())),
        Arc::new(Priceless),
        Arc::new(world.clock.clone()),
        Settings::new("writer"),
    );
    let refills = world.db.take_refills(world.now(), domain::model::Fence(1), 1).await.unwrap();
    let shut = engine.refill(&refills[0]).await.unwrap();
    assert_eq!((shut.failed, shut.queued), (1, 0), "a cap holds");
    let error = engine.vitals().model.error.unwrap();
    assert!(error.contains("price_unknown") && error.contains("[model] price"), "{error}");
    world.db.sync_budgets(&capped(Caps::default()), world.now()).await.unwrap();
    let free = engine.refill(&refills[0]).await.unwrap();
    assert!(free.failed == 0 && free.queued > 0, "nobody set a cap: {free:?}");
    assert_eq!(engine.vitals().model.error, None);
    world.finish().await;
}

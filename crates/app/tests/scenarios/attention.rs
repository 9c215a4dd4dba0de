//! What needs a person ends with that person's answer, and every answer keeps the promise.

use domain::model::{AttentionReason, SkipReason, SlotId, SlotState};
use domain::ports::store::AttentionStore as _;
use domain::rules::attention::{Answer, resolve};
use sandbox::{DuplicateFilter, FaultRates, ReadFault, SandboxSettings, SendFault};

use crate::world::{World, bot};

/// Ada's answer is lost, and her timeline cannot be read until a person was called.
async fn called(send: SendFault) -> (World, SlotId) {
    let settings =
        SandboxSettings { duplicate_filter: DuplicateFilter::Off, ..SandboxSettings::default() };
    let world = World::on(settings).await;
    world.given(bot("ada"), &["hello from the lighthouse", "another one"]).await;
    world.x.next_send(send);
    let away = vec![(1000, ReadFault::Status { status: 503 })];
    world.x.set_rates(FaultRates { timeline: away, ..FaultRates::default() });
    world.advance_to("2026-11-23T09:51:00Z").await;
    let unknown = SlotState::NeedsAttention(AttentionReason::OutcomeUnknown);
    assert_eq!(world.states("ada").await, [unknown]);
    world.x.set_rates(FaultRates::default());
    let slot = world.slots("ada").await[0].slot;
    (world, slot)
}

async fn answer(world: &World, slot: SlotId, answer: &Answer) -> bool {
    let asked = world.db.find_asked(slot).await.unwrap().expect("there is such a slot");
    let resolution = resolve(&asked, answer, "eve@host", world.now()).expect("it may be answered");
    world.db.resolve_asked(&resolution, world.now()).await.unwrap()
}

#[tokio::test]
async fn it_was_posted_and_nothing_is_sent_again() {
    let (world, slot) = called(SendFault::AcceptThenClose).await;
    let id = world.x.posts("ada", 1)[0].id.clone();
    assert!(answer(&world, slot, &Answer::Posted(id)).await);
    assert_eq!(world.states("ada").await, [SlotState::Posted]);
    world.advance_to("2026-11-23T12:00:00Z").await;
    assert_eq!(world.timeline("ada"), ["hello from the lighthouse"]);
    world.finish().await;
}

#[tokio::test]
async fn it_was_not_and_goes_out_once() {
    let (world, slot) = called(SendFault::CloseBeforeAccept).await;
    assert!(answer(&world, slot, &Answer::SendNow).await);
    world.advance_to("2026-11-23T09:52:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Posted]);
    assert_eq!(world.timeline("ada"), ["hello from the lighthouse"]);
    world.finish().await;
}

/// Whoever says that it is not there may be wrong: the look before the send sees it.
#[tokio::test]
async fn it_was_after_all_and_is_not_sent_twice() {
    let (world, slot) = called(SendFault::AcceptThenClose).await;
    assert!(answer(&world, slot, &Answer::SendNow).await);
    world.advance_to("2026-11-23T09:52:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Posted]);
    assert_eq!(world.timeline("ada"), ["hello from the lighthouse"]);
    world.finish().await;
}

#[tokio::test]
async fn what_is_left_never_comes_back() {
    let (world, slot) = called(SendFault::AcceptThenClose).await;
    assert!(answer(&world, slot, &Answer::Skip).await);
    assert_eq!(world.states("ada").await, [SlotState::Skipped(SkipReason::Operator)]);
    world.advance_to("2026-11-26T09:01:00Z").await;
    assert_eq!(world.timeline("ada"), ["hello from the lighthouse", "another one"]);
}

#[tokio::test]
async fn a_person_and_the_reconciler_at_once_settle_it_once() {
    let (world, slot) = called(SendFault::AcceptThenClose).await;
    // The reader is at it with what it took before the answer.
    let reads = world.engine.tick_reconciler(world.now() + jiff::SignedDuration::from_hours(2));
    let answers = answer(&world, slot, &Answer::Skip);
    let (_, _) = tokio::join!(reads, answers);
    let state = world.states("ada").await[0];
    assert!(
        matches!(state, SlotState::Posted | SlotState::Skipped(SkipReason::Operator)),
        "{state:?}"
    );
    world.advance_to("2026-11-24T09:01:00Z").await;
    let hellos = world.timeline("ada").into_iter().filter(|text| text.starts_with("hello"));
    assert_eq!(hellos.count(), 1);
}

/// A slot that crashes every node that takes it is set aside, and the others go on.
#[tokio::test]
async fn a_slot_that_crashes_three_nodes_is_set_aside() {
    let mut world = World::new().await;
    let mut ada = bot("ada");
    ada.looks_first = true;
    world.given(ada, &["hello from the lighthouse"]).await;
    world.given_also(bot("bob")).await;
    world.queue(&bot("bob").id, &["bob is well"]).await;
    world.advance_to("2026-11-23T08:59:59Z").await;
    world.clock.advance(jiff::SignedDuration::from_secs(2));
    for _ in 0..3 {
        // It dies between the claim and the look.
        let batch = world.engine.prepare(world.now(), 100).await.unwrap();
        drop(batch);
        world = world.crash_and_restart().await;
        world.clock.advance(jiff::SignedDuration::from_secs(61));
    }
    assert_eq!(world.states("ada").await, [SlotState::NeedsAttention(AttentionReason::Poison)]);
    world.advance_to("2026-11-23T09:20:00Z").await;
    assert_eq!(world.states("bob").await, [SlotState::Posted]);
    let slot = world.slots("ada").await[0].slot;
    assert!(answer(&world, slot, &Answer::SendNow).await);
    world.advance_to("2026-11-23T09:21:00Z").await;
    assert_eq!(world.timeline("ada"), ["hello from the lighthouse"]);
    world.finish().await;
}

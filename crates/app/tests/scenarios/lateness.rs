//! Late: what a slot that missed its time still may do.

use domain::model::{BotState, OnMiss, SkipReason, SlotState, StateReason};
use domain::ports::Node as _;
use domain::ports::store::{BotStore as _, NodeStore as _, SlotStore as _};
use testkit::schedule;

use crate::world::{World, bot};

#[tokio::test]
async fn after_an_outage_a_bot_catches_up_with_one_post_and_the_rest_are_skipped() {
    let mut world = World::new().await;
    let mut ada = bot("ada");
    ada.schedules = vec![schedule("*/10 * * * *")];
    world.given(ada, &["one", "two", "three", "four", "five"]).await;
    world.advance_to("2026-11-23T08:05:00Z").await;
    // The machine sleeps for an hour.
    world.clock.advance(jiff::SignedDuration::from_mins(58));
    world = world.crash_and_restart().await;
    world.advance_to("2026-11-23T09:04:00Z").await;
    let states = world.states("ada").await;
    let posted = states.iter().filter(|state| **state == SlotState::Posted).count();
    let late =
        states.iter().filter(|state| **state == SlotState::Skipped(SkipReason::Late)).count();
    // 08:00 went out in time; 09:00 is caught up with; five in between are skipped.
    assert_eq!((posted, late), (2, 5), "{states:?}");
    world.finish().await;
}

#[tokio::test]
async fn the_latest_missed_slot_may_be_sent_however_late() {
    let mut world = World::new().await;
    let mut ada = bot("ada");
    ada.schedules[0].on_miss = OnMiss::LatestOnly;
    world.given(ada, &["hello from the lighthouse"]).await;
    world.advance_to("2026-11-23T08:30:00Z").await;
    world.clock.advance(jiff::SignedDuration::from_hours(5));
    world = world.crash_and_restart().await;
    world.advance_to("2026-11-23T13:31:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Posted]);
    world.finish().await;
}

/// Found by the simulator: a look takes time, and the slot's window ended meanwhile.
#[tokio::test]
async fn a_slot_whose_window_ends_while_its_timeline_is_read_is_skipped() {
    let world = World::new().await;
    let mut ada = bot("ada");
    ada.looks_first = true;
    world.given(ada, &["hello from the lighthouse"]).await;
    world.advance_to("2026-11-23T08:59:50Z").await;
    world.clock.advance(jiff::SignedDuration::from_secs(30 * 60 + 8));
    world.engine.tick_janitor(world.now()).await.unwrap();
    let batch = world.engine.prepare(world.now(), 8).await.unwrap();
    assert_eq!(batch.claimed(), 1, "two seconds before the end it may still go out");
    world.clock.advance(jiff::SignedDuration::from_secs(3));
    world.engine.deliver(batch).await.unwrap();
    assert_eq!(world.states("ada").await, [SlotState::Skipped(SkipReason::Late)]);
    assert!(world.timeline("ada").is_empty());
    world.finish().await;
}

#[tokio::test]
async fn a_paused_bot_is_skipped_with_the_reason_and_a_resumed_one_goes_at_once() {
    let world = World::new().await;
    let ada = bot("ada");
    let id = ada.id.clone();
    world.given(ada, &["hello from the lighthouse", "the fog has a colour"]).await;
    let operator = Some(StateReason::Operator);
    world.db.set_bot_state(&id, BotState::Paused, operator, world.now()).await.unwrap();
    world.advance_to("2026-11-23T09:10:00Z").await;
    assert!(world.timeline("ada").is_empty());
    world.db.set_bot_state(&id, BotState::Active, None, world.now()).await.unwrap();
    world.advance_to("2026-11-23T09:11:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Posted]);

    world.db.set_bot_state(&id, BotState::Paused, operator, world.now()).await.unwrap();
    world.advance_to("2026-11-24T09:31:00Z").await;
    assert_eq!(
        world.states("ada").await,
        [SlotState::Posted, SlotState::Skipped(SkipReason::Paused)]
    );
    world.finish().await;
}

#[tokio::test]
async fn the_kill_switch_stops_every_send_and_off_lets_them_go() {
    let world = World::new().await;
    world.given(bot("ada"), &["hello from the lighthouse"]).await;
    world.db.set_kill_switch(true, world.now()).await.unwrap();
    world.advance_to("2026-11-23T09:10:00Z").await;
    assert!(world.timeline("ada").is_empty());
    world.db.set_kill_switch(false, world.now()).await.unwrap();
    world.advance_to("2026-11-23T09:11:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Posted]);
    world.finish().await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_is_noticed_by_whoever_reads_it() {
    let world = World::new().await;
    let ada = bot("ada");
    world.given(ada.clone(), &["hello from the lighthouse"]).await;
    world.advance_to("2026-11-23T08:30:00Z").await;
    world.clock.step(jiff::SignedDuration::from_secs(-10));
    world.db.ask_for_slot(&ada.id, world.now()).await.unwrap().unwrap();
    // As the runner does between two ticks of the janitor.
    let (engine, now) = (&world.engine, world.engine.now());
    engine.tick_scheduler(now).await.unwrap();
    assert_eq!(engine.prepare(now, engine.room()).await.unwrap().claimed(), 0);
    let why = engine.vitals().clock_suspect.expect("it is said");
    assert!(why.contains("went back by 10s"), "{why}");

    world.advance_to("2026-11-23T08:29:57Z").await;
    assert!(world.timeline("ada").is_empty(), "this time was lived through already");
    world.advance_to("2026-11-23T08:30:01Z").await;
    assert_eq!(engine.vitals().clock_suspect, None);
    assert_eq!(world.timeline("ada").len(), 1);
    world.finish().await;
}

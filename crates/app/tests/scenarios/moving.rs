//! A person's hand on the calendar: a slot that is moved leaves once, at its new time, whatever else
//! happens; nothing leaves at its old one.

use domain::model::{BotId, SkipReason, SlotState};
use domain::ports::store::{
    AuditStore as _, BotStore as _, CalendarStore as _, HeldSlot, SlotMove, SlotSkip, Span,
};
use domain::rules::moving::may_move;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use testkit::{at, schedule};

use crate::world::{World, bot};

const TEXTS: [&str; 4] = ["one gull", "two gulls", "three gulls", "four gulls"];

/// Ada posts at nine each day.
async fn daily() -> World {
    let world = World::new().await;
    let mut ada = bot("ada");
    ada.schedules = vec![schedule("0 9 * * *")];
    world.given(ada, &TEXTS).await;
    world.advance_to("2026-11-23T08:00:01Z").await;
    world
}

/// The slot of ada that is due then.
async fn slot_at(world: &World, due_at: &str) -> HeldSlot {
    let ada = BotId::try_from("ada").unwrap();
    let from = at(due_at);
    let span = Span { from, until: from + SignedDuration::from_secs(1) };
    let found = world.db.list_slots_due(span, Some(&ada), 10).await.unwrap();
    assert_eq!(found.len(), 1, "{due_at}: {found:?}");
    world.db.find_held(found[0].slot).await.unwrap().unwrap()
}

async fn put(world: &World, held: &HeldSlot, to: &str) -> bool {
    let now = world.now();
    assert_eq!(may_move(held, at(to), now), Ok(()));
    let who = "eve".to_owned();
    let moved = SlotMove { slot: held.slot, version: held.version, due_at: at(to), who };
    world.db.move_slot(&moved, now).await.unwrap()
}

/// Moves the slot that is due at `from`.
async fn moved(world: &World, from: &str, to: &str) -> HeldSlot {
    let held = slot_at(world, from).await;
    assert!(put(world, &held, to).await);
    held
}

/// How many posts of ada X has after that time.
async fn out_at(world: &World, time: &str) -> usize {
    world.advance_to(time).await;
    world.timeline("ada").len()
}

/// Nothing is missing and nothing is too much, now and after every sweep of the auditor.
async fn ends_well(world: World) {
    world.audit().await;
    assert_eq!(world.db.list_findings(10).await.unwrap(), []);
    world.finish().await;
}

#[tokio::test]
async fn a_slot_that_is_put_off_leaves_later_and_not_at_its_own_time() {
    let world = daily().await;
    moved(&world, "2026-11-23T09:00:00Z", "2026-11-23T18:00:00Z").await;
    assert_eq!(out_at(&world, "2026-11-23T17:59:59Z").await, 0);
    world.audit().await;
    assert_eq!(world.db.list_findings(10).await.unwrap(), []);
    assert_eq!(out_at(&world, "2026-11-23T18:00:05Z").await, 1);
    assert_eq!(out_at(&world, "2026-11-24T09:30:00Z").await, 2);
    ends_well(world).await;
}

#[tokio::test]
async fn a_slot_that_is_brought_forward_leaves_earlier_and_not_once_more() {
    let world = daily().await;
    moved(&world, "2026-11-24T09:00:00Z", "2026-11-23T12:00:00Z").await;
    assert_eq!(out_at(&world, "2026-11-23T12:00:05Z").await, 2);
    world.audit().await;
    assert_eq!(world.db.list_findings(10).await.unwrap(), []);
    assert_eq!(out_at(&world, "2026-11-24T12:00:00Z").await, 2, "tomorrow's has left already");
    assert_eq!(out_at(&world, "2026-11-25T09:00:05Z").await, 3);
    ends_well(world).await;
}

#[tokio::test]
async fn a_slot_is_moved_over_midnight() {
    let world = daily().await;
    moved(&world, "2026-11-23T09:00:00Z", "2026-11-24T00:30:00Z").await;
    assert_eq!(out_at(&world, "2026-11-24T00:29:59Z").await, 0);
    assert_eq!(out_at(&world, "2026-11-24T00:30:05Z").await, 1);
    assert_eq!(out_at(&world, "2026-11-24T09:00:05Z").await, 2);
    ends_well(world).await;
}

#[tokio::test]
async fn a_slot_is_moved_over_an_hour_that_does_not_exist() {
    let world = World::new().await;
    // Clocks in Berlin go from 02:00 to 03:00 at 01:00 UTC on 28 March.
    world.clock.advance(at("2027-03-27T20:00:00Z").duration_since(world.now()));
    let world = world.crash_and_restart().await;
    let mut ada = bot("ada");
    ada.schedules = vec![schedule("30 2 * * *")];
    ada.schedules[0].zone = TimeZone::get("Europe/Berlin").unwrap();
    world.given(ada, &TEXTS).await;
    world.advance_to("2027-03-27T20:00:01Z").await;
    // Half past two does not exist, so it is half past three; it leaves before the jump instead.
    moved(&world, "2027-03-28T01:30:00Z", "2027-03-28T00:50:00Z").await;
    world
        .execute("UPDATE schedules SET planned_until = planned_until - 1000000, replan_at = 0")
        .await;
    assert_eq!(out_at(&world, "2027-03-28T00:50:05Z").await, 1);
    assert_eq!(out_at(&world, "2027-03-28T12:00:00Z").await, 1);
    assert_eq!(out_at(&world, "2027-03-29T00:30:05Z").await, 2);
    ends_well(world).await;
}

#[tokio::test]
async fn a_move_survives_a_crash() {
    let world = daily().await;
    moved(&world, "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z").await;
    let world = world.crash_and_restart().await;
    assert_eq!(out_at(&world, "2026-11-23T09:59:59Z").await, 0);
    let world = world.crash_and_restart().await;
    assert_eq!(out_at(&world, "2026-11-23T10:00:05Z").await, 1);
    let world = world.crash_and_restart().await;
    assert_eq!(out_at(&world, "2026-11-23T12:00:00Z").await, 1);
    ends_well(world).await;
}

#[tokio::test]
async fn a_schedule_that_changes_forgets_moves_and_doubles_nothing() {
    let world = daily().await;
    moved(&world, "2026-11-23T09:00:00Z", "2026-11-23T15:00:00Z").await;
    moved(&world, "2026-11-24T09:00:00Z", "2026-11-23T10:00:00Z").await;
    moved(&world, "2026-11-25T09:00:00Z", "2026-11-26T20:00:00Z").await;
    assert_eq!(out_at(&world, "2026-11-23T12:00:00Z").await, 1, "tomorrow's, today");
    let mut ada = bot("ada");
    ada.schedules = vec![schedule("0 9,21 * * *")];
    world.db.sync_bots(&[ada], &[], world.now()).await.unwrap();
    assert_eq!(out_at(&world, "2026-11-23T15:00:05Z").await, 2, "what was owed at nine");
    assert_eq!(out_at(&world, "2026-11-24T12:00:00Z").await, 3, "at nine there is nothing more");
    assert_eq!(out_at(&world, "2026-11-25T09:00:05Z").await, 4, "all texts are out");
    ends_well(world).await;
}

#[tokio::test]
async fn what_a_node_has_in_its_hands_stays() {
    let world = daily().await;
    let before = slot_at(&world, "2026-11-23T09:00:00Z").await;
    world.advance_to("2026-11-23T08:59:30Z").await;
    let assigned = slot_at(&world, "2026-11-23T09:00:00Z").await;
    assert_eq!(assigned.state, SlotState::Assigned);
    world.clock.advance(SignedDuration::from_secs(30));
    let batch = world.engine.prepare(world.engine.now(), world.engine.room()).await.unwrap();
    let early = world.now() - SignedDuration::from_secs(1);
    for held in [before, assigned] {
        let due_at = at("2026-11-23T12:00:00Z");
        let moved = SlotMove { slot: held.slot, version: held.version, due_at, who: String::new() };
        assert!(!world.db.move_slot(&moved, early).await.unwrap());
    }
    world.engine.deliver(batch).await.unwrap();
    assert_eq!(out_at(&world, "2026-11-23T13:00:00Z").await, 1);
    ends_well(world).await;
}

#[tokio::test]
async fn a_slot_is_skipped_by_a_person_and_taken_back() {
    let world = daily().await;
    let skip = async |time: &str| {
        let held = slot_at(&world, time).await;
        SlotSkip { slot: held.slot, version: held.version, who: "eve".to_owned() }
    };
    let nine = "2026-11-23T09:00:00Z";
    assert!(world.db.skip_slot(&skip(nine).await, world.now()).await.unwrap());
    let ten = "2026-11-24T09:00:00Z";
    assert!(world.db.skip_slot(&skip(ten).await, world.now()).await.unwrap());
    assert!(world.db.unskip_slot(&skip(ten).await, world.now()).await.unwrap());
    assert_eq!(out_at(&world, "2026-11-23T12:00:00Z").await, 0);
    assert_eq!(world.states("ada").await, [SlotState::Skipped(SkipReason::Operator)]);
    assert_eq!(out_at(&world, "2026-11-24T09:00:05Z").await, 1);
    ends_well(world).await;
}

#[tokio::test]
async fn a_move_is_forgotten_by_a_restore_and_nothing_is_posted_twice() {
    let world = daily().await;
    let backup = world.back_up();
    moved(&world, "2026-11-23T09:00:00Z", "2026-11-23T08:30:00Z").await;
    assert_eq!(out_at(&world, "2026-11-23T08:30:05Z").await, 1);
    let world = world.restore(&backup).await;
    // At its old time it takes the post that X has, and that ends it.
    world.advance_to("2026-11-23T09:30:00Z").await;
    assert_eq!(world.timeline("ada"), TEXTS[..1]);
    assert_eq!(world.adopted().await, 1);
    assert_eq!(world.states("ada").await, [SlotState::Posted]);
    ends_well(world).await;
}

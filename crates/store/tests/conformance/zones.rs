//! Other rules of a time zone move what is planned, once.

use domain::model::{BotId, BotState, Cron, Share, StateReason};
use domain::ports::store::{BotStore, Extension, SlotStore, Unplanned};
use domain::rules::plan;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use testkit::at;

use crate::steps::{assign_all, id, nine, queue, secs, start};
use crate::world::{World, on_both};

const BERLIN: &str = "Europe/Berlin";

/// Ada lives by UTC, and bob in Berlin; both are planned.
async fn two_zones(world: &World) {
    let mut bob = testkit::bot("bob");
    // Ten in Berlin is nine in UTC, and eight by the older rules.
    bob.schedules[0].cron = Cron::parse("0 10 * * *").unwrap();
    bob.schedules[0].zone = TimeZone::get(BERLIN).unwrap();
    world.db.sync_bots(&[testkit::bot("ada"), bob], &[], start()).await.unwrap();
    assert!(world.db.follow_zone_rules(start()).await.unwrap().is_empty());
    assert_eq!(extend(world, start()).await, 28);
    assert!(world.db.follow_zone_rules(start()).await.unwrap().is_empty());
    assert!(world.db.list_unplanned(start(), Share::ALL, 10).await.unwrap().is_empty());
}

/// What the scheduler does.
async fn extend(world: &World, now: Timestamp) -> u64 {
    let due = world.db.list_unplanned(now, Share::ALL, 10).await.unwrap();
    let extensions: Vec<Extension> = due
        .into_iter()
        .map(|Unplanned { id, bot, schedule, planned_until }| {
            let plan = plan::plan(&bot, &schedule, planned_until, now);
            let (planned_until, replan_at) = (plan.planned_until, plan.replan_at);
            Extension { schedule: id, bot, slots: plan.slots, planned_until, replan_at }
        })
        .collect();
    world.db.extend_plans(&extensions, now).await.unwrap()
}

async fn bobs_slots(world: &World) -> Vec<Timestamp> {
    let sql = "SELECT CAST(due_at AS TEXT) FROM slots WHERE bot_id = 'bob' ORDER BY due_at";
    let millis = world.words(sql).await;
    millis.iter().map(|ms| Timestamp::from_millisecond(ms.parse().unwrap()).unwrap()).collect()
}

/// As if bob had been planned while Berlin still had summer time.
async fn by_older_rules(world: &World) {
    world
        .execute("UPDATE meta SET value = '2026 +7200' WHERE key = 'zone_rules:Europe/Berlin'")
        .await;
    world
        .execute(
            "UPDATE slots SET due_at = due_at - 3600000, wake_at = wake_at - 3600000
             WHERE bot_id = 'bob'",
        )
        .await;
}

async fn other_rules_of_a_zone_move_what_is_planned_in_it(world: &World) {
    two_zones(world).await;
    let right = bobs_slots(world).await;
    assert_eq!((right[0], right.len()), (nine(), 14));
    by_older_rules(world).await;
    assert_eq!(bobs_slots(world).await[0], nine() - secs(3600));

    let now = start() + secs(60);
    assert_eq!(world.db.follow_zone_rules(now).await.unwrap(), [BERLIN]);
    let due: Vec<(BotId, Timestamp)> = world
        .db
        .list_unplanned(now, Share::ALL, 10)
        .await
        .unwrap()
        .into_iter()
        .map(|one| (one.bot, one.planned_until))
        .collect();
    assert_eq!(due, [(id("bob"), now)], "who lives by UTC is left alone");
    assert_eq!(extend(world, now).await, 0, "they move, and none is made twice");
    assert_eq!(bobs_slots(world).await, right);
    let open = world.db.list_open_slots(nine() - secs(61), Share::ALL, 10).await.unwrap();
    assert!(open.iter().all(|slot| slot.bot != id("bob")), "it wakes later, too: {open:?}");
    assert!(world.db.follow_zone_rules(now).await.unwrap().is_empty());
}

async fn a_slot_that_has_its_post_stays_where_it_is(world: &World) {
    two_zones(world).await;
    by_older_rules(world).await;
    let eight = nine() - secs(3600);
    queue(world, "bob", "hello", None).await;
    assert_eq!(assign_all(world, eight).await.len(), 1);
    world.db.follow_zone_rules(eight - secs(1)).await.unwrap();
    extend(world, eight - secs(1)).await;
    assert_eq!(bobs_slots(world).await[..2], [eight, nine() + secs(86_400)]);
}

async fn slots_of_the_time_when_nobody_ran_are_not_left_out(world: &World) {
    two_zones(world).await;
    by_older_rules(world).await;
    let later = start() + secs(20 * 86_400);
    assert_eq!(world.db.follow_zone_rules(later).await.unwrap(), [BERLIN]);
    let due = world.db.list_unplanned(later, Share::ALL, 10).await.unwrap();
    let planned_until = start() + secs(14 * 86_400);
    assert!(due.iter().all(|one| one.planned_until == planned_until), "{due:?}");
}

async fn a_closed_bot_is_not_planned_again(world: &World) {
    two_zones(world).await;
    let reason = Some(StateReason::Operator);
    world.db.set_bot_state(&id("bob"), BotState::Closed, reason, start()).await.unwrap();
    by_older_rules(world).await;
    world.db.follow_zone_rules(start()).await.unwrap();
    assert!(world.db.list_unplanned(start(), Share::ALL, 10).await.unwrap().is_empty());
}

async fn a_new_year_changes_no_rule(world: &World) {
    two_zones(world).await;
    let later = at("2027-01-01T00:00:01Z");
    assert!(world.db.follow_zone_rules(later).await.unwrap().is_empty());
    let marks = "SELECT substr(value, 1, 5) FROM meta WHERE key LIKE 'zone_rules:%'";
    assert_eq!(world.words(marks).await, ["2027 ", "2027 "]);
    let replanned =
        format!("SELECT count(*) FROM schedules WHERE replan_at = {}", later.as_millisecond());
    assert_eq!(world.number(&replanned).await, 0);
}

async fn a_zone_that_does_not_exist_holds_up_no_other(world: &World) {
    two_zones(world).await;
    by_older_rules(world).await;
    world.execute("UPDATE schedules SET timezone = 'Mars/Base' WHERE bot_id = 'ada'").await;
    assert_eq!(world.db.follow_zone_rules(start()).await.unwrap(), [BERLIN]);
}

on_both! {
    other_rules_of_a_zone_move_what_is_planned_in_it,
    a_slot_that_has_its_post_stays_where_it_is,
    slots_of_the_time_when_nobody_ran_are_not_left_out,
    a_closed_bot_is_not_planned_again,
    a_new_year_changes_no_rule,
    a_zone_that_does_not_exist_holds_up_no_other,
}

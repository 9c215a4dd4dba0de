//! From the plan to the claim.

use domain::model::{BotState, Fence, Share, SkipReason, StateReason};
use domain::ports::store::{ASSIGN_AHEAD, Assignment, BotStore, Extension, NodeStore, SlotStore};
use testkit::at;

use crate::steps::{
    assign_all, claim_all, claimed, declare, id, lease, nine, outcome_unknown, plan, planned_slot,
    post_state, queue, remaining, secs, settle, start, state,
};
use crate::world::{World, on_both};

async fn planning_twice_inserts_nothing(world: &World) {
    declare(world, &["ada"]).await;
    let schedule = world.db.list_unplanned(start(), Share::ALL, 10).await.unwrap().remove(0);
    let mut extension = Extension {
        schedule: schedule.id,
        bot: schedule.bot,
        slots: vec![planned_slot(nine()), planned_slot(nine() + secs(60))],
        planned_until: nine() + secs(61),
        replan_at: nine(),
    };
    assert_eq!(world.db.extend_plans(&[extension.clone()], start()).await.unwrap(), 2);
    assert_eq!(world.db.extend_plans(&[extension.clone()], start()).await.unwrap(), 0);
    assert!(world.db.list_unplanned(start(), Share::ALL, 10).await.unwrap().is_empty());
    let again = world.db.list_unplanned(nine(), Share::ALL, 10).await.unwrap();
    assert_eq!(again[0].planned_until, nine() + secs(61));

    // The zone's rules changed: the same civil time is another instant.
    extension.slots[0].due_at = nine() + secs(3600);
    assert_eq!(world.db.extend_plans(&[extension], start()).await.unwrap(), 0);
    let due = world.words("SELECT CAST(due_at AS TEXT) FROM slots ORDER BY due_at").await;
    let moved = [nine() + secs(60), nine() + secs(3600)].map(|t| t.as_millisecond().to_string());
    assert_eq!(due, moved);
}

async fn a_new_slot_opens_a_while_before_it_is_due(world: &World) {
    declare(world, &["ada"]).await;
    plan(world, nine()).await;
    let before = nine() - ASSIGN_AHEAD;
    assert!(world.db.list_open_slots(before - secs(1), Share::ALL, 10).await.unwrap().is_empty());
    let open = world.db.list_open_slots(before, Share::ALL, 10).await.unwrap().remove(0);
    assert_eq!((open.bot.as_str(), open.due_at), ("ada", nine()));
    assert_eq!(open.catch_up_window, secs(1800));
    assert!(!open.stock_is_there());
}

async fn an_open_slot_knows_its_bots_stock(world: &World) {
    declare(world, &["ada", "bob"]).await;
    plan(world, nine()).await;
    let first = queue(world, "ada", "one", Some("ships")).await;
    queue(world, "ada", "two", Some("ships")).await;
    let weather = queue(world, "ada", "three", Some("weather")).await;
    let plain = queue(world, "ada", "four", None).await;
    let open = world.db.list_open_slots(nine(), Share::ALL, 10).await.unwrap();
    let ada = open.iter().find(|slot| slot.bot == id("ada")).unwrap();
    let topics: Vec<_> =
        ada.stock.topics.iter().map(|t| (t.topic.as_deref(), t.next, t.count)).collect();
    assert_eq!(
        topics,
        [(None, plain, 1), (Some("ships"), first, 2), (Some("weather"), weather, 1)]
    );
    assert_eq!((ada.stock.front, ada.stock.last_topic.as_deref()), (None, None));
    let bob = open.iter().find(|slot| slot.bot == id("bob")).unwrap();
    assert!(bob.stock.topics.is_empty());
}

async fn an_assigned_post_leaves_the_queue_and_its_topic_is_used(world: &World) {
    declare(world, &["ada"]).await;
    plan(world, nine()).await;
    let post = queue(world, "ada", "one", Some("ships")).await;
    queue(world, "ada", "two", Some("ships")).await;
    let open = world.db.list_open_slots(nine(), Share::ALL, 10).await.unwrap().remove(0);
    let wish = Assignment { slot: open.slot, version: open.version, post };
    let now = nine() - secs(60);
    assert_eq!(world.db.assign(std::slice::from_ref(&wish), now).await.unwrap(), [open.slot]);
    assert_eq!(world.db.assign(&[wish], now).await.unwrap(), []);
    assert_eq!(
        (state(world, open.slot).await.as_str(), remaining(world, "ada").await),
        ("assigned", 1)
    );
    assert_eq!(post_state(world, post).await, "assigned");
    assert_eq!(world.words("SELECT last_topic FROM bots").await, ["ships"]);
    let used = world.number("SELECT last_used_at FROM topic_use WHERE topic = 'ships'").await;
    assert_eq!(used, now.as_millisecond());
    // It wakes when it is due.
    assert!(claim_all(&world.db, nine() - secs(1), Fence(1), 10).await.is_empty());
    assert_eq!(claim_all(&world.db, nine(), Fence(1), 10).await.len(), 1);
}

async fn two_slots_never_get_one_post(world: &World) {
    let mut bot = testkit::bot("ada");
    let mut second = testkit::schedule("0 9 * * *");
    "second".clone_into(&mut second.name);
    bot.schedules.push(second);
    world.db.sync_bots(&[bot], &[], start()).await.unwrap();
    plan(world, nine()).await;
    let post = queue(world, "ada", "one", None).await;
    let open = world.db.list_open_slots(nine(), Share::ALL, 10).await.unwrap();
    let wishes: Vec<_> = open
        .iter()
        .map(|slot| Assignment { slot: slot.slot, version: slot.version, post })
        .collect();
    assert_eq!(world.db.assign(&wishes, nine()).await.unwrap().len(), 1);
    assert_eq!(remaining(world, "ada").await, 0);
}

async fn a_post_of_another_bot_is_not_assigned(world: &World) {
    declare(world, &["ada", "bob"]).await;
    plan(world, nine()).await;
    let post = queue(world, "bob", "one", None).await;
    let open = world.db.list_open_slots(nine(), Share::ALL, 10).await.unwrap();
    let ada = open.iter().find(|slot| slot.bot == id("ada")).unwrap();
    let wish = Assignment { slot: ada.slot, version: ada.version, post };
    assert_eq!(world.db.assign(&[wish], nine()).await.unwrap(), []);
    assert_eq!(post_state(world, post).await, "queued");
}

async fn a_slot_without_content_sleeps_until_a_post_comes(world: &World) {
    declare(world, &["ada"]).await;
    plan(world, nine()).await;
    let now = nine() - secs(30);
    let open = world.db.list_open_slots(now, Share::ALL, 10).await.unwrap().remove(0);
    let later = nine() + secs(900);
    world.db.await_content(&[(open.slot, open.version, later)], now).await.unwrap();
    assert!(world.db.list_open_slots(nine(), Share::ALL, 10).await.unwrap().is_empty());
    let posts = [crate::steps::new_post("ada", "at last", None)];
    domain::ports::store::PostStore::store_posts(&world.db, &posts, now).await.unwrap();
    assert_eq!(world.db.list_open_slots(now, Share::ALL, 10).await.unwrap().len(), 1);
}

/// The writer and the scheduler run beside each other: a post may come between the scheduler's look
/// at an empty queue and its word that the slot sleeps.
async fn a_slot_whose_post_came_meanwhile_does_not_sleep(world: &World) {
    declare(world, &["ada"]).await;
    plan(world, nine()).await;
    let open = world.db.list_open_slots(nine(), Share::ALL, 10).await.unwrap().remove(0);
    assert!(!open.stock_is_there());
    let posts = [crate::steps::new_post("ada", "just in time", None)];
    domain::ports::store::PostStore::store_posts(&world.db, &posts, nine()).await.unwrap();
    let later = nine() + secs(900);
    world.db.await_content(&[(open.slot, open.version, later)], nine()).await.unwrap();
    let skip = [(open.slot, open.version, SkipReason::NoContent)];
    assert_eq!(world.db.skip_planned(&skip, nine()).await.unwrap(), 0);
    let awake = world.db.list_open_slots(nine(), Share::ALL, 10).await.unwrap();
    assert!(awake.iter().any(|slot| slot.slot == open.slot && slot.stock_is_there()));
}

async fn an_open_slot_can_be_skipped_once(world: &World) {
    declare(world, &["ada"]).await;
    plan(world, nine()).await;
    let open = world.db.list_open_slots(nine(), Share::ALL, 10).await.unwrap().remove(0);
    let skip = [(open.slot, open.version, SkipReason::NoContent)];
    assert_eq!(world.db.skip_planned(&skip, nine()).await.unwrap(), 1);
    assert_eq!(world.db.skip_planned(&skip, nine()).await.unwrap(), 0);
    assert_eq!(state(world, open.slot).await, "skipped/no_content");
    assert_eq!(world.words("SELECT kind FROM events").await, ["slot.skipped"]);
}

async fn a_claim_brings_everything_the_gate_asks(world: &World) {
    let mut bot = testkit::bot("ada");
    bot.schedules[0].catch_up_window = secs(77);
    bot.looks_first = true;
    world.db.sync_bots(&[bot], &[], start()).await.unwrap();
    plan(world, nine()).await;
    let post = queue(world, "ada", "hello", None).await;
    assign_all(world, nine()).await;
    let since = at("2026-11-23T07:00:00Z");
    assert_eq!(world.db.distrust_history(since, start()).await.unwrap(), 1);
    world.db.set_kill_switch(true, start()).await.unwrap();
    let fence = lease(world, start()).await.fence;
    let due = claim_all(&world.db, nine(), fence, 10).await.remove(0);
    assert_eq!((due.post, due.text.as_str(), due.due_at), (post, "hello", nine()));
    assert_eq!((due.attempts, due.ambiguous_rounds, due.fence), (0, 0, fence));
    assert_eq!(due.policy.catch_up_window, secs(77));
    assert!(due.is_stopped && due.facts.looks_first && !due.facts.is_rehearsal);
    assert_eq!(due.facts.distrusted_since, Some(since));
    assert_eq!((due.facts.state, due.facts.state_reason), (BotState::Active, None));
    assert!(!due.facts.is_in_flight && !due.facts.has_newer_due);
    assert_eq!(due.facts.app, "app");
    assert!(claim_all(&world.db, nine(), fence, 10).await.is_empty());
}

async fn what_a_stop_held_asks_at_once_when_all_may_go_again(world: &World) {
    declare(world, &["ada"]).await;
    plan(world, nine()).await;
    queue(world, "ada", "hello", None).await;
    assign_all(world, nine()).await;
    world.db.set_kill_switch(true, start()).await.unwrap();
    world.execute("UPDATE slots SET wake_at = due_at + 30000 WHERE state = 'assigned'").await;
    let fence = lease(world, start()).await.fence;
    world.db.set_kill_switch(false, nine() - secs(1)).await.unwrap();
    assert!(claim_all(&world.db, nine(), fence, 10).await.is_empty(), "none before its time");
    world.db.set_kill_switch(false, nine()).await.unwrap();
    assert_eq!(claim_all(&world.db, nine(), fence, 10).await.len(), 1);
}

async fn a_claim_takes_the_soonest_and_no_more_than_asked(world: &World) {
    declare(world, &["ada", "bob", "carl"]).await;
    plan(world, nine()).await;
    for name in ["ada", "bob", "carl"] {
        queue(world, name, &format!("{name} one"), None).await;
    }
    world.execute("UPDATE slots SET due_at = due_at - 5000 WHERE bot_id = 'bob'").await;
    assign_all(world, nine()).await;
    let first = claim_all(&world.db, nine(), Fence(1), 1).await;
    assert_eq!(first[0].bot, id("bob"));
    assert_eq!(claim_all(&world.db, nine(), Fence(1), 10).await.len(), 2);
}

async fn a_waiting_retry_is_claimed_when_its_time_comes(world: &World) {
    let due = claimed(world, &["ada"]).await.remove(0);
    let mut retry = crate::steps::moved(
        &due,
        domain::model::SlotState::RetryWait,
        domain::ports::store::PostMove::Keep,
    );
    retry.change.wake_at = Some(nine() + secs(120));
    assert_eq!(settle(world, &[retry]).await, [due.slot]);
    assert!(claim_all(&world.db, nine() + secs(119), due.fence, 10).await.is_empty());
    let again = claim_all(&world.db, nine() + secs(120), due.fence, 10).await;
    assert_eq!((again.len(), again[0].post), (1, due.post));
}

async fn an_older_slot_sees_the_newer_one(world: &World) {
    declare(world, &["ada"]).await;
    plan(world, nine()).await;
    plan(world, nine() + secs(90_000)).await;
    for text in ["one", "two"] {
        queue(world, "ada", text, None).await;
    }
    assign_all(world, nine()).await;
    let late = nine() + secs(90_001);
    assign_all(world, late).await;
    let due = claim_all(&world.db, late, Fence(1), 10).await;
    let newer: Vec<bool> = due.iter().map(|slot| slot.facts.has_newer_due).collect();
    assert_eq!(newer, [true, false]);
}

async fn a_double_click_makes_one_slot(world: &World) {
    declare(world, &["ada"]).await;
    let slot = world.db.ask_for_slot(&id("ada"), start()).await.unwrap().unwrap();
    let again = world.db.ask_for_slot(&id("ada"), start() + secs(1)).await.unwrap().unwrap();
    assert_eq!(slot, again);
    assert_eq!(world.db.ask_for_slot(&id("nobody"), start()).await.unwrap(), None);
    queue(world, "ada", "now", None).await;
    assert_eq!(assign_all(world, start()).await, [slot]);
    let due = claim_all(&world.db, start(), Fence(1), 10).await.remove(0);
    assert_eq!(due.policy.catch_up_window, secs(1800));
    assert_eq!(due.policy.quiet_hours, None);
    // Once it is done with, another click is another slot.
    let over = crate::steps::moved(&due, outcome_unknown(), domain::ports::store::PostMove::Keep);
    settle(world, &[over]).await;
    assert_ne!(world.db.ask_for_slot(&id("ada"), start()).await.unwrap(), Some(slot));
    let reason = Some(StateReason::Operator);
    world.db.set_bot_state(&id("ada"), BotState::Closed, reason, start()).await.unwrap();
    world.execute("DELETE FROM slots WHERE state = 'planned'").await;
    assert_eq!(world.db.ask_for_slot(&id("ada"), start()).await.unwrap(), None);
}

async fn the_next_wake_is_the_earliest_of_plan_slot_and_refill(world: &World) {
    assert_eq!(world.db.next_wake().await.unwrap(), None);
    declare(world, &["ada"]).await;
    assert_eq!(world.db.next_wake().await.unwrap(), Some(start()));
    plan(world, nine()).await;
    world.execute("UPDATE bot_stats SET refill_not_before = 9999999999999").await;
    assert_eq!(world.db.next_wake().await.unwrap(), Some(nine() - ASSIGN_AHEAD));
    queue(world, "ada", "one", None).await;
    assign_all(world, nine()).await;
    assert_eq!(world.db.next_wake().await.unwrap(), Some(nine()));
    claim_all(&world.db, nine(), Fence(1), 10).await;
    assert_eq!(world.db.next_wake().await.unwrap(), Some(nine() + secs(86_400)));
}

async fn a_slot_of_a_corrupt_row_says_so(world: &World) {
    let due = claimed(world, &["ada"]).await.remove(0);
    world.execute("UPDATE slots SET state = 'assigned', wake_at = 1").await;
    world.execute("UPDATE schedules SET timezone = 'Mars/Base'").await;
    assert_eq!(claim_all(&world.db, nine(), due.fence, 10).await, []);
    assert_eq!(state(world, due.slot).await, "assigned");
    assert_eq!(
        world
            .words("SELECT detail FROM slots WHERE wake_at IS NOT NULL AND state = 'assigned'")
            .await,
        ["a row it needs is corrupt; the log names it"]
    );
}

async fn a_corrupt_row_is_set_aside_and_holds_up_nobody_else(world: &World) {
    declare(world, &["ada", "bob"]).await;
    plan(world, nine()).await;
    queue(world, "ada", "one", None).await;
    queue(world, "bob", "two", None).await;
    assign_all(world, nine()).await;
    world.execute("UPDATE schedules SET timezone = 'Mars/Base' WHERE bot_id = 'ada'").await;
    let fence = lease(world, nine()).await.fence;
    let due = claim_all(&world.db, nine(), fence, 10).await;
    let bots: Vec<_> = due.iter().map(|slot| slot.bot.as_str()).collect();
    assert_eq!(bots, ["bob"]);

    // Mended, it goes on.
    world.execute("UPDATE schedules SET timezone = 'UTC' WHERE bot_id = 'ada'").await;
    assert!(claim_all(&world.db, nine() + secs(599), fence, 10).await.is_empty());
    let due = claim_all(&world.db, nine() + secs(600), fence, 10).await;
    assert_eq!(due[0].bot, id("ada"));
}

on_both! {
    a_corrupt_row_is_set_aside_and_holds_up_nobody_else,
    planning_twice_inserts_nothing,
    a_new_slot_opens_a_while_before_it_is_due,
    an_open_slot_knows_its_bots_stock,
    an_assigned_post_leaves_the_queue_and_its_topic_is_used,
    two_slots_never_get_one_post,
    a_post_of_another_bot_is_not_assigned,
    a_slot_without_content_sleeps_until_a_post_comes,
    a_slot_whose_post_came_meanwhile_does_not_sleep,
    an_open_slot_can_be_skipped_once,
    a_claim_brings_everything_the_gate_asks,
    what_a_stop_held_asks_at_once_when_all_may_go_again,
    a_claim_takes_the_soonest_and_no_more_than_asked,
    a_waiting_retry_is_claimed_when_its_time_comes,
    an_older_slot_sees_the_newer_one,
    a_double_click_makes_one_slot,
    the_next_wake_is_the_earliest_of_plan_slot_and_refill,
    a_slot_of_a_corrupt_row_says_so,
}

//! What a person answers about a slot, also two of them at once.

use domain::model::{AttentionReason, BotState, SlotId, SlotState, StateReason, XPostId};
use domain::ports::store::{
    AttemptStore, AttentionStore, BotStore, NewLease, NodeStore, ReadStore, Settlement,
};
use domain::rules::attention::{Answer, AskedSlot, Refusal, resolve};

use crate::steps::{
    id, lost, nine, outcome_unknown, post_state, posted, remaining, secs, send_all, sending,
    settle, state, wanted,
};
use crate::world::{World, on_both};

/// A bot whose lost answer nobody can find out about.
async fn called(world: &World, names: &[&str]) -> Vec<SlotId> {
    let sent = sending(world, names).await;
    let all: Vec<Settlement> = sent
        .iter()
        .map(|one| {
            let mut called = lost(one, nine() + secs(3600));
            called.change.to = outcome_unknown();
            called
        })
        .collect();
    settle(world, &all).await;
    sent.iter().map(|one| one.0.slot).collect()
}

/// X's id of a post made at nine.
fn x_post(n: i64) -> XPostId {
    let millis = nine().as_millisecond() - 1_288_834_974_657;
    XPostId::try_from(((millis << 22) + n).to_string()).unwrap()
}

async fn asked(world: &World, slot: SlotId) -> AskedSlot {
    world.db.find_asked(slot).await.unwrap().expect("there is such a slot")
}

async fn answer(world: &World, asked: &AskedSlot, answer: &Answer) -> bool {
    let now = nine() + secs(7200);
    let resolution = resolve(asked, answer, "eve@host", now).expect("it can be answered so");
    world.db.resolve_asked(&resolution, now).await.unwrap()
}

async fn a_slot_is_found_with_all_that_an_answer_depends_on(world: &World) {
    let slot = called(world, &["ada"]).await[0];
    let found = asked(world, slot).await;
    assert_eq!((found.state, found.text.as_deref()), (outcome_unknown(), Some("ada says hello")));
    assert_eq!(found.attempt.expect("it was sent").0.payload, "ada says hello");
    assert_eq!((found.bot_state, found.in_the_way), ((BotState::Active, None), None));
    assert!(world.db.find_asked(SlotId(999)).await.unwrap().is_none());
}

async fn it_was_posted(world: &World) {
    let slot = called(world, &["ada"]).await[0];
    let found = asked(world, slot).await;
    assert!(answer(world, &found, &Answer::Posted(x_post(1))).await);
    assert_eq!(state(world, slot).await, "posted");
    let line = world.db.find_slot(slot).await.unwrap().unwrap();
    assert_eq!(line.x_post_id, Some(x_post(1)));
    let held = world.db.find_receipt(&x_post(1)).await.unwrap();
    assert_eq!(held, Some(format!("slot {} of ada", slot.0)));
    assert_eq!(world.number("SELECT total_posts FROM bot_stats").await, 1);
    assert!(world.number("SELECT spend_micro_usd FROM bot_stats").await > 0);
    let who = "SELECT kind || ' ' || detail FROM events WHERE kind LIKE 'attention.%'";
    assert_eq!(world.words(who).await, ["attention.posted by eve@host"]);
    assert_eq!(asked(world, slot).await.x_post_id, Some(x_post(1)));
}

async fn one_post_of_x_proves_one_slot(world: &World) {
    let slots = called(world, &["ada", "bob"]).await;
    let (ada, bob) = (asked(world, slots[0]).await, asked(world, slots[1]).await);
    assert!(answer(world, &ada, &Answer::Posted(x_post(1))).await);
    assert!(!answer(world, &bob, &Answer::Posted(x_post(1))).await);
    assert_eq!(state(world, slots[1]).await, "needs_attention/outcome_unknown");
}

async fn it_was_not_and_goes_out_again_with_the_same_bytes(world: &World) {
    let slot = called(world, &["ada"]).await[0];
    let found = asked(world, slot).await;
    assert!(answer(world, &found, &Answer::SendNow).await);
    assert_eq!(state(world, slot).await, "assigned");
    let now = nine() + secs(7200);
    let fence = world
        .db
        .take_lease(&NewLease { length: secs(3600), ..wanted("b") }, now)
        .await
        .unwrap()
        .fence;
    let again = send_all(&world.db, now, fence, 10).await;
    assert_eq!((again.len(), again[0].0.text.as_str()), (1, "ada says hello"));
    assert_eq!(again[0].0.due_at, now, "its window begins anew");
    assert!(again[0].0.was_lost, "its timeline is read first");
    let hashes = "SELECT count(DISTINCT payload_hash) FROM attempts";
    assert_eq!(
        (world.number(hashes).await, world.number("SELECT count(*) FROM attempts").await),
        (1, 2)
    );
    assert_eq!(settle(world, &[posted(&again[0], "101")]).await, [slot]);
}

async fn what_is_left_is_not_sent_again(world: &World) {
    let slot = called(world, &["ada"]).await[0];
    let post = world.db.list_slots(domain::ports::store::SlotView::Attention, None, 1).await;
    assert_eq!(post.unwrap().len(), 1);
    let found = asked(world, slot).await;
    assert!(answer(world, &found, &Answer::Skip).await);
    assert_eq!(state(world, slot).await, "skipped/operator");
    let held = world.number(&format!("SELECT post_id FROM slots WHERE id = {}", slot.0)).await;
    assert_eq!(post_state(world, domain::model::PostId(held)).await, "rejected");
    assert_eq!(remaining(world, "ada").await, 0);
}

async fn of_two_answers_at_once_one_counts(world: &World) {
    let slot = called(world, &["ada"]).await[0];
    let found = asked(world, slot).await;
    let (posted, skip) = (Answer::Posted(x_post(1)), Answer::Skip);
    let (one, other) = tokio::join!(answer(world, &found, &posted), answer(world, &found, &skip));
    assert!(one != other, "{one} {other}");
    let expected = if one { "posted" } else { "skipped/operator" };
    assert_eq!(state(world, slot).await, expected);
    assert_eq!(world.number("SELECT count(*) FROM events WHERE kind LIKE 'attention.%'").await, 1);
    // Who asks again is told.
    let late = resolve(&asked(world, slot).await, &Answer::SendNow, "x", nine());
    assert!(matches!(late, Err(Refusal::NotAsked(_))), "{late:?}");
}

async fn a_look_that_comes_between_makes_the_answer_come_again(world: &World) {
    let slot = called(world, &["ada"]).await[0];
    let found = asked(world, slot).await;
    let now = nine() + secs(3600);
    let fence = world
        .db
        .take_lease(&NewLease { length: secs(3600), ..wanted("b") }, now)
        .await
        .unwrap()
        .fence;
    assert_eq!(world.db.take_open_attempts(now, fence, 10).await.unwrap().len(), 1);
    assert!(!answer(world, &found, &Answer::SendNow).await, "it was read meanwhile");
    let found = asked(world, slot).await;
    assert!(answer(world, &found, &Answer::SendNow).await);
}

async fn nothing_is_sent_again_while_another_is_on_its_way(world: &World) {
    let slot = called(world, &["ada"]).await[0];
    let before = asked(world, slot).await;
    // Another slot of the bot is being sent.
    world
        .execute(&format!(
            "INSERT INTO slots (bot_id, local_time, fold, due_at, state, created_at, updated_at)
             VALUES ('ada', '2026-11-23T09:30:00', 0, {0}, 'sending', {0}, {0})",
            nine().as_millisecond()
        ))
        .await;
    let found = asked(world, slot).await;
    assert!(found.in_the_way.is_some());
    assert!(matches!(resolve(&found, &Answer::SendNow, "x", nine()), Err(Refusal::InTheWay(_))));
    assert!(!answer(world, &before, &Answer::SendNow).await, "nor where it came between");
    assert_eq!(state(world, slot).await, "needs_attention/outcome_unknown");
}

async fn resuming_a_bot_frees_no_slot_that_may_be_out(world: &World) {
    let slots = called(world, &["ada", "bob"]).await;
    let poison = SlotState::NeedsAttention(AttentionReason::Poison).reason().unwrap();
    world.execute(&format!("UPDATE slots SET reason = '{poison}' WHERE id = {}", slots[0].0)).await;
    for bot in ["ada", "bob"] {
        let reason = Some(StateReason::Operator);
        world.db.set_bot_state(&id(bot), BotState::Paused, reason, nine()).await.unwrap();
    }
    let stopped = world.db.list_stopped_bots(None, 10).await.unwrap();
    assert_eq!(stopped.len(), 2);
    assert_eq!(world.db.list_stopped_bots(Some(&id("ada")), 10).await.unwrap().len(), 1);
    for bot in ["ada", "bob"] {
        world.db.set_bot_state(&id(bot), BotState::Active, None, nine()).await.unwrap();
    }
    assert!(world.db.list_stopped_bots(None, 10).await.unwrap().is_empty());
    assert_eq!(state(world, slots[0]).await, "needs_attention/poison");
    assert_eq!(state(world, slots[1]).await, "needs_attention/outcome_unknown");
}

on_both! {
    a_slot_is_found_with_all_that_an_answer_depends_on,
    it_was_posted,
    one_post_of_x_proves_one_slot,
    it_was_not_and_goes_out_again_with_the_same_bytes,
    what_is_left_is_not_sent_again,
    of_two_answers_at_once_one_counts,
    a_look_that_comes_between_makes_the_answer_come_again,
    nothing_is_sent_again_while_another_is_on_its_way,
    resuming_a_bot_frees_no_slot_that_may_be_out,
}

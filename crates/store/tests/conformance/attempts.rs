//! S3: the intent, and every reason not to store it.

use domain::model::{BotState, StateReason};
use domain::ports::store::{AttemptStore, BotStore, Intent, NodeStore};

use crate::steps::{
    assign_all, claim_all, claimed, id, intent, lost, nine, plan, queue, secs, sending, settle,
    start, state, wanted, x_id,
};
use crate::world::{World, on_both};

async fn an_intent_is_stored_before_the_send(world: &World) {
    let due = claimed(world, &["ada"]).await.remove(0);
    let mut intent = intent(&due, nine());
    intent.anchor = Some(x_id("123"));
    let begun = world.db.begin_attempts(&[intent.clone()], nine()).await.unwrap();
    assert_eq!((begun[0].slot, begun[0].version), (due.slot, due.version + 1));
    assert_eq!(state(world, due.slot).await, "sending");
    let row = world
        .words(
            "SELECT state || '|' || number || '|' || payload || '|' || anchor || '|' || send_by \
             || '|' || first_intent_at FROM attempts",
        )
        .await;
    let send_by = (nine() + secs(25)).as_millisecond();
    let hash = world.words("SELECT payload_hash FROM attempts").await;
    assert_eq!(hash, [intent.payload_hash.as_str()]);
    let first = nine().as_millisecond();
    assert_eq!(row, [format!("sending|1|ada says hello|123|{send_by}|{first}")]);
    // The same intent again comes too late.
    assert!(world.db.begin_attempts(&[intent], nine()).await.unwrap().is_empty());
}

/// Between the claim and the intent lies a look at the timeline, where the slot was once lost; another
/// slot of the bot may go out meanwhile.
async fn an_intent_knows_the_post_that_went_out_since_its_claim(world: &World) {
    let due = claimed(world, &["ada"]).await.remove(0);
    assert_eq!(due.facts.anchor, None);
    world.execute("UPDATE bots SET anchor = '500'").await;
    world.db.begin_attempts(&[intent(&due, nine())], nine()).await.unwrap();
    assert_eq!(world.words("SELECT anchor FROM attempts").await, ["500"]);
}

/// Claims, spoils something, and expects that no intent is stored.
async fn is_refused(world: &World, spoil: impl AsyncFnOnce(&mut Intent)) {
    let due = claimed(world, &["ada"]).await.remove(0);
    let mut intent = intent(&due, nine());
    spoil(&mut intent).await;
    assert!(world.db.begin_attempts(&[intent], nine()).await.unwrap().is_empty());
    assert_eq!(world.number("SELECT count(*) FROM attempts").await, 0);
    assert_eq!(state(world, due.slot).await, "claimed");
}

async fn a_stale_version_begins_nothing(world: &World) {
    is_refused(world, async |intent| intent.version -= 1).await;
}

async fn another_nodes_fence_begins_nothing(world: &World) {
    is_refused(world, async |intent| {
        intent.fence = world.db.take_lease(&wanted("b"), nine()).await.unwrap().fence;
    })
    .await;
}

async fn an_ended_lease_begins_nothing(world: &World) {
    is_refused(world, async |_| world.execute("UPDATE nodes SET ended_at = 1").await).await;
}

async fn an_expired_lease_begins_nothing(world: &World) {
    is_refused(world, async |_| world.execute("UPDATE nodes SET expires_at = 5").await).await;
}

/// A standby was promoted since the lease was taken: what came last may be lost. SQLite has none.
async fn a_lease_of_another_timeline_begins_nothing(world: &World) {
    if world.is_sqlite() {
        return;
    }
    let due = claimed(world, &["ada"]).await.remove(0);
    let intents = [intent(&due, nine())];
    let taken = world.words("SELECT identity FROM nodes").await.remove(0);
    assert!(taken.contains("/log:"), "{taken}");
    world.execute("UPDATE nodes SET identity = 'name/log:0000FFFF'").await;
    assert!(world.db.begin_attempts(&intents, nine()).await.unwrap().is_empty());
    world.execute(&format!("UPDATE nodes SET identity = '{taken}'")).await;
    assert_eq!(world.db.begin_attempts(&intents, nine()).await.unwrap().len(), 1);
}

async fn a_paused_bot_begins_nothing(world: &World) {
    let reason = Some(StateReason::Operator);
    is_refused(world, async |_| {
        world.db.set_bot_state(&id("ada"), BotState::Paused, reason, nine()).await.unwrap();
    })
    .await;
}

/// Who looked, was frozen, and goes on after its history came into doubt looks again.
async fn a_bot_whose_history_is_in_doubt_begins_nothing(world: &World) {
    is_refused(world, async |_| {
        world.db.distrust_history(start(), nine()).await.unwrap();
    })
    .await;
}

async fn the_kill_switch_stops_every_send_until_it_is_off(world: &World) {
    let due = claimed(world, &["ada"]).await.remove(0);
    world.db.set_kill_switch(true, nine()).await.unwrap();
    let intents = [intent(&due, nine())];
    assert!(world.db.begin_attempts(&intents, nine()).await.unwrap().is_empty());
    world.db.set_kill_switch(false, nine()).await.unwrap();
    assert_eq!(world.db.begin_attempts(&intents, nine()).await.unwrap().len(), 1);
}

async fn other_bytes_than_the_posts_begin_nothing(world: &World) {
    is_refused(world, async |intent| intent.payload.push('!')).await;
}

async fn another_post_begins_nothing(world: &World) {
    is_refused(world, async |intent| {
        intent.post = queue(world, "ada", "other", None).await;
        "other".clone_into(&mut intent.payload);
    })
    .await;
}

async fn a_bot_has_one_post_in_flight(world: &World) {
    let first = sending(world, &["ada"]).await.remove(0);
    plan(world, nine() + secs(90_000)).await;
    queue(world, "ada", "second", None).await;
    let now = nine() + secs(90_000);
    assign_all(world, now).await;
    world.execute("UPDATE nodes SET expires_at = 9999999999999").await;
    let second = claim_all(&world.db, now, first.0.fence, 10).await.remove(0);
    assert!(second.facts.is_in_flight);
    let intents = [intent(&second, now)];
    assert!(world.db.begin_attempts(&intents, now).await.unwrap().is_empty());
    settle(world, &[lost(&first, now)]).await;
    assert!(world.db.begin_attempts(&intents, now).await.unwrap().is_empty());
    // With the checks defeated, the index still refuses (invariant I5).
    let sql = format!("UPDATE slots SET state = 'sending' WHERE id = {}", second.slot.0);
    assert!(world.try_execute(&sql).await.is_err());
}

async fn of_two_intents_of_one_bot_the_first_is_stored(world: &World) {
    let mut bot = testkit::bot("ada");
    let mut other = testkit::schedule("0 9 * * *");
    "other".clone_into(&mut other.name);
    bot.schedules.push(other);
    world.db.sync_bots(&[bot], &[], nine()).await.unwrap();
    plan(world, nine()).await;
    for text in ["one", "two"] {
        queue(world, "ada", text, Some(text)).await;
    }
    assign_all(world, nine()).await;
    assign_all(world, nine()).await;
    let fence = crate::steps::lease(world, nine()).await.fence;
    let due = claim_all(&world.db, nine(), fence, 10).await;
    assert_eq!(due.len(), 2);
    let intents: Vec<_> = due.iter().map(|due| intent(due, nine())).collect();
    let begun = world.db.begin_attempts(&intents, nine()).await.unwrap();
    assert_eq!(begun.len(), 1);
    assert_eq!(begun[0].slot, due[0].slot);
}

on_both! {
    an_intent_is_stored_before_the_send,
    an_intent_knows_the_post_that_went_out_since_its_claim,
    a_stale_version_begins_nothing,
    another_nodes_fence_begins_nothing,
    an_ended_lease_begins_nothing,
    an_expired_lease_begins_nothing,
    a_lease_of_another_timeline_begins_nothing,
    a_paused_bot_begins_nothing,
        a_bot_whose_history_is_in_doubt_begins_nothing,
    the_kill_switch_stops_every_send_until_it_is_off,
    other_bytes_than_the_posts_begin_nothing,
    another_post_begins_nothing,
    a_bot_has_one_post_in_flight,
    of_two_intents_of_one_bot_the_first_is_stored,
}

//! S1 and S3 in one transaction: what may send at once does, and everything else is only claimed.

use domain::model::{Fence, SlotId};
use domain::ports::store::{Claimed, Intent, NodeStore, SlotStore};

use crate::steps::{
    assign_all, claim_all, declare, intent, lease, nine, plan, queue, secs, send_all, state,
};
use crate::world::{World, on_both};

/// Bots with a post for a slot at nine, and a lease.
async fn due_at_nine(world: &World, names: &[&str]) -> Fence {
    declare(world, names).await;
    plan(world, nine()).await;
    for name in names {
        queue(world, name, &format!("{name} says hello"), Some("ships")).await;
    }
    assign_all(world, nine()).await;
    lease(world, nine()).await.fence
}

async fn a_slot_that_may_send_does_so_in_one_move(world: &World) {
    let fence = due_at_nine(world, &["ada", "bob"]).await;
    let sent = send_all(&world.db, nine(), fence, 10).await;
    assert_eq!(sent.len(), 2);
    for (due, begun) in &sent {
        assert_eq!((begun.slot, begun.version), (due.slot, due.version + 1));
        assert_eq!(state(world, due.slot).await, "sending");
    }
    let owned = format!("SELECT count(*) FROM slots WHERE fence = {}", fence.0);
    assert_eq!(world.number(&owned).await, 2);
    assert_eq!(
        world.words("SELECT payload FROM attempts ORDER BY bot_id").await,
        ["ada says hello", "bob says hello"]
    );
    assert!(claim_all(&world.db, nine(), fence, 10).await.is_empty(), "nobody gets them again");
}

async fn what_has_no_intent_is_claimed(world: &World) {
    let fence = due_at_nine(world, &["ada", "bob"]).await;
    let only_bob =
        |due: &_| Some(intent(due, nine())).filter(|intent| intent.bot.as_str() == "bob");
    let claimed = world.db.claim_due(nine(), fence, 10, &only_bob).await.unwrap();
    let begun: Vec<(&str, bool)> =
        claimed.iter().map(|one| (one.due.bot.as_str(), one.begun.is_some())).collect();
    assert_eq!(begun, [("ada", false), ("bob", true)]);
    assert_eq!(state(world, claimed[0].due.slot).await, "claimed");
    assert_eq!(state(world, claimed[1].due.slot).await, "sending");
}

/// Takes what is due with a spoilt intent, and expects that it is only claimed.
async fn is_only_claimed(world: &World, fence: Fence, spoil: fn(&mut Intent)) -> SlotId {
    let spoilt = |due: &_| {
        let mut intent = intent(due, nine());
        spoil(&mut intent);
        Some(intent)
    };
    let taken = world.db.claim_due(nine(), fence, 10, &spoilt).await.unwrap();
    let [Claimed { due, begun: None }] = taken.as_slice() else { panic!("{taken:?}") };
    assert_eq!(state(world, due.slot).await, "claimed");
    assert_eq!(world.number("SELECT count(*) FROM attempts").await, 0);
    let version = format!("SELECT version FROM slots WHERE id = {}", due.slot.0);
    assert_eq!(world.number(&version).await, due.version, "its version is that of the claim");
    due.slot
}

async fn other_bytes_than_the_posts_are_not_sent_at_once(world: &World) {
    let fence = due_at_nine(world, &["ada"]).await;
    is_only_claimed(world, fence, |intent| intent.payload.push('!')).await;
}

async fn a_stale_version_is_not_sent_at_once(world: &World) {
    let fence = due_at_nine(world, &["ada"]).await;
    is_only_claimed(world, fence, |intent| intent.version -= 1).await;
}

async fn the_kill_switch_stops_a_send_at_once(world: &World) {
    let fence = due_at_nine(world, &["ada"]).await;
    world.db.set_kill_switch(true, nine()).await.unwrap();
    is_only_claimed(world, fence, |_| {}).await;
}

async fn an_ended_lease_sends_nothing_at_once(world: &World) {
    let fence = due_at_nine(world, &["ada"]).await;
    world.execute("UPDATE nodes SET ended_at = 1").await;
    is_only_claimed(world, fence, |_| {}).await;
}

async fn of_two_slots_of_a_bot_one_is_sent_at_once(world: &World) {
    let fence = due_at_nine(world, &["ada"]).await;
    let again = nine() + secs(90_000);
    plan(world, again).await;
    queue(world, "ada", "a second hello", Some("ships")).await;
    assign_all(world, again).await;
    world.execute("UPDATE nodes SET expires_at = 9999999999999").await;
    let taken =
        world.db.claim_due(again, fence, 10, &|due| Some(intent(due, nine()))).await.unwrap();
    let begun: Vec<bool> = taken.iter().map(|one| one.begun.is_some()).collect();
    assert_eq!(begun, [true, false]);
    assert_eq!(state(world, taken[1].due.slot).await, "claimed");
}

on_both! {
    a_slot_that_may_send_does_so_in_one_move,
    what_has_no_intent_is_claimed,
    other_bytes_than_the_posts_are_not_sent_at_once,
    a_stale_version_is_not_sent_at_once,
    the_kill_switch_stops_a_send_at_once,
    an_ended_lease_sends_nothing_at_once,
    of_two_slots_of_a_bot_one_is_sent_at_once,
}

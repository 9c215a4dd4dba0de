//! What happened on the way to X, as a page tells it.

use domain::model::{AttemptState, PostId, SlotId};
use domain::ports::store::{AttemptsOf, StoryStore};

use crate::steps::{lost, nine, posted, secs, sending, settle, x_id};
use crate::world::{World, on_both};

async fn an_attempt_is_found_by_its_post_and_by_its_slot(world: &World) {
    let sent = sending(world, &["ada", "bob"]).await;
    let (due, begun) = &sent[0];
    for of in [AttemptsOf::Post(due.post), AttemptsOf::Slot(due.slot)] {
        let found = world.db.list_attempts(of).await.unwrap();
        let [one] = &found[..] else { panic!("{found:?}") };
        assert_eq!((one.id, one.slot, one.post), (begun.attempt, due.slot, due.post));
        assert_eq!((one.number, one.state, one.closed_at), (1, AttemptState::Sending, None));
        assert_eq!(one.payload_hash, domain::model::PayloadHash::of(&due.text));
    }
    settle(world, &[lost(&sent[0], nine()), posted(&sent[1], "101")]).await;
    let of_post = |n: usize| world.db.list_attempts(AttemptsOf::Post(sent[n].0.post));
    let one = of_post(0).await.unwrap().remove(0);
    assert_eq!((one.state, one.closed_at.is_some()), (AttemptState::Unknown, true));
    let other = of_post(1).await.unwrap().remove(0);
    assert_eq!((other.state, other.class.as_deref()), (AttemptState::Posted, Some("posted")));
    for of in [AttemptsOf::Post(PostId(999)), AttemptsOf::Slot(SlotId(999))] {
        assert_eq!(world.db.list_attempts(of).await.unwrap(), []);
    }
}

async fn a_post_has_its_proof(world: &World) {
    let sent = sending(world, &["ada"]).await;
    let due = &sent[0].0;
    assert_eq!(world.db.find_proof(due.post).await.unwrap(), None);
    settle(world, &[posted(&sent[0], "101")]).await;
    let proof = world.db.find_proof(due.post).await.unwrap().unwrap();
    assert_eq!((proof.receipt.x_post_id, proof.slot), (x_id("101"), Some(due.slot)));
    assert_eq!((proof.receipt.is_adopted, proof.removed_at), (false, None));
    let gone = (nine() + secs(3600)).as_millisecond();
    world.execute(&format!("UPDATE receipts SET removed_at = {gone}")).await;
    let proof = world.db.find_proof(due.post).await.unwrap().unwrap();
    assert_eq!(proof.removed_at, Some(nine() + secs(3600)));
}

on_both! { an_attempt_is_found_by_its_post_and_by_its_slot, a_post_has_its_proof, }

//! "You already said this": X's duplicate filter as evidence, never as a reason to reword.

use domain::model::{SkipReason, SlotState};
use sandbox::SendFault;

use crate::world::{World, bot};

#[tokio::test]
async fn a_duplicate_on_the_first_try_that_is_not_ours_is_skipped() {
    let world = World::new().await;
    world.given(bot("ada"), &["hello from the lighthouse", "another one"]).await;
    world.x.next_send(SendFault::Duplicate);
    world.advance_to("2026-11-23T09:01:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Skipped(SkipReason::Duplicate)]);
    assert!(world.timeline("ada").is_empty());
    // The next day another text goes out; the refused one never comes back.
    world.advance_to("2026-11-24T09:01:00Z").await;
    assert_eq!(world.timeline("ada"), ["another one"]);
    world.finish().await;
}

#[tokio::test]
async fn what_a_person_posted_by_hand_is_adopted_and_not_said_twice() {
    let world = World::new().await;
    world.given(bot("ada"), &["hello from the lighthouse"]).await;
    // The account exists once it has been looked at.
    world.x.post_by_hand("ada", "hello from the lighthouse");
    world.advance_to("2026-11-23T09:01:00Z").await;
    assert_eq!(world.timeline("ada").len(), 1);
    assert_eq!(world.states("ada").await, [SlotState::Posted]);
    world.finish().await;
}

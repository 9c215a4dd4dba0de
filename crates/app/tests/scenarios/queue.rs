//! What goes out: from the queue, by rotation, written when there is too little.

use domain::model::{QueueLimits, SkipReason, SlotState};
use domain::ports::store::{PostStore as _, SlotStore as _};
use domain::rules::review::review;
use testkit::schedule;

use crate::world::{World, bot};

#[tokio::test]
async fn an_empty_queue_is_said_and_filled_by_the_writer() {
    let world = World::new().await;
    let mut ada = bot("ada");
    let id = ada.id.clone();
    world.given(ada.clone(), &[]).await;
    world.advance_to("2026-11-23T09:31:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Skipped(SkipReason::NoContent)]);

    ada.queue = QueueLimits::default();
    world.given(ada, &[]).await;
    let report = world.engine.tick_generator(world.now()).await.unwrap();
    assert!(report.queued >= 5, "{report:?}");
    let queue = world.db.list_queue(&id, 100).await.unwrap();
    assert_eq!(queue.len() as u64, report.queued);
    world.advance_to("2026-11-24T09:01:00Z").await;
    assert_eq!(world.timeline("ada").len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn what_is_written_keeps_to_the_policy_of_the_bot() {
    let world = World::new().await;
    let mut ada = bot("ada");
    ada.queue = QueueLimits { low_water: 10, high_water: 10, batch: 10 };
    ada.persona.policy.disclosure = Some("(automated)".to_owned());
    ada.persona.policy.max_length = 120;
    let id = ada.id.clone();
    world.given(ada.clone(), &[]).await;
    world.engine.tick_generator(world.now()).await.unwrap();
    let queue = world.db.list_queue(&id, 100).await.unwrap();
    assert!(queue.len() >= 10, "{}", queue.len());
    for post in &queue {
        assert!(post.content.ends_with(" (automated)"), "{}", post.content);
        let verdict = review(&post.content, &ada.persona.policy);
        assert!(verdict.is_accepted(), "{}: {:?}", post.content, verdict.findings);
    }

    // What nobody can write under is said, and is no reason to write it all the same.
    let mut bob = bot("bob");
    bob.queue = QueueLimits::default();
    bob.persona.policy.max_length = 3;
    let id = bob.id.clone();
    world.given(bob, &[]).await;
    let report = world.engine.tick_generator(world.now()).await.unwrap();
    assert_eq!(report.queued, 0, "{report:?}");
    assert!(world.db.list_queue(&id, 100).await.unwrap().is_empty());
    world.finish().await;
}

#[tokio::test]
async fn a_queue_is_filled_to_its_high_water_and_no_topic_comes_twice_in_a_row() {
    let world = World::new().await;
    let mut ada = bot("ada");
    ada.schedules = vec![schedule("0 * * * *")];
    ada.queue = QueueLimits { low_water: 20, high_water: 20, batch: 8 };
    let id = ada.id.clone();
    world.given(ada, &[]).await;
    world.advance_to("2026-11-23T08:00:01Z").await;
    let queue = world.db.list_queue(&id, 100).await.unwrap();
    assert!((20..=28).contains(&queue.len()), "{}", queue.len());
    world.advance_to("2026-11-23T18:01:00Z").await;
    let topics: Vec<_> =
        world.slots("ada").await.into_iter().map(|line| line.topic.expect("a topic")).collect();
    assert!(topics.len() >= 10, "{topics:?}");
    assert!(topics.windows(2).all(|pair| pair[0] != pair[1]), "{topics:?}");
    world.finish().await;
}

#[tokio::test]
async fn asking_twice_for_a_post_now_makes_one() {
    let world = World::new().await;
    let ada = bot("ada");
    let id = ada.id.clone();
    world.given(ada, &["hello from the lighthouse", "the fog has a colour"]).await;
    let first = world.db.ask_for_slot(&id, world.now()).await.unwrap();
    let second = world.db.ask_for_slot(&id, world.now()).await.unwrap();
    assert_eq!(first, second);
    world.advance_to("2026-11-23T08:01:00Z").await;
    assert_eq!(world.timeline("ada").len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn a_rehearsal_does_everything_but_the_send() {
    let world = World::new().await;
    let mut ada = bot("ada");
    ada.is_rehearsal = true;
    world.given(ada, &["hello from the lighthouse"]).await;
    world.advance_to("2026-11-23T09:01:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Skipped(SkipReason::DryRun)]);
    assert!(world.timeline("ada").is_empty());
    world.finish().await;
}

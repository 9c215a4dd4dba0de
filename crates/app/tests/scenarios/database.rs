//! The database is away for a while: what X answered meanwhile is kept and stored when it is back.

use domain::model::{Bot, ManagedBy, SkipReason, SlotState};
use domain::ports::store::{BotStore as _, PostStore as _, ReadStore as _, SlotView, StoreError};

use crate::world::{World, bot};

fn busy() -> StoreError {
    StoreError::Unavailable("database is locked".to_owned())
}

/// Whether the slot's receipt is X's own answer, and not what a look found.
async fn was_answered(world: &World) -> bool {
    let gone = world.db.list_slots(SlotView::Gone, None, 10).await.unwrap();
    gone.iter()
        .all(|line| line.x_post_id.is_some() && line.detail.as_deref().is_none_or(str::is_empty))
}

#[tokio::test]
async fn a_known_answer_is_stored_when_the_database_is_back_and_not_looked_for() {
    for error in
        [busy(), StoreError::Full("disk".to_owned()), StoreError::NotDurable("slow".to_owned())]
    {
        let world = World::new().await;
        world.given(bot("ada"), &["hello from the lighthouse"]).await;
        world.faults.fail("settle", 12, &error);
        let before = world.engine.room();

        world.advance_to("2026-11-23T09:00:01Z").await;
        assert_eq!(world.states("ada").await, [SlotState::Sending], "{error}");
        assert_eq!(world.engine.room(), before - 1, "it is in flight until it is stored");
        for second in 2..30 {
            world.advance_to(&format!("2026-11-23T09:00:{second:02}Z")).await;
        }
        assert_eq!(world.faults.left("settle"), 0, "it was tried until it worked");
        assert_eq!(world.states("ada").await, [SlotState::Posted], "{error}");
        assert!(was_answered(&world).await);
        assert_eq!(world.engine.room(), before);
        world.finish().await;
    }
}

#[tokio::test]
async fn what_was_sent_under_a_lease_that_is_over_is_read_back_from_x() {
    let world = World::new().await;
    world.given(bot("ada"), &["hello from the lighthouse"]).await;
    world.faults.fail("settle", 1, &busy());
    let before = world.engine.room();
    world.advance_to("2026-11-23T09:00:00Z").await;
    assert_eq!(world.engine.room(), before - 1);

    // The whole node stands still for longer than its lease.
    world.clock.advance(jiff::SignedDuration::from_hours(3));
    world.advance_to("2026-11-23T12:01:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Posted]);
    assert!(!was_answered(&world).await, "a look found it");
    assert_eq!(world.engine.room(), before);
    assert_eq!(world.timeline("ada").len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn an_outcome_that_can_never_be_stored_keeps_none_of_the_others_from_it() {
    let world = World::new().await;
    let (ada, bea) = (bot("ada"), bot("bea"));
    let places = [ManagedBy::File];
    world.db.sync_bots(&[ada.clone(), bea.clone()], &places, world.now()).await.unwrap();
    world.queue(&ada.id, &["hello from ada"]).await;
    world.queue(&bea.id, &["hello from bea"]).await;
    world.advance_to("2026-11-23T08:59:59Z").await;
    let broken = StoreError::Failed("no such function".to_owned());
    // Both together, then the first of them alone.
    world.faults.fail("settle", 2, &broken);
    world.clock.advance(jiff::SignedDuration::from_secs(2));
    let batch = world.engine.prepare(world.now(), 8).await.unwrap();
    assert_eq!(world.engine.deliver(batch).await, Err(broken));
    let mut states = [world.states("ada").await, world.states("bea").await].concat();
    states.sort_by_key(|state| *state == SlotState::Posted);
    assert_eq!(states, [SlotState::Sending, SlotState::Posted]);

    world.advance_to("2026-11-23T09:02:30Z").await;
    for bot in ["ada", "bea"] {
        assert_eq!(world.states(bot).await, [SlotState::Posted]);
        assert_eq!(world.timeline(bot).len(), 1);
    }
    world.finish().await;
}

#[tokio::test]
async fn a_slot_that_could_not_be_handed_back_is_handed_back_later() {
    let world = World::new().await;
    let ada = Bot { is_rehearsal: true, ..bot("ada") };
    world.given(ada, &["hello from the lighthouse"]).await;
    world.faults.fail("settle", 2, &busy());
    let before = world.engine.room();
    for second in 0..3 {
        world.advance_to(&format!("2026-11-23T09:00:{second:02}Z")).await;
    }
    assert_eq!(world.states("ada").await, [SlotState::Skipped(SkipReason::DryRun)]);
    assert_eq!(world.engine.room(), before);
    world.finish().await;
}

#[tokio::test]
async fn a_refill_that_fails_cuts_off_none_of_the_others() {
    let world = World::new().await;
    let bots = ["ada", "bea", "cleo"].map(testkit::bot);
    world.db.sync_bots(&bots, &[ManagedBy::File], world.now()).await.unwrap();
    world.faults.fail("list_recent_posts", 1, &busy());
    assert_eq!(world.engine.tick_generator(world.now()).await, Err(busy()));
    let mut filled = 0;
    for bot in &bots {
        filled += u32::from(!world.db.list_queue(&bot.id, 100).await.unwrap().is_empty());
    }
    assert_eq!(filled, 2, "what was being written for the others is stored");
    world.finish().await;
}

//! X says no: for now, for good, or until a person acts.

use domain::model::{AttentionReason, BotId, BotState, FailReason, SlotState, StateReason};
use domain::ports::store::BotStore as _;
use sandbox::SendFault;

use crate::world::{World, bot};

async fn state_of(world: &World, bot: &str) -> (BotState, Option<StateReason>) {
    let id = BotId::try_from(bot).unwrap();
    let (_, state, reason) = world.db.find_bot(&id).await.unwrap().expect("it is declared");
    (state, reason)
}

#[tokio::test]
async fn a_rate_limit_is_waited_for_and_then_the_post_goes_out() {
    let world = World::new().await;
    world.given(bot("ada"), &["hello from the lighthouse"]).await;
    world.x.next_send(SendFault::RateLimited { reset_secs: Some(300) });
    world.advance_to("2026-11-23T09:04:59Z").await;
    assert_eq!(world.states("ada").await, [SlotState::RetryWait]);
    world.advance_to("2026-11-23T09:05:10Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Posted]);
    world.finish().await;
}

#[tokio::test]
async fn a_dead_token_stops_only_its_bot_and_keeps_the_post() {
    let world = World::new().await;
    let (ada, bea) = (bot("ada"), bot("bea"));
    let places = [domain::model::ManagedBy::File];
    world.db.sync_bots(&[ada.clone(), bea.clone()], &places, world.now()).await.unwrap();
    world.queue(&ada.id, &["hello from ada"]).await;
    world.queue(&bea.id, &["hello from bea"]).await;
    world.x.next_send_of("ada", SendFault::Unauthorized);
    world.advance_to("2026-11-23T09:01:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::NeedsAttention(AttentionReason::Auth)]);
    assert_eq!(state_of(&world, "ada").await, (BotState::NeedsLogin, Some(StateReason::Auth)));
    assert_eq!(world.states("bea").await, [SlotState::Posted]);

    // The token is renewed and the bot resumed: the slot is still in time, and goes out.
    world.db.set_bot_state(&ada.id, BotState::Active, None, world.now()).await.unwrap();
    world.advance_to("2026-11-23T09:02:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Posted]);
    world.finish().await;
}

#[tokio::test]
async fn no_credit_stops_every_bot_of_the_app() {
    let world = World::new().await;
    let (ada, bea) = (bot("ada"), bot("bea"));
    let places = [domain::model::ManagedBy::File];
    world.db.sync_bots(&[ada.clone(), bea], &places, world.now()).await.unwrap();
    world.queue(&ada.id, &["hello from ada"]).await;
    world.x.next_send_of("ada", SendFault::OutOfCreditNew);
    world.advance_to("2026-11-23T09:01:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::NeedsAttention(AttentionReason::Billing)]);
    for bot in ["ada", "bea"] {
        let expected = (BotState::Paused, Some(StateReason::Billing));
        assert_eq!(state_of(&world, bot).await, expected);
    }
    world.finish().await;
}

#[tokio::test]
async fn three_refusals_in_a_row_pause_the_bot() {
    let world = World::new().await;
    let mut ada = bot("ada");
    ada.schedules = vec![testkit::schedule("0 9-13 * * *")];
    world.given(ada, &["one", "two", "three", "four"]).await;
    for _ in 0..3 {
        world.x.next_send(SendFault::TooLong);
    }
    world.advance_to("2026-11-23T12:01:00Z").await;
    let states = world.states("ada").await;
    assert_eq!(states[..3], [SlotState::Failed(FailReason::RefusedByX); 3]);
    assert_eq!(state_of(&world, "ada").await, (BotState::Paused, Some(StateReason::RefusedInRow)));
    assert!(world.timeline("ada").is_empty());
    world.finish().await;
}

//! Nobody can write, and what a person kept aside for such a day goes out.

use std::sync::Arc;

use domain::model::{Bot, Consent, EVERGREEN, GRAMMAR, QueueLimits, SkipReason, SlotState};
use domain::ports::Node as _;
use domain::ports::store::{EvergreenStore as _, NewPost, PostOrigin};
use domain::rules::review::{Policy, review};
use engine::Ladder;
use sandbox::{FaultOrder, ModelFault, SandboxModel, SandboxSettings};
use testkit::schedule;

use crate::world::{World, bot};

const STOCK: [&str; 3] = [
    "The lamp was lit for the first time in 1871, with oil from two whales.",
    "Gulls know the timetable of the ferry better than its captain.",
    "Nobody has counted the rocks off the point, but every skipper knows one more.",
];
const FOG: &str = "The fog lifted at nine, and the ferry left at ten with twelve people.";

/// Keeps these texts aside.
pub async fn keep(world: &World, bot: &Bot, texts: &[&str]) {
    let posts: Vec<NewPost> = texts
        .iter()
        .map(|text| NewPost {
            bot: bot.id.clone(),
            content: (*text).to_owned(),
            topic: None,
            content_hash: review(text, &Policy::default()).content_hash,
            consent: Consent::ByMode,
            origin: PostOrigin::Imported,
        })
        .collect();
    world.db.keep_evergreens(&posts, world.now()).await.unwrap();
}

fn hourly(name: &str) -> Bot {
    let mut bot = bot(name);
    bot.schedules = vec![schedule("0 9-23 * * *")];
    bot
}

async fn left(world: &World, bot: &Bot) -> usize {
    world.db.list_evergreens(&bot.id, None, 10).await.unwrap().len()
}

#[tokio::test]
async fn what_was_kept_aside_goes_out_in_order_when_the_queue_is_empty_and_never_twice() {
    let world = World::new().await;
    let ada = hourly("ada");
    world.given(ada.clone(), &[FOG]).await;
    keep(&world, &ada, &STOCK).await;
    // What is queued goes first, and while it is there nothing is taken.
    world.advance_to("2026-11-23T09:00:30Z").await;
    assert_eq!(world.timeline("ada"), [FOG]);
    assert_eq!(left(&world, &ada).await, 3);
    world.advance_to("2026-11-23T09:59:59Z").await;
    assert_eq!(left(&world, &ada).await, 3, "a post may still come");

    world.advance_to("2026-11-23T11:00:30Z").await;
    assert_eq!(world.timeline("ada"), [FOG, STOCK[0], STOCK[1]]);
    world.queue(&ada.id, &["High water at six, low water at noon."]).await;
    world.advance_to("2026-11-23T12:00:30Z").await;
    assert_eq!(left(&world, &ada).await, 1, "the queue had something");
    world.advance_to("2026-11-23T15:31:00Z").await;
    assert_eq!(world.timeline("ada").len(), 5);
    assert_eq!(world.timeline("ada")[4], STOCK[2]);
    let states = world.states("ada").await;
    let missed = SlotState::Skipped(SkipReason::NoContent);
    assert!(states.contains(&missed), "what is used up does not come again: {states:?}");
    world.audit().await;
    world.finish().await;
}

#[tokio::test]
async fn it_is_used_where_the_model_and_the_grammar_are_down_and_health_says_so() {
    let world = World::written_by(SandboxSettings::default(), |x, clock| {
        let ladder = Ladder::new(Arc::new(clock.clone()))
            .step("sandbox-1", Arc::new(SandboxModel::new(x.clone())))
            .last_resort(GRAMMAR, Arc::new(SandboxModel::new(x.clone())));
        Arc::new(ladder)
    })
    .await;
    world.x.order(FaultOrder::Model { fault: ModelFault::Close, times: u32::MAX });
    let mut ada = hourly("ada");
    ada.queue = QueueLimits { low_water: 3, high_water: 6, batch: 6 };
    world.given(ada.clone(), &[]).await;
    keep(&world, &ada, &STOCK).await;
    world.advance_to("2026-11-23T11:00:30Z").await;
    assert_eq!(world.timeline("ada"), STOCK);
    let vitals = world.engine.vitals();
    assert!(vitals.model.error.is_some(), "{vitals:?}");
    let stock = vitals.writers.iter().find(|one| one.name == EVERGREEN);
    let seen = &stock.unwrap_or_else(|| panic!("not in {:?}", vitals.writers)).seen;
    assert!(seen.ok_at.is_some() && seen.error.is_none(), "{seen:?}");

    // The model is back, and with it the queue: nothing is left of the stock, and nothing is missed.
    world.x.clear_faults();
    world.advance_to("2026-11-23T18:00:30Z").await;
    assert!(world.timeline("ada").len() > STOCK.len(), "{:?}", world.timeline("ada"));
    world.finish().await;
}

#[tokio::test]
async fn what_has_become_like_a_post_is_let_go_of_and_the_next_goes_out() {
    let world = World::new().await;
    let ada = hourly("ada");
    let near = FOG.replace("people", "birds");
    world.given(ada.clone(), &[]).await;
    keep(&world, &ada, &[near.as_str(), FOG, STOCK[0]]).await;
    let mut bob = bot("bob");
    bob.schedules = vec![schedule("30 8 * * *")];
    world.given_also(bob.clone()).await;
    world.queue(&bob.id, &[FOG]).await;
    world.advance_to("2026-11-23T09:00:30Z").await;
    assert_eq!(world.timeline("bob"), [FOG]);
    assert_eq!(world.timeline("ada"), [STOCK[0]]);
    for rule in ["near_duplicate", "duplicate"] {
        let dropped = format!("SELECT count(*) FROM evergreens WHERE dropped LIKE '{rule}: %'");
        assert_eq!(world.number(&dropped).await, 1, "{rule}");
    }
    world.finish().await;
}

#[tokio::test]
async fn what_comes_to_the_stock_late_helps_a_slot_that_waits() {
    let world = World::new().await;
    let ada = hourly("ada");
    world.given(ada.clone(), &[]).await;
    world.advance_to("2026-11-23T09:05:00Z").await;
    assert!(world.timeline("ada").is_empty());
    keep(&world, &ada, &STOCK[..1]).await;
    world.advance_to("2026-11-23T09:06:00Z").await;
    assert_eq!(world.timeline("ada"), STOCK[..1]);
    world.finish().await;
}

//! A thousand posts of one persona, by a model that does half of it wrong.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::model::{Fence, QueueLimits, Topic};
use domain::ports::store::{OriginStore as _, PostStore as _, SlotStore as _};
use engine::{Engine, Settings};
use jiff::SignedDuration;
use sandbox::{FaultRates, ModelFault, SandboxModel, SandboxSettings, SandboxX};

use crate::world::{World, bot};

const POSTS: usize = 1_000;

fn topic(name: &str, weight: u32) -> Topic {
    let sides = |all: [&str; 2]| all.map(str::to_owned).to_vec();
    Topic {
        weight,
        angles: sides(["what it sounds like", "who is there"]),
        formats: sides(["a question", "one sentence"]),
        ..Topic::new(name)
    }
}

/// Every second answer is garbage, a refusal, too long or old; the queue fills all the same, every topic
/// keeps to its weight, and nothing that was dropped was dropped without a reason.
#[tokio::test]
async fn a_thousand_posts_keep_to_the_weights_whatever_the_model_does() {
    let wrong =
        [ModelFault::Garbage, ModelFault::Refusal, ModelFault::TooLong, ModelFault::Duplicates];
    let rates =
        FaultRates { model: wrong.map(|fault| (125, fault)).to_vec(), ..FaultRates::default() };
    let world = World::on(SandboxSettings { rates, ..SandboxSettings::default() }).await;
    let mut ada = bot("ada");
    let weights = [("weather", 4), ("ships", 3), ("books", 2), ("coffee", 1)];
    ada.persona.topics = weights.map(|(name, weight)| topic(name, weight)).to_vec();
    let many = u32::try_from(POSTS).unwrap();
    ada.queue = QueueLimits { low_water: many, high_water: many, batch: 20 };
    let id = ada.id.clone();
    world.given(ada.clone(), &[]).await;
    let engine = Engine::new(
        Arc::new(world.db.clone()),
        Arc::new(SandboxX::new(world.x.clone())),
        Arc::new(SandboxModel::new(world.x.clone())),
        Arc::new(world.clock.clone()),
        Settings::new("model"),
    );
    let (mut queued, mut failed) = (0, 0);
    for _ in 0..2_000 {
        let taken = world.db.take_refills(world.now(), Fence(1), 1).await.unwrap();
        for refill in &taken {
            let report = engine.refill(refill).await.unwrap();
            queued += report.queued;
            failed += report.failed;
        }
        if taken.is_empty() {
            if world.db.next_wake().await.unwrap().is_none() {
                break;
            }
            world.clock.advance(SignedDuration::from_secs(60));
        }
        if queued >= u64::from(many) {
            break;
        }
    }
    assert_eq!(queued, u64::from(many), "the queue is full");
    assert!(failed > 5, "the model did things wrong: {failed}");

    let recent = world.db.list_recent_posts(&id, many).await.unwrap();
    let mut sides: BTreeMap<_, usize> = BTreeMap::new();
    for post in &recent {
        *sides.entry((&post.topic, &post.angle, &post.format)).or_default() += 1;
    }
    assert_eq!(sides.len(), 4 * 2 * 2, "every side of every topic: {sides:?}");
    for (name, weight) in weights {
        let of_topic =
            |post: &&domain::ports::store::RecentPost| post.topic.as_deref() == Some(name);
        let share = recent.iter().filter(of_topic).count() * 10;
        let wanted = POSTS * usize::try_from(weight).unwrap();
        assert!(share.abs_diff(wanted) * 5 <= wanted, "{name}: {share} of {wanted}");
    }
    let post = world.db.list_queue(&id, 1).await.unwrap().remove(0);
    let writing = world.db.find_writing(post.id).await.unwrap().expect("how it was written");
    assert_eq!(writing.persona_version, 1);
    let asked = writing.prompt.expect("a model was asked");
    assert!(asked.system.contains(&ada.persona.personality_prompt));
    assert!(asked.batch.contains("from this side: "), "{}", asked.batch);
    // Nobody planned meanwhile, which the auditor would say.
    world.engine.tick_scheduler(world.now()).await.unwrap();
    world.finish().await;
}

/// The scheduler keeps to a schedule's topics, and takes what there is when they are used up.
#[tokio::test]
async fn a_schedule_with_topics_gets_posts_on_them_while_there_are_any() {
    let world = World::new().await;
    let mut ada = bot("ada");
    ada.schedules = vec![testkit::schedule("0 * * * *")];
    ada.schedules[0].topics = vec!["ships".to_owned()];
    ada.queue = QueueLimits { low_water: 6, high_water: 6, batch: 6 };
    world.given(ada.clone(), &[]).await;
    world.engine.tick_generator(world.now()).await.unwrap();
    let written = world.db.list_recent_posts(&ada.id, 20).await.unwrap();
    assert!(written.iter().all(|post| post.topic.as_deref() == Some("ships")), "{written:?}");
    ada.queue = QueueLimits { low_water: 0, ..ada.queue };
    world.given(ada, &["nothing on ships"]).await;
    world.advance_to("2026-11-23T15:01:00Z").await;
    let topics: Vec<_> = world.slots("ada").await.into_iter().map(|line| line.topic).collect();
    assert_eq!(topics.len(), 8, "{topics:?}");
    assert!(topics[..6].iter().all(|topic| topic.as_deref() == Some("ships")), "{topics:?}");
    assert_eq!(topics[6], None, "rather than none");
    world.finish().await;
}

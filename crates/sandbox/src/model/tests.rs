//! What the model writes and how it fails, through the world.

use std::sync::Arc;

use testkit::TestClock;

use super::{Ask, ModelOutcome, Written};
use crate::{ModelFault, World};

fn world() -> Arc<World> {
    World::calm(Arc::new(TestClock::at(testkit::at("2026-11-23T09:00:00Z"))))
}

fn ask() -> Ask {
    Ask::read("You are ada.", "- 3 posts on \"weather\"\n- 2 posts on \"ships\"")
}

fn written(world: &World) -> Written {
    match world.write(&ask()).outcome {
        ModelOutcome::Written(written) => written,
        other => panic!("{other:?}"),
    }
}

fn texts(written: &Written) -> Vec<String> {
    let body: serde_json::Value = serde_json::from_str(&written.content).unwrap();
    body["posts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|post| post["text"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_wished_posts_come_and_a_second_answer_has_others() {
    let world = world();
    let (first, second) = (texts(&written(&world)), texts(&written(&world)));
    assert_eq!(first.len(), 5);
    assert!(second.iter().all(|text| !first.contains(text)));
    let same_seed = self::world();
    assert_eq!(texts(&written(&same_seed)), first);
}

#[test]
fn duplicates_repeat_what_was_written_or_reword_it_a_little() {
    let world = world();
    let first = texts(&written(&world));
    world.next_model(ModelFault::Duplicates);
    let again = texts(&written(&world));
    assert_eq!(again.len(), first.len());
    for (place, (text, old)) in again.iter().zip(&first).enumerate() {
        assert_eq!(text == old, place % 2 == 0, "{text}");
        assert_eq!(text.replace(" indeed", ""), *old);
    }
}

#[test]
fn each_fault_spoils_the_answer_in_its_own_way() {
    let world = world();
    let spoiled = |fault| {
        world.next_model(fault);
        written(&world)
    };
    let is_json = |w: &Written| serde_json::from_str::<serde_json::Value>(&w.content).is_ok();
    assert!(!is_json(&spoiled(ModelFault::Garbage)));
    assert!(!is_json(&spoiled(ModelFault::Chatter)));
    let cut = spoiled(ModelFault::CutJson);
    assert!(cut.is_cut && !is_json(&cut));
    assert_eq!(texts(&spoiled(ModelFault::Empty)), Vec::<String>::new());
    let long = texts(&spoiled(ModelFault::TooLong));
    assert!(long.iter().all(|text| crate::weighted_length(text) > 280));
    assert!(spoiled(ModelFault::Odd).is_odd);
}

#[test]
fn failures_say_which_they_are() {
    let world = world();
    world.next_model(ModelFault::RateLimited { after_secs: Some(7) });
    world.next_model(ModelFault::OutOfCredit);
    world.next_model(ModelFault::Refusal);
    world.next_model(ModelFault::Close);
    match world.write(&ask()).outcome {
        ModelOutcome::Failed(failure) => {
            assert_eq!((failure.status, failure.retry_after_secs), (429, Some(7)));
        }
        other => panic!("{other:?}"),
    }
    match world.write(&ask()).outcome {
        ModelOutcome::Failed(failure) => assert_eq!(failure.code, "credit_balance_exhausted"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(world.write(&ask()).outcome, ModelOutcome::Declined(_)));
    assert_eq!(world.write(&ask()).outcome, ModelOutcome::Closed);
}

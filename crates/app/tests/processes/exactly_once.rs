//! Each slot exactly once: the node is killed again and again while X loses answers and nothing but
//! Flockwork stands between a post and its double (faults 1 to 6, 9 and 10).

use std::time::Duration;

use testkit::Proof;

use crate::harness::trial::eight;
use crate::harness::{Chance, Trial, moment, pause};

/// After that much even a slot that never finds its moment is skipped as late.
const SETTLED_SECS_MAX: u64 = 75;

#[test]
fn a_node_killed_again_and_again_amid_lost_answers_posts_each_slot_once() {
    let proof = Proof::of("kills-sqlite", 20_261_123);
    let (kills, started) = (proof.count(60, 1_000), moment());
    let trial = Trial::new(eight(), "fast");
    trial.lose_answers();

    let mut chance = Chance::of(proof.seed);
    for kill in 0..kills {
        let node = trial.home.launch();
        // Every third life is so short that it hardly starts.
        let millis =
            if kill % 3 == 0 { chance.between(20, 400) } else { chance.between(400, 1_300) };
        pause(Duration::from_millis(millis));
        node.kill();
    }
    let node = trial.home.serve();
    let settled_by = trial.settle(SETTLED_SECS_MAX);
    node.stop();

    let verdict = trial.verdict(settled_by);
    let (posts, hidden) = (verdict.posts(), verdict.hidden());
    let (adopted, absent) = (verdict.adopted(), verdict.absent());
    // Without work and losses in it the run would prove nothing: more posts were found on the
    // timeline than faults hid, because kills hid the others.
    let is_work = posts > kills && hidden > kills / 6 && adopted > hidden && absent > kills / 20;
    assert!(is_work, "a run of nothing: {posts} {hidden} {adopted} {absent}");
    proof.report(&[
        ("kills", &kills),
        ("posts", &posts),
        ("answers_hidden", &hidden),
        ("adopted", &adopted),
        ("absent", &absent),
        ("twice", &0),
        ("lost", &0),
        ("secs", &started.elapsed().as_secs()),
    ]);
}

/// Each life is told to end at a random moment, and every other is told a second time.
#[test]
fn a_node_told_to_stop_at_any_moment_leaves_nothing_unseen() {
    let proof = Proof::of("stops-sqlite", 20_261_126);
    let (stops, started) = (proof.count(15, 400), moment());
    let trial = Trial::new(eight(), "fast");
    let mut chance = Chance::of(proof.seed);
    let (mut at_once, mut in_peace) = (0, 0);
    for stop in 0..stops {
        let mut node = trial.home.serve();
        pause(Duration::from_millis(chance.between(0, 1_000)));
        node.terminate();
        if stop % 2 == 1 {
            pause(Duration::from_millis(chance.between(5, 80)));
            node.terminate();
        }
        match node.code_within(30) {
            Some(0) => in_peace += 1,
            Some(130) => at_once += 1,
            other => panic!("stop {stop} ended with {other:?}"),
        }
    }
    let is_both = at_once > 0 || !proof.is_long();
    assert!(is_both && in_peace > at_once, "one kind of end only: {at_once}, {in_peace}");
    let node = trial.home.serve();
    let settled_by = trial.settle(SETTLED_SECS_MAX);
    node.stop();
    let verdict = trial.verdict(settled_by);
    assert!(verdict.posts() > stops, "a run of nothing: {} posts", verdict.posts());
    proof.report(&[
        ("stops", &stops),
        ("ended_in_peace", &in_peace),
        ("ended_at_once", &at_once),
        ("posts", &verdict.posts()),
        ("adopted", &verdict.adopted()),
        ("twice", &0),
        ("lost", &0),
        ("secs", &started.elapsed().as_secs()),
    ]);
}

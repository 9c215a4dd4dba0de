//! Two nodes on one PostgreSQL, of which one is killed or frozen at random again and again: what it
//! was about to do is the other's, once (faults 6 and 11).

use std::time::Duration;

use rustix::process::Signal;
use testkit::Proof;
use testkit::postgres::cluster;

use crate::harness::trial::flock;
use crate::harness::{Chance, Home, Process, Trial, moment, pause, until};

/// So many that there is work although the bots of a dead node wait for its lease to end, and each so
/// seldom that it does not hoard slots meanwhile.
const BOTS: i64 = 32;
const EVERY_SECS: i64 = 6;

/// A lease of the `drill` profile, the time of a send, and the quiet after it.
const TAKEN_OVER_AFTER: Duration = Duration::from_secs(8 + 3 + 2);
/// After that much even a slot that never finds its moment is skipped as late.
const SETTLED_SECS_MAX: u64 = 90;

#[test]
fn two_nodes_on_postgresql_of_which_one_is_killed_at_random_post_each_slot_once() {
    let proof = Proof::of("kills-postgresql", 20_261_127);
    let (kills, started) = (proof.count(20, 300), moment());
    let mut trial = Trial::new(flock(BOTS, EVERY_SECS), "drill");
    trial.home.set("DATABASE_URL", &cluster().create_database());
    trial.lose_answers();
    let homes = [trial.home.twin(), trial.home.twin()];
    let mut nodes = homes.each_ref().map(|home| Some(home.serve()));
    // The first plan is long, and nobody has it all before it is stored.
    until("posts of all", 60, || {
        (i64::try_from(trial.sandbox.truth().len()).is_ok_and(|posts| posts >= BOTS)).then_some(())
    });

    let mut chance = Chance::of(proof.seed);
    for _ in 0..kills {
        pause(Duration::from_millis(chance.between(300, 1_500)));
        let which = usize::from(chance.between(0, 2) == 1);
        nodes[which].take().into_iter().for_each(Process::kill);
        nodes[which] = Some(homes[which].launch());
    }
    let settled_by = trial.settle(SETTLED_SECS_MAX);
    nodes.into_iter().flatten().for_each(Process::stop);

    let verdict = trial.verdict(settled_by);
    let (posts, adopted) = (verdict.posts(), verdict.adopted());
    assert!(posts > kills && adopted > kills / 4, "a run of nothing: {posts}, {adopted}");
    proof.report(&[
        ("kills", &kills),
        ("nodes", &2),
        ("posts", &posts),
        ("answers_hidden", &verdict.hidden()),
        ("adopted", &adopted),
        ("absent", &verdict.absent()),
        ("twice", &0),
        ("lost", &0),
        ("secs", &started.elapsed().as_secs()),
    ]);
}

/// As a machine whose virtual one was paused: the clock went on, the node did not. X's duplicate
/// filter is on, because nothing else helps who is frozen between the last look at the clock and the
/// first byte.
#[test]
fn two_nodes_on_postgresql_of_which_one_is_frozen_at_random_post_each_slot_once() {
    let proof = Proof::of("freezes-postgresql", 20_261_128);
    let (freezes, started) = (proof.count(4, 120), moment());
    let mut trial = Trial::with(flock(BOTS, EVERY_SECS), "drill", &[]);
    trial.home.set("DATABASE_URL", &cluster().create_database());
    let homes = [trial.home.twin(), trial.home.twin()];
    let nodes = homes.each_ref().map(Home::serve);
    let mut chance = Chance::of(proof.seed);
    let mut long = 0;
    for freeze in 0..freezes {
        pause(Duration::from_millis(chance.between(500, 2_000)));
        let node = &nodes[usize::from(chance.between(0, 2) == 1)];
        node.signal(Signal::STOP);
        // Every other freeze outlasts the lease, so that the other node has taken over.
        if freeze % 2 == 0 {
            long += 1;
            pause(TAKEN_OVER_AFTER + Duration::from_millis(chance.between(0, 2_000)));
        } else {
            pause(Duration::from_millis(chance.between(100, 3_000)));
        }
        node.signal(Signal::CONT);
    }
    let settled_by = trial.settle(SETTLED_SECS_MAX);
    nodes.into_iter().for_each(Process::stop);
    let verdict = trial.verdict(settled_by);
    assert!(verdict.posts() > freezes * 5, "a run of nothing: {} posts", verdict.posts());
    proof.report(&[
        ("freezes", &freezes),
        ("outlasting_the_lease", &long),
        ("posts", &verdict.posts()),
        ("adopted", &verdict.adopted()),
        ("absent", &verdict.absent()),
        ("twice", &0),
        ("lost", &0),
        ("secs", &started.elapsed().as_secs()),
    ]);
}

/// A send of which X has the post and the node not yet the answer, when the node is frozen until the
/// other has found the post.
#[test]
fn a_node_frozen_amid_a_send_finds_its_outcome_already_there() {
    let mut trial = Trial::new(flock(1, 2), "drill");
    trial.home.set("DATABASE_URL", &cluster().create_database());
    trial.sandbox.order(&serde_json::json!({
        "door": "send", "fault": { "kind": "accept_slow", "secs": 2 },
    }));
    let first = trial.home.serve();
    until("a post that X has", 20, || (trial.sandbox.accepted("bot0") == 1).then_some(()));
    first.signal(Signal::STOP);
    assert_eq!(trial.home.record().slots_in("sending"), 1, "the answer came before the freeze");
    let second = trial.home.twin().serve();
    until("the other finding the post", 30, || (trial.home.record().adopted() == 1).then_some(()));
    first.signal(Signal::CONT);
    until("the first saying that it lost its lease", 20, || {
        first.log().contains("lost its lease").then_some(())
    });
    let settled_by = trial.settle(SETTLED_SECS_MAX);
    first.stop();
    second.stop();
    assert_eq!(trial.verdict(settled_by).adopted(), 1);
}

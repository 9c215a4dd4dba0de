//! PostgreSQL's own failovers under running nodes: a primary that dies, a standby that is promoted
//! with or without the last intents, an old primary that comes back, a commit that hangs (faults 26
//! to 28 and 30).

use std::time::Duration;

use testkit::Proof;
use testkit::pair::{Pair, Side};

use crate::harness::trial::flock;
use crate::harness::{Process, Record, Trial, moment, pause, until};

const SETTLED_SECS_MAX: u64 = 90;
/// What X must take between two failovers, so that there is something to lose.
const POSTS_BETWEEN: usize = 8;

/// A pair, and two nodes that reach it through its link.
fn two_nodes() -> (Pair, Trial, [Process; 2]) {
    let pair = Pair::start();
    let mut trial = Trial::new(flock(24, 4), "drill");
    trial.home.set("DATABASE_URL", &pair.url());
    let nodes = [trial.home.serve(), trial.home.twin().serve()];
    (pair, trial, nodes)
}

/// Waits until X took so many more.
fn await_posts(trial: &Trial, more: usize) {
    let before = trial.sandbox.truth().len();
    until("more posts", 60, || (trial.sandbox.truth().len() >= before + more).then_some(()));
}

/// Intents that the old primary has with an outcome, so that they were acknowledged, and the new one
/// does not know.
fn lost_intents(pair: &Pair) -> usize {
    pair.revive_old();
    let old = Record::intents(&pair.url_of(pair.primary.other()));
    let new = Record::intents(&pair.url_of(pair.primary));
    old.iter().filter(|(key, is_settled)| **is_settled && !new.contains_key(key)).count()
}

#[test]
fn promotions_with_and_without_loss_of_intents_post_each_slot_once() {
    let proof = Proof::of("promotions", 20_261_130);
    let (promotions, started) = (proof.count(2, 50), moment());
    let (mut pair, trial, nodes) = two_nodes();
    let (mut losing, mut lost) = (0, 0);
    for promotion in 0..promotions {
        let loses = promotion % 2 == 1;
        pair.set_synchronous(!loses);
        await_posts(&trial, POSTS_BETWEEN);
        if loses {
            pair.freeze_receiver();
            await_posts(&trial, POSTS_BETWEEN);
            // And their outcomes, which say that the intents were acknowledged.
            pause(Duration::from_secs(1));
        }
        pair.kill_primary();
        pair.promote();
        pair.turn_to_primary();
        let lost_now = lost_intents(&pair);
        // Without a loss the run is void, and with one where none may be the standby was not one.
        assert_eq!(lost_now > 0, loses, "promotion {promotion} lost {lost_now} intents");
        losing += usize::from(loses);
        lost += lost_now;
        await_posts(&trial, POSTS_BETWEEN);
        if promotion + 1 < promotions {
            pair.make_standby();
        }
    }
    let settled_by = trial.settle(SETTLED_SECS_MAX);
    nodes.into_iter().for_each(Process::stop);
    let verdict = trial.verdict(settled_by);
    assert!(verdict.adopted() >= losing, "what was lost was not found on X");
    proof.report(&[
        ("promotions", &promotions),
        ("losing_intents", &losing),
        ("intents_lost", &lost),
        ("posts", &verdict.posts()),
        ("adopted", &verdict.adopted()),
        ("twice", &0),
        ("lost", &0),
        ("secs", &started.elapsed().as_secs()),
    ]);
}

/// Fault 30: the link turns back to the old primary, which is alive and takes writes.
#[test]
fn a_node_that_saw_a_promotion_writes_to_the_old_primary_no_more() {
    let (mut pair, trial, nodes) = two_nodes();
    // A text that is written and lost within the same moment nobody can know again on X: by now the
    // queues are full.
    await_posts(&trial, POSTS_BETWEEN * 6);
    pair.freeze_receiver();
    await_posts(&trial, POSTS_BETWEEN);
    pause(Duration::from_secs(1));
    pair.kill_primary();
    pair.promote();
    pair.turn_to_primary();
    await_posts(&trial, POSTS_BETWEEN);

    assert!(lost_intents(&pair) > 0, "the old primary knows nothing that the new one does not");
    let old = pair.primary.other();
    assert_eq!(old, Side::A);
    let before = Record::intents(&pair.url_of(old));
    let heartbeats = pair.ask(old, "SELECT max(heartbeat_at) FROM nodes");
    pair.turn_to(old);
    until("a node saying why", 20, || nodes[0].log().contains("an older timeline").then_some(()));
    pause(Duration::from_secs(8));
    assert_eq!(Record::intents(&pair.url_of(old)), before, "an intent on the old primary");
    assert_eq!(pair.ask(old, "SELECT max(heartbeat_at) FROM nodes"), heartbeats);
    assert_eq!(trial.home.get("/readyz").map(|reply| reply.status), Some(503));

    pair.turn_to(pair.primary);
    await_posts(&trial, POSTS_BETWEEN);
    let settled_by = trial.settle(SETTLED_SECS_MAX);
    nodes.into_iter().for_each(Process::stop);
    trial.verdict(settled_by);
}

/// Fault 28: the standby is there and says nothing, so commits hang; what may not be durable is not
/// sent.
#[test]
fn a_commit_that_hangs_sends_nothing_and_when_it_goes_on_so_do_the_nodes() {
    let (mut pair, trial, nodes) = two_nodes();
    pair.set_synchronous(true);
    await_posts(&trial, POSTS_BETWEEN);
    pair.freeze_receiver();
    // Sends whose intents were durable before may still come in.
    pause(Duration::from_secs(4));
    let accepted = trial.sandbox.truth().len();
    pause(Duration::from_secs(8));
    assert_eq!(trial.sandbox.truth().len(), accepted, "a send without a durable intent");
    pair.thaw_receiver();
    await_posts(&trial, POSTS_BETWEEN);
    let settled_by = trial.settle(SETTLED_SECS_MAX);
    nodes.into_iter().for_each(Process::stop);
    trial.verdict(settled_by);
}

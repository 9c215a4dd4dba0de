//! The real binary dies at each step of a post's life: before and after each call of the store and of
//! X, by a kill and by a panic (faults 1 to 7).

#![expect(
    unreachable_pub,
    reason = "nothing outside reaches into a test; `pub` marks what a module offers the others"
)]

#[expect(dead_code, reason = "the tests of the plain binary use the rest of it")]
#[path = "../../../app/tests/processes/harness/mod.rs"]
mod harness;
mod secrets;

use std::path::Path;
use std::time::Duration;

use testkit::Proof;

use crate::harness::{Chance, Trial, moment, pause};

/// The binary under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_flockwork-failpoints");

/// The steps of a post: its claim with the intent, the look before it and the intent after that, the
/// send, the outcome, the search for a lost one; and of a node: its lease and what it takes over.
const STEPS: [&str; 10] = [
    "claim_due",
    "begin_attempts",
    "adopt_seen",
    "create_post",
    "settle",
    "take_open_attempts",
    "timeline",
    "take_lease",
    "recover_abandoned",
    "assign",
];

/// A life that does not come to its point within this is a mistake of the test.
const LIFE_SECS_MAX: u64 = 40;
const SETTLED_SECS_MAX: u64 = 75;
/// Starts until a first claim finds something due.
const TRIES_MAX: usize = 6;

#[test]
fn a_node_that_dies_at_any_step_posts_each_slot_once() {
    let proof = Proof::of("failpoints", 20_261_129);
    let (times, started) = (proof.count(1, 20), moment());
    let trial = Trial::new(harness::trial::eight(), "fast");
    trial.lose_answers();
    trial.home.serve().stop();
    let mut chance = Chance::of(proof.seed);
    let (mut kills, mut panics) = (0, 0);
    for _ in 0..times {
        for point in
            STEPS.iter().flat_map(|step| [format!("{step}.before"), format!("{step}.after")])
        {
            for action in ["kill", "panic"] {
                // Most steps come soon a second time; a lease is taken once a life.
                let is_first = !proof.is_long() || point.starts_with("take_lease");
                let passage = if is_first { 1 } else { chance.between(1, 3) };
                die_at(&trial, &format!("{point}={action}@{passage}"));
                if action == "kill" { kills += 1 } else { panics += 1 }
            }
        }
    }
    let node = trial.home.serve();
    let settled_by = trial.settle(SETTLED_SECS_MAX);
    node.stop();
    let verdict = trial.verdict(settled_by);
    assert!(verdict.adopted() > verdict.hidden() / 2, "nothing was looked for");
    proof.report(&[
        ("points", &(STEPS.len() * 2)),
        ("kills", &kills),
        ("panics", &panics),
        ("posts", &verdict.posts()),
        ("answers_hidden", &verdict.hidden()),
        ("adopted", &verdict.adopted()),
        ("absent", &verdict.absent()),
        ("twice", &0),
        ("lost", &0),
        ("secs", &started.elapsed().as_secs()),
    ]);
}

/// One life, to its end at this point.
fn die_at(trial: &Trial, point: &str) {
    // A copied file is a history that may lack something: bots look before they send.
    let looks_first = point.starts_with("adopt_seen") || point.starts_with("begin_attempts");
    if looks_first {
        replace_by_copy(&trial.home.database());
    }
    let mut home = trial.home.twin();
    home.set("FAILPOINT", point);
    let mut node = home.launch();
    let ended = node.exit_within(LIFE_SECS_MAX);
    let log = node.log();
    if point.contains("=panic@") {
        assert!(log.contains("told to at"), "{point}: another end\n{log}");
        assert!(ended.code().is_some_and(|code| code != 0), "{point} ended with {ended:?}");
    } else {
        assert_eq!(ended.code(), None, "{point}: it was not killed\n{log}");
    }
}

fn replace_by_copy(database: &Path) {
    let copy = database.with_extension("copy");
    std::fs::copy(database, &copy).expect("a file can be copied");
    std::fs::rename(&copy, database).expect("a file can be renamed");
}

/// A node that stopped between its first claim and the send; none where that claim found nothing yet.
fn frozen_amid_an_intent(home: &harness::Home) -> Option<harness::Process> {
    let node = home.launch();
    for _ in 0..50 {
        pause(Duration::from_millis(100));
        if home.record().slots_in("sending") == 1 {
            return Some(node);
        }
    }
    node.kill();
    None
}

/// Fault 12, as far as a guard can help: frozen between the stored intent and the send until the time
/// for it was over, the node sends nothing.
#[test]
fn a_node_frozen_before_its_send_looks_at_the_clock_again() {
    let mut trial = Trial::new(harness::trial::flock(1, 2), "drill");
    trial.home.set("DATABASE_URL", &testkit::postgres::cluster().create_database());
    let node = trial.home.serve();
    harness::until("a post", 20, || (trial.sandbox.accepted("bot0") > 0).then_some(()));
    node.stop();
    let before = trial.sandbox.accepted("bot0");
    // Something is overdue at the next start, so that its first claim takes it.
    pause(Duration::from_secs(4));
    let mut home = trial.home.twin();
    home.set("FAILPOINT", "claim_due.after=freeze@1");
    let node = (0..TRIES_MAX).find_map(|_| frozen_amid_an_intent(&home)).expect("an intent");
    pause(Duration::from_secs(4));
    assert_eq!(trial.sandbox.accepted("bot0"), before);
    node.signal(rustix::process::Signal::CONT);
    harness::until("the node handing it back", 20, || {
        node.log().contains("the time for this send nearly over").then_some(())
    });
    let settled_by = trial.settle(SETTLED_SECS_MAX);
    node.stop();
    let verdict = trial.verdict(settled_by);
    assert_eq!((verdict.adopted(), verdict.absent()), (0, 0));
}

#[test]
fn a_point_that_is_none_is_refused() {
    let mut home = harness::Home::new();
    home.set("FAILPOINT", "settle");
    let ended = home.run(&["check"]);
    assert_eq!(ended.code, Some(64));
    assert!(
        ended.err.starts_with("error: FAILPOINT is \"settle\"; write STEP.before"),
        "{ended:?}"
    );
}

/// The word by which the tests of the plain binary see that it has none of this.
#[test]
fn this_binary_knows_the_variable() {
    assert!(harness::mentions(Path::new(PROGRAM), "FAILPOINT"));
}

//! The figures that the simulator is asked for. `./test` runs the short tier, `./prove` the long one.

use simulate::{Bug, Ended, Order, Size, Verdict, catch, run};
use testkit::Proof;

/// Seeds in which a planted bug must show.
const TRIES_MAX: u64 = 60;

fn order(seed: u64, years: f64) -> Order {
    Order { seed, years, bug: None, is_outside: false }
}

#[expect(clippy::cast_precision_loss, reason = "some thousand years")]
fn sound(proof: &Proof, (years, ambiguous): (usize, usize)) -> Verdict {
    let verdict = run(&order(proof.seed, years as f64)).unwrap();
    let figures = &verdict.figures;
    match &verdict.ended {
        Ended::Sound => {}
        Ended::Void(missing) => panic!("void: {missing:?} never happened"),
        Ended::Broken(failure) => panic!("in episode {}: {}", failure.seed, failure.violation),
    }
    assert!(figures.ambiguous >= ambiguous as u64, "{} ambiguous sends", figures.ambiguous);
    verdict
}

#[test]
fn bot_years_pass_without_a_violation() {
    let proof = Proof::of("simulated", 1);
    let verdict = sound(&proof, (proof.count(200, 5_000), proof.count(10_000, 250_000)));
    let figures = verdict.figures;
    proof.report(&[
        ("bot_years", &format!("{:.0}", figures.years)),
        ("posts", &figures.posts),
        ("ambiguous", &figures.ambiguous),
        ("violations", &0),
        ("doubles", &figures.doubles),
        ("fault_classes", &figures.counts.len()),
        ("posts_per_second_and_core", &format!("{:.0}", figures.posts_per_second())),
        ("hash", &format!("{:016x}", figures.hash)),
    ]);
}

#[test]
fn the_same_seed_is_the_same_run_bit_for_bit() {
    let played = |seed| run(&order(seed, 1.0)).unwrap().figures;
    let (first, again, other) = (played(5), played(5), played(6));
    assert_eq!((first.hash, first.posts), (again.hash, again.posts));
    assert_ne!(first.hash, other.hash);
}

#[test]
fn every_planted_bug_is_caught_and_replayed() {
    let proof = Proof::of("planted-bugs", 1);
    let mut missed = Vec::new();
    let mut tried = 0;
    for bug in Bug::ALL {
        match catch(*bug, proof.seed, TRIES_MAX, Size::DENSE).unwrap() {
            Some(caught) if caught.hash == caught.replayed => tried += caught.tried + 1,
            Some(caught) => missed.push(format!("{} was another run", caught.bug.name())),
            None => missed.push(format!("{} was not caught", bug.name())),
        }
    }
    assert!(missed.is_empty(), "{missed:?}");
    proof.report(&[
        ("caught", &Bug::ALL.len()),
        ("of", &Bug::ALL.len()),
        ("replayed", &Bug::ALL.len()),
        ("episodes", &tried),
    ]);
}

#[test]
fn beyond_the_assumptions_doubles_happen_and_are_counted() {
    let proof = Proof::of("outside", 1);
    let order = Order { is_outside: true, ..order(proof.seed, 2.0) };
    let figures = run(&order).unwrap().figures;
    assert!(figures.doubles > 0, "the adversary is too kind");
    proof.report(&[("posts", &figures.posts), ("doubles", &figures.doubles)]);
}

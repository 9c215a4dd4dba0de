//! The figures that the simulator is asked for. `cargo test` runs the short tier, in two halves so that two
//! cores play it; `./prove` the long one, optimised.

use simulate::{Ended, Order, run};
use testkit::Proof;

/// Of each half.
const YEARS: usize = 100;
const AMBIGUOUS: usize = 5_000;

fn order(seed: u64, years: f64) -> Order {
    Order { seed, years, bug: None, is_outside: false, size: None }
}

#[expect(clippy::cast_precision_loss, reason = "some hundred years")]
fn play(proof: &Proof) {
    let verdict = run(&order(proof.seed, proof.count(YEARS, 2_000) as f64)).expect("it is played");
    let figures = verdict.figures;
    match verdict.ended {
        Ended::Sound => {}
        Ended::Void(missing) => panic!("void: {missing:?} never happened"),
        Ended::Broken(failure) => panic!("in episode {}: {}", failure.seed, failure.violation),
    }
    let wanted = proof.count(AMBIGUOUS, 100_000) as u64;
    assert!(figures.ambiguous >= wanted, "{} ambiguous sends", figures.ambiguous);
    proof.report(&[
        ("bot_years", &format!("{:.1}", figures.years)),
        ("posts", &figures.posts),
        ("ambiguous", &figures.ambiguous),
        ("violations", &0),
        ("doubles", &figures.doubles),
        ("posts_per_second_and_core", &format!("{:.0}", figures.posts_per_second())),
        ("hash", &format!("{:016x}", figures.hash)),
    ]);
}

#[test]
fn bot_years_pass_without_a_violation() {
    play(&Proof::of("simulated", 2));
}

#[test]
fn the_second_hundred_passes_as_well() {
    play(&Proof::of("simulated", 3));
}

#[test]
fn the_same_seed_is_the_same_run_bit_for_bit() {
    let played = |seed| run(&order(seed, 0.2)).unwrap().figures;
    let (first, again, other) = (played(2), played(2), played(5));
    assert_eq!((first.hash, first.posts), (again.hash, again.posts));
    assert_ne!(first.hash, other.hash);
}

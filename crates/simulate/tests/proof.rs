//! The figures that the simulator is asked for. `./test` runs the short tier, optimised as well as not,
//! `./prove` the long one. What is not optimised plays six, to be there with every `cargo test`.

use simulate::{Ended, Order, run};
use testkit::Proof;

fn order(seed: u64, years: f64) -> Order {
    Order { seed, years, bug: None, is_outside: false, size: None }
}

#[test]
#[expect(clippy::cast_precision_loss, reason = "some hundred years")]
fn bot_years_pass_without_a_violation() {
    let is_optimised = !cfg!(debug_assertions);
    let (years, ambiguous) = if is_optimised { (200, 10_000) } else { (6, 150) };
    let proof = Proof::of("simulated", 2);
    let verdict = run(&order(proof.seed, proof.count(years, 2_000) as f64)).unwrap();
    let figures = verdict.figures;
    match verdict.ended {
        Ended::Sound => {}
        Ended::Void(missing) => panic!("void: {missing:?} never happened"),
        Ended::Broken(failure) => panic!("in episode {}: {}", failure.seed, failure.violation),
    }
    let wanted = proof.count(ambiguous, 100_000) as u64;
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
fn the_same_seed_is_the_same_run_bit_for_bit() {
    let played = |seed| run(&order(seed, 0.2)).unwrap().figures;
    let (first, again, other) = (played(2), played(2), played(5));
    assert_eq!((first.hash, first.posts), (again.hash, again.posts));
    assert_ne!(first.hash, other.hash);
}

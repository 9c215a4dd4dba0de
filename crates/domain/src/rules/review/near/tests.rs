//! Near-duplicates: found where they must be, explained, and never dear.

use std::collections::{BTreeSet, HashSet};

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::*;
use crate::rules::review::normal_form;

const FOG: &str = "The fog lifted at nine, and the ferry left at ten with twelve people.";

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn known<'a>(post: i64, at: &str, text: &'a str) -> Known<'a> {
    Known { post: PostId(post), bot: "b", at: at.parse().unwrap(), text }
}

#[test]
fn the_explanation_names_the_likest_post() {
    let posts = [
        known(
            7,
            "2026-11-01T12:00:00Z",
            "The fog lifted at six, and the ferry left at ten with ten people.",
        ),
        known(412, "2026-11-14T10:00:00Z", FOG),
        known(9, "2026-11-20T10:00:00Z", "High water at six, low water at noon."),
    ];
    let finding = near_duplicate_of(
        "The fog lifted at nine, and the ferry left at ten with twelve birds.",
        &posts,
        now(),
    )
    .expect("one word differs");
    assert_eq!(finding.message, "83 % like post 412 of @b, nine days ago; say it in other words");
    assert_eq!((finding.rule, finding.severity), ("near_duplicate", Severity::NeedsPerson));
}

#[test]
fn equally_like_posts_are_named_in_the_given_order() {
    let posts = [known(2, "2026-11-20T10:00:00Z", FOG), known(1, "2026-11-20T10:00:00Z", FOG)];
    let near = FOG.replace("people", "birds");
    let finding = near_duplicate_of(&near, &posts, now()).expect("one word differs");
    assert!(finding.message.starts_with("83 % like post 2 of"), "{}", finding.message);
}

#[test]
fn the_same_text_is_said_to_be_the_same() {
    let posts = [known(2, "2026-11-20T10:00:00Z", FOG)];
    let finding = near_duplicate_of(&FOG.to_uppercase(), &posts, now()).expect("the same text");
    assert_eq!((finding.rule, finding.severity), ("duplicate", Severity::Blocks));
    assert!(finding.message.starts_with("is the same text as post 2 of b;"), "{}", finding.message);
}

#[test]
fn nothing_is_like_nothing() {
    assert_eq!(near_duplicate_of("", &[known(1, "2026-11-20T10:00:00Z", "")], now()), None);
    assert_eq!(near_duplicate_of(FOG, &[], now()), None);
    assert!(Shingles::of("").bands().is_empty());
}

#[test]
fn texts_that_say_little_are_compared_too() {
    for (one, other, is_alike) in [
        ("a", "A!", true),
        ("a", "b", false),
        ("🌧️", "🌧️", true),
        ("🌧️", "☀️", false),
        ("ha", "hahahahahahahahahahahahaha", false),
        ("haha hahaha", "hahahaha haha", true),
    ] {
        assert_eq!(is_near(one, other), is_alike, "{one} / {other}");
    }
    let (long, longer) = ("a".repeat(1_000_000), "a".repeat(999_999));
    assert!(is_near(&long, &longer));
    assert_eq!(Shingles::of(&long).bands(), Shingles::of(&longer).bands());
}

/// The numbers are stored: a change here is a new `VERSION`.
#[test]
fn the_bands_of_a_text_never_change() {
    let bands = Shingles::of(FOG).bands();
    assert_eq!(bands.len(), BANDS);
    assert_eq!(bands.iter().collect::<HashSet<_>>().len(), BANDS);
    assert_eq!(
        (VERSION, bands[0], bands[24]),
        (1, 7_480_252_026_463_574_855, -4_386_281_066_195_104_206)
    );
}

/// Words of several scripts, so that pieces are of every kind.
fn word() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{2,8}", "[а-я]{2,8}", "[ا-ي]{2,6}", "[あ-ん一-丏]{2,5}", "[가-깋]{2,4}",]
}

/// Two texts of which the second has some words of the first changed.
fn pair() -> impl Strategy<Value = (String, String)> {
    let words = prop::collection::vec((word(), word(), 0_u32..12), 8..40);
    words.prop_map(|words| {
        let one: Vec<&str> = words.iter().map(|(word, _, _)| word.as_str()).collect();
        let changed = words.iter().map(|(word, new, dice)| if *dice == 0 { new } else { word });
        let other: Vec<&str> = changed.map(String::as_str).collect();
        (one.join(" "), other.join(" "))
    })
}

/// The Jaccard index in percent, of the pieces themselves.
fn exact_percent(one: &str, other: &str) -> usize {
    let (one, other) = (normal_form(one), normal_form(other));
    let one: BTreeSet<&str> = shingles::pieces(&one).into_iter().collect();
    let other: BTreeSet<&str> = shingles::pieces(&other).into_iter().collect();
    let common = one.intersection(&other).count();
    common * 100 / (one.len() + other.len() - common).max(1)
}

proptest! {
    #[test]
    fn the_share_is_the_exact_jaccard_index((one, other) in pair()) {
        let likeness = Shingles::of(&one).likeness(&Shingles::of(&other));
        prop_assert_eq!(likeness.percent() as usize, exact_percent(&one, &other));
        prop_assert_eq!(likeness, Shingles::of(&other).likeness(&Shingles::of(&one)));
        prop_assert_eq!(Shingles::of(&one).likeness(&Shingles::of(&one)).percent(), 100);
    }
}

#[test]
fn at_least_99_of_100_like_pairs_share_a_band_and_hardly_any_unlike_pair_does() {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let (mut alike, mut found, mut strangers, mut met) = (0, 0, 0, 0);
    let mut before = Shingles::of(FOG);
    for _ in 0..800 {
        let (one, other) = pair().new_tree(&mut runner).unwrap().current();
        let (one, other) = (Shingles::of(&one), Shingles::of(&other));
        let bands: HashSet<i64> = one.bands().into_iter().collect();
        let share = |other: &Shingles| other.bands().iter().any(|band| bands.contains(band));
        if one.likeness(&other).percent() >= 80 {
            alike += 1;
            found += u32::from(share(&other));
        }
        strangers += 1;
        met += u32::from(share(&before));
        before = other;
    }
    assert!(alike >= 200, "only {alike} pairs are alike");
    assert!(found * 100 >= alike * 99, "{found} of {alike}");
    assert!(met * 100 <= strangers, "{met} of {strangers}");
}

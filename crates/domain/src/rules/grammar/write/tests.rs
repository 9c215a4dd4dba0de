//! The built-in grammar writes enough different posts, and every one of them passes review.

use std::collections::HashSet;

use super::super::batch::{common_percent, words};
use super::*;
use crate::model::{Policy, Topic};
use crate::rules::review::{Batch, review, weighted_length};

const TOPICS: [&str; 5] =
    ["weather", "release notes", "small acts of kindness", "BTC", "the history of tea"];
const TONES: [&str; 5] = ["warm", "dry", "calm", "playful", "plain"];

fn persona(tone: &str) -> Persona {
    Persona {
        personality_prompt: "You are Ada.".to_owned(),
        posting_style: "short observations".to_owned(),
        topics: TOPICS.map(Topic::new).to_vec(),
        tone: tone.to_owned(),
        ..Persona::default()
    }
}

fn wishes(count: u32) -> Vec<TopicWish> {
    TOPICS.map(|topic| TopicWish::on(topic, count)).to_vec()
}

/// Queues are filled ten posts at a time, each batch with a seed of its own and without knowing the
/// others, so that is how variety is measured.
fn batches(tone: &str, count: u64) -> Vec<Candidate> {
    (0..count).flat_map(|seed| write(&persona(tone), &wishes(2), seed)).collect()
}

#[test]
fn two_thousand_posts_pass_review_and_nearly_all_differ() {
    let posts: Vec<_> = TONES.iter().flat_map(|tone| batches(tone, 40)).collect();
    assert_eq!(posts.len(), 2_000);
    let mut hashes = HashSet::new();
    for post in &posts {
        let verdict = review(&post.text, &Policy::default());
        assert_eq!(verdict.findings, [], "{}", post.text);
        assert_eq!(verdict.text, post.text);
        hashes.insert(verdict.content_hash);
    }
    assert!(hashes.len() >= 1_980, "{} of 2000 differ", hashes.len());
}

/// What is too much like an earlier post is dropped, and the batch after it must still bring some.
#[test]
fn review_drops_few_posts_for_being_like_an_earlier_one() {
    for tone in TONES {
        let mut earlier = Batch::default();
        let posts = batches(tone, 100);
        let dropped = posts.iter().filter(|post| earlier.take(&post.text, "a post").is_some());
        let dropped = dropped.count();
        assert!(dropped <= 100, "{tone}: {dropped} of {}", posts.len());
    }
}

/// Share of common words, in percent, from which a reader takes a post for a repeat.
const REPEAT_PERCENT: usize = 70;

#[test]
fn few_posts_nearly_repeat_an_earlier_one() {
    for tone in TONES {
        let posts: Vec<_> = batches(tone, 50).iter().map(|post| words(&post.text)).collect();
        let is_repeat = |(index, post): &(usize, &HashSet<String>)| {
            posts[..*index].iter().any(|earlier| common_percent(post, earlier) >= REPEAT_PERCENT)
        };
        let repeats = posts.iter().enumerate().filter(is_repeat).count();
        assert!(repeats <= 10, "{tone}: {repeats} of 500");
    }
}

#[test]
fn every_tone_has_more_posts_than_a_bot_can_send() {
    for tone in TONES {
        assert!(BUILT_IN.ways(&format!("{tone}_post")) > 1_000_000, "{tone}");
    }
    assert!(BUILT_IN.ways("question_post") > 100_000);
}

#[test]
fn every_post_names_its_topic() {
    for post in batches("warm", 20) {
        let topic = post.topic.expect("the grammar writes on topics");
        assert!(post.text.to_lowercase().contains(&topic.to_lowercase()), "{}", post.text);
    }
}

#[test]
fn the_same_seed_writes_the_same_and_another_something_else() {
    let texts = |seed| write(&persona("dry"), &wishes(3), seed);
    assert_eq!(texts(7), texts(7));
    assert_ne!(texts(7), texts(8));
    // One topic's posts do not depend on which others are wished for with it.
    let alone = write(&persona("dry"), &wishes(3)[..1], 7);
    assert_eq!(alone, texts(7)[..3]);
}

#[test]
fn short_limits_are_kept() {
    for max_length in [15, 40, 80, 140] {
        let persona =
            Persona { policy: Policy { max_length, ..Policy::default() }, ..persona("calm") };
        let wishes = [TopicWish::on("tea", 20)];
        let posts = write(&persona, &wishes, 3);
        assert!(!posts.is_empty(), "{max_length}");
        assert!(posts.iter().all(|post| weighted_length(&post.text) <= max_length));
    }
}

#[test]
fn the_style_is_kept() {
    let questions = Persona { posting_style: "open questions".to_owned(), ..persona("dry") };
    let posts = write(&questions, &wishes(10), 3);
    assert!(posts.iter().all(|post| post.text.contains('?')), "{posts:?}");
}

#[test]
fn a_topic_that_fits_no_post_brings_none() {
    let wishes =
        ["x".repeat(300), "@ada".to_owned(), String::new()].map(|topic| TopicWish::on(topic, 2));
    let posts = write(&persona("warm"), &wishes[..2], 3);
    assert_eq!(posts, []);
    // Nothing can be said about nothing, but it must not fail.
    write(&persona("warm"), &wishes[2..], 3);
}

#[test]
fn a_topic_with_signs_of_the_grammar_is_only_text() {
    let wishes = [TopicWish::on("C# and #tags", 5)];
    let posts = write(&persona("warm"), &wishes, 3);
    assert_eq!(posts.len(), 5);
    assert!(posts.iter().all(|post| post.text.contains("C# and #tags")), "{posts:?}");
}

#[test]
fn every_symbol_of_the_built_in_grammar_ends() {
    for origin in TONES.iter().flat_map(|tone| [format!("{tone}_post"), format!("{tone}_line")]) {
        for seed in 0..300 {
            let text = BUILT_IN.write(&origin, &[("topic", "weather")], seed);
            let text = text.expect("no rule of it is circular");
            assert!(!text.contains("  ") && !text.contains('#') && !text.contains("?."), "{text}");
            assert!(text.ends_with(['.', '?', '!']), "{text}");
        }
    }
}
#[test]
fn two_bots_with_one_seed_write_different_posts() {
    let bob = Persona { personality_prompt: "You are Bob.".to_owned(), ..persona("warm") };
    let ada = write(&persona("warm"), &wishes(3), 7);
    let bob = write(&bob, &wishes(3), 7);
    assert!(ada.iter().all(|post| !bob.contains(post)));
}

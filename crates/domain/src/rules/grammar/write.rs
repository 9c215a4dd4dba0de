//! Posts from the built-in grammar, in the persona's tone and style.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::model::{Candidate, Persona};
use crate::ports::TopicWish;
use crate::rules::chance;
use crate::rules::review::{ReviewLimits, normal_form, review};

use super::RuleSet;
use super::chance::Chance;
use super::voice::{ORIGINS, Voice};

/// A batch has at most so many posts on one topic, whatever was asked.
const POSTS_PER_WISH_MAX: u32 = 1_000;
/// So often a post is written anew when it is too long or too much like another of the batch.
const TRIES_MAX: u64 = 24;
/// Two posts of a batch have at most this share of their words, in percent, in common.
const COMMON_PERCENT_MAX: usize = 40;

static BUILT_IN: LazyLock<RuleSet> = LazyLock::new(|| {
    RuleSet::from_json(include_str!("built_in.json"), &ORIGINS, &["topic"])
        .expect("a test reads the built-in grammar")
});

/// Writes what is wished for, as far as it fits into `persona.max_length`; the same seed writes the
/// same. May return fewer than asked: a topic longer than a post allows none.
pub fn write(persona: &Persona, wishes: &[TopicWish], seed: u64) -> Vec<Candidate> {
    let voice = Voice::of(persona);
    // Two bots that share a seed and a topic still write different posts.
    let seed = seed ^ chance::hash_of(&[&persona.personality_prompt, &persona.tone]);
    let limits = ReviewLimits { max_length: persona.max_length };
    let mut written: Vec<Candidate> = Vec::new();
    let mut words_of: Vec<HashSet<String>> = Vec::new();
    for wish in wishes {
        let topic = wish.topic.split_whitespace().collect::<Vec<_>>().join(" ");
        for number in 0..wish.count.min(POSTS_PER_WISH_MAX) {
            let mut chance = Chance::of_part(seed, &wish.topic, u64::from(number));
            let Some(text) = write_one(voice, &topic, limits, &mut chance, &words_of) else {
                continue;
            };
            words_of.push(words(&text));
            written.push(Candidate { text, topic: Some(wish.topic.clone()) });
        }
    }
    written
}

/// The first try that fits and is unlike the others; if all are alike, the first that fits.
fn write_one(
    voice: Voice,
    topic: &str,
    limits: ReviewLimits,
    chance: &mut Chance,
    others: &[HashSet<String>],
) -> Option<String> {
    let mut fallback = None;
    for origin in voice.origins() {
        for _ in 0..TRIES_MAX {
            let text = BUILT_IN.write(&origin, &[("topic", topic)], chance.next());
            let Ok(text) = text else { continue };
            if !review(&text, &limits).is_accepted() {
                continue;
            }
            let words = words(&text);
            if others.iter().all(|other| common_percent(&words, other) <= COMMON_PERCENT_MAX) {
                return Some(text);
            }
            // A repeat word for word would only be thrown away by the store.
            if !others.contains(&words) {
                fallback.get_or_insert(text);
            }
        }
        if fallback.is_some() {
            break;
        }
    }
    fallback
}

fn words(text: &str) -> HashSet<String> {
    normal_form(text).split(' ').map(str::to_owned).collect()
}

fn common_percent(one: &HashSet<String>, other: &HashSet<String>) -> usize {
    let common = one.intersection(other).count();
    let all = one.len() + other.len() - common;
    common * 100 / all.max(1)
}

#[cfg(test)]
mod tests;

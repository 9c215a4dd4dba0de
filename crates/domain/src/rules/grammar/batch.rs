//! A batch of posts from one grammar: each fits, and they are unlike each other.

use std::collections::HashSet;

use crate::model::{Candidate, Persona, Policy};
use crate::ports::TopicWish;
use crate::rules::chance;
use crate::rules::review::{disclosed, normal_form, review};

use super::chance::Chance;
use super::rule_set::RuleSet;

/// The symbol that stands for the topic of a post.
pub(super) const TOPIC: &str = "topic";
/// A batch has at most so many posts on one topic, whatever was asked.
const POSTS_PER_WISH_MAX: u32 = 1_000;
/// So often a post is written anew when it is too long or too much like another of the batch.
const TRIES_MAX: u64 = 24;
/// Two posts of a batch have at most this share of their words, in percent, in common.
const COMMON_PERCENT_MAX: usize = 40;

/// What posts are written from.
pub(super) struct Source<'a> {
    pub(super) rules: &'a RuleSet,
    /// The rules to begin with: the wished one, then others for what does not fit.
    pub(super) origins: Vec<String>,
}

impl Source<'_> {
    /// Writes what is wished for, as far as the persona's policy lets it.
    pub(super) fn write(
        &self,
        persona: &Persona,
        wishes: &[TopicWish],
        seed: u64,
    ) -> Vec<Candidate> {
        // Two bots that share a seed and a topic still write different posts.
        let seed = seed ^ chance::hash_of(&[&persona.personality_prompt, &persona.tone]);
        let policy = &persona.policy;
        let mut written: Vec<Candidate> = Vec::new();
        let mut words_of: Vec<HashSet<String>> = Vec::new();
        for wish in wishes {
            let topic = wish.topic.split_whitespace().collect::<Vec<_>>().join(" ");
            for number in 0..wish.count.min(POSTS_PER_WISH_MAX) {
                let mut chance = Chance::of_part(seed, &wish.topic, u64::from(number));
                let Some(text) = self.write_one(&topic, policy, &mut chance, &words_of) else {
                    continue;
                };
                words_of.push(words(&text));
                let topic = Some(wish.topic.clone());
                written.push(Candidate { text, topic, ..Candidate::default() });
            }
        }
        written
    }

    /// The first try that fits and is unlike the others; if all are alike, the first that fits.
    fn write_one(
        &self,
        topic: &str,
        policy: &Policy,
        chance: &mut Chance,
        others: &[HashSet<String>],
    ) -> Option<String> {
        let mut fallback = None;
        for origin in &self.origins {
            for _ in 0..TRIES_MAX {
                let text = self.rules.write(origin, &[(TOPIC, topic)], chance.next());
                let Ok(text) = text else { continue };
                let text = disclosed(&text, policy);
                if !review(&text, policy).is_accepted() {
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
}

pub(super) fn words(text: &str) -> HashSet<String> {
    normal_form(text).split(' ').map(str::to_owned).collect()
}

pub(super) fn common_percent(one: &HashSet<String>, other: &HashSet<String>) -> usize {
    let common = one.intersection(other).count();
    let all = one.len() + other.len() - common;
    common * 100 / all.max(1)
}

//! The phrase grammar. A post is a scene (who did what, when), an afterthought and sometimes a
//! beginning or an end. Each part walks through its own list with its own stride; the lists have
//! different prime lengths, so the same whole comes back only after their product (above a million
//! posts per topic), and two neighbours never share a part.

mod lexicon;
mod shared;

use lexicon::{Lexicon, lexicon_of};
use shared::{BEGINNINGS, ENDS, MOMENTS};

use crate::chance::mix;
use crate::length::weighted_length;

/// What a voice writes on one topic.
pub(super) struct Prose<'a> {
    topic: &'a str,
    lexicon: &'static Lexicon,
    seed: u64,
}

/// The parts of one post.
struct Parts {
    beginning: &'static str,
    scene: String,
    thought: String,
    end: &'static str,
}

impl<'a> Prose<'a> {
    /// `seed` decides where each walk begins and how it strides.
    pub(super) fn new(topic: &'a str, seed: u64) -> Self {
        Self { topic, lexicon: lexicon_of(topic), seed }
    }

    /// The post of that number, at most `length_max` heavy: the ornaments go first, then the
    /// afterthought, and only then words.
    pub(super) fn post(&self, number: u64, length_max: u32) -> String {
        let parts = self.parts(number);
        let whole = parts.join(true, true);
        [whole, parts.join(false, true), parts.join(false, false)]
            .into_iter()
            .find(|text| weighted_length(text) <= length_max)
            .unwrap_or_else(|| shorten(&parts.scene, length_max))
    }

    fn parts(&self, number: u64) -> Parts {
        let subject = self.walk(0, number, &self.lexicon.subjects);
        let action = self.walk(1, number, &self.lexicon.actions);
        let moment = self.walk(2, number, &MOMENTS);
        let thought = self.walk(3, number, &self.lexicon.thoughts);
        let scene = if mix(&[self.seed, number, 9]).is_multiple_of(3) {
            format!("{}, {subject} {action}.", upper_first(moment))
        } else {
            format!("{} {action} {moment}.", upper_first(subject))
        };
        Parts {
            beginning: self.walk(4, number, &BEGINNINGS),
            scene: self.with_topic(&scene),
            thought: self.with_topic(thought),
            end: self.walk(5, number, &ENDS),
        }
    }

    fn with_topic(&self, text: &str) -> String {
        upper_first(&text.replace("{topic}", self.topic))
    }

    /// The part for post `number`: a walk with a stride that never stands still. As the list's
    /// length is prime, it meets every entry before it meets one again.
    fn walk(&self, part: u64, number: u64, list: &[&'static str]) -> &'static str {
        let length = list.len() as u64;
        let start = mix(&[self.seed, part, 1]) % length;
        let stride = 1 + mix(&[self.seed, part, 2]) % (length - 1);
        let at = (start + (number % length) * stride) % length;
        list[usize::try_from(at).expect("smaller than a list in memory")]
    }
}

impl Parts {
    fn join(&self, with_ornaments: bool, with_thought: bool) -> String {
        let mut words = Vec::new();
        if with_ornaments {
            words.push(self.beginning);
        }
        words.push(&self.scene);
        if with_thought {
            words.push(&self.thought);
        }
        if with_ornaments {
            words.push(self.end);
        }
        words.retain(|word| !word.is_empty());
        words.join(" ")
    }
}

fn upper_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// As many whole words as fit; at least the first letters.
fn shorten(text: &str, length_max: u32) -> String {
    let mut short = String::new();
    for word in text.split(' ') {
        let longer = if short.is_empty() { word.to_owned() } else { format!("{short} {word}") };
        if weighted_length(&longer) > length_max {
            break;
        }
        short = longer;
    }
    if short.is_empty() {
        short = text.chars().take(length_max as usize).collect();
    }
    short
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::lexicon::LEXICONS;
    use super::*;

    fn is_prime(n: usize) -> bool {
        n > 1 && (2..n).all(|d| !n.is_multiple_of(d))
    }

    #[test]
    fn the_lists_have_different_prime_lengths_and_span_a_million() {
        for lexicon in LEXICONS {
            let lengths = [
                lexicon.subjects.len(),
                lexicon.actions.len(),
                lexicon.thoughts.len(),
                MOMENTS.len(),
                BEGINNINGS.len(),
                ENDS.len(),
            ];
            assert!(lengths.iter().all(|n| is_prime(*n)), "{lengths:?}");
            assert_eq!(lengths.iter().collect::<HashSet<_>>().len(), lengths.len(), "{lengths:?}");
            assert!(lengths.iter().product::<usize>() > 1_000_000);
        }
    }

    #[test]
    fn twenty_thousand_posts_are_all_different_and_neighbours_share_no_scene() {
        let prose = Prose::new("weather", 7);
        let posts: Vec<String> = (0..20_000).map(|n| prose.post(n, 280)).collect();
        assert_eq!(posts.iter().collect::<HashSet<_>>().len(), posts.len());
        for number in 0..500 {
            let (one, two) = (prose.parts(number), prose.parts(number + 1));
            assert_ne!(one.scene, two.scene);
            assert_ne!(one.thought, two.thought);
        }
    }

    #[test]
    fn every_post_fits_whatever_the_length() {
        for topic in ["weather", "ships", "quantum knitting", "books"] {
            let prose = Prose::new(topic, 3);
            for length_max in [1, 5, 20, 60, 140, 280] {
                for number in 0..300 {
                    let post = prose.post(number, length_max);
                    assert!(weighted_length(&post) <= length_max, "{post}");
                    assert!(!post.trim().is_empty());
                }
            }
        }
    }

    #[test]
    fn an_unknown_topic_is_named() {
        let prose = Prose::new("quantum knitting", 3);
        assert!((0..20).all(|n| prose.post(n, 280).to_lowercase().contains("quantum knitting")));
    }

    #[test]
    fn no_phrase_brings_a_link_a_mention_or_a_hashtag() {
        let phrases = LEXICONS
            .iter()
            .flat_map(|l| l.subjects.iter().chain(&l.actions).chain(&l.thoughts))
            .chain(&MOMENTS)
            .chain(&BEGINNINGS)
            .chain(&ENDS);
        for phrase in phrases {
            assert!(crate::links::links(phrase).is_empty(), "{phrase}");
            assert!(!phrase.contains(['@', '#', '$']), "{phrase}");
        }
    }
}

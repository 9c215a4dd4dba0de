//! `degenerate`: a post says something. Source: what a model writes when it is stuck; X takes such
//! posts for spam.

use std::collections::HashSet;

use super::rule::{Check, Example, Rule, Severity, Source};
use super::{Policy, characters, links, text};

pub(super) const RULE: Rule = Rule {
    id: "degenerate",
    what: "a post says something: words, and not the same ones again and again",
    source: Source {
        says: "X on spam: no bulk of posts that say nothing",
        link: "https://help.x.com/en/rules-and-policies/platform-manipulation",
    },
    severity: Severity::Blocks,
    example: Example {
        policy: Policy::default,
        beside: None,
        accepted: "Very, very, very wet.",
        refused: "rain rain rain rain",
    },
    check: Check::Text(|subject| find(subject.text)),
};

/// As many words in a row may be the same: "very, very, very good" is a way to write.
const SAME_WORD_IN_ROW_MAX: usize = 3;
/// From so many words on, a text must have some variety.
const WORDS_FOR_VARIETY: usize = 8;
/// So often may one character stand in a row: "noooooo", "........".
const SAME_CHARACTER_IN_ROW_MAX: usize = 12;

fn find(text: &str) -> Option<String> {
    let what = if text.is_empty() {
        return None;
    } else if !has_letters_outside_links(text) {
        "has no letter besides its links; a post needs words"
    } else if longest_row(text.chars()) > SAME_CHARACTER_IN_ROW_MAX {
        "repeats one character; 12 in a row are allowed"
    } else if longest_row(text::words(text)) > SAME_WORD_IN_ROW_MAX {
        "repeats one word; 3 in a row are allowed"
    } else if is_monotonous(text) {
        "says the same few words again and again"
    } else {
        return None;
    };
    Some(what.to_owned())
}

fn has_letters_outside_links(text: &str) -> bool {
    let mut outside = 0;
    for link in links(text) {
        if text[outside..link.start].chars().any(is_letter) {
            return true;
        }
        outside = link.end;
    }
    text[outside..].chars().any(is_letter)
}

/// A letter that a reader sees.
fn is_letter(character: char) -> bool {
    character.is_alphabetic() && !characters::is_blank(character)
}

/// How often the same item stands in a row at most.
fn longest_row<T: PartialEq>(items: impl Iterator<Item = T>) -> usize {
    let mut longest = 0;
    let mut row = 0;
    let mut last = None;
    for item in items {
        row = if last.as_ref() == Some(&item) { row + 1 } else { 1 };
        longest = longest.max(row);
        last = Some(item);
    }
    longest
}

/// Fewer than a third of the words are different.
fn is_monotonous(text: &str) -> bool {
    let words: Vec<String> = text::words(text).collect();
    let different = words.iter().collect::<HashSet<_>>().len();
    words.len() >= WORDS_FOR_VARIETY && different * 3 < words.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_says_nothing_is_found() {
        for text in [
            "...",
            "👍👍👍",
            "12 34",
            "\u{3164}",
            "\u{115F}\u{1160} \u{FFA0}",
            "\u{2800}\u{2800}",
            "https://example.com",
            "aaaaaaaaaaaaaaaaaaaa",
            "rain rain rain rain",
            "Rain, rain, RAIN, rain!",
            "so it goes so it goes so it goes so it goes",
        ] {
            assert!(find(text).is_some(), "{text}");
        }
    }

    #[test]
    fn short_or_emphatic_texts_are_fine() {
        for text in [
            "",
            "Rain.",
            "Very, very, very wet.",
            "Nooooooo!",
            "雨",
            "See example.com for rain",
            "Wait……",
        ] {
            assert_eq!(find(text), None, "{text}");
        }
    }
}

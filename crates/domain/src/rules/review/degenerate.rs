//! `empty` and `degenerate`: a post says something. Source: X refuses an empty text; the rest is
//! what a model writes when it is stuck.

use std::collections::HashSet;

use super::{Finding, characters, links, text};

/// As many words in a row may be the same: "very, very, very good" is a way to write.
const SAME_WORD_IN_ROW_MAX: usize = 3;
/// From so many words on, a text must have some variety.
const WORDS_FOR_VARIETY: usize = 8;
/// So often may one character stand in a row: "noooooo", "........".
const SAME_CHARACTER_IN_ROW_MAX: usize = 12;

pub(super) fn find(text: &str) -> Option<Finding> {
    if text.is_empty() {
        return Some(Finding { rule: "empty", message: "has no text".to_owned() });
    }
    let what = if !has_letters_outside_links(text) {
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
    Some(Finding { rule: "degenerate", message: what.to_owned() })
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
        for (text, rule) in [
            ("", "empty"),
            ("...", "degenerate"),
            ("👍👍👍", "degenerate"),
            ("12 34", "degenerate"),
            ("\u{3164}", "degenerate"),
            ("\u{115F}\u{1160} \u{FFA0}", "degenerate"),
            ("\u{2800}\u{2800}", "degenerate"),
            ("https://example.com", "degenerate"),
            ("aaaaaaaaaaaaaaaaaaaa", "degenerate"),
            ("rain rain rain rain", "degenerate"),
            ("Rain, rain, RAIN, rain!", "degenerate"),
            ("so it goes so it goes so it goes so it goes", "degenerate"),
        ] {
            assert_eq!(find(text).map(|finding| finding.rule), Some(rule), "{text}");
        }
    }

    #[test]
    fn short_or_emphatic_texts_are_fine() {
        for text in [
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

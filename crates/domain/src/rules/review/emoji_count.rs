//! `emoji`: no more emoji than the persona allows. Source: the persona.

use unicode_properties::{EmojiStatus, UnicodeEmoji};

use super::rule::{Check, Example, Rule, Severity, Source, Subject};
use super::{Policy, emoji};

/// Makes a sign an emoji that is text by itself, such as `™`.
const EMOJI_STYLE: char = '\u{FE0F}';

pub(super) const RULE: Rule = Rule {
    id: "emoji",
    what: "no more emoji than the persona allows",
    source: Source {
        says: "the persona's emoji; Unicode says what is one",
        link: "https://www.unicode.org/reports/tr51/",
    },
    severity: Severity::Blocks,
    example: Example {
        policy: || Policy { emoji_max: Some(1), ..Policy::default() },
        beside: None,
        accepted: "The whole family 👨‍👩‍👧‍👦 came at 9.",
        refused: "Rain 🌧️ at nine ☔",
    },
    check: Check::Text(find),
};

fn find(subject: &Subject<'_>) -> Option<String> {
    let max = subject.policy.emoji_max?;
    let count = count(subject.text);
    (count > max).then(|| format!("has {count} emoji; the persona allows {max}"))
}

/// How many emoji a reader sees: a family is one, `©` and `→` are none.
fn count(text: &str) -> u32 {
    let mut count = 0;
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        let sequence = emoji::sequence_at(&text[at..]);
        let length = sequence.unwrap_or(character.len_utf8());
        if sequence.is_some() && is_shown_as_emoji(&text[at..at + length]) {
            count += 1;
        }
        at += length;
    }
    count
}

fn is_shown_as_emoji(sequence: &str) -> bool {
    let mut characters = sequence.chars();
    let is_text = characters.next().is_some_and(|first| {
        matches!(
            first.emoji_status(),
            EmojiStatus::EmojiOther
                | EmojiStatus::EmojiOtherAndEmojiComponent
                | EmojiStatus::EmojiModifierBase
        )
    });
    !is_text || characters.next().is_some() || sequence.contains(EMOJI_STYLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reader_sees_as_one_counts_once() {
        for (text, seen) in
            [("👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 2), ("🇫🇷 1️⃣ ❤️ 👍🏽", 4), ("© ™ → ↔ ✓ 1 # *", 0), ("plain", 0), ("", 0)]
        {
            assert_eq!(count(text), seen, "{text}");
        }
    }
}

//! `banned`: none of the words that the persona never says. Source: the persona.
//!
//! Words are found whole, whatever their case, accents and width: `compass` holds no `ass`, and
//! `Scheiße` is `scheisse`.

use super::fold::{find_word, folded};
use super::rule::{Check, Example, Rule, Severity, Source, Subject};
use super::{Policy, text};

/// A banned word is shown up to here.
const WORD_CHARS_MAX: usize = 40;

pub(super) const RULE: Rule = Rule {
    id: "banned",
    what: "none of the words that the persona never says, in any case, accent or width",
    source: Source { says: "the persona's banned words", link: "docs/review.md" },
    severity: Severity::Blocks,
    example: Example {
        policy: || Policy { banned_words: vec!["ass".to_owned()], ..Policy::default() },
        beside: None,
        accepted: "The compass turns with the class.",
        refused: "What an ÁSS of a day!",
    },
    check: Check::Text(find),
};

fn find(subject: &Subject<'_>) -> Option<String> {
    let words = &subject.policy.banned_words;
    if words.is_empty() {
        return None;
    }
    let text = folded(subject.text);
    let word = words.iter().find(|word| find_word(&text, &folded(word)).is_some())?;
    Some(format!("says `{}`; the persona never does", text::start_of(word, WORD_CHARS_MAX)))
}

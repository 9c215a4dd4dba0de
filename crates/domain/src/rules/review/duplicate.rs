//! `duplicate`: no text twice, over all bots and all time. Source: X's developer guidelines: never
//! identical content across accounts; and X refuses a repeat with 403.
//!
//! Texts are compared by their normal form, so that another link, other emoji, capitals or
//! punctuation do not make a repeat a new text.

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use crate::model::{BotId, ContentHash, PostId};

use super::rule::{Check, Example, Rule, Severity, Source};
use super::{Finding, Policy, links, mention};

pub(super) const RULE: Rule = Rule {
    id: "duplicate",
    what: "no text twice, over all bots and all time",
    source: Source {
        says: "X on automated accounts: never identical content, on one account or several",
        link: "https://docs.x.com/developer-terms/policy",
    },
    severity: Severity::Blocks,
    example: Example {
        policy: Policy::default,
        beside: Some("Rain at nine."),
        accepted: "Rain at ten.",
        refused: "RAIN, at nine! ☔",
    },
    check: Check::Beside(same_form),
};

/// Stand for any link and any mention; neither can be typed, because punctuation is dropped.
const LINK: &str = "<link>";
const MENTION: &str = "<mention>";

/// `text` reduced to what makes it the same to a reader: NFKC, case folded, accents kept, each link
/// and mention one token, and only letters and digits besides. A text of nothing else (only
/// emoji, say) is its own normal form.
pub fn normal_form(text: &str) -> String {
    let text = composed(text);
    let mut form = Form::default();
    for (range, token) in tokens(&text) {
        form.push(&text[form.read..range.start]);
        form.push_token(token);
        form.read = range.end;
    }
    form.push(&text[form.read..]);
    if form.text.is_empty() { text.trim().to_owned() } else { form.text }
}

/// NFKC of `text`, which most texts are in already.
fn composed(text: &str) -> Cow<'_, str> {
    match is_nfkc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        IsNormalized::No | IsNormalized::Maybe => Cow::Owned(text.nfkc().collect()),
    }
}

/// Hash of the normal form of `text`.
pub fn content_hash(text: &str) -> ContentHash {
    ContentHash::of_normal_form(&normal_form(text))
}

/// What to say when the store has the text already.
pub fn duplicate_of(post: PostId, bot: &BotId) -> Finding {
    same_as_post(post, bot.as_str())
}

/// The same of a bot that is known by its name only.
pub(super) fn same_as_post(post: PostId, bot: &str) -> Finding {
    let message = format!(
        "is the same text as post {} of {bot}; X forbids it even on another account",
        post.0
    );
    Finding::of(&RULE, message)
}

/// What to say of a text that came a moment ago under `name`.
pub(super) fn same_as(name: &str) -> Finding {
    Finding::of(&RULE, format!("is the same text as {name}"))
}

/// Whether readers take the two for the same.
pub(super) fn same_form(text: &str, other: &str) -> bool {
    normal_form(text) == normal_form(other)
}

/// Links and mentions in order, without those inside another.
fn tokens(text: &str) -> Vec<(std::ops::Range<usize>, &'static str)> {
    let mut tokens: Vec<_> = links(text).into_iter().map(|link| (link, LINK)).collect();
    tokens.extend(mention::mentions(text).map(|(start, end)| (start..end, MENTION)));
    tokens.sort_by_key(|(range, _)| range.start);
    let mut free_from = 0;
    tokens.retain(|(range, _)| {
        let is_free = range.start >= free_from;
        free_from = free_from.max(range.end);
        is_free
    });
    tokens
}

/// The normal form while it grows: words divided by one space.
#[derive(Default)]
struct Form {
    text: String,
    read: usize,
    is_word_open: bool,
}

impl Form {
    fn push(&mut self, part: &str) {
        for character in part.chars() {
            if character.is_ascii() {
                self.push_folded(character.to_ascii_lowercase());
                continue;
            }
            // Upper case first: `ß` and `SS`, `ς` and `Σ` meet only this way.
            for character in character.to_uppercase().flat_map(char::to_lowercase) {
                self.push_folded(if character == 'ς' { 'σ' } else { character });
            }
        }
    }

    fn push_folded(&mut self, character: char) {
        if character.is_alphanumeric() || is_kept_mark(character) {
            self.open_word();
            self.text.push(character);
        } else if !matches!(character, '\'' | '’' | '\u{200C}' | '\u{200D}' | '\u{AD}') {
            self.is_word_open = false;
        }
    }

    fn push_token(&mut self, token: &str) {
        self.is_word_open = false;
        self.open_word();
        self.text.push_str(token);
        self.is_word_open = false;
    }

    fn open_word(&mut self) {
        if !self.is_word_open && !self.text.is_empty() {
            self.text.push(' ');
        }
        self.is_word_open = true;
    }
}

/// Marks carry meaning in Indic scripts; style selectors and keycaps do not.
fn is_kept_mark(character: char) -> bool {
    is_combining_mark(character)
        && !matches!(character, '\u{FE00}'..='\u{FE0F}' | '\u{20D0}'..='\u{20FF}' | '\u{E0100}'..='\u{E01EF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_readers_take_for_the_same_has_one_hash() {
        for (one, other) in [
            ("Rain at nine.", "rain at NINE!!!"),
            ("Rain at nine", "  Rain\n\nat   nine 🌧️☔"),
            ("Don't stop", "Don’t stop"),
            ("Read https://a.com/1 now", "Read https://b.org/2 now"),
            ("Read a.com now", "Read https://b.org/2?x=1 now"),
            ("Hello @ada", "Hello @bob"),
            ("Ｒａｉｎ ①", "Rain 1"),
            ("Straße", "STRASSE"),
            ("ΟΔΟΣ", "οδος"),
            ("Cafe\u{301}", "café"),
            ("ﬁne day", "fine day"),
            ("rain – sun", "rain-sun"),
        ] {
            assert_eq!(normal_form(one), normal_form(other));
            assert_eq!(content_hash(one), content_hash(other), "{one} / {other}");
        }
    }

    #[test]
    fn what_says_something_else_differs() {
        for (one, other) in [
            ("Rain at nine", "Rain at ten"),
            ("no where", "nowhere"),
            ("Read https://a.com", "Read"),
            ("Hello @ada", "Hello ada"),
            ("cafe", "café"),
            ("🌧️", "☀️"),
            ("!!!", "???"),
            ("<link>", "a.com"),
        ] {
            assert_ne!(content_hash(one), content_hash(other), "{one} / {other}");
        }
    }

    #[test]
    fn the_message_names_the_older_post() {
        let ada = BotId::try_from("ada").unwrap();
        let finding = duplicate_of(PostId(7), &ada);
        assert_eq!(finding.rule, "duplicate");
        assert!(finding.message.contains("post 7 of ada"));
    }
}

//! `characters`: nothing that readers cannot see or that turns the text around. Source: X refuses
//! U+FFFE, U+FEFF and U+FFFF; the rest hides text from readers and reviewers, or is damage.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use super::Policy;
use super::rule::{Check, Example, Rule, Severity, Source};

pub(super) const RULE: Rule = Rule {
    id: "characters",
    what: "nothing invisible, damaged, or turning the text around",
    source: Source {
        says: "X refuses U+FFFE, U+FEFF and U+FFFF; the rest hides text from readers, as Unicode warns",
        link: "https://www.unicode.org/reports/tr36/",
    },
    severity: Severity::Blocks,
    example: Example {
        policy: Policy::default,
        beside: None,
        accepted: "Rain at nine ☔️",
        refused: "Rain at\u{200B} nine",
    },
    check: Check::Text(|subject| find(subject.text)),
};

fn find(text: &str) -> Option<String> {
    let mut before = None;
    for character in text.chars() {
        if let Some(what) = what_is_wrong(character, before) {
            return Some(format!("holds {what} (U+{:04X}); remove it", u32::from(character)));
        }
        before = Some(character);
    }
    None
}

/// `text` without what this rule refuses; a tab or a separator leaves a space.
pub(in crate::rules) fn without_invisible(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for character in text.chars() {
        match what_is_wrong(character, kept.chars().next_back()) {
            None => kept.push(character),
            Some(_) if character.is_whitespace() => kept.push(' '),
            Some(_) => {}
        }
    }
    kept
}

fn what_is_wrong(character: char, before: Option<char>) -> Option<&'static str> {
    match character {
        '\u{FFFD}' => Some("the sign for a damaged character"),
        '\u{FFFE}' | '\u{FEFF}' | '\u{FFFF}' => Some("a character that X refuses"),
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
            Some("a mark that turns the direction of text around")
        }
        // Direction marks are ordinary in Arabic and Hebrew.
        '\n' | '\u{200E}' | '\u{200F}' | '\u{61C}' => None,
        // Joiners belong into emoji and many scripts, selectors behind what they select, tags
        // behind the black flag; behind ASCII or nothing they only hide something.
        '\u{200C}' | '\u{200D}' => is_bare(before).then_some("an invisible joiner"),
        '\u{FE0F}' | '\u{FE0E}' => {
            let is_selectable = before.is_some_and(|c| matches!(c, '0'..='9' | '#' | '*'));
            (is_bare(before) && !is_selectable).then_some("an invisible selector")
        }
        '\u{E0100}'..='\u{E01EF}' => {
            let is_selectable = before.is_some_and(|c| ('\u{2E80}'..='\u{3FFFF}').contains(&c));
            (!is_selectable).then_some("an invisible selector")
        }
        '\u{E0020}'..='\u{E007F}' => {
            let is_flag =
                before.is_some_and(|c| c == '🏴' || ('\u{E0020}'..='\u{E007E}').contains(&c));
            (!is_flag).then_some("an invisible tag")
        }
        '\u{FE00}'..='\u{FE0D}' => is_bare(before).then_some("an invisible selector"),
        _ if is_blank(character) => Some("an invisible character"),
        _ => by_category(character),
    }
}

/// Letters and signs by their category that are drawn as nothing at all: the fillers of Hangul and the
/// empty Braille cell.
pub(super) fn is_blank(character: char) -> bool {
    matches!(character, '\u{115F}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{FFA0}')
}

fn is_bare(before: Option<char>) -> bool {
    before.is_none_or(|c| c.is_ascii() || c.is_whitespace())
}

fn by_category(character: char) -> Option<&'static str> {
    match character.general_category() {
        GeneralCategory::Control => Some("a control character"),
        GeneralCategory::Format => Some("an invisible character"),
        GeneralCategory::PrivateUse => Some("a private-use character"),
        GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator => {
            Some("a separator that X does not show")
        }
        // Unassigned ones stay: next year's emoji are unassigned in today's tables.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_found() {
        for text in [
            "tab\there",
            "bell\u{7}",
            "zero\u{200B}width",
            "soft\u{AD}hyphen",
            "bom\u{FEFF}",
            "\u{202E}turned",
            "iso\u{2066}late",
            "a\u{200D}b",
            "a\u{FE0F}b",
            "tag\u{E0041}",
            "damage\u{FFFD}",
            "\u{E000}",
            "a\u{E0100}",
            "line\u{2028}",
            "\u{2060}word",
            "rain\u{3164}at nine",
            "rain\u{115F}at nine",
            "rain\u{1160}at nine",
            "rain\u{FFA0}at nine",
            "rain\u{2800}at nine",
        ] {
            assert!(find(text).is_some(), "{text:?}");
            assert_eq!(find(&without_invisible(text)), None, "{text:?}");
        }
    }

    #[test]
    fn scripts_and_emoji_keep_theirs() {
        for text in [
            "two\nlines",
            "👨‍👩‍👧‍👦",
            "❤️",
            "1️⃣",
            "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
            "نمی\u{200C}خواهم",
            "क्\u{200D}ष",
            "שלום\u{200F}!",
            "葛\u{E0100}",
            "아침 아홉 시에 비",
            "⠗⠁⠊⠝",
            "e\u{301}",
            "naïve — “quoted”…",
        ] {
            assert_eq!(find(text), None, "{text:?}");
            assert_eq!(without_invisible(text), text);
        }
    }
}

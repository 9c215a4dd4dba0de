//! `placeholder`: no gap that was left to fill in. Source: what models and templates leave behind.

use super::rule::{Check, Example, Rule, Severity, Source};
use super::{Policy, text};

/// The longest gap that is looked for.
const GAP_CHARS_MAX: usize = 60;
/// What a gap in square or angle brackets begins with.
const ORDERS: [&str; 16] = [
    "insert",
    "your",
    "add",
    "link",
    "url",
    "name",
    "topic",
    "date",
    "emoji",
    "hashtag",
    "placeholder",
    "image",
    "insérer",
    "insertar",
    "inserir",
    "inserisci",
];
/// What it ends with where the verb stands last.
const ENDS: [&str; 4] = [" einfügen", " ekleyin", "を入力", "を挿入"];
/// Words that are a gap by themselves.
const WORDS: [&str; 4] = ["lorem ipsum", "todo:", "tbd", "xxx-"];

pub(super) const RULE: Rule = Rule {
    id: "placeholder",
    what: "no gap that was left to fill in",
    source: Source {
        says: "house rule: what templates and models leave behind",
        link: "docs/review.md",
    },
    severity: Severity::Blocks,
    example: Example {
        policy: Policy::default,
        beside: None,
        accepted: "She said [laughing] yes.",
        refused: "More at [insert link]",
    },
    check: Check::Text(|subject| find(subject.text)),
};

fn find(text: &str) -> Option<String> {
    let gap = braces(text).or_else(|| brackets(text)).or_else(|| word(text))?;
    Some(format!("has a gap to fill in: {}", text::start_of(gap, GAP_CHARS_MAX)))
}

/// `{topic}`, `{{ name }}`, `${x}`, `#symbol#`.
fn braces(text: &str) -> Option<&str> {
    enclosed(text, '{', '}')
        .find(|gap| {
            let name = gap.trim_matches(['{', '}']).trim();
            !name.is_empty()
                && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ' ' | '-'))
        })
        .or_else(|| {
            enclosed(text, '#', '#').find(|gap| {
                let name = gap.trim_matches('#');
                !name.is_empty()
                    && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
            })
        })
}

/// `[insert link]`, `<your name>`.
fn brackets(text: &str) -> Option<&str> {
    let mut gaps = enclosed(text, '[', ']').chain(enclosed(text, '<', '>'));
    gaps.find(|gap| {
        let inside = gap[1..gap.len() - 1].trim().to_lowercase();
        let is_order = ORDERS.iter().any(|order| {
            inside.strip_prefix(order).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        });
        is_order || ENDS.iter().any(|end| inside.ends_with(end))
    })
}

fn word(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    WORDS.into_iter().find(|word| {
        lower.match_indices(word).any(|(at, _)| {
            let before = lower[..at].chars().next_back();
            let after = lower[at + word.len()..].chars().next();
            !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
        })
    })
}

/// The parts of `text` between the two marks, marks included, on one line and not too long.
fn enclosed(text: &str, open: char, close: char) -> impl Iterator<Item = &str> {
    text.match_indices(open).filter_map(move |(at, _)| {
        let start = at + open.len_utf8();
        // No further than a gap may reach: a text of nothing but opening marks is not read anew
        // from each of them.
        let inside = text[start..].char_indices().take(GAP_CHARS_MAX - 1);
        let (end, _) = inside.take_while(|(_, c)| *c != '\n').find(|(_, c)| *c == close)?;
        Some(&text[at..start + end + close.len_utf8()])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_found() {
        for text in [
            "More at [insert link]",
            "Dear <your name>, hello",
            "All about {topic} today",
            "All about {{ topic.name }} today",
            "A note on #topic# and #mood.capitalize#",
            "Lorem ipsum dolor",
            "The winner is TBD.",
        ] {
            assert!(find(text).is_some(), "{text}");
        }
    }

    #[test]
    fn brackets_that_say_something_stay() {
        for text in [
            "She said [laughing] yes",
            "a < b > c",
            "if (x) { return 1; }",
            "#one #two #three",
            "#monday and #tuesday",
            "[linked] lists are fine",
            "Nothing here",
        ] {
            assert_eq!(find(text), None, "{text}");
        }
    }
}

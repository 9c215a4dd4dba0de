//! `leak`: no trace of the conversation with a model. Source: what models hand over instead of, or
//! around, a post.

use super::Policy;
use super::rule::{Check, Example, Rule, Severity, Source};

mod keys;
mod phrases;

use keys::holds_key;
use phrases::{MODEL_TALK, PREAMBLES, PROMPT_TALK};

pub(super) const RULE: Rule = Rule {
    id: "leak",
    what: "no trace of the conversation with a model",
    source: Source {
        says: "house rule: what models hand over instead of a post, or around it",
        link: "docs/review.md",
    },
    severity: Severity::Blocks,
    example: Example {
        policy: Policy::default,
        beside: None,
        accepted: "Here comes the rain.",
        refused: "Sure! Here is a tweet about rain: It pours.",
    },
    check: Check::Text(|subject| find(subject.text)),
};

/// What several of are offered.
const OFFERS: [&str; 6] = ["posts", "tweets", "captions", "options", "variations", "drafts"];
/// So many words of an offer are looked at.
const PREAMBLE_WORDS_MAX: usize = 5;
/// Names of the parts of a conversation or of a form.
const ROLES: [&str; 9] =
    ["assistant", "user", "system", "ai", "chatgpt", "tweet", "post", "caption", "output"];
/// Marks that end or divide what a model reads.
const TOKENS: [&str; 8] = ["<|", "|>", "[inst]", "[/inst]", "<s>", "</s>", "<think>", "</think>"];
/// What UTF-8 looks like when it was read as Windows-1252.
const BROKEN_ENCODING: [&str; 5] = ["â€", "Ã©", "Ã¨", "Ã¼", "ðŸ"];

/// Whether a text, in lower case, has one kind of trace.
type IsTrace = fn(&str) -> bool;

fn find(text: &str) -> Option<String> {
    // The lower case of `İ` is two characters; nobody writes the second.
    let lower = text.to_lowercase().replace('’', "'").replace('\u{307}', "");
    let checks: [(IsTrace, &str); 9] = [
        (is_json, "is raw JSON instead of its text"),
        (|text| text.contains("```"), "holds a code fence"),
        (is_preamble, "opens with words about the post"),
        (|text| contains_any(text, MODEL_TALK), "speaks as a language model"),
        (|text| contains_any(text, PROMPT_TALK), "repeats what the model was told"),
        (holds_key, "holds a key or a password"),
        (begins_with_role, "begins with the name of a part, such as `assistant:`"),
        (is_numbered_item, "is an item or the whole of a numbered list"),
        (|text| contains_any(text, &TOKENS), "holds a mark of the model's own format"),
    ];
    let broken = contains_any(text, &BROKEN_ENCODING).then_some("was decoded wrongly: `â€` or `Ã`");
    let what = checks.into_iter().find(|(is_leak, _)| is_leak(&lower)).map(|(_, what)| what);
    what.or(broken).map(|what| format!("{what}; only the words that readers should see may stay"))
}

/// `Here are three ways to tie a knot` is a post, `Here are three posts` is not.
fn is_preamble(text: &str) -> bool {
    let first_line = text.lines().next().unwrap_or_default();
    let announces = |rest: &str| {
        let mut words = rest.split_whitespace().take(PREAMBLE_WORDS_MAX);
        words.any(|word| OFFERS.contains(&word.trim_matches(|c: char| !c.is_alphanumeric())))
    };
    starts_with_any(text, PREAMBLES) || first_line.strip_prefix("here are ").is_some_and(announces)
}

fn is_json(text: &str) -> bool {
    let is_complete = text.starts_with(['{', '['])
        && serde_json::from_str::<serde_json::Value>(text).is_ok_and(|value| !is_bare_list(&value));
    is_complete
        || ["{\"", "[{", "[\""].iter().any(|start| text.starts_with(start))
        || text.ends_with("\"}")
        || ["\"text\":", "\"posts\":", "\"topic\":", "\"content\":"]
            .iter()
            .any(|key| text.contains(key))
}

/// `[1]` is a footnote.
fn is_bare_list(value: &serde_json::Value) -> bool {
    value.as_array().is_some_and(|items| items.len() == 1 && items[0].is_number())
}

fn begins_with_role(text: &str) -> bool {
    let start = text.trim_start_matches(['*', '#', '_', ' ', '<', '|']);
    ROLES.iter().any(|role| {
        start.strip_prefix(role).is_some_and(|rest| {
            let rest = rest.trim_start_matches(|c: char| {
                c.is_ascii_digit() || matches!(c, ' ' | '#' | '*' | '_' | '|' | '>')
            });
            rest.starts_with(':')
        })
    })
}

/// `1. Rain` alone, or `1. Rain` and `2. Wind` in one text. A list that begins with other words is
/// a way to write.
fn is_numbered_item(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (1..=2).contains(&digits)
        && [". ", ") ", ".\t", ")\t"].iter().any(|mark| text[digits..].starts_with(mark))
}

fn starts_with_any(text: &str, starts: &[&str]) -> bool {
    starts.iter().any(|start| text.starts_with(start))
}

fn contains_any(text: &str, parts: &[&str]) -> bool {
    parts.iter().any(|part| text.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_of_a_conversation_are_found() {
        for text in [
            r#"{"posts":[{"topic":"rain","text":"Rain."}]}"#,
            r#"{"text": "cut off in the mid"#,
            r#"["one", "two"]"#,
            "```\nRain.\n```",
            "Here is your post: Rain.",
            "Here’s a tweet about rain",
            "Sure! Here are three posts",
            "As an AI language model, I have no weather.",
            "I’m sorry, but I can’t help with that.",
            "assistant: Rain.",
            "**Assistant:** Rain.",
            "Tweet 1: Rain.",
            "Post #2: Rain.",
            "1. Rain.\n2. Wind.",
            "3) Rain.",
            "<think>rain</think> Rain.",
            "<|im_end|>",
            "Itâ€™s raining",
            "You write posts for an automated account on X.",
            "The key is sk-proj-9fK2mQ7xL0aB4cD8eF1g.",
        ] {
            assert!(find(text).is_some(), "{text}");
        }
    }

    #[test]
    fn ordinary_words_are_none() {
        for text in [
            "Here comes the rain.",
            "Post offices close at noon.",
            "User research: ask fewer questions.",
            "Systems: they drift.",
            "Three notes:\n1. Rain.\n2. Wind.",
            "1.5 degrees warmer",
            "2026 was wet.",
            "[1] a footnote",
            "[sigh] Rain again.",
            "AI that writes: a note",
            "Aim: less rain",
            "É uma manhã",
        ] {
            assert_eq!(find(text), None, "{text}");
        }
    }
}

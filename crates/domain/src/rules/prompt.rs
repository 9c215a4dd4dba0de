//! What a model is asked.
//!
//! The part that is the same for every batch comes first and holds nothing that changes, so that
//! servers can cache it. X's rules stand in it because a text that breaks one is paid for and then
//! thrown away by review; review stays the judge.

mod heed;
mod policy;

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::model::Persona;
use crate::ports::TopicWish;

use super::review::start_of;

pub use heed::heed;

/// As many recent posts are named as subjects to avoid; more would cost more than they help.
const AVOIDED_MAX: usize = 30;
/// So much of a recent post is enough to know its subject.
const AVOIDED_CHARS_MAX: usize = 60;
/// Tokens around a post's text: its topic, the quotes, the braces.
const TOKENS_PER_POST: u32 = 48;
/// Room for the frame of the answer, and for models that think before they write. Unused room is
/// not billed.
const TOKENS_ALWAYS: u32 = 1_024;

/// A request in words, and the shape of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// Who speaks and the standing rules; the same for every batch, so that servers can cache it.
    pub system: String,
    /// What is wanted this time.
    pub user: String,
    /// JSON schema of the answer: an object with `posts`, a list of `{topic, text}`.
    pub schema: Value,
    /// Most tokens the answer may take.
    pub completion_tokens_max: u32,
}

/// Asks for `wishes` in the voice of `persona`, on other subjects than the recent texts in `avoid`.
pub fn prompt(persona: &Persona, wishes: &[TopicWish], avoid: &[String]) -> Prompt {
    Prompt {
        system: system(persona),
        user: user(wishes, avoid),
        schema: schema(),
        completion_tokens_max: completion_tokens_max(persona, wishes),
    }
}

fn system(persona: &Persona) -> String {
    let mut text = String::from("You write posts for an automated account on X.\n\nWho speaks:\n");
    text.push_str(persona.personality_prompt.trim());
    text.push('\n');
    let sources = persona.content_sources.join("; ");
    for (name, value) in [
        ("Style", persona.posting_style.as_str()),
        ("Tone", persona.tone.as_str()),
        ("Draws from", sources.as_str()),
    ] {
        if !value.trim().is_empty() {
            push_line(&mut text, format_args!("{name}: {}", value.trim()));
        }
    }
    text.push_str("\nRules that every post keeps:\n");
    for rule in policy::rules(&persona.policy) {
        push_line(&mut text, format_args!("- {rule}"));
    }
    text.push_str(RULES);
    text
}

/// X's rules for automated accounts, and what review refuses whatever the persona's policy.
const RULES: &str = "\
- Do not pretend to be a person with a body, a family or a past, and do not hide that the account is automated.
- Nothing about what is trending, no calls to like, follow or repost, no advice on money, health or law.
- State no figure, date, quotation or news that you were not given.
- Each post stands alone, begins differently and makes one point; no two say the same in other words.
- The text is the post itself: no quotation marks around it, no numbering, no placeholder, no remark about it.
";

fn user(wishes: &[TopicWish], avoid: &[String]) -> String {
    let mut text = String::from("Write:\n");
    for wish in wishes {
        // A topic is data: JSON quoting keeps its quotation marks and line ends from being more.
        push_line(&mut text, format_args!("- {} posts on {}", wish.count, quoted(&wish.topic)));
    }
    text.push_str("\nGive each post the topic exactly as it stands above.\n");
    if !avoid.is_empty() {
        text.push_str("\nThese began recent posts; write about other sides of the topics:\n");
        for recent in avoid.iter().take(AVOIDED_MAX) {
            push_line(
                &mut text,
                format_args!("- {}", quoted(&start_of(recent, AVOIDED_CHARS_MAX))),
            );
        }
    }
    text.push_str("\nAnswer with JSON only: {\"posts\":[{\"topic\":\"…\",\"text\":\"…\"}]}");
    text
}

/// The strict subset of JSON Schema that servers agree on: everything required, nothing besides.
fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "posts": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "topic": { "type": "string" },
                        "text": { "type": "string" }
                    },
                    "required": ["topic", "text"],
                    "additionalProperties": false
                }
            }
        },
        "required": ["posts"],
        "additionalProperties": false
    })
}

/// A token holds at least about one weighted character in any language.
fn completion_tokens_max(persona: &Persona, wishes: &[TopicWish]) -> u32 {
    let posts = wishes.iter().fold(0_u32, |sum, wish| sum.saturating_add(wish.count));
    posts
        .saturating_mul(persona.policy.max_length.saturating_add(TOKENS_PER_POST))
        .saturating_add(TOKENS_ALWAYS)
}

fn quoted(text: &str) -> Value {
    Value::from(text)
}

fn push_line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a String takes any text");
}

#[cfg(test)]
mod tests;

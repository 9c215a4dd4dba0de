//! What a model is asked.
//!
//! The part that is the same for every batch comes first and holds nothing that changes, so that
//! servers can cache it. X's rules stand in it because a text that breaks one is paid for and then
//! thrown away by review; review stays the judge.

mod about;
mod heed;
mod manner;
mod part;
mod policy;
mod repair;
mod wishes;

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::model::Persona;
use crate::ports::TopicWish;
use crate::ports::store::RecentPost;

pub use about::about;
pub use heed::heed;
pub use part::part;
pub use repair::{Refused, again, repair};
pub use wishes::wish_of;

/// Tokens around a post's text: its number, the quotes, the braces.
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
    /// JSON schema of the answer: an object with `posts`, a list of `{number, text}`.
    pub schema: Value,
    /// Most tokens the answer may take.
    pub completion_tokens_max: u32,
}

/// Asks for `wishes` in the voice of `persona`, on other subjects than those of the recent posts
/// `avoid`, newest first.
pub fn prompt(persona: &Persona, wishes: &[TopicWish], avoid: &[RecentPost]) -> Prompt {
    Prompt {
        system: system(persona),
        user: wishes::user(wishes, avoid),
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
        ("Reads", persona.reading_level.map_or("", manner::reads)),
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
    for never in manner::never(persona) {
        push_line(&mut text, format_args!("- {never}"));
    }
    text.push_str(RULES);
    manner::push_examples(&mut text, persona);
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
                        "number": { "type": "integer" },
                        "text": { "type": "string" }
                    },
                    "required": ["number", "text"],
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

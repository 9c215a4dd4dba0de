//! What review refused goes back once, with the reasons.

use crate::model::Persona;
use crate::ports::TopicWish;

use super::wishes::{push_answer, told};
use super::{Prompt, completion_tokens_max, push_line, quoted, schema};

/// So much of a refused text is enough to write it anew.
const TEXT_CHARS_MAX: usize = 600;
/// And of a reason.
const REASON_CHARS_MAX: usize = 300;

/// A text that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What it was written for.
    pub wish: TopicWish,
    /// The text.
    pub text: String,
    /// Why it may not go out, in one sentence.
    pub reason: String,
}

/// Asks for each of them anew, under numbers in their order. The part that stays is that of the first
/// request, so that it is found in the server's cache.
pub fn repair(persona: &Persona, system: &str, refused: &[Refused]) -> Prompt {
    let wishes: Vec<TopicWish> = refused.iter().map(|one| one.wish.clone()).collect();
    let mut user = format!(
        "These posts may not go out. Posts to write anew, so that the reason is gone: {}.\n",
        refused.len()
    );
    for (one, number) in refused.iter().zip(1_u32..) {
        push_line(&mut user, format_args!("{number}. on {}", told(&one.wish)));
        push_line(
            &mut user,
            format_args!("   refused: {}", quoted(&cut(&one.text, TEXT_CHARS_MAX))),
        );
        push_line(&mut user, format_args!("   because it {}", cut(&one.reason, REASON_CHARS_MAX)));
    }
    push_answer(&mut user);
    Prompt {
        system: system.to_owned(),
        user,
        schema: schema(),
        completion_tokens_max: completion_tokens_max(persona, &wishes),
    }
}

/// The same request once more, after an answer that could not be read.
pub fn again(prompt: &Prompt, why: &str) -> Prompt {
    let why = cut(why, REASON_CHARS_MAX);
    let user = format!("{}\n\nThe last answer could not be used: {why}", prompt.user);
    Prompt { user, ..prompt.clone() }
}

/// On one line: a text is data, and so is what is said of it.
fn cut(text: &str, chars_max: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(chars_max).collect()
}

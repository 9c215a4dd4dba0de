//! How a persona sounds, in words beyond those of its prompt.

use crate::model::{Persona, ReadingLevel};

use super::{push_line, quoted};

/// What a level means to a writer.
pub(super) fn reads(level: ReadingLevel) -> &'static str {
    match level {
        ReadingLevel::Simple => {
            "easily, for children and for people who learn the language: short sentences, common words"
        }
        ReadingLevel::Plain => "plainly, for everybody: no jargon, no bureaucracy",
        ReadingLevel::Expert => {
            "as among people who know the subject: its terms are used and not explained"
        }
    }
}

/// One line for each thing that is never said. They are data, so they stand in quotes.
pub(super) fn never(persona: &Persona) -> Vec<String> {
    let never = persona.never_say.iter();
    never.map(|what| format!("Never, in whatever words: {}", quoted(what))).collect()
}

/// Posts to imitate.
pub(super) fn push_examples(text: &mut String, persona: &Persona) {
    if persona.examples.is_empty() {
        return;
    }
    text.push_str("\nPosts that sound right. Write in their manner; repeat none of them:\n");
    for example in &persona.examples {
        push_line(text, format_args!("- {}", quoted(example)));
    }
}

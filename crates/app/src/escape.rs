//! Foreign text on a terminal: a file's name, an answer or a value may hold what moves the cursor,
//! renames the window or turns the direction of writing, and so makes a line say something else.
//! Here such characters become escapes (`\u{1b}`) that can be read.

use std::borrow::Cow;
use std::fmt::Write as _;

/// `text` on one line.
pub fn on_one_line(text: &str) -> Cow<'_, str> {
    escape(text, is_unseen)
}

/// `text`, its line ends kept.
pub fn on_lines(text: &str) -> Cow<'_, str> {
    escape(text, |character| character != '\n' && is_unseen(character))
}

/// `json` as it is, but for the few unseen characters that JSON allows: they become JSON's escapes.
pub fn in_json(json: &str) -> Cow<'_, str> {
    if !json.contains(is_unseen) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len());
    for character in json.chars() {
        if is_unseen(character) {
            // All of them have four digits, so none is written as a pair.
            write!(shown, "\\u{:04x}", u32::from(character)).expect("a String takes text");
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Controls, and the marks that turn the direction of what follows.
fn is_unseen(character: char) -> bool {
    character.is_control() || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn escape(text: &str, is_wrong: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_wrong) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_wrong(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_move_a_cursor_is_shown_and_the_rest_stays() {
        let name = "a\u{1b}[2J\n\u{9b}1m\u{202e}b é 鳥";
        assert_eq!(on_one_line(name), "a\\u{1b}[2J\\u{a}\\u{9b}1m\\u{202e}b é 鳥");
        assert_eq!(on_lines("a\r\nb\u{7f}"), "a\\u{d}\nb\\u{7f}");
        assert!(matches!(on_lines("plain\nlines"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_stays_json_and_means_the_same() {
        let json = serde_json::to_string("a\u{1b}\u{9b}\u{202e}").unwrap();
        let shown = in_json(&json);
        assert_eq!(shown, "\"a\\u001b\\u009b\\u202e\"");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), "a\u{1b}\u{9b}\u{202e}");
    }
}

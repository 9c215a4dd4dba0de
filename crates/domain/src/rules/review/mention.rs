//! `mention`: no `@handle`. Source: X's developer guidelines, requirements for automated accounts:
//! no unsolicited mentions. A generator cannot know who asked for one.

use super::{Finding, text};

/// X's longest user name is 15 characters; older ones have up to 20.
const NAME_LENGTH_MAX: usize = 20;

pub(super) fn find(text: &str) -> Option<Finding> {
    let (start, end) = mentions(text).next()?;
    Some(Finding {
        rule: "mention",
        message: format!(
            "mentions {}; X forbids automated accounts to mention people who did not ask",
            text::start_of(&text[start..end], NAME_LENGTH_MAX + 1)
        ),
    })
}

/// Byte offsets of the mentions: an at sign, not inside a word or an e-mail address, and a name.
pub(super) fn mentions(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    text.match_indices(['@', '＠']).filter_map(move |(at, sign)| {
        let before = text[..at].chars().next_back();
        let is_inside = before.is_some_and(|c| {
            c.is_ascii_alphanumeric()
                || matches!(c, '_' | '!' | '#' | '$' | '%' | '&' | '*' | '@' | '＠')
        });
        let name = at + sign.len();
        let length =
            text[name..].bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        (!is_inside && (1..=NAME_LENGTH_MAX).contains(&length)).then_some((at, name + length))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_found_wherever_x_would_link_it() {
        for text in ["@ada hello", "thanks (@ada)!", "hello.@ada", "こんにちは@ada", "by ＠ada"]
        {
            let finding = find(text).expect(text);
            assert!(finding.message.contains("ada;"), "{}", finding.message);
        }
    }

    #[test]
    fn an_address_or_a_lone_sign_is_none() {
        for text in ["mail ada@example.com", "3 apples @ 2 euros", "@", "a@@b", "no sign"] {
            assert_eq!(find(text), None, "{text}");
        }
    }
}

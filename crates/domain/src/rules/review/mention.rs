//! `mention`: no `@handle`. Source: X's developer guidelines, requirements for automated accounts:
//! no unsolicited mentions. A generator cannot know who asked for one.

use super::rule::{Check, Example, Rule, Severity, Source};
use super::{Policy, text};

/// X's longest user name is 15 characters; older ones have up to 20.
const NAME_LENGTH_MAX: usize = 20;

pub(super) const RULE: Rule = Rule {
    id: "mention",
    what: "no @handle that did not agree to be mentioned",
    source: Source {
        says: "X on automated accounts: no unsolicited mentions",
        link: "https://docs.x.com/developer-guidelines",
    },
    severity: Severity::Blocks,
    example: Example {
        policy: Policy::default,
        beside: None,
        accepted: "Write to ada@example.com for the tide table.",
        refused: "Good morning @ada, high water is at six.",
    },
    check: Check::Text(|subject| find(subject.text, &subject.policy.mentions_allowed)),
};

/// X's names do not tell capitals apart.
fn find(text: &str, allowed: &[String]) -> Option<String> {
    let name = mentions(text)
        .map(|(start, end)| text[start..end].trim_start_matches(['@', '＠']))
        .find(|name| {
            !allowed
                .iter()
                .any(|allowed| allowed.trim_start_matches('@').eq_ignore_ascii_case(name))
        })?;
    Some(format!(
        "mentions @{}; X forbids automated accounts to mention people who did not ask",
        text::start_of(name, NAME_LENGTH_MAX)
    ))
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
            let message = find(text, &[]).expect(text);
            assert!(message.contains("@ada;"), "{message}");
        }
    }

    #[test]
    fn an_address_or_a_lone_sign_is_none() {
        for text in ["mail ada@example.com", "3 apples @ 2 euros", "@", "a@@b", "no sign"] {
            assert_eq!(find(text, &[]), None, "{text}");
        }
    }

    #[test]
    fn only_who_agreed_may_be_mentioned() {
        let allowed = ["Ada".to_owned(), "@bob_1".to_owned()];
        assert_eq!(find("@ADA and ＠bob_1", &allowed), None);
        let message = find("@ada and @adam", &allowed).expect("one did not agree");
        assert!(message.contains("@adam;"), "{message}");
    }
}

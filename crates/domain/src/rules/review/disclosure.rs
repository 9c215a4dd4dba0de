//! `disclosure`: each post says what the persona must say of its origin. Source: the persona; X
//! demands the label and the line in the profile, some operators owe their readers more.

use super::fold::folded;
use super::rule::{Check, Example, Rule, Severity, Source, Subject};
use super::{Policy, text};

/// The disclosure is shown up to here.
const CHARS_MAX: usize = 60;

pub(super) const RULE: Rule = Rule {
    id: "disclosure",
    what: "each post carries the persona's disclosure, if it has one",
    source: Source {
        says: "the persona's disclosure; X labels automated accounts in their profile",
        link: "https://help.x.com/en/using-x/automated-account-labels",
    },
    severity: Severity::Blocks,
    example: Example {
        policy: || Policy { disclosure: Some("(automated)".to_owned()), ..Policy::default() },
        beside: None,
        accepted: "High water at six. (Automated)",
        refused: "High water at six, automated for once.",
    },
    check: Check::Text(find),
};

/// `text` with the persona's disclosure at its end, unless it is in it or there is none: a writer
/// that forgot it wrote no worse a post.
pub fn disclosed(text: &str, policy: &Policy) -> String {
    match missing(text, policy) {
        Some(wanted) if !text.trim().is_empty() => format!("{} {wanted}", text.trim_end()),
        Some(_) | None => text.to_owned(),
    }
}

fn missing<'a>(text: &str, policy: &'a Policy) -> Option<&'a str> {
    let wanted = policy.disclosure.as_deref()?;
    (!folded(text).contains(&folded(wanted))).then_some(wanted)
}

fn find(subject: &Subject<'_>) -> Option<String> {
    missing(subject.text, subject.policy)
        .map(|wanted| format!("lacks its disclosure; add {}", text::start_of(wanted, CHARS_MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_added_once() {
        let policy = Policy { disclosure: Some("🤖".to_owned()), ..Policy::default() };
        assert_eq!(disclosed("High water at six. ", &policy), "High water at six. 🤖");
        assert_eq!(disclosed("🤖 High water at six.", &policy), "🤖 High water at six.");
        assert_eq!(disclosed("High water.", &Policy::default()), "High water.");
        assert_eq!(disclosed(" ", &policy), " ", "nothing is not made into something");
    }
}

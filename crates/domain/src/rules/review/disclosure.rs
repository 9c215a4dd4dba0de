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

fn find(subject: &Subject<'_>) -> Option<String> {
    let wanted = subject.policy.disclosure.as_deref()?;
    let is_there = folded(subject.text).contains(&folded(wanted));
    (!is_there).then(|| format!("lacks its disclosure; add {}", text::start_of(wanted, CHARS_MAX)))
}

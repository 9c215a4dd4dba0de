//! `empty`: there is a text. Source: X refuses a post without one.

use super::rule::{Check, Example, Rule, Severity, Source};
use super::{Policy, rule::Subject};

pub(super) const RULE: Rule = Rule {
    id: "empty",
    what: "a post has a text",
    source: Source {
        says: "X's API: a post without media needs a text",
        link: "https://docs.x.com/x-api/posts/manage-tweets/introduction",
    },
    severity: Severity::Blocks,
    example: Example { policy: Policy::default, beside: None, accepted: "Rain.", refused: "  \n " },
    check: Check::Text(find),
};

fn find(subject: &Subject<'_>) -> Option<String> {
    subject.text.is_empty().then(|| "has no text".to_owned())
}

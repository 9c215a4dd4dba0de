//! `length`: no longer than the persona allows. Source: X's limit of 280 weighted characters.

use super::Policy;
use super::rule::{Check, Example, Rule, Severity, Source};

pub(super) const RULE: Rule = Rule {
    id: "length",
    what: "a post is no longer than its persona allows, as X counts",
    source: Source {
        says: "X counts 280 weighted characters: a link 23, an emoji or a CJK character 2",
        link: "https://docs.x.com/fundamentals/counting-characters",
    },
    severity: Severity::Blocks,
    example: Example {
        policy: || Policy { max_length: 30, ..Policy::default() },
        beside: None,
        accepted: "Rain at nine, sun at ten.",
        refused: "Rain at nine, sun at ten, and wind all day long.",
    },
    check: Check::Text(|subject| find(subject.weight, subject.policy.max_length)),
};

fn find(weight: u32, max_length: u32) -> Option<String> {
    (weight > max_length).then(|| format!(
            "weighs {weight} of {max_length} characters; a link counts 23, an emoji 2, a CJK character 2"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_itself_is_allowed() {
        assert_eq!(find(280, 280), None);
        let message = find(281, 280).expect("one too many");
        assert!(message.starts_with("weighs 281 of 280 characters"));
    }
}

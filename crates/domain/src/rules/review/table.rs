//! All rules, in the order in which review names what they find.

use super::{
    Rule, cashtag, characters, degenerate, duplicate, empty, leak, length, mention, placeholder,
};

/// All rules. A new one is a file and a line here; a test walks them and holds each to its examples.
pub static RULES: [&Rule; 9] = [
    &empty::RULE,
    &degenerate::RULE,
    &length::RULE,
    &characters::RULE,
    &leak::RULE,
    &placeholder::RULE,
    &mention::RULE,
    &cashtag::RULE,
    &duplicate::RULE,
];

/// The rule of this id.
pub fn find_rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::rule::Check;
    use super::*;

    fn refuses(rule: &Rule, raw: &str) -> bool {
        rule.refuses(raw, &(rule.example.policy)(), rule.example.beside)
    }

    #[test]
    fn every_rule_keeps_to_its_examples() {
        for rule in RULES {
            assert!(refuses(rule, rule.example.refused), "{} lets its refused example by", rule.id);
            assert!(!refuses(rule, rule.example.accepted), "{} refuses its accepted one", rule.id);
        }
    }

    #[test]
    fn the_accepted_example_of_a_rule_passes_all_others() {
        for rule in RULES {
            let policy = (rule.example.policy)();
            let verdict = super::super::review_under(rule.example.accepted, &policy);
            assert!(verdict.is_accepted(), "{}: {:?}", rule.id, verdict.findings);
        }
    }

    #[test]
    fn ids_are_unique_and_found_again() {
        let ids: HashSet<_> = RULES.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), RULES.len());
        for rule in RULES {
            assert!(rule.id.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{}", rule.id);
            assert_eq!(find_rule(rule.id).map(|found| found.what), Some(rule.what));
        }
        assert!(find_rule("no_such_rule").is_none());
    }

    #[test]
    fn every_rule_says_what_it_demands_and_who_demands_it() {
        for rule in RULES {
            let Rule { id, what, source, .. } = rule;
            assert!(
                !what.is_empty() && !what.contains('\n') && !what.ends_with('.'),
                "{id}: {what}"
            );
            assert!(!source.says.is_empty(), "{id}");
            assert!(source.link.starts_with("https://"), "{id}: {}", source.link);
        }
    }

    #[test]
    fn only_rules_that_compare_have_a_post_beside_them() {
        for rule in RULES {
            let compares = matches!(rule.check, Check::Beside(_));
            assert_eq!(rule.example.beside.is_some(), compares, "{}", rule.id);
        }
    }
}

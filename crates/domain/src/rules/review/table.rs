//! All rules, in the order in which review names what they find.

use super::{
    Rule, banned, cashtag, characters, degenerate, disclosure, duplicate, emoji_count, empty,
    hashtag, human, language, leak, length, link, mention, moderation, near, placeholder, trend,
};

/// All rules. A new one is a file and a line here; a test walks them and holds each to its examples.
pub static RULES: [&Rule; 18] = [
    &empty::RULE,
    &degenerate::RULE,
    &length::RULE,
    &characters::RULE,
    &leak::RULE,
    &placeholder::RULE,
    &language::RULE,
    &link::RULE,
    &mention::RULE,
    &hashtag::RULE,
    &cashtag::RULE,
    &emoji_count::RULE,
    &banned::RULE,
    &disclosure::RULE,
    &human::RULE,
    &trend::RULE,
    &duplicate::RULE,
    &near::RULE,
];

/// What a server decides, where one is configured. No text of the corpus shows how well it does, and
/// no example can be held against it here.
pub static ASKED_RULES: [&Rule; 2] = [&moderation::RULE, &moderation::UNASKED];

/// The rule of this id.
pub fn find_rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().chain(&ASKED_RULES).copied().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::super::rule::Check;
    use super::super::{LinkPolicy, Policy, review};
    use super::*;

    fn every() -> impl Iterator<Item = &'static Rule> {
        RULES.into_iter().chain(ASKED_RULES)
    }

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
            let verdict = review(rule.example.accepted, &policy);
            assert!(verdict.is_accepted(), "{}: {:?}", rule.id, verdict.findings);
        }
    }

    #[test]
    fn ids_are_unique_and_found_again() {
        let ids: HashSet<_> = every().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), RULES.len() + ASKED_RULES.len());
        for rule in every() {
            assert!(rule.id.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{}", rule.id);
            assert_eq!(find_rule(rule.id).map(|found| found.what), Some(rule.what));
        }
        assert!(find_rule("no_such_rule").is_none());
    }

    #[test]
    fn every_rule_says_what_it_demands_and_who_demands_it() {
        for rule in every() {
            let Rule { id, what, source, .. } = rule;
            assert!(
                !what.is_empty() && !what.contains('\n') && !what.ends_with('.'),
                "{id}: {what}"
            );
            assert!(!source.says.is_empty(), "{id}");
            let is_ours = source.link == "docs/review.md";
            assert!(is_ours || source.link.starts_with("https://"), "{id}: {}", source.link);
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_a_rule_fall_over(
            raw in prop_oneof![any::<String>(), "[a-zäßİıж霧ア한ا#@$.:/{}\\[\\]<>\"' \n0-9☔️]{0,80}"],
            beside in any::<String>(),
        ) {
            let policy = Policy {
                languages: vec!["en".to_owned(), "ja".to_owned()],
                banned_words: vec!["ß".to_owned(), "ア".to_owned(), String::new()],
                links: LinkPolicy::Own("https://a.org".to_owned()),
                hashtags_allowed: vec![String::new()],
                disclosure: Some(String::new()),
                ..Policy::default()
            };
            let verdict = review(&raw, &policy);
            for rule in RULES.iter().filter(|rule| matches!(rule.check, Check::Text(_))) {
                let is_named = verdict.findings.iter().any(|finding| finding.rule == rule.id);
                prop_assert_eq!(rule.refuses(&raw, &policy, Some(&beside)), is_named);
            }
            prop_assert!(RULES.iter().filter(|rule| rule.refuses(&raw, &policy, Some(&beside))).count() < RULES.len());
        }
    }

    /// Who reads a text anew from each of its characters is noticed here: it takes minutes.
    #[test]
    fn a_text_without_end_is_refused_in_linear_time() {
        let policy = Policy {
            languages: vec!["en".to_owned()],
            banned_words: vec!["aab".to_owned(), "а б".to_owned()],
            hashtags_max: Some(1),
            emoji_max: Some(1),
            disclosure: Some("(bot)".to_owned()),
            trends: vec!["fog".to_owned()],
            ..Policy::default()
        };
        for part in ["a", "{", "#", "@a ", "a.", "霧", "e\u{301}", "👨\u{200D}", "🇫", "\u{200B}"]
        {
            let text = part.repeat(8_000 / part.len());
            let verdict = review(&text, &policy);
            assert!(!verdict.is_accepted(), "{part}");
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

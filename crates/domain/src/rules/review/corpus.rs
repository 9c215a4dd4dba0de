//! Texts that say of each rule what it must find and what it must let by, written for this purpose.
//!
//! They travel with the binary, so that whoever doubts a rule can count for himself. A rule that
//! changes is held to all of them: a text that was judged wrongly once belongs in here.

use serde::Deserialize;

use super::{Policy, RULES, Rule};

mod score;

pub use score::{Mistake, Score, mistakes, scores};

/// A text a line, as JSON.
const TEXTS: &str = include_str!("corpus/texts.jsonl");

/// A text and what must be said of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Its language, as an ISO 639-1 code; `und` for none.
    pub lang: String,
    /// The rules that must refuse it; all others must not.
    #[serde(default)]
    pub fires: Vec<String>,
    /// The rules that it comes close to.
    #[serde(default)]
    pub near: Vec<String>,
    /// What the persona allows.
    #[serde(default)]
    pub policy: Policy,
    /// The post that is there already, for the rules that compare.
    #[serde(default)]
    pub beside: Option<String>,
    /// The text as a generator would hand it over.
    pub text: String,
}

/// The corpus.
pub fn texts() -> Vec<Text> {
    let read = |line| serde_json::from_str(line).expect("a test reads every line of the corpus");
    TEXTS.lines().map(read).collect()
}

impl Text {
    /// Whether `rule` refuses it.
    fn is_refused_by(&self, rule: &Rule) -> bool {
        rule.refuses(&self.text, &self.policy, self.beside.as_deref())
    }

    /// Whether `rule` must refuse it.
    fn must_be_refused_by(&self, rule: &Rule) -> bool {
        self.fires.iter().any(|id| id == rule.id)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::rules::review::find_rule;

    #[test]
    fn the_corpus_is_large_varied_and_labelled_with_rules_that_exist() {
        let texts = texts();
        assert!(texts.len() >= 300, "{} texts", texts.len());
        let languages: HashSet<_> = texts.iter().map(|text| text.lang.as_str()).collect();
        assert!(languages.len() >= 6, "{languages:?}");
        let mut seen = Vec::new();
        for text in &texts {
            for id in text.fires.iter().chain(&text.near) {
                assert!(find_rule(id).is_some(), "no rule `{id}`: {text:?}");
            }
            assert!(!text.near.iter().any(|id| text.fires.contains(id)), "both: {text:?}");
            assert!(!seen.contains(&text), "twice: {text:?}");
            seen.push(text);
        }
    }

    #[test]
    fn every_rule_has_ten_texts_to_find_and_ten_to_let_by() {
        for score in scores(&texts()) {
            assert!(score.positives >= 10, "{}: {} to find", score.rule, score.positives);
            assert!(score.near_misses >= 10, "{}: {} near misses", score.rule, score.near_misses);
        }
    }

    #[test]
    fn every_rule_finds_all_it_must_and_nothing_else() {
        let texts = texts();
        let wrong = mistakes(&texts);
        assert!(wrong.is_empty(), "{wrong:#?}");
        for score in scores(&texts) {
            assert_eq!(
                (score.precision_percent(), score.recall_percent()),
                (100, 100),
                "{score:?}"
            );
        }
    }

    #[test]
    fn what_a_rule_misses_or_invents_is_counted() {
        let text = |fires: &[&str], near: &[&str], text: &str| Text {
            lang: "en".to_owned(),
            fires: fires.iter().map(|id| (*id).to_owned()).collect(),
            near: near.iter().map(|id| (*id).to_owned()).collect(),
            policy: Policy::default(),
            beside: None,
            text: text.to_owned(),
        };
        let texts = [
            text(&["mention"], &[], "hello @ada"),
            text(&["mention"], &[], "hello ada"),
            text(&[], &["mention"], "hello @bob"),
            text(&[], &["mention"], "hello bob"),
        ];
        let scores = scores(&texts);
        let mention = scores.iter().find(|score| score.rule == "mention").unwrap();
        assert_eq!((mention.found, mention.positives, mention.near_misses), (1, 2, 2));
        assert_eq!((mention.missed, mention.invented), (1, 1));
        assert_eq!((mention.precision_percent(), mention.recall_percent()), (50, 50));
        let wrong: Vec<_> =
            mistakes(&texts).into_iter().map(|one| (one.line, one.rule, one.is_missed)).collect();
        assert_eq!(wrong, [(2, "mention", true), (3, "mention", false)]);
    }
}

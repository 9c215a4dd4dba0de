//! How many different texts a grammar has in it.

use std::collections::{BTreeMap, HashSet};

use super::rule_set::{DEPTH_MAX, RuleSet};
use super::template::{Step, Template, steps};

impl RuleSet {
    /// How many ways there are at most to write from `origin`, within the depth that a text may
    /// have. There may be fewer texts, because two ways can lead to the same one. `u128::MAX` stands
    /// for any number from there on.
    pub fn ways(&self, origin: &str) -> u128 {
        let saved = self.texts_saved();
        let rules: Vec<(&str, Vec<Vec<Step<'_>>>)> =
            self.rules.keys().map(|rule| (rule.as_str(), self.different_options(rule))).collect();
        let mut ways: BTreeMap<&str, u128> = BTreeMap::new();
        // With each round one more level of rules has been counted.
        for _ in 0..DEPTH_MAX {
            let of_symbol = |name: &str| {
                let alone = u128::from(!self.rules.contains_key(name));
                let of_rule = ways.get(name).copied().unwrap_or(alone);
                of_rule.max(saved.get(name).copied().unwrap_or(0))
            };
            let of_option = |option: &Vec<Step<'_>>| {
                option.iter().fold(1_u128, |product, step| match step {
                    Step::Read(name) => product.saturating_mul(of_symbol(name)),
                    Step::Save { .. } | Step::Forget(_) => product,
                })
            };
            let of_rule = |options: &Vec<Vec<Step<'_>>>| {
                options.iter().map(of_option).fold(0, u128::saturating_add)
            };
            let next = rules.iter().map(|(rule, options)| (*rule, of_rule(options))).collect();
            if next == ways {
                break;
            }
            ways = next;
        }
        ways.get(origin).copied().unwrap_or(0)
    }

    /// The longest list that is saved as each key.
    fn texts_saved(&self) -> BTreeMap<&str, u128> {
        let mut saved = BTreeMap::new();
        let options = self.rules.values().flat_map(|rule| &rule.options);
        for step in options.flat_map(|option| steps(&option.template)) {
            if let Step::Save { key, texts } = step {
                let longest: &mut u128 = saved.entry(key).or_default();
                *longest = (*longest).max(u128::try_from(texts).unwrap_or(u128::MAX));
            }
        }
        saved
    }

    /// The steps of a rule's options, equal ones once.
    fn different_options(&self, rule: &str) -> Vec<Vec<Step<'_>>> {
        let mut seen: HashSet<&Template> = HashSet::new();
        let options = self.rules.get(rule).into_iter().flat_map(|rule| &rule.options);
        options
            .filter(|option| seen.insert(&option.template))
            .map(|option| steps(&option.template))
            .collect()
    }
}

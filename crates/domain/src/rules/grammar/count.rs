//! How many different texts a grammar has in it.
//!
//! Where it can be done soon, all of them are written and the different ones are counted: nothing
//! else knows that two ways lead to the same text, or what a saved symbol ties together. Else the
//! number of ways is a bound from above, and what was written until then one from below.

use std::collections::{BTreeMap, HashSet};

use super::rule_set::{DEPTH_MAX, RuleSet};
use super::script::Script;
use super::template::{Step, Template, steps};
use super::writing::Writing;

/// So many texts are written to count them.
const TEXTS_MAX: u32 = 50_000;
/// So many bytes are written for it, those of parts and of changes included.
const WORK_BYTES_MAX: usize = 64 * 1024 * 1024;
/// So much of different texts is kept in memory.
const BYTES_MAX: usize = 8 * 1024 * 1024;

/// How many different texts there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// All were written.
    Exactly(u64),
    /// There are too many to write them all.
    Between {
        /// So many were.
        at_least: u64,
        /// So many ways there are to write one; `u128::MAX` stands for any number from there on.
        at_most: u128,
    },
}

impl RuleSet {
    /// How many different texts `origin` has, with these texts in `given`.
    pub(super) fn count(&self, origin: &str, given: &[(&str, &str)]) -> Count {
        let mut script = Script::default();
        let mut texts: HashSet<String> = HashSet::new();
        let (mut work, mut bytes) = (0, 0);
        for _ in 0..TEXTS_MAX {
            let mut writing = Writing::new(self, given, &mut script);
            let text = writing.write(origin);
            work += writing.work_bytes();
            // One that grows too long is no text.
            if let Ok(text) = text {
                let length = text.len();
                bytes += if texts.insert(text) { length } else { 0 };
            }
            if !script.turn() {
                return Count::Exactly(number(texts.len()));
            }
            if work > WORK_BYTES_MAX || bytes > BYTES_MAX {
                break;
            }
        }
        let at_least = number(texts.len());
        let at_most = self.ways(origin);
        // All different ones may have come before the last way.
        if at_most == u128::from(at_least) {
            return Count::Exactly(at_least);
        }
        Count::Between { at_least, at_most }
    }

    /// How many ways there are at most to write from `origin`, within the depth that a text may
    /// have. There may be fewer texts, because two ways can lead to the same one. `u128::MAX` stands
    /// for any number from there on.
    pub(super) fn ways(&self, origin: &str) -> u128 {
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

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;

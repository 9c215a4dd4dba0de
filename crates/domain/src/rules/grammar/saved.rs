//! Whether what is saved is there when it is read, on every way through the rules.
//!
//! Each rule is summed up once: how many texts of a key must be saved before it begins, and how many
//! more there are at least when it is done. Sums of what comes one after the other, and the worst of
//! what may come instead of each other, give the sum of a rule from those of the rules it calls; a
//! rule that calls itself is summed up until nothing changes.

use std::collections::{BTreeMap, BTreeSet};

use super::ends::Ends;
use super::mistake::Mistake;
use super::template::{Step, Template, steps};

/// Counts end here; no grammar saves so many texts of one key on top of each other and needs them.
const COUNT_MAX: i32 = 16;
/// So many different symbols may be saved.
const KEYS_MAX: usize = 200;
/// So often is a grammar gone through before it counts as too tangled to be sure of.
const ROUNDS_MAX: usize = 64;

/// What a part of a grammar needs and leaves, by key; a key that is missing has 0 of both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Sum<'a>(BTreeMap<&'a str, Stack>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Stack {
    /// So many texts must be there before.
    needs: i32,
    /// So many more are there at least afterwards; below zero, fewer.
    adds: i32,
}

impl<'a> Sum<'a> {
    fn then(&mut self, key: &'a str, next: Stack) {
        let stack = self.0.entry(key).or_default();
        stack.needs = stack.needs.max(next.needs - stack.adds).min(COUNT_MAX);
        stack.adds = (stack.adds + next.adds).clamp(-COUNT_MAX, COUNT_MAX);
    }

    /// The worst of both.
    fn or(&mut self, other: &Self) {
        let keys: BTreeSet<&str> = self.0.keys().chain(other.0.keys()).copied().collect();
        for key in keys {
            let theirs = other.of(key);
            let ours = self.0.entry(key).or_default();
            ours.needs = ours.needs.max(theirs.needs);
            ours.adds = ours.adds.min(theirs.adds);
        }
    }

    fn of(&self, key: &str) -> Stack {
        self.0.get(key).copied().unwrap_or_default()
    }
}

/// The sums of all rules.
struct Sums<'a> {
    rules: &'a BTreeMap<String, Vec<Template>>,
    /// What is there without being saved.
    given: &'a [&'a str],
    of_rule: BTreeMap<&'a str, Sum<'a>>,
}

/// Notes each symbol that a text from `origins` may read, or forget, before it is saved.
pub(super) fn check(
    rules: &BTreeMap<String, Vec<Template>>,
    ends: &Ends<'_>,
    origins: &[&str],
    given: &[&str],
    mistakes: &mut Vec<Mistake>,
) {
    let all = rules.values().flatten().flat_map(steps);
    let keys: BTreeSet<&str> = all
        .filter_map(|step| match step {
            Step::Save { key, .. } | Step::Forget(key) => Some(key),
            Step::Read(_) => None,
        })
        .collect();
    if keys.len() > KEYS_MAX {
        let found = format!("{} symbols that are saved", keys.len());
        let mend = "make rules of some";
        mistakes.push(Mistake::new("", found, format!("at most {KEYS_MAX}"), mend));
        return;
    }
    let mut sums = Sums { rules, given, of_rule: BTreeMap::new() };
    let mut is_settled = keys.is_empty();
    for _ in 0..ROUNDS_MAX {
        if is_settled {
            break;
        }
        is_settled = sums.is_settled_after_round(ends);
    }
    if !is_settled {
        let found = "rules that save and forget in circles";
        let mend = "save within the symbol that needs it: `#[key:text]symbol#`";
        mistakes.push(Mistake::new("", found, "saved symbols that are surely there", mend));
        return;
    }
    for origin in origins {
        let Some(sum) = sums.of_rule.get(origin) else { continue };
        let lacking = sum.0.iter().filter(|(_, stack)| stack.needs > 0);
        mistakes.extend(lacking.map(|(key, _)| sums.mistake(origin, key)));
    }
}

impl<'a> Sums<'a> {
    fn is_settled_after_round(&mut self, ends: &Ends<'a>) -> bool {
        let mut is_settled = true;
        for &rule in &ends.order {
            let mut worst: Option<Sum<'_>> = None;
            for template in &self.rules[rule] {
                // An option that calls what is not summed up yet counts from the next round on.
                let Some(sum) = self.of_template(template) else {
                    is_settled = false;
                    continue;
                };
                match &mut worst {
                    Some(worst) => worst.or(&sum),
                    None => worst = Some(sum),
                }
            }
            if let Some(worst) = worst
                && self.of_rule.get(rule) != Some(&worst)
            {
                is_settled = false;
                self.of_rule.insert(rule, worst);
            }
        }
        is_settled
    }

    fn of_template(&self, template: &'a Template) -> Option<Sum<'a>> {
        let mut sum = Sum::default();
        for step in steps(template) {
            for (key, stack) in self.of_step(step)? {
                sum.then(key, stack);
            }
        }
        Some(sum)
    }

    fn of_step(&self, step: Step<'a>) -> Option<Vec<(&'a str, Stack)>> {
        Some(match step {
            Step::Save { key, .. } => vec![(key, Stack { needs: 0, adds: 1 })],
            Step::Forget(key) => vec![(key, Stack { needs: 1, adds: -1 })],
            Step::Read(name) if self.rules.contains_key(name) => {
                self.of_rule.get(name)?.0.iter().map(|(key, stack)| (*key, *stack)).collect()
            }
            Step::Read(name) if self.given.contains(&name) => Vec::new(),
            Step::Read(name) => vec![(name, Stack { needs: 1, adds: 0 })],
        })
    }

    /// Follows the text that lacks `key` to the place where it does.
    fn mistake(&self, origin: &'a str, key: &str) -> Mistake {
        let mut path = Vec::new();
        let mut rule = origin;
        // A rule that was passed already lacks no more the second time.
        let mut passed = BTreeSet::new();
        let mut saved = 0;
        while passed.insert(rule) {
            let Some((place, next)) = self.lack(rule, key, &mut saved) else { break };
            path.push(place);
            match next {
                Step::Read(name) if self.rules.contains_key(name) => rule = name,
                Step::Read(_) => {
                    let found = format!("`{key}`, which may not be saved yet when it is read");
                    let allowed = "a symbol that every way to it saves first";
                    let mend = format!("save it before: `[{key}:text]`, or add a rule `{key}`");
                    return Mistake::new(path.join(" > "), found, allowed, mend);
                }
                Step::Save { .. } | Step::Forget(_) => break,
            }
        }
        let found = format!("`[{key}:POP]`, where nothing may be saved any more");
        let mend = "take it out, or save before it";
        Mistake::new(path.join(" > "), found, "as many `POP` as were saved", mend)
    }

    /// The option of `rule` in which `key` is lacking when `saved` texts of it are there, and the
    /// step; `saved` is then what is there at that step.
    fn lack(&self, rule: &'a str, key: &str, saved: &mut i32) -> Option<(String, Step<'a>)> {
        let options = &self.rules[rule];
        let is_lacking = |sum: Sum<'_>| sum.of(key).needs > *saved;
        let index = options
            .iter()
            .position(|template| self.of_template(template).is_some_and(is_lacking))?;
        let place = if options.len() > 1 { format!("{rule}[{index}]") } else { rule.to_owned() };
        for step in steps(&options[index]) {
            let stacks = self.of_step(step)?;
            let of_key = stacks.iter().find(|(one, _)| *one == key);
            let stack = of_key.map(|(_, stack)| *stack).unwrap_or_default();
            if stack.needs > *saved {
                return Some((place, step));
            }
            *saved += stack.adds;
        }
        None
    }
}

#[cfg(test)]
mod tests;

//! Whether what is saved is there when it is read, on every way through the rules.
//!
//! Each rule is summed up for one saved symbol at a time: how many texts of it must be saved before
//! the rule begins, and how many more there are at least when it is done. Sums of what comes one after
//! the other, and the worst of what may come instead of each other, give the sum of a rule from those
//! of the rules it calls; where rules call themselves, this is done until nothing changes.

use std::collections::{BTreeMap, BTreeSet};

use super::ends::Ends;
use super::mistake::{Mistake, trail};
use super::template::{Step, Template, steps};

/// Counts end here; no grammar saves so many texts of one symbol on top of each other and needs them.
const COUNT_MAX: i32 = 16;
/// So many different symbols may be saved.
const KEYS_MAX: usize = 200;
/// So many steps are looked at before a grammar counts as too tangled to be sure of: many times those
/// of a large one, and soon done.
const STEPS_MAX: usize = 10_000_000;

/// What a part of a grammar needs and leaves of one saved symbol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    /// So many texts must be there before.
    needs: i32,
    /// So many more are there at least afterwards; below zero, fewer.
    adds: i32,
}

impl Sum {
    /// Of a rule of which nothing is known yet. It only gets worse.
    const BEST: Self = Self { needs: 0, adds: COUNT_MAX };

    fn then(self, next: Self) -> Self {
        Self {
            needs: self.needs.max(next.needs - self.adds).min(COUNT_MAX),
            adds: (self.adds + next.adds).clamp(-COUNT_MAX, COUNT_MAX),
        }
    }

    fn or(self, other: Self) -> Self {
        Self { needs: self.needs.max(other.needs), adds: self.adds.min(other.adds) }
    }
}

/// A step, and the number of the rule that it calls.
#[derive(Clone, Copy)]
struct Move<'a> {
    step: Step<'a>,
    called: Option<usize>,
}

/// The rules by number, in the order of their ends, so that most come behind those they call.
struct Rules<'a> {
    names: &'a [&'a str],
    /// What is there without being saved.
    given: &'a [&'a str],
    options: Vec<Vec<Vec<Move<'a>>>>,
    numbers: BTreeMap<&'a str, usize>,
    callers: Vec<BTreeSet<usize>>,
    /// The rules that say something of a saved symbol themselves.
    touching: BTreeMap<&'a str, BTreeSet<usize>>,
}

/// Notes each symbol that a text from `origins` may read, or forget, before it is saved.
pub(super) fn check(
    rules: &BTreeMap<String, Vec<Template>>,
    ends: &Ends<'_>,
    origins: &[&str],
    given: &[&str],
    mistakes: &mut Vec<Mistake>,
) {
    let rules = Rules::new(rules, ends, given);
    if rules.touching.len() > KEYS_MAX {
        let found = format!("{} symbols that are saved", rules.touching.len());
        let mend = "make rules of some";
        mistakes.push(Mistake::new("", found, format!("at most {KEYS_MAX}"), mend));
        return;
    }
    let mut steps_left = STEPS_MAX;
    for key in rules.touching.keys() {
        let Some(sums) = rules.sums(key, &mut steps_left) else {
            let found = "rules that save and forget in too many circles";
            let mend = "save within the symbol that needs it: `#[key:text]symbol#`";
            mistakes.push(Mistake::new("", found, "saved symbols that are surely there", mend));
            return;
        };
        let origins = origins.iter().filter_map(|origin| rules.numbers.get(origin));
        let lacking = origins.filter(|origin| sums[**origin].needs > 0);
        mistakes.extend(lacking.map(|origin| rules.mistake(*origin, key, &sums)));
    }
}

impl<'a> Rules<'a> {
    fn new(
        rules: &'a BTreeMap<String, Vec<Template>>,
        ends: &'a Ends<'a>,
        given: &'a [&'a str],
    ) -> Self {
        let names = ends.order.as_slice();
        let numbers: BTreeMap<&str, usize> =
            names.iter().enumerate().map(|(number, name)| (*name, number)).collect();
        let mut callers = vec![BTreeSet::new(); names.len()];
        let mut touching: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        let mut options = Vec::with_capacity(names.len());
        for (number, name) in names.iter().enumerate() {
            let as_move = |step| match step {
                Step::Read(name) => Move { step, called: numbers.get(name).copied() },
                Step::Save { .. } | Step::Forget(_) => Move { step, called: None },
            };
            let moves = |option| steps(option).into_iter().map(as_move).collect();
            let of_rule: Vec<Vec<Move<'_>>> = rules[*name].iter().map(moves).collect();
            for Move { step, called } in of_rule.iter().flatten() {
                match (step, called) {
                    (_, Some(called)) => {
                        callers[*called].insert(number);
                    }
                    (Step::Read(name), None) if given.contains(name) => {}
                    (Step::Read(key) | Step::Save { key, .. } | Step::Forget(key), None) => {
                        touching.entry(key).or_default().insert(number);
                    }
                }
            }
            options.push(of_rule);
        }
        Self { names, given, options, numbers, callers, touching }
    }

    /// The sum of every rule, or nothing if that took too many steps.
    fn sums(&self, key: &str, steps_left: &mut usize) -> Option<Vec<Sum>> {
        let mut sums = vec![Sum::default(); self.names.len()];
        let mut waiting = self.touching.get(key)?.clone();
        let mut next: Vec<usize> = waiting.iter().copied().collect();
        while let Some(rule) = next.pop() {
            sums[rule] = Sum::BEST;
            next.extend(self.callers[rule].iter().filter(|caller| waiting.insert(**caller)));
        }
        while let Some(rule) = waiting.pop_first() {
            let options = &self.options[rule];
            let steps: usize = options.iter().map(|option| option.len() + 1).sum();
            *steps_left = steps_left.checked_sub(steps)?;
            let of_options = options.iter().map(|option| self.of_option(option, key, &sums));
            let sum = of_options.reduce(Sum::or).unwrap_or_default();
            if sums[rule] != sum {
                sums[rule] = sum;
                waiting.extend(&self.callers[rule]);
            }
        }
        Some(sums)
    }

    fn of_option(&self, option: &[Move<'_>], key: &str, sums: &[Sum]) -> Sum {
        option.iter().fold(Sum::default(), |sum, step| sum.then(self.of_step(*step, key, sums)))
    }

    fn of_step(&self, Move { step, called }: Move<'_>, key: &str, sums: &[Sum]) -> Sum {
        match (step, called) {
            (_, Some(called)) => sums[called],
            (Step::Save { key: saved, .. }, None) if saved == key => Sum { needs: 0, adds: 1 },
            (Step::Forget(forgotten), None) if forgotten == key => Sum { needs: 1, adds: -1 },
            (Step::Read(name), None) if name == key && !self.given.contains(&name) => {
                Sum { needs: 1, adds: 0 }
            }
            (Step::Save { .. } | Step::Forget(_) | Step::Read(_), None) => Sum::default(),
        }
    }

    /// Follows the text that lacks `key` to the place where it does.
    fn mistake(&self, origin: usize, key: &str, sums: &[Sum]) -> Mistake {
        let mut path = Vec::new();
        let mut rule = origin;
        // A rule that was passed already lacks no more the second time.
        let mut passed = BTreeSet::new();
        let mut saved = 0;
        while passed.insert(rule) {
            let Some((place, lacking)) = self.lack(rule, key, sums, &mut saved) else { break };
            path.push(place);
            let (found, allowed, mend) = match (lacking.step, lacking.called) {
                (_, Some(called)) => {
                    rule = called;
                    continue;
                }
                (Step::Forget(_), None) => (
                    format!("`[{key}:POP]`, where nothing may be saved any more"),
                    "as many `POP` as were saved",
                    "take it out, or save before it".to_owned(),
                ),
                (Step::Read(_) | Step::Save { .. }, None) => (
                    format!("`{key}`, which may not be saved yet when it is read"),
                    "a symbol that every way to it saves first",
                    format!("save it before: `[{key}:text]`, or add a rule `{key}`"),
                ),
            };
            return Mistake::new(trail(&path), found, allowed, mend);
        }
        let found = format!("`{key}`, which may be forgotten before it is read or forgotten again");
        let mend = format!("save it for the symbol that needs it: `#[{key}:text]symbol#`");
        Mistake::new(
            trail(&path),
            found,
            "a symbol that is saved as often as it is forgotten",
            mend,
        )
    }

    /// The option of `rule` in which `key` is lacking when `saved` texts of it are there, and the
    /// step; `saved` is then what is there at that step.
    fn lack(
        &self,
        rule: usize,
        key: &str,
        sums: &[Sum],
        saved: &mut i32,
    ) -> Option<(String, Move<'a>)> {
        let options = &self.options[rule];
        let is_lacking = |option: &Vec<Move<'_>>| self.of_option(option, key, sums).needs > *saved;
        let index = options.iter().position(is_lacking)?;
        let name = self.names[rule];
        let place = if options.len() > 1 { format!("{name}[{index}]") } else { name.to_owned() };
        for step in &options[index] {
            let sum = self.of_step(*step, key, sums);
            if sum.needs > *saved {
                return Some((place, *step));
            }
            *saved += sum.adds;
        }
        None
    }
}

#[cfg(test)]
mod tests;

//! A grammar: rules by name, each with the options it may become, in Tracery's JSON.
//!
//! Everything that can be known before a text is written is checked when the rules are read: symbols
//! and modifiers that are not there, rules that never end, saved symbols that are read before they
//! are saved. So writing can fail in one way only: a text beyond all measure.

use std::collections::{BTreeMap, BTreeSet};

use super::ends::{Ends, Way};
use super::file::{self, Texts};
use super::mistake::{Mistake, Mistakes, listed, of_flaw, trail};
use super::saved;
use super::template::{self, Step, Template, steps};

/// So deep may symbols stand in each other.
pub(super) const DEPTH_MAX: u32 = 32;
/// So many symbols may one text take.
pub(super) const SYMBOLS_MAX: u32 = 1_000;

/// A checked grammar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RuleSet {
    pub(super) rules: BTreeMap<String, Rule>,
}

/// What a symbol may become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) options: Vec<Choice>,
    /// What the shortest text of it takes.
    pub(super) way: Way,
}

/// One of its options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) template: Template,
    /// What the shortest text of it takes.
    pub(super) way: Way,
}

impl RuleSet {
    /// Reads `{"rule": ["option with #symbol#", ..], ..}`. A text begins with one of `origins`.
    /// `given` names symbols whose text is given when a text is written, such as `topic`; a rule of
    /// the same name wins.
    pub(super) fn from_json(
        json: &str,
        origins: &[&str],
        given: &[&str],
    ) -> Result<Self, Mistakes> {
        let mut mistakes = Vec::new();
        let texts = file::read(json, &mut mistakes);
        if texts.is_empty() && !mistakes.is_empty() {
            return Err(Mistakes(mistakes));
        }
        let rules = templates(&texts, &mut mistakes);
        check_names(&texts, &rules, given, &mut mistakes);
        let missing = origins.iter().filter(|origin| !rules.contains_key(**origin));
        mistakes.extend(missing.map(|origin| {
            let found = format!("no rule `{origin}`, with which a text begins");
            Mistake::new(*origin, found, "one rule of that name", "add it, or rename one")
        }));
        let ends = Ends::of(&rules);
        mistakes.extend(ends.circles(&rules).iter().map(|circle| endless(circle)));
        if mistakes.is_empty() {
            mistakes.extend(origins.iter().filter_map(|origin| beyond(origin, &ends)));
            saved::check(&rules, &ends, origins, given, &mut mistakes);
        }
        if !mistakes.is_empty() {
            return Err(Mistakes(mistakes));
        }
        let rule = |options: &Vec<Template>, name: &str| Rule {
            options: options
                .iter()
                .map(|option| Choice { template: option.clone(), way: ends.of_option(option) })
                .collect(),
            way: ends.of_symbol(name),
        };
        let rules = rules.iter().map(|(name, options)| (name.clone(), rule(options, name)));
        Ok(Self { rules: rules.collect() })
    }

    /// Whether there is a rule of that name.
    pub(super) fn has(&self, rule: &str) -> bool {
        self.rules.contains_key(rule)
    }

    /// Whether some text reads `symbol`.
    pub(super) fn reads(&self, symbol: &str) -> bool {
        let options = self.rules.values().flat_map(|rule| &rule.options);
        let mut read = options.flat_map(|option| steps(&option.template));
        read.any(|step| step == Step::Read(symbol))
    }
}

/// Every option as a template. One that cannot be read counts as an empty text from here on, so that
/// it is told once.
fn templates(texts: &Texts, mistakes: &mut Vec<Mistake>) -> BTreeMap<String, Vec<Template>> {
    let mut rules = BTreeMap::new();
    for (rule, options) in texts {
        let mut templates: Vec<Template> = Vec::with_capacity(options.len());
        for option in options {
            templates.push(template::read(&option.text).unwrap_or_else(|flaw| {
                mistakes.push(of_flaw(&option.path, &flaw));
                Vec::new()
            }));
        }
        if templates.is_empty() {
            templates.push(Vec::new());
        }
        rules.insert(rule.clone(), templates);
    }
    rules
}

/// Notes every name that nothing stands for.
fn check_names(
    texts: &Texts,
    rules: &BTreeMap<String, Vec<Template>>,
    given: &[&str],
    mistakes: &mut Vec<Mistake>,
) {
    let saved: BTreeSet<&str> = rules
        .values()
        .flatten()
        .flat_map(steps)
        .filter_map(|step| match step {
            Step::Save { key, .. } => Some(key),
            Step::Read(_) | Step::Forget(_) => None,
        })
        .collect();
    let is_known =
        |name: &str| rules.contains_key(name) || given.contains(&name) || saved.contains(name);
    let all = given.iter().copied().chain(saved.iter().copied());
    let known = listed(all.chain(rules.keys().map(String::as_str)));
    for (rule, options) in texts {
        for (option, template) in options.iter().zip(&rules[rule]) {
            let mut told = BTreeSet::new();
            for step in steps(template) {
                let (name, found) = match step {
                    Step::Read(name) if !is_known(name) => (name, "which no rule stands for"),
                    Step::Forget(name) if !saved.contains(name) => (name, "which nothing saves"),
                    Step::Read(_) | Step::Forget(_) | Step::Save { .. } => continue,
                };
                if told.insert(name) {
                    let mend = r"add a rule of that name; write `\\#` for the sign itself";
                    let found = format!("`{name}`, {found}");
                    mistakes.push(Mistake::new(option.path.clone(), found, known.clone(), mend));
                }
            }
        }
    }
}

fn endless(circle: &[&str]) -> Mistake {
    let path = trail(circle);
    Mistake::new(
        circle.first().copied().unwrap_or_default(),
        format!("rules that call each other without end: {path}"),
        "rules of which one may end",
        "give one of them an option that calls none of the others",
    )
}

/// A text of which even the shortest is too much.
fn beyond(origin: &str, ends: &Ends<'_>) -> Option<Mistake> {
    let Way { depth, symbols } = ends.of_symbol(origin);
    let (found, allowed) = if depth > DEPTH_MAX {
        (format!("rules that stand {depth} deep in each other"), format!("at most {DEPTH_MAX}"))
    } else if symbols > SYMBOLS_MAX {
        let found = format!("{symbols} symbols or more in every text");
        (found, format!("at most {SYMBOLS_MAX}"))
    } else {
        return None;
    };
    Some(Mistake::new(origin, found, allowed, "make the rules simpler"))
}

#[cfg(test)]
mod tests;

//! Which rules come to an end, and by which way soonest.
//!
//! Rules may call themselves, as long as each has a way out. The shortest way out of every rule is
//! known before anything is written; the writer keeps room for it and takes it when the room gets
//! scarce, so that no recursion fails, however the dice fall.

use std::collections::{BTreeMap, BTreeSet};

use super::template::{Step, Template, steps};

/// What the way out of a rule or of an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Way {
    /// So deep do its rules stand in each other.
    pub(super) depth: u32,
    /// So many symbols does it write.
    pub(super) symbols: u32,
}

/// The ways out of all rules. A rule that calls itself without end has none.
pub(super) struct Ends<'a> {
    ways: BTreeMap<&'a str, Way>,
    /// The rules in an order in which each comes behind those that its way out calls.
    pub(super) order: Vec<&'a str>,
}

/// An option of a rule that waits for the ends of what it calls.
struct Waiting<'a> {
    rule: &'a str,
    template: &'a Template,
    missing: usize,
}

impl<'a> Ends<'a> {
    /// Of all rules. Each level of the search is one step deeper, so every rule is settled by its
    /// shallowest option, and the whole takes time in proportion to the file.
    pub(super) fn of(rules: &'a BTreeMap<String, Vec<Template>>) -> Self {
        let mut waiting = Vec::new();
        let mut callers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut ready = Vec::new();
        for (rule, options) in rules {
            for template in options {
                let called = called(template, rules);
                let index = waiting.len();
                if called.is_empty() {
                    ready.push(index);
                }
                waiting.push(Waiting { rule, template, missing: called.len() });
                for one in called {
                    callers.entry(one).or_default().push(index);
                }
            }
        }
        let mut ends = Self { ways: BTreeMap::new(), order: Vec::new() };
        while !ready.is_empty() {
            let mut settled: BTreeMap<&str, Way> = BTreeMap::new();
            for index in ready.drain(..) {
                let Waiting { rule, template, .. } = waiting[index];
                if !ends.ways.contains_key(rule) {
                    let way = ends.of_option(template);
                    let way = Way { depth: way.depth + 1, symbols: way.symbols.saturating_add(1) };
                    settled.entry(rule).and_modify(|best| *best = way.min(*best)).or_insert(way);
                }
            }
            for (rule, way) in settled {
                ends.ways.insert(rule, way);
                ends.order.push(rule);
                for &index in callers.get(rule).into_iter().flatten() {
                    waiting[index].missing -= 1;
                    if waiting[index].missing == 0 {
                        ready.push(index);
                    }
                }
            }
        }
        ends
    }

    /// What an option takes if all that it calls takes its way out. A symbol without a rule is a
    /// text that is there already.
    pub(super) fn of_option(&self, template: &Template) -> Way {
        let mut way = Way { depth: 0, symbols: 0 };
        for step in steps(template) {
            if let Step::Read(name) = step {
                let one = self.of_symbol(name);
                way.depth = way.depth.max(one.depth);
                way.symbols = way.symbols.saturating_add(one.symbols);
            }
        }
        way
    }

    /// What reading a symbol takes at its least.
    pub(super) fn of_symbol(&self, name: &str) -> Way {
        self.ways.get(name).copied().unwrap_or(Way { depth: 0, symbols: 1 })
    }

    /// The circles of rules that no option leads out of, each from one of its rules back to it.
    pub(super) fn circles(&self, rules: &'a BTreeMap<String, Vec<Template>>) -> Vec<Vec<&'a str>> {
        let mut circles = Vec::new();
        let mut seen = BTreeSet::new();
        for rule in rules.keys() {
            let mut trail: Vec<&str> = Vec::new();
            let mut next = Some(rule.as_str()).filter(|rule| !self.ways.contains_key(rule));
            while let Some(rule) = next {
                trail.push(rule);
                if !seen.insert(rule) {
                    break;
                }
                let called = rules[rule].first().map(|first| called(first, rules));
                next = called
                    .and_then(|all| all.into_iter().find(|called| !self.ways.contains_key(called)));
            }
            // A trail that ends in another's is told there.
            if let Some((last, before)) = trail.split_last()
                && let Some(start) = before.iter().position(|rule| rule == last)
            {
                circles.push(trail[start..].to_vec());
            }
        }
        circles
    }
}

fn called<'a>(
    template: &'a Template,
    rules: &BTreeMap<String, Vec<Template>>,
) -> BTreeSet<&'a str> {
    let reads = steps(template).into_iter().filter_map(|step| match step {
        Step::Read(name) => Some(name),
        Step::Save { .. } | Step::Forget(_) => None,
    });
    reads.filter(|name| rules.contains_key(*name)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::template::read;
    use super::*;

    fn rules(rules: &[(&str, &[&str])]) -> BTreeMap<String, Vec<Template>> {
        let templates =
            |options: &[&str]| options.iter().map(|option| read(option).unwrap()).collect();
        rules.iter().map(|(rule, options)| ((*rule).to_owned(), templates(options))).collect()
    }

    #[test]
    fn the_way_out_is_the_shallowest_and_then_the_shortest() {
        let rules = rules(&[
            ("a", &["#a##a#", "#b##b#", "#c##given#"]),
            ("b", &["x"]),
            ("c", &["y", "#b#"]),
            ("d", &["[k:#a#]#k#"]),
        ]);
        let ends = Ends::of(&rules);
        for (rule, depth, symbols) in [("a", 2, 3), ("b", 1, 1), ("c", 1, 1), ("d", 3, 5)] {
            assert_eq!(ends.of_symbol(rule), Way { depth, symbols }, "{rule}");
        }
        assert_eq!(ends.order, ["b", "c", "a", "d"]);
        assert_eq!(ends.circles(&rules), Vec::<Vec<&str>>::new());
    }

    #[test]
    fn each_circle_without_a_way_out_is_found_once() {
        let rules = rules(&[
            ("a", &["#b# and #d#", "#c#"]),
            ("b", &["#c#"]),
            ("c", &["#b#"]),
            ("d", &["x#d#", "y"]),
            ("e", &["[k:#e#]x"]),
        ]);
        let circles = Ends::of(&rules).circles(&rules);
        assert_eq!(circles, [vec!["b", "c", "b"], vec!["e", "e"]]);
    }

    #[test]
    fn a_chain_of_ten_thousand_rules_takes_no_stack() {
        let rule = |n: u32| (format!("r{n}"), vec![read(&format!("#r{}#", n + 1)).unwrap()]);
        let mut chain: BTreeMap<String, Vec<Template>> = (0..10_000).map(rule).collect();
        chain.insert("r10000".to_owned(), vec![Vec::new()]);
        assert_eq!(Ends::of(&chain).of_symbol("r0"), Way { depth: 10_001, symbols: 10_001 });
    }
}

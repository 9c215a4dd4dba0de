//! A grammar: rules by name, each with the options it may become.
//!
//! Everything a symbol can lead to is checked when the rules are read, so that writing can fail in
//! two ways only: rules that call each other without end, and a text beyond all measure.

use std::collections::BTreeMap;

use super::chance::Chance;
use super::modifier::Modifier;
use super::template::{self, Piece, TemplateError};

/// So deep may symbols stand in each other.
const DEPTH_MAX: usize = 32;
/// No post needs more.
const TEXT_BYTES_MAX: usize = 4_000;
/// So many symbols may one text take. Rules that double at each step end here.
const SYMBOLS_MAX: usize = 1_000;

/// Why a grammar cannot be used. Every variant names the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrammarError {
    /// It is not an object of lists of strings.
    #[error("a grammar is a JSON object of lists of strings: {0}")]
    NotRules(String),
    /// A rule has no option.
    #[error("rule `{rule}` has no option; give it at least one")]
    EmptyRule {
        /// Its name.
        rule: String,
    },
    /// A `#` has no partner.
    #[error("{path}: a `#` is not closed; write `#symbol#`, or `##` for the sign itself")]
    Unclosed {
        /// The rule and the number of its option.
        path: String,
    },
    /// No rule has that name.
    #[error("{path}: there is no rule `{symbol}`")]
    UnknownSymbol {
        /// The rule and the number of its option, or the symbols that led here.
        path: String,
        /// The name.
        symbol: String,
    },
    /// No such modifier.
    #[error("{path}: there is no modifier `{modifier}`; {} are", Modifier::NAMES)]
    UnknownModifier {
        /// The rule and the number of its option.
        path: String,
        /// The name.
        modifier: String,
    },
    /// Rules call each other without end.
    #[error("rules call each other without end: {path}")]
    TooDeep {
        /// The symbols that led there, up to the first that comes again.
        path: String,
    },
    /// The text grows beyond all measure.
    #[error("the text grows too long: {path}")]
    TooLong {
        /// The symbols that led there.
        path: String,
    },
}

/// A checked grammar.
#[derive(Clone, Debug)]
pub struct RuleSet {
    rules: BTreeMap<String, Vec<Vec<Piece>>>,
}

impl RuleSet {
    /// Reads `{"rule": ["option with #symbol#", ..], ..}`. `given` names symbols that have no rule
    /// because their text is given when a text is written, such as `topic`.
    pub fn from_json(json: &str, given: &[&str]) -> Result<Self, GrammarError> {
        let raw: BTreeMap<String, Vec<String>> = serde_json::from_str(json)
            .map_err(|error| GrammarError::NotRules(error.to_string()))?;
        let mut rules = BTreeMap::new();
        for (rule, options) in &raw {
            if options.is_empty() {
                return Err(GrammarError::EmptyRule { rule: rule.clone() });
            }
            let is_known = |name: &str| raw.contains_key(name) || given.contains(&name);
            let options = options
                .iter()
                .enumerate()
                .map(|(index, option)| read_option(option, &format!("{rule}[{index}]"), is_known))
                .collect::<Result<_, _>>()?;
            rules.insert(rule.clone(), options);
        }
        Ok(Self { rules })
    }

    /// Whether there is a rule of that name.
    pub fn has(&self, rule: &str) -> bool {
        self.rules.contains_key(rule)
    }

    /// Writes one text from rule `origin`; `seed` decides every choice. The texts in `given` stand
    /// as they are: a `#` in them is a number sign.
    pub fn write(
        &self,
        origin: &str,
        given: &[(&str, &str)],
        seed: u64,
    ) -> Result<String, GrammarError> {
        let mut writing =
            Writing { rules: self, given, chance: Chance::new(seed), path: Vec::new(), symbols: 0 };
        writing.expand(origin)
    }

    /// How many ways there are to write from `rule`, options that give the same text counted each.
    /// A rule that can call itself has no such number, and counts as endless (`u128::MAX`).
    pub fn ways(&self, rule: &str) -> u128 {
        self.ways_below(rule, 0)
    }

    fn ways_below(&self, rule: &str, depth: usize) -> u128 {
        if depth > DEPTH_MAX {
            return u128::MAX;
        }
        let Some(options) = self.rules.get(rule) else { return 1 };
        let ways = |option: &Vec<Piece>| {
            option.iter().fold(1_u128, |ways, piece| match piece {
                Piece::Text(_) => ways,
                Piece::Symbol { name, .. } => ways.saturating_mul(self.ways_below(name, depth + 1)),
            })
        };
        options.iter().map(ways).fold(0, u128::saturating_add)
    }
}

fn read_option(
    option: &str,
    path: &str,
    is_known: impl Fn(&str) -> bool,
) -> Result<Vec<Piece>, GrammarError> {
    let path = || path.to_owned();
    let pieces = template::parse(option).map_err(|error| match error {
        TemplateError::Unclosed => GrammarError::Unclosed { path: path() },
        TemplateError::UnknownModifier(modifier) => {
            GrammarError::UnknownModifier { path: path(), modifier }
        }
    })?;
    for piece in &pieces {
        if let Piece::Symbol { name, .. } = piece
            && !is_known(name)
        {
            return Err(GrammarError::UnknownSymbol { path: path(), symbol: name.clone() });
        }
    }
    Ok(pieces)
}

/// One text while it is written.
struct Writing<'a> {
    rules: &'a RuleSet,
    given: &'a [(&'a str, &'a str)],
    chance: Chance,
    path: Vec<&'a str>,
    symbols: usize,
}

impl<'a> Writing<'a> {
    fn expand(&mut self, symbol: &'a str) -> Result<String, GrammarError> {
        if let Some((_, text)) = self.given.iter().find(|(name, _)| *name == symbol) {
            return Ok((*text).to_owned());
        }
        let rules = self.rules;
        self.path.push(symbol);
        if self.path.len() > DEPTH_MAX {
            return Err(GrammarError::TooDeep { path: self.path_to_first_repeat() });
        }
        self.symbols += 1;
        let option = rules.rules.get(symbol).and_then(|options| self.chance.pick(options));
        let Some(option) = option else {
            return Err(GrammarError::UnknownSymbol {
                path: self.path.join(" > "),
                symbol: symbol.to_owned(),
            });
        };
        let mut text = String::new();
        for piece in option {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Symbol { name, modifiers } => {
                    let part = self.expand(name)?;
                    text.push_str(&modifiers.iter().fold(part, |part, m| m.apply(&part)));
                }
            }
            if text.len() > TEXT_BYTES_MAX || self.symbols > SYMBOLS_MAX {
                return Err(GrammarError::TooLong { path: self.path.join(" > ") });
            }
        }
        self.path.pop();
        Ok(text)
    }

    fn path_to_first_repeat(&self) -> String {
        let repeat = (1..self.path.len()).find(|at| self.path[..*at].contains(&self.path[*at]));
        self.path[..=repeat.unwrap_or(self.path.len() - 1)].join(" > ")
    }
}

#[cfg(test)]
mod tests;

//! One text while it is written: bounded in depth, in work and in size.
//!
//! Each symbol that is still to come has its shortest way out reserved. An option is taken only if
//! it leaves that room, so rules that call themselves always end, and no grammar takes more work than
//! the bounds say.

use std::collections::BTreeMap;

use super::chance::Chance;
use super::ends::Way;
use super::modifier::Modifier;
use super::rule_set::{Choice, DEPTH_MAX, RuleSet, SYMBOLS_MAX};
use super::template::{Action, Piece, Symbol, Template};

/// No post needs more.
const TEXT_BYTES_MAX: usize = 4_000;
/// All bytes that are written for one text: those of its parts, of what is saved, and again those
/// that a modifier changes.
const WORK_BYTES_MAX: usize = 256 * 1024;
/// What a part takes even if it is empty.
const PART_BYTES_MIN: usize = 32;

/// Why a text was not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// There is no such rule.
    #[error("there is no rule `{0}`")]
    NoRule(String),
    /// The text grows beyond all measure.
    #[error("the text grows too long: {path}")]
    TooLong {
        /// The symbols that led there.
        path: String,
    },
}

/// Who decides.
pub(super) trait Decide {
    /// One of `count`, counted from 0; `count` is never 0.
    fn decide(&mut self, count: usize) -> usize;
}

impl Decide for Chance {
    fn decide(&mut self, count: usize) -> usize {
        self.below(count)
    }
}

impl RuleSet {
    /// Writes one text from rule `origin`; `seed` decides every choice. The texts in `given` stand
    /// as they are: a `#` in them is a number sign.
    pub(super) fn write(
        &self,
        origin: &str,
        given: &[(&str, &str)],
        seed: u64,
    ) -> Result<String, WriteError> {
        Writing::new(self, given, &mut Chance::new(seed)).write(origin)
    }
}

pub(super) struct Writing<'a, D> {
    set: &'a RuleSet,
    given: &'a [(&'a str, &'a str)],
    decide: &'a mut D,
    path: Vec<&'a str>,
    /// Symbols that may still be written, without those that are reserved.
    spare: u32,
    saved: BTreeMap<&'a str, Vec<Vec<String>>>,
    work_bytes: usize,
}

impl<'a, D: Decide> Writing<'a, D> {
    pub(super) fn new(
        set: &'a RuleSet,
        given: &'a [(&'a str, &'a str)],
        decide: &'a mut D,
    ) -> Self {
        let (path, saved) = (Vec::new(), BTreeMap::new());
        Self { set, given, decide, path, spare: SYMBOLS_MAX, saved, work_bytes: 0 }
    }

    pub(super) fn write(&mut self, origin: &'a str) -> Result<String, WriteError> {
        let Some(rule) = self.set.rules.get(origin) else {
            return Err(WriteError::NoRule(origin.to_owned()));
        };
        // Only the beginnings that were named when the rules were read are known to fit.
        if rule.way.depth > DEPTH_MAX || rule.way.symbols > self.spare {
            return Err(WriteError::TooLong { path: origin.to_owned() });
        }
        self.spare -= rule.way.symbols;
        self.symbol(origin)
    }

    /// What it took until now.
    pub(super) fn work_bytes(&self) -> usize {
        self.work_bytes
    }

    /// What is saved wins over the rule of the same name, and that over what is given.
    fn symbol(&mut self, name: &'a str) -> Result<String, WriteError> {
        let set = self.set;
        let rule = set.rules.get(name);
        self.spend(0)?;
        self.spare += rule.map_or(1, |rule| rule.way.symbols);
        if let Some(texts) = self.saved.get(name).and_then(|stack| stack.last()) {
            self.spare -= 1;
            let index = self.decide.decide(texts.len());
            return Ok(texts.get(index).cloned().unwrap_or_default());
        }
        let Some(rule) = rule else {
            self.spare -= 1;
            let text = self.given.iter().find(|(given, _)| *given == name);
            let text = text.ok_or_else(|| WriteError::NoRule(name.to_owned()))?;
            return Ok(text.1.to_owned());
        };
        self.path.push(name);
        let choice = self.choice(&rule.options)?;
        self.spare -= 1 + choice.way.symbols;
        let text = self.template(&choice.template)?;
        self.path.pop();
        Ok(text)
    }

    /// One of the options for which there is room. The way out is always among them, because it was
    /// reserved.
    fn choice(&mut self, options: &'a [Choice]) -> Result<&'a Choice, WriteError> {
        let levels = DEPTH_MAX.saturating_sub(u32::try_from(self.path.len()).unwrap_or(DEPTH_MAX));
        let fits = |way: Way| way.depth <= levels && way.symbols < self.spare;
        let fitting = options.iter().filter(|choice| fits(choice.way)).count();
        if fitting == 0 {
            return Err(self.too_long());
        }
        let index = self.decide.decide(fitting);
        let chosen = options.iter().filter(|choice| fits(choice.way)).nth(index);
        chosen.ok_or_else(|| self.too_long())
    }

    fn template(&mut self, template: &'a Template) -> Result<String, WriteError> {
        let mut text = String::new();
        for piece in template {
            match piece {
                Piece::Text(part) => self.push(&mut text, part)?,
                Piece::Action(action) => self.act(action)?,
                Piece::Symbol(symbol) => {
                    let part = self.tag(symbol)?;
                    self.push(&mut text, &part)?;
                }
            }
        }
        Ok(text)
    }

    fn tag(&mut self, symbol: &'a Symbol) -> Result<String, WriteError> {
        symbol.actions.iter().try_for_each(|action| self.act(action))?;
        let mut text = self.symbol(&symbol.name)?;
        symbol.saved_keys().for_each(|key| self.forget(key));
        for modifier in &symbol.modifiers {
            let changed = Modifier::apply(modifier, &text);
            text.clear();
            self.push(&mut text, &changed)?;
        }
        Ok(text)
    }

    fn act(&mut self, action: &'a Action) -> Result<(), WriteError> {
        match action {
            Action::Save { key, texts } => {
                let mut written = Vec::with_capacity(texts.len());
                for template in texts {
                    self.spend(0)?;
                    written.push(self.template(template)?);
                }
                self.saved.entry(key).or_default().push(written);
            }
            Action::Forget { key } => self.forget(key),
            Action::Run(template) => {
                self.template(template)?;
            }
        }
        Ok(())
    }

    fn forget(&mut self, key: &str) {
        if let Some(stack) = self.saved.get_mut(key) {
            stack.pop();
        }
    }

    fn push(&mut self, text: &mut String, part: &str) -> Result<(), WriteError> {
        self.spend(part.len())?;
        if text.len() + part.len() > TEXT_BYTES_MAX {
            return Err(self.too_long());
        }
        text.push_str(part);
        Ok(())
    }

    fn spend(&mut self, bytes: usize) -> Result<(), WriteError> {
        self.work_bytes += bytes + PART_BYTES_MIN;
        if self.work_bytes > WORK_BYTES_MAX { Err(self.too_long()) } else { Ok(()) }
    }

    fn too_long(&self) -> WriteError {
        WriteError::TooLong { path: self.path.join(" > ") }
    }
}

#[cfg(test)]
mod tests;

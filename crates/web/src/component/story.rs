//! A story as a vertical line, the oldest step at the top.

use askama::Template;

use super::pill::{Mood, Pill};
use super::time::Moment;

/// All of it.
#[derive(Debug, PartialEq, Template)]
#[template(path = "component/story.html")]
pub(crate) struct Story {
    pub(crate) steps: Vec<Step>,
}

/// One thing that happened.
#[derive(Debug, PartialEq)]
pub(crate) struct Step {
    mood: Mood,
    title: String,
    at: Option<Moment>,
    lines: Vec<Line>,
    facts: Vec<(&'static str, String)>,
    rules: Vec<(Pill, &'static str, String)>,
    folds: Vec<(&'static str, String)>,
    link: Option<(String, String)>,
}

/// A sentence of ours, and somebody's words after it.
#[derive(Debug, PartialEq)]
struct Line {
    ours: String,
    theirs: Option<String>,
}

impl Step {
    /// That happened.
    pub(crate) fn new(mood: Mood, title: impl Into<String>) -> Self {
        Self {
            mood,
            title: title.into(),
            at: None,
            lines: Vec::new(),
            facts: Vec::new(),
            rules: Vec::new(),
            folds: Vec::new(),
            link: None,
        }
    }

    /// When.
    pub(crate) fn at(self, at: Moment) -> Self {
        Self { at: Some(at), ..self }
    }

    /// A sentence about it.
    pub(crate) fn saying(mut self, ours: impl Into<String>) -> Self {
        self.lines.push(Line { ours: ours.into(), theirs: None });
        self
    }

    /// A sentence, and somebody's words.
    pub(crate) fn quoting(mut self, ours: impl Into<String>, theirs: impl Into<String>) -> Self {
        self.lines.push(Line { ours: ours.into(), theirs: Some(theirs.into()) });
        self
    }

    /// A figure or a name of it.
    pub(crate) fn fact(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.facts.push((name, value.into()));
        self
    }

    /// A figure or a name of it, where there is one.
    pub(crate) fn maybe_fact(self, name: &'static str, value: Option<String>) -> Self {
        match value {
            Some(value) => self.fact(name, value),
            None => self,
        }
    }

    /// What a rule said.
    pub(crate) fn rule(mut self, pill: Pill, rule: &'static str, said: impl Into<String>) -> Self {
        self.rules.push((pill, rule, said.into()));
        self
    }

    /// A long text that is shown when asked for.
    pub(crate) fn fold(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.folds.push((name, text.into()));
        self
    }

    /// Where more is.
    pub(crate) fn link(self, words: impl Into<String>, href: impl Into<String>) -> Self {
        Self { link: Some((words.into(), href.into())), ..self }
    }
}

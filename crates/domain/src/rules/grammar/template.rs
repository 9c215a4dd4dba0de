//! What an option of a rule is made of, once it is read.

mod read;

pub(super) use self::read::{Flaw, read};
use super::modifier::Modifier;

/// One option of a rule.
pub(super) type Template = Vec<Piece>;

/// A part of an option.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Piece {
    Text(String),
    Symbol(Symbol),
    Action(Action),
}

/// `#[key:text]name.modifier#`
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Symbol {
    /// What is saved for as long as this symbol is written.
    pub(super) actions: Vec<Action>,
    pub(super) name: String,
    pub(super) modifiers: Vec<Modifier>,
}

/// What stands in brackets. It writes nothing itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Action {
    /// `[key:one,#other#]`: from now on `#key#` is one of these, each written once, here.
    Save { key: String, texts: Vec<Template> },
    /// `[key:POP]`: what was saved last is forgotten.
    Forget { key: String },
    /// `[#rule#]`: written for what it saves; its text is thrown away.
    Run(Template),
}

/// What writing a template does to symbols, in the order in which it happens. Everything that is
/// known about a grammar before it writes is worked out from these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    Read(&'a str),
    Save { key: &'a str, texts: usize },
    Forget(&'a str),
}

/// The steps of a template.
pub(super) fn steps(template: &Template) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    add_steps(template, &mut steps);
    steps
}

fn add_steps<'a>(template: &'a Template, steps: &mut Vec<Step<'a>>) {
    for piece in template {
        match piece {
            Piece::Text(_) => {}
            Piece::Action(action) => add_action(action, steps),
            Piece::Symbol(symbol) => {
                for action in &symbol.actions {
                    add_action(action, steps);
                }
                steps.push(Step::Read(&symbol.name));
                steps.extend(symbol.saved_keys().map(Step::Forget));
            }
        }
    }
}

fn add_action<'a>(action: &'a Action, steps: &mut Vec<Step<'a>>) {
    match action {
        Action::Save { key, texts } => {
            for text in texts {
                add_steps(text, steps);
            }
            steps.push(Step::Save { key, texts: texts.len() });
        }
        Action::Forget { key } => steps.push(Step::Forget(key)),
        Action::Run(template) => add_steps(template, steps),
    }
}

impl Symbol {
    /// What is forgotten again when the symbol is written.
    pub(super) fn saved_keys(&self) -> impl Iterator<Item = &str> {
        self.actions.iter().rev().filter_map(|action| match action {
            Action::Save { key, .. } => Some(key.as_str()),
            Action::Forget { .. } | Action::Run(_) => None,
        })
    }
}

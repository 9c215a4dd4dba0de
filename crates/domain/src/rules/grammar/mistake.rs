//! What is wrong in a grammar, where, and what may stand there instead. All of them are told at
//! once, and nothing is written from a grammar that has any.

use std::fmt;

use super::modifier::{Modifier, ModifierError};
use super::template::Flaw;

/// Names in a message; the others are counted.
const NAMES_TOLD_MAX: usize = 12;

/// One thing to mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The rule and the number of its option from 0, such as `origin[2]`; a line, where the file
    /// cannot be read as JSON; empty, where it is about the whole file.
    pub path: String,
    /// What stands there.
    pub found: String,
    /// What may stand there.
    pub allowed: String,
    /// What to do.
    pub mend: String,
}

impl Mistake {
    pub(super) fn new(
        path: impl Into<String>,
        found: impl Into<String>,
        allowed: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self { path: path.into(), found: found.into(), allowed: allowed.into(), mend: mend.into() }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{}; {}", self.found, self.mend)
    }
}

/// All that is wrong in a grammar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes(pub Vec<Mistake>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Mistakes {}

/// "a > b > c", or its begin where it is long.
pub(super) fn trail(names: &[impl AsRef<str>]) -> String {
    let told: Vec<&str> = names.iter().take(NAMES_TOLD_MAX).map(AsRef::as_ref).collect();
    let more = if names.len() > NAMES_TOLD_MAX { " > .." } else { "" };
    format!("{}{more}", told.join(" > "))
}

/// "`a`, `b` and 3 more".
pub(super) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let (told, rest) = names.split_at(names.len().min(NAMES_TOLD_MAX));
    let told = told.join(", ");
    if rest.is_empty() { told } else { format!("{told} and {} more", rest.len()) }
}

/// What a flaw of an option is to the one who wrote it.
pub(super) fn of_flaw(path: &str, flaw: &Flaw) -> Mistake {
    let new = |found: &str, allowed: &str, mend: &str| Mistake::new(path, found, allowed, mend);
    match flaw {
        Flaw::OpenHash => new(
            "a `#` that is not closed",
            "`#symbol#`",
            r"close it, or write `\\#` for the sign itself",
        ),
        Flaw::EmptyHash => new(
            "a `##` without a symbol in it",
            "`#symbol#`",
            r"name a symbol, or write `\\#` for the sign itself",
        ),
        Flaw::AfterModifier { symbol } => new(
            &format!("something behind the modifiers of `{symbol}`"),
            "`#symbol.modifier(this,that)#`",
            "close the symbol with `#` behind its modifiers",
        ),
        Flaw::OpenBracket => new(
            "a `[` that is not closed",
            "`[key:text]`, `[key:POP]` or `[#rule#]`",
            r"close it, or write `\\[` for the sign itself",
        ),
        Flaw::StrayBracket => new(
            "a `]` that closes nothing",
            "`[key:text]`",
            r"take it out, or write `\\]` for the sign itself",
        ),
        Flaw::IdleBracket { inside } => new(
            &format!("`[{inside}]`, which writes nothing and saves nothing"),
            "`[key:text]`, `[key:POP]` or `[#rule#]`",
            r"write `\\[` and `\\]` for the signs themselves",
        ),
        Flaw::OpenParenthesis { modifier } => new(
            &format!("a `(` of `{modifier}` that is not closed"),
            "`#symbol.replace(this,that)#`",
            "close it before the `#`",
        ),
        Flaw::LoneBackslash => new(
            r"a `\` with nothing behind it",
            r"`\\` before the sign that is meant as text",
            r"take it out, or write `\\\\` for the sign itself",
        ),
        Flaw::TooNested { levels_max } => new(
            "brackets in brackets in brackets, and so on",
            &format!("{levels_max} levels"),
            "give the inner ones a rule of their own",
        ),
        Flaw::TooManyModifiers { symbol, modifiers_max } => new(
            &format!("a row of modifiers behind `{symbol}`"),
            &format!("{modifiers_max} of them"),
            "leave some out",
        ),
        Flaw::Modifier(ModifierError::Unknown { name }) => new(
            &format!("`{name}`, which is no modifier"),
            Modifier::NAMES,
            "write one of these, or take it out",
        ),
        Flaw::Modifier(ModifierError::Parameters { name, wanted }) => {
            new(&format!("other parameters than `{name}` takes"), wanted, "write it like this")
        }
    }
}

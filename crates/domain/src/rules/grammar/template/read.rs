//! Reads one option: `Good #time.capitalize#, [hero:#name#]#hero#.`
//!
//! A backslash takes the meaning from the sign behind it. Brackets may stand in each other, and in a
//! symbol; how deep is bounded, because each level is a call.

use std::str::Chars;

use super::super::modifier::{Modifier, ModifierError};
use super::{Action, Piece, Symbol, Template};

/// So deep may brackets stand in each other.
const NESTING_MAX: usize = 8;
/// So many modifiers may stand behind one symbol.
const MODIFIERS_MAX: usize = 16;

/// What is wrong in an option, without its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Flaw {
    OpenHash,
    EmptyHash,
    /// Something stands behind a modifier that is none.
    AfterModifier {
        symbol: String,
    },
    OpenBracket,
    StrayBracket,
    /// `[note]` would vanish from the text and do nothing.
    IdleBracket {
        inside: String,
    },
    OpenParenthesis {
        modifier: String,
    },
    LoneBackslash,
    TooNested {
        levels_max: usize,
    },
    TooManyModifiers {
        symbol: String,
        modifiers_max: usize,
    },
    Modifier(ModifierError),
}

impl From<ModifierError> for Flaw {
    fn from(error: ModifierError) -> Self {
        Self::Modifier(error)
    }
}

/// Reads an option; its first flaw, if it has any.
pub(in super::super) fn read(option: &str) -> Result<Template, Flaw> {
    Reader { rest: option.chars(), nesting: 0 }.template(&[])
}

struct Reader<'a> {
    rest: Chars<'a>,
    nesting: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn skip(&mut self) {
        self.rest.next();
    }

    fn escaped(&mut self) -> Result<char, Flaw> {
        self.rest.next().ok_or(Flaw::LoneBackslash)
    }

    /// Up to one of `ends`, which stays unread, or up to the end.
    fn template(&mut self, ends: &[char]) -> Result<Template, Flaw> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        while let Some(sign) = self.peek().filter(|sign| !ends.contains(sign)) {
            self.skip();
            let piece = match sign {
                '#' => Piece::Symbol(self.symbol()?),
                '[' => Piece::Action(self.action()?),
                ']' => return Err(Flaw::StrayBracket),
                '\\' => {
                    text.push(self.escaped()?);
                    continue;
                }
                plain => {
                    text.push(plain);
                    continue;
                }
            };
            push_text(&mut pieces, &mut text);
            pieces.push(piece);
        }
        push_text(&mut pieces, &mut text);
        Ok(pieces)
    }

    /// Behind the first `#`.
    fn symbol(&mut self) -> Result<Symbol, Flaw> {
        let mut symbol = Symbol { actions: Vec::new(), name: String::new(), modifiers: Vec::new() };
        loop {
            match self.rest.next().ok_or(Flaw::OpenHash)? {
                '#' if symbol.name.is_empty() => return Err(Flaw::EmptyHash),
                '#' => return Ok(symbol),
                '[' => symbol.actions.push(self.action()?),
                '.' => symbol.modifiers.push(self.modifier()?),
                _ if !symbol.modifiers.is_empty() => {
                    return Err(Flaw::AfterModifier { symbol: symbol.name });
                }
                '\\' => symbol.name.push(self.escaped()?),
                plain => symbol.name.push(plain),
            }
            if symbol.modifiers.len() > MODIFIERS_MAX {
                let modifiers_max = MODIFIERS_MAX;
                return Err(Flaw::TooManyModifiers { symbol: symbol.name, modifiers_max });
            }
        }
    }

    /// Behind its `.`.
    fn modifier(&mut self) -> Result<Modifier, Flaw> {
        let mut name = String::new();
        while let Some(sign) = self.peek().filter(|sign| !['.', '#', '['].contains(sign)) {
            self.skip();
            if sign == '(' {
                let parameters = self.parameters(&name)?;
                return Ok(Modifier::of(&name, &parameters)?);
            }
            name.push(sign);
        }
        if self.peek().is_none() {
            return Err(Flaw::OpenHash);
        }
        Ok(Modifier::of(&name, &[])?)
    }

    /// Behind the `(`. They are plain text.
    fn parameters(&mut self, modifier: &str) -> Result<Vec<String>, Flaw> {
        let mut parameters = vec![];
        let mut parameter = String::new();
        loop {
            let open = || Flaw::OpenParenthesis { modifier: modifier.to_owned() };
            match self.rest.next().ok_or_else(open)? {
                ')' => {
                    parameters.push(parameter);
                    return Ok(parameters);
                }
                ',' => parameters.push(std::mem::take(&mut parameter)),
                '\\' => parameter.push(self.escaped()?),
                plain => parameter.push(plain),
            }
        }
    }

    /// Behind the `[`.
    fn action(&mut self) -> Result<Action, Flaw> {
        if self.nesting == NESTING_MAX {
            return Err(Flaw::TooNested { levels_max: NESTING_MAX });
        }
        self.nesting += 1;
        let action = match self.key() {
            Some(key) => self.save(key)?,
            None => self.run()?,
        };
        self.nesting -= 1;
        Ok(action)
    }

    /// What stands before the `:`; nothing is read where there is none.
    fn key(&mut self) -> Option<String> {
        let mut ahead = self.rest.clone();
        let mut key = String::new();
        loop {
            match ahead.next()? {
                ':' => {
                    self.rest = ahead;
                    return Some(key);
                }
                '#' | '[' | ']' => return None,
                '\\' => key.push(ahead.next()?),
                plain => key.push(plain),
            }
        }
    }

    fn save(&mut self, key: String) -> Result<Action, Flaw> {
        let mut texts = Vec::new();
        loop {
            texts.push(self.template(&[',', ']'])?);
            match self.rest.next() {
                None => return Err(Flaw::OpenBracket),
                Some(']') => break,
                Some(_) => {}
            }
        }
        let is_forgetting = matches!(texts.as_slice(), [text]
            if matches!(text.as_slice(), [Piece::Text(word)] if word == "POP"));
        Ok(if is_forgetting { Action::Forget { key } } else { Action::Save { key, texts } })
    }

    fn run(&mut self) -> Result<Action, Flaw> {
        let template = self.template(&[']'])?;
        self.rest.next().ok_or(Flaw::OpenBracket)?;
        match template.as_slice() {
            [] => Err(Flaw::IdleBracket { inside: String::new() }),
            [Piece::Text(inside)] => Err(Flaw::IdleBracket { inside: inside.clone() }),
            _ => Ok(Action::Run(template)),
        }
    }
}

fn push_text(pieces: &mut Template, text: &mut String) {
    if !text.is_empty() {
        pieces.push(Piece::Text(std::mem::take(text)));
    }
}

#[cfg(test)]
mod tests;

//! One option of a rule, read once: `Good #time.capitalize#, #name#.`

use super::modifier::Modifier;

/// A part of an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Symbol { name: String, modifiers: Vec<Modifier> },
}

/// What is wrong in an option, without its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TemplateError {
    Unclosed,
    UnknownModifier(String),
}

/// Reads an option. `##` is a number sign.
pub(super) fn parse(option: &str) -> Result<Vec<Piece>, TemplateError> {
    let mut pieces = Vec::new();
    let mut parts = option.split('#');
    push_text(&mut pieces, parts.next().unwrap_or(""));
    loop {
        let Some(inside) = parts.next() else { return Ok(pieces) };
        let Some(after) = parts.next() else { return Err(TemplateError::Unclosed) };
        if inside.is_empty() {
            push_text(&mut pieces, "#");
        } else {
            pieces.push(symbol(inside)?);
        }
        push_text(&mut pieces, after);
    }
}

fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    if !text.is_empty() {
        pieces.push(Piece::Text(text.to_owned()));
    }
}

fn symbol(inside: &str) -> Result<Piece, TemplateError> {
    let mut names = inside.split('.');
    let name = names.next().unwrap_or("").to_owned();
    let modifiers = names
        .map(|name| {
            Modifier::of(name).ok_or_else(|| TemplateError::UnknownModifier(name.to_owned()))
        })
        .collect::<Result<_, _>>()?;
    Ok(Piece::Symbol { name, modifiers })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_text_and_symbols() {
        let pieces = parse("a #b.s.capitalize#, ##1").unwrap();
        let symbol = Piece::Symbol {
            name: "b".to_owned(),
            modifiers: vec![Modifier::Plural, Modifier::Capitalize],
        };
        let text = |text: &str| Piece::Text(text.to_owned());
        assert_eq!(pieces, [text("a "), symbol, text(", "), text("#"), text("1")]);
    }

    #[test]
    fn what_cannot_be_read_says_so() {
        assert_eq!(parse("a #b"), Err(TemplateError::Unclosed));
        assert_eq!(parse("#b.loud#"), Err(TemplateError::UnknownModifier("loud".to_owned())));
    }
}

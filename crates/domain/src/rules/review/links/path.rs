//! What may follow a domain: port, path and query. Trailing punctuation belongs to the sentence.

/// The bytes of `:8080`.
pub(super) fn port_length(text: &str) -> usize {
    let digits = text
        .strip_prefix(':')
        .map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    if digits == 0 { 0 } else { digits + 1 }
}

/// The bytes of the path that `text` begins with, up to the last character that may end one.
pub(super) fn path_length(text: &str) -> usize {
    if !text.starts_with('/') {
        return 0;
    }
    let mut at = 1;
    let mut end = 1;
    while let Some(character) = text[at..].chars().next() {
        if is_path_character(character) {
            at += character.len_utf8();
            if may_end_path(character) {
                end = at;
            }
        } else if let Some(parens) = parens_length(&text[at..]) {
            // They may end a path only right after what may end one: X's own rule.
            end = if end == at { at + parens } else { end };
            at += parens;
        } else {
            break;
        }
    }
    end
}

/// The bytes of the query that `text` begins with, up to the last character that may end one.
pub(super) fn query_length(text: &str) -> usize {
    let Some(query) = text.strip_prefix('?') else { return 0 };
    let length = query.bytes().take_while(|b| is_query_byte(*b)).count();
    query.as_bytes()[..length]
        .iter()
        .rposition(|b| b.is_ascii_alphanumeric() || b"-_&=#/".contains(b))
        .map_or(0, |last| last + 2)
}

/// Letters with accents, as X lists them for domains and paths.
pub(super) fn is_accented_latin(character: char) -> bool {
    matches!(character,
        '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{24F}' | '\u{253}' | '\u{254}'
        | '\u{256}' | '\u{257}' | '\u{259}' | '\u{25B}' | '\u{263}' | '\u{268}' | '\u{26F}'
        | '\u{272}' | '\u{289}' | '\u{28B}' | '\u{2BB}' | '\u{300}'..='\u{36F}'
        | '\u{1E00}'..='\u{1EFF}')
}

/// `(wiki)` or `(a(b)c)`: parentheses that close belong to the address, at most two deep.
fn parens_length(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    let mut deepest = 0;
    let mut is_empty = true;
    for (at, character) in text.char_indices() {
        match character {
            '(' if deepest < 2 && depth == deepest => {
                depth += 1;
                deepest = depth;
                is_empty = true;
            }
            ')' if depth == deepest && is_empty => return None,
            ')' if depth == 1 => return Some(at + 1),
            ')' if depth == 2 => depth = 1,
            _ if depth > 0 && is_path_character(character) => is_empty = false,
            _ => return None,
        }
    }
    None
}

fn is_path_character(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || "!*';:=+,.$/%#[]-\u{2013}_~@|&".contains(character)
        || is_cyrillic(character)
        || is_accented_latin(character)
}

fn may_end_path(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || "+-=_#/".contains(character)
        || is_cyrillic(character)
        || is_accented_latin(character)
}

fn is_query_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!?*'@();:&=+$/%#[]-_.,~|".contains(&byte)
}

fn is_cyrillic(character: char) -> bool {
    ('\u{400}'..='\u{4FF}').contains(&character)
}

//! Domains: labels, top-level domains, and the limit that punycode sets.

use std::ops::Range;

/// DNS takes no longer label, counted as it is encoded.
const LABEL_LENGTH_MAX: usize = 63;
/// No top-level domain has more characters.
const TLD_CHARS_MAX: usize = 24;
/// And none has fewer bytes.
const TLD_BYTES_MIN: usize = 2;

/// The bytes of the longest domain that `text` begins with: labels, then a known top-level domain.
/// If there is none, the error says in how many bytes no other can begin either, so that a long
/// text without spaces is not read anew from each of its characters.
pub(super) fn length(text: &str) -> Result<usize, usize> {
    let mut longest = None;
    let mut has_tld = false;
    let mut at = 0;
    loop {
        let end = at + label_length(&text[at..]);
        let label = &text[at..end];
        let is_label =
            label.starts_with(is_domain_character) && label.ends_with(is_domain_character);
        if !is_label || !text[end..].starts_with('.') {
            let dead = if is_label { end } else { at };
            return longest.ok_or(if has_tld { 0 } else { dead });
        }
        at = end + 1;
        if let Some(tld) = tld_length(&text[at..]) {
            has_tld = true;
            // Only a subdomain may hold an underscore.
            if !label.contains('_') {
                longest = Some(at + tld);
            }
        }
    }
}

/// The parts of a domain that are links where no protocol announces them: ASCII and accented Latin
/// labels before a top-level domain.
pub(super) fn ascii_domains(domain: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while let Some(character) = domain[at..].chars().next() {
        if let Some(length) = ascii_length(&domain[at..]) {
            found.push(at..at + length);
            at += length;
        } else {
            at += character.len_utf8();
        }
    }
    found
}

/// Whether every label fits into DNS once it is encoded. X ignores addresses that do not.
pub(super) fn is_encodable(domain: &str) -> bool {
    domain.split('.').all(|label| {
        let length = if label.is_ascii() {
            label.len()
        } else {
            idna::punycode::encode_str(label).map_or(usize::MAX, |code| "xn--".len() + code.len())
        };
        (1..=LABEL_LENGTH_MAX).contains(&length)
    })
}

fn ascii_length(text: &str) -> Option<usize> {
    let mut longest = None;
    let mut at = 0;
    loop {
        let label_length: usize = text[at..]
            .chars()
            .take_while(|c| is_ascii_domain_character(*c))
            .map(char::len_utf8)
            .sum();
        if label_length == 0 || !text[at + label_length..].starts_with('.') {
            return longest;
        }
        at += label_length + 1;
        longest = tld_length(&text[at..]).map(|tld| at + tld).or(longest);
    }
}

fn label_length(text: &str) -> usize {
    text.chars()
        .take_while(|c| is_domain_character(*c) || matches!(c, '-' | '_'))
        .map(char::len_utf8)
        .sum()
}

/// The bytes of the top-level domain that `text` begins with.
fn tld_length(text: &str) -> Option<usize> {
    if let Some(length) = punycode_tld_length(text) {
        return Some(length);
    }
    let run =
        text.chars().take(TLD_CHARS_MAX + 1).take_while(|c| is_domain_character(*c) || *c == '-');
    let ends: Vec<usize> = run
        .scan(0, |end, c| {
            *end += c.len_utf8();
            Some(*end)
        })
        .collect();
    ends.into_iter().rev().find(|end| is_word_end(&text[*end..]) && is_tld(&text[..*end]))
}

fn punycode_tld_length(text: &str) -> Option<usize> {
    const PREFIX: &str = "xn--";
    let prefix = text.get(..PREFIX.len())?;
    let name = text[PREFIX.len()..].bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'-');
    let length = name.count();
    (prefix.eq_ignore_ascii_case(PREFIX) && length > 0).then_some(PREFIX.len() + length)
}

/// Whether a top-level domain may end here. After it other letters may follow (`.comを見て`), but
/// not what would make it an e-mail address or a longer ASCII word.
fn is_word_end(rest: &str) -> bool {
    !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '@' | '+' | '-'))
}

/// Whether ICANN delegates it. Some country domains are listed only with a wildcard (`*.ck`), so
/// a name below is tried as well.
fn is_tld(label: &str) -> bool {
    if label.len() < TLD_BYTES_MIN {
        return false;
    }
    let label = label.to_lowercase();
    let is_listed = |name: &str| {
        psl::suffix(name.as_bytes()).is_some_and(|suffix| suffix.typ() == Some(psl::Type::Icann))
    };
    is_listed(&label) || is_listed(&format!("x.{label}"))
}

/// X's set: everything but punctuation, spaces and invisible marks; so `日本` and `é` are in it.
fn is_domain_character(character: char) -> bool {
    const PUNCTUATION: &str = "!'#%&()*+,\\-./:;<=>?@[]^_{|}~$";
    // Nearly every character of nearly every text, and quick to tell.
    if character.is_ascii_alphanumeric() {
        return true;
    }
    let is_space = matches!(
        character,
        '\u{9}'..='\u{D}' | ' ' | '\u{85}' | '\u{A0}' | '\u{1680}' | '\u{180E}'
            | '\u{2000}'..='\u{200A}' | '\u{2028}' | '\u{2029}' | '\u{202F}' | '\u{205F}' | '\u{3000}'
    );
    let is_mark = matches!(
        character,
        '\u{FFFE}' | '\u{FEFF}' | '\u{FFFF}' | '\u{202A}'..='\u{202E}' | '\u{61C}' | '\u{200E}'
            | '\u{200F}' | '\u{2066}'..='\u{2069}'
    );
    !PUNCTUATION.contains(character) && !is_space && !is_mark
}

fn is_ascii_domain_character(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || character == '-'
        || super::path::is_accented_latin(character)
}

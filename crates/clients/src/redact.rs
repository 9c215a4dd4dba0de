//! Servers' own words, made fit for logs and pages: short, on one line, and without our secrets
//! (some servers echo the key or the header they refuse).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use domain::model::Secret;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

/// Longest text of a server that is kept.
pub(crate) const SERVER_TEXT_CHARS_MAX: usize = 300;

/// Shorter secrets are not searched for: they would hit ordinary words, and nothing that short
/// protects an account.
const SECRET_CHARS_MIN: usize = 8;

/// What RFC 3986 leaves as it is.
pub(crate) const UNRESERVED_KEPT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `text` without control characters and secrets, cut to [`SERVER_TEXT_CHARS_MAX`]. Masking comes
/// before cutting, so that no half of a secret stays.
pub(crate) fn printable(text: &str, secrets: &[&Secret]) -> String {
    let mut clean: String = text.chars().map(|c| if is_plain(c) { c } else { ' ' }).collect();
    for secret in secrets.iter().map(|secret| secret.open()) {
        if secret.chars().count() < SECRET_CHARS_MIN {
            continue;
        }
        for form in forms(secret) {
            clean = clean.replace(form.as_str(), "***");
        }
    }
    cut(clean.trim())
}

/// A secret as it is, and as servers write what they were sent.
fn forms(secret: &str) -> [Zeroizing<String>; 6] {
    let hex = secret.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    [
        secret.to_owned(),
        utf8_percent_encode(secret, UNRESERVED_KEPT).to_string(),
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
        hex.to_ascii_uppercase(),
        hex,
    ]
    .map(Zeroizing::new)
}

/// Control characters break lines of a log; bidirectional and invisible ones make a reader see
/// something else than what is there.
fn is_plain(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

fn cut(text: &str) -> String {
    if text.chars().count() <= SERVER_TEXT_CHARS_MAX {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(SERVER_TEXT_CHARS_MAX - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_words_are_short_on_one_line_and_without_secrets() {
        let key = Secret::new("sk-live+12345678");
        let short = Secret::new("ab");
        for (given, kept) in [
            ("fine", "fine".to_owned()),
            ("two\nlines\u{1b}[31m \u{202E}x", "two lines [31m  x".to_owned()),
            ("bad key sk-live+12345678 ab", "bad key *** ab".to_owned()),
            ("bad key sk-live%2B12345678", "bad key ***".to_owned()),
            ("c2stbGl2ZSsxMjM0NTY3OA==", "***==".to_owned()),
            ("736b2d6c6976652b3132333435363738", "***".to_owned()),
        ] {
            assert_eq!(printable(given, &[&key, &short]), kept);
        }
        let across_the_cut = format!("{}sk-live+12345678", "x".repeat(SERVER_TEXT_CHARS_MAX - 4));
        let kept = printable(&across_the_cut, &[&key]);
        assert_eq!(kept.chars().count(), SERVER_TEXT_CHARS_MAX - 1);
        assert!(!kept.contains("sk-"), "{kept}");
        let long = printable(&"é".repeat(1_000), &[]);
        assert_eq!(long.chars().count(), SERVER_TEXT_CHARS_MAX);
        assert!(long.ends_with('…'));
    }
}

//! Words from outside, made storable; bytes, made words.

use std::fmt::Write as _;

/// X's own words may hold any character; PostgreSQL stores all but one.
pub(crate) fn clean(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Nothing in this text can fail to be written: it is a String.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

//! Words from outside, made storable.

/// X's own words may hold any character; PostgreSQL stores all but one.
pub(crate) fn clean(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

//! "Did you mean": the nearest of the names that exist.

/// The likeliest meaning of `wrong`, if one is near enough to be worth saying.
pub(super) fn nearest<'a>(
    wrong: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    const LIKENESS_MIN: f64 = 0.8;
    let wrong = wrong.to_lowercase();
    names
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&wrong, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// `text` in back quotes, cut where it is too long to read, controls shown as escapes.
pub(super) fn quoted(text: &str) -> String {
    const SHOWN_MAX: usize = 60;
    let shown: String = text.chars().take(SHOWN_MAX).flat_map(char::escape_debug).collect();
    let shown = shown.replace("\\'", "'").replace("\\\"", "\"");
    if text.chars().count() > SHOWN_MAX { format!("`{shown}…`") } else { format!("`{shown}`") }
}

/// "`a`, `b` or `c`".
pub(super) fn one_of(names: &[&str]) -> String {
    listed(names, "or")
}

/// "`a`, `b` and `c`".
pub(super) fn all_of(names: &[&str]) -> String {
    listed(names, "and")
}

fn listed(names: &[&str], last_word: &str) -> String {
    match names {
        [] => String::new(),
        [one] => format!("`{one}`"),
        [some @ .., last] => {
            let some: Vec<String> = some.iter().map(|name| format!("`{name}`")).collect();
            format!("{} {last_word} `{last}`", some.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood_and_nonsense_is_not() {
        let names = ["low_water", "high_water", "batch"];
        assert_eq!(nearest("low_watr", names), Some("low_water"));
        assert_eq!(nearest("HIGH_WATER", names), Some("high_water"));
        assert_eq!(nearest("zzz", names), None);
        assert_eq!(nearest("", names), None);
    }

    #[test]
    fn a_value_is_shown_on_one_line_and_not_whole_when_long() {
        assert_eq!(quoted("it's\n\u{1b}[1m"), "`it's\\n\\u{1b}[1m`");
        assert!(quoted(&"x".repeat(100)).ends_with("x…`"));
        assert_eq!(one_of(&["a", "b", "c"]), "`a`, `b` or `c`");
    }
}

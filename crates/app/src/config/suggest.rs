//! "Did you mean": the nearest of the names that exist.

use std::borrow::Cow;

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

/// `text` without what may be a password in an address: all in front of the last `@` behind `://`,
/// because a password may hold any sign, and what stands behind a `?`. Without `://` it is an address
/// only if something stands behind a colon in front of the `@`.
pub(super) fn without_password(text: &str) -> Cow<'_, str> {
    const HIDDEN: &str = "•••";
    let (scheme, rest) = match text.find("://") {
        Some(at) => text.split_at(at + 3),
        None => ("", text),
    };
    let is_address = !scheme.is_empty();
    let (user, place) = match rest.rsplit_once('@') {
        Some((user, place)) if is_address || user.contains(':') => (Some(user), place),
        Some(_) | None => (None, rest),
    };
    let (place, query) = match place.split_once('?') {
        Some((place, query)) if is_address && !query.is_empty() => (place, Some(query)),
        Some(_) | None => (place, None),
    };
    if user.is_none() && query.is_none() {
        return Cow::Borrowed(text);
    }
    let user = user.map_or_else(String::new, |_| format!("{HIDDEN}@"));
    let query = query.map_or_else(String::new, |_| format!("?{HIDDEN}"));
    Cow::Owned(format!("{scheme}{user}{place}{query}"))
}

/// `text` in back quotes, cut where it is too long to read, controls shown as escapes, and without
/// what may be a password.
pub(super) fn quoted(text: &str) -> String {
    const SHOWN_MAX: usize = 60;
    let text = without_password(text);
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
    fn a_password_in_an_address_is_never_shown() {
        for (text, shown) in [
            ("http://user:pw@host/", "`http://•••@host/`"),
            ("https://pw@host", "`https://•••@host`"),
            ("http://user:p@/w#x@host:1/v1", "`http://•••@host:1/v1`"),
            ("user:pw@host", "`•••@host`"),
            ("https://host/v1?key=pw", "`https://host/v1?•••`"),
            ("postgres://u:pw@db/x?password=pw", "`postgres://•••@db/x?•••`"),
            ("https://host/v1", "`https://host/v1`"),
            ("@daily", "`@daily`"),
            ("0 9 ? * *", "`0 9 ? * *`"),
        ] {
            assert_eq!(quoted(text), shown);
        }
        let long = format!("http://user:{}@host/", "pw".repeat(100));
        assert_eq!(quoted(&long), "`http://•••@host/`", "hidden before it is cut");
    }

    #[test]
    fn a_value_is_shown_on_one_line_and_not_whole_when_long() {
        assert_eq!(quoted("it's\n\u{1b}[1m"), "`it's\\n\\u{1b}[1m`");
        assert!(quoted(&"x".repeat(100)).ends_with("x…`"));
        assert_eq!(one_of(&["a", "b", "c"]), "`a`, `b` or `c`");
    }
}

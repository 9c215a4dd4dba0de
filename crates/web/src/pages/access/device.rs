//! What somebody is logged in with, in words: `Firefox on Linux`, and not what a browser says of itself.

/// Browsers by what they say. Most say the name of an older one as well, so the order counts.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];
/// Systems likewise.
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Windows", "Windows"),
    ("Linux", "Linux"),
];
/// Letters of what is none of these.
const OTHER_CHARS: usize = 60;

/// The device of a `User-Agent`.
pub(super) fn device(agent: &str) -> String {
    let find = |names: &[(&str, &'static str)]| {
        names.iter().find(|(said, _)| agent.contains(said)).map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) => name.to_owned(),
        (None, Some(system)) => format!("Something on {system}"),
        (None, None) if agent.trim().is_empty() => "Something that says no name".to_owned(),
        (None, None) => agent.chars().take(OTHER_CHARS).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_told_in_words() {
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        let chrome =
            format!("Mozilla/5.0 (X11; Linux x86_64) {webkit} Chrome/140.0.0.0 Safari/537.36");
        let edge = format!(
            "Mozilla/5.0 (Windows NT 10.0) {webkit} Chrome/140.0.0.0 Safari/537.36 Edg/140.0"
        );
        let safari =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1";
        for (agent, said) in [
            (chrome.as_str(), "Chrome on Linux"),
            (&edge, "Edge on Windows"),
            (safari, "Safari on iPhone"),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
                "Firefox on Linux",
            ),
            ("curl/8.14.1", "curl"),
            ("my-script/1", "my-script/1"),
            (" ", "Something that says no name"),
        ] {
            assert_eq!(device(agent), said);
        }
    }
}

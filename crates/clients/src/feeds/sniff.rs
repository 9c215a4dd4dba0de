//! What stands at an address that should be a feed's: people often give the page instead.

/// So much of a document tells what it is.
const CHARS_MAX: usize = 2_000;

/// Names what `document` is, where it is certainly no feed.
pub(super) fn other_than_a_feed(document: &str) -> Option<String> {
    let start: String =
        document.trim_start().chars().take(CHARS_MAX).collect::<String>().to_ascii_lowercase();
    let start = without_preludes(&start);
    let what = if document.trim().is_empty() {
        "the answer is empty"
    } else if start.starts_with("<!doctype html")
        || is_element(start, "html")
        || is_element(start, "head")
    {
        "this is a web page (HTML)"
    } else if document.trim_start().starts_with(['{', '[']) {
        "this is JSON"
    } else if !document.trim_start().starts_with('<') {
        "this is not XML"
    } else {
        return None;
    };
    Some(what.to_owned())
}

fn is_element(start: &str, name: &str) -> bool {
    let rest = start.strip_prefix('<').and_then(|rest| rest.strip_prefix(name));
    rest.is_some_and(|rest| rest.starts_with(|c: char| c == '>' || c.is_ascii_whitespace()))
}

/// Without declarations and comments before the first element.
fn without_preludes(mut start: &str) -> &str {
    loop {
        start = start.trim_start();
        let mark = if start.starts_with("<!--") {
            "-->"
        } else if start.starts_with("<?") {
            "?>"
        } else {
            return start;
        };
        let Some((_, behind)) = start.split_once(mark) else { return start };
        start = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_feed_is_named() {
        for (document, name) in [
            ("", "empty"),
            (" \n ", "empty"),
            ("<!DOCTYPE html><html>", "HTML"),
            ("<!doctype HTML PUBLIC \"-//W3C//DTD\">", "HTML"),
            ("<!-- hello -->\n<HTML lang=en>", "HTML"),
            ("<?xml version='1.0'?><html xmlns='x'>", "HTML"),
            ("{\"version\": \"https://jsonfeed.org/version/1.1\"}", "JSON"),
            ("Not found", "not XML"),
        ] {
            let what = other_than_a_feed(document).expect(document);
            assert!(what.contains(name), "{document}: {what}");
        }
        for document in ["<rss>", "<?xml?><feed>", "<!-- html --><rdf:RDF>", "<htmlish>"] {
            assert_eq!(other_than_a_feed(document), None, "{document}");
        }
    }
}

//! Where X sees a link: with a scheme, or a bare domain whose last label is a top-level domain.
//! Written apart from the product's own counter, so that one can find the other's mistakes.

use std::ops::Range;

/// Byte ranges of the links of `text`, in order.
pub(crate) fn links(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut from = 0;
    while let Some(start) = next_start(text, from) {
        match link_at(text, start) {
            Some(end) => {
                found.push(start..end);
                from = end;
            }
            None => from = end_of_word(text, start),
        }
    }
    found
}

/// The next place where a label or scheme may begin: an ASCII letter or digit that nothing of a
/// Latin word, mention, hashtag, cashtag or path precedes. Other scripts write without spaces.
fn next_start(text: &str, from: usize) -> Option<usize> {
    text[from..].char_indices().map(|(at, c)| (from + at, c)).find_map(|(at, c)| {
        let before = text[..at].chars().next_back();
        let may_begin =
            before.is_none_or(|b| !b.is_ascii_alphanumeric() && !"@＠#＃$_-./".contains(b));
        (c.is_ascii_alphanumeric() && may_begin).then_some(at)
    })
}

fn end_of_word(text: &str, start: usize) -> usize {
    let rest = &text[start..];
    start + rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len()).max(1)
}

fn link_at(text: &str, start: usize) -> Option<usize> {
    let rest = &text[start..];
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| rest.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme)))
        .map_or(0, str::len);
    let host = host_len(&rest[scheme..])?;
    let mut end = start + scheme + host;
    end += port_len(&text[end..]);
    if text[end..].starts_with(['/', '?']) {
        end += tail_len(&text[end..]);
    }
    Some(end)
}

/// The longest run of labels that ends in a top-level domain.
fn host_len(text: &str) -> Option<usize> {
    let run = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '.' || c == '_'))
        .unwrap_or(text.len());
    if text[run..].starts_with('@') {
        return None;
    }
    let ends = text[..run].match_indices('.').map(|(at, _)| at).chain([run]);
    let mut best = None;
    for end in ends {
        let labels: Vec<&str> = text[..end].split('.').collect();
        let is_host = labels.len() >= 2
            && labels.iter().all(|label| is_label(label))
            && labels.last().is_some_and(|last| is_top_level(last));
        if is_host {
            best = Some(end);
        }
    }
    best
}

fn is_label(label: &str) -> bool {
    !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
}

fn is_top_level(label: &str) -> bool {
    let lower = label.to_ascii_lowercase();
    psl::suffix(lower.as_bytes()).is_some_and(|suffix| suffix.is_known())
}

fn port_len(text: &str) -> usize {
    let Some(digits) = text.strip_prefix(':') else { return 0 };
    let len = digits.bytes().take_while(u8::is_ascii_digit).count();
    if len == 0 { 0 } else { len + 1 }
}

/// Path, query and fragment; closing punctuation belongs to the sentence, not to the link.
fn tail_len(text: &str) -> usize {
    const MARKS: &str = "!*';:=+,.$/%#[]-_~@&|()?";
    let run = text.find(|c: char| !c.is_alphanumeric() && !MARKS.contains(c)).unwrap_or(text.len());
    let mut tail = &text[..run];
    while let Some(last) = tail.chars().next_back() {
        let closes_nothing = last == ')' && tail.matches(')').count() > tail.matches('(').count();
        if closes_nothing || "!*';:,.?$%[]~@|(".contains(last) {
            tail = &tail[..tail.len() - last.len_utf8()];
        } else {
            break;
        }
    }
    tail.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        links(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn links_are_found_as_x_finds_them() {
        let none: &[&str] = &[];
        for (text, expected) in [
            ("See https://example.com/a?b=c#d.", &["https://example.com/a?b=c#d"][..]),
            ("bare example.com, and t.co", &["example.com", "t.co"]),
            (
                "(https://en.wikipedia.org/wiki/Rust_(fungus))",
                &["https://en.wikipedia.org/wiki/Rust_(fungus)"],
            ),
            ("write to ada@example.com", none),
            ("@example.com #example.com $a.com", none),
            ("version 1.2.3 of main.notatld", none),
            ("Ends here.Another sentence", none),
            ("port http://example.com:8080/x!", &["http://example.com:8080/x"]),
            ("日本語 example.jp です", &["example.jp"]),
            ("これはexample.jpです", &["example.jp"]),
            ("HTTPS://EXAMPLE.COM", &["HTTPS://EXAMPLE.COM"]),
            ("http://localhost stays text", none),
            ("example.com.", &["example.com"]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }
}

//! What X does to a text that it takes: links become `t.co`, and `& < >` become entities. A bot
//! that compares what it sent with what it reads back byte for byte never finds its own post.

use serde::Serialize;

use crate::chance::Dice;
use crate::links::links;

const CODE_LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const CODE_LEN: usize = 10;
const DISPLAY_CHARS_MAX: usize = 27;

/// One shortened link, as `entities.urls[]` shows it. Positions count characters of the new text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ShortLink {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) url: String,
    pub(crate) expanded_url: String,
    pub(crate) display_url: String,
}

/// A text as X gives it back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rewritten {
    pub(crate) text: String,
    pub(crate) links: Vec<ShortLink>,
}

/// Rewrites `text`; `seed` decides the codes behind `t.co/`.
pub(crate) fn rewrite(text: &str, seed: u64) -> Rewritten {
    let mut dice = Dice::new(seed);
    let mut made = Rewritten::default();
    let mut at = 0;
    for range in links(text) {
        escape_into(&mut made.text, &text[at..range.start]);
        let original = &text[range.clone()];
        let url = format!("https://t.co/{}", code(&mut dice));
        let start = made.text.chars().count();
        made.text.push_str(&url);
        made.links.push(ShortLink {
            start,
            end: start + url.len(),
            url,
            expanded_url: expanded(original),
            display_url: display(original),
        });
        at = range.end;
    }
    escape_into(&mut made.text, &text[at..]);
    made
}

fn escape_into(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            other => out.push(other),
        }
    }
}

/// X puts `http://` before a link that was written without a scheme.
fn expanded(link: &str) -> String {
    if without_scheme(link).len() == link.len() {
        format!("http://{link}")
    } else {
        link.to_owned()
    }
}

fn display(link: &str) -> String {
    let bare = without_scheme(link).trim_end_matches('/');
    let short: String = bare.chars().take(DISPLAY_CHARS_MAX).collect();
    if short.len() < bare.len() { format!("{short}…") } else { short }
}

fn without_scheme(link: &str) -> &str {
    ["https://", "http://"]
        .into_iter()
        .find(|scheme| link.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme)))
        .map_or(link, |scheme| &link[scheme.len()..])
}

fn code(dice: &mut Dice) -> String {
    (0..CODE_LEN).map(|_| char::from(CODE_LETTERS[dice.below(CODE_LETTERS.len())])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_shortened_and_marks_escaped() {
        let made = rewrite("Fog & <rain> at example.com and https://a.example.org/x?y=1&z=2", 1);
        assert!(made.text.starts_with("Fog &amp; &lt;rain&gt; at https://t.co/"), "{}", made.text);
        assert_eq!(made.links[0].expanded_url, "http://example.com");
        assert_eq!(made.links[1].expanded_url, "https://a.example.org/x?y=1&z=2");
        for link in &made.links {
            let shown: String =
                made.text.chars().skip(link.start).take(link.end - link.start).collect();
            assert_eq!(shown, link.url);
        }
        assert_ne!(made.links[0].url, made.links[1].url);
    }

    #[test]
    fn a_text_without_links_or_marks_stays_itself() {
        assert_eq!(rewrite("Grey light, no wind. 🌊", 1).text, "Grey light, no wind. 🌊");
    }
}

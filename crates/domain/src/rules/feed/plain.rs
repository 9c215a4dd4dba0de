//! The words of an item's markup that a reader sees, and nothing else: no tags, no comments, nothing
//! in hidden elements, no invisible characters.

use html_escape::decode_html_entities;

use super::hidden::is_hidden;
use super::pieces::{Piece, Tag, pieces};
use crate::rules::review::without_invisible;

/// So much of a field is looked at.
const MARKUP_BYTES_MAX: usize = 100_000;
/// So many elements may be open inside a hidden one.
const DEPTH_MAX: usize = 500;
/// Elements that have no end.
const VOID: [&str; 13] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
];
/// Elements that begin and end a line.
const BLOCKS: [&str; 32] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "caption",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tr",
    "ul",
];
/// An end tag inside one of these does not end what stands around it.
const FENCES: [&str; 8] = ["button", "caption", "marquee", "object", "svg", "table", "td", "th"];

/// The visible words of `markup`: a line for each block, single spaces, no space at the ends.
pub fn plain(markup: &str) -> String {
    let mut text = String::new();
    let mut hidden = Hidden::default();
    for piece in pieces(start(markup)) {
        match piece {
            Piece::Text(run) if hidden.is_none() => push(&mut text, &decode_html_entities(run)),
            Piece::Text(_) => {}
            Piece::Open(tag) => {
                if hidden.is_none() {
                    break_line(&mut text, &tag.name);
                }
                hidden.open(&tag);
            }
            Piece::Close(name) => {
                hidden.close(&name);
                if hidden.is_none() {
                    break_line(&mut text, &name);
                }
            }
        }
    }
    squeezed(&without_invisible(&text))
}

/// What is open since the outermost hidden element began. Once as many are as nobody writes, the
/// rest stays hidden.
#[derive(Default)]
struct Hidden(Vec<String>);

impl Hidden {
    fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    fn open(&mut self, tag: &Tag) {
        let is_void = VOID.contains(&tag.name.as_str());
        let is_counted = match self.0.first() {
            None => is_hidden(tag),
            Some(outermost) => *outermost == tag.name || FENCES.contains(&tag.name.as_str()),
        };
        if !is_void && is_counted && self.0.len() < DEPTH_MAX {
            self.0.push(tag.name.clone());
        }
    }

    /// A browser ignores an end tag whose element began outside a table that is still open; taking
    /// it here would show what stays hidden there.
    fn close(&mut self, name: &str) {
        if self.0.len() >= DEPTH_MAX {
            return;
        }
        let Some(at) = self.0.iter().rposition(|open| open == name) else { return };
        let is_fence = |open: &String| FENCES.contains(&open.as_str());
        if is_fence(&self.0[at]) || !self.0[at + 1..].iter().any(is_fence) {
            self.0.truncate(at);
        }
    }
}

fn start(markup: &str) -> &str {
    &markup[..markup.floor_char_boundary(MARKUP_BYTES_MAX)]
}

/// Line ends inside a text are spaces; only elements begin lines.
fn push(text: &mut String, run: &str) {
    text.extend(run.chars().map(|c| if c.is_whitespace() { ' ' } else { c }));
}

fn break_line(text: &mut String, name: &str) {
    if BLOCKS.contains(&name) {
        text.push('\n');
    } else if matches!(name, "td" | "th") {
        text.push(' ');
    }
}

fn squeezed(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_and_markup_is_gone() {
        for (markup, words) in [
            ("Rain at <b>nine</b>, sun at&nbsp;ten.", "Rain at nine, sun at ten."),
            ("<p>One</p><p>Two<br>Three</p>", "One\nTwo\nThree"),
            ("<ul><li>a</li>\n<li>b</li></ul>", "a\nb"),
            ("Caf&eacute; &amp; bar &#8212; &#x1F327;", "Café & bar — 🌧"),
            ("5 < 6 & 7 > 6", "5 < 6 & 7 > 6"),
            ("&lt;b&gt; is a tag", "<b> is a tag"),
            ("<img src=x alt='a fox'>fox", "fox"),
            ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
            ("", ""),
        ] {
            assert_eq!(plain(markup), words, "{markup}");
        }
    }

    #[test]
    fn nothing_hidden_is_kept() {
        for markup in [
            "seen<!-- X -->",
            "seen<script>X</script>",
            "seen<style>X</style>",
            "seen<div style='display:none'>X<div>X</div>X</div>",
            "seen<div hidden><table><tr><td>X</div>X</td></tr></table>X</div>",
            "seen<p hidden>X",
            "seen<span hidden/>X",
            "seen<span style='opacity:0'><b>X</b></span>",
            "seen<noscript><p>X</p></noscript>",
            "seen<p title='X'></p>",
            "seen<DIV HIDDEN><SPAN>X</SPAN></DIV>",
            "seen<svg><text>X</text></svg>",
            "seen<p title=\"X",
            "seen<xmp><b>X</xmp>",
        ] {
            assert_eq!(plain(markup), "seen", "{markup}");
        }
    }

    #[test]
    fn what_follows_a_hidden_element_is_seen_again() {
        assert_eq!(plain("a<i hidden>X<br>X</i>b"), "ab");
        assert_eq!(plain("<p hidden>X</p><p>b</p>"), "b");
        assert_eq!(plain("<input type=hidden>b"), "b");
        assert_eq!(plain("<div hidden><table><tr><td>X</td></tr></table></div>b"), "b");
    }

    #[test]
    fn what_is_nested_without_end_stays_hidden() {
        let markup = format!("seen{}X{}X", "<div hidden>".repeat(5_000), "</div>".repeat(5_000));
        assert_eq!(plain(&markup), "seen");
    }

    /// Quadratic work would take minutes here, and a feed has a thousand items.
    #[test]
    fn hostile_markup_is_read_once() {
        for part in [
            "<",
            "&",
            "&#",
            "</",
            "</a",
            "<a ",
            "<!",
            "<!--",
            "<script>",
            "<p a='",
            "&amp",
            "<p hidden>",
            "<i hidden></b>",
            "a<b>",
            "\u{200B}",
            "<div hidden><table>",
            "</table>",
            "&#x41;",
        ] {
            let seen = plain(&part.repeat(MARKUP_BYTES_MAX / part.len()));
            assert!(seen.len() <= MARKUP_BYTES_MAX, "{part}");
        }
    }

    #[test]
    fn invisible_characters_are_gone() {
        assert_eq!(
            plain("ra\u{200B}in\u{202E} at\u{AD} n&#8203;ine\u{E0041}\u{FEFF}"),
            "rain at nine"
        );
    }
}

//! Markup cut into text and tags, as a browser would cut it. Where a browser and this differ, this
//! takes more for markup: what is dropped by mistake harms nobody.

use html_escape::decode_html_entities;

/// Elements whose content is no markup, up to their end tag.
const RAW: [&str; 9] =
    ["script", "style", "textarea", "title", "iframe", "noembed", "noframes", "noscript", "xmp"];

/// A part of markup.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Characters with their entities still in them.
    Text(&'a str),
    /// A start tag.
    Open(Tag),
    /// An end tag, by its name in lower case.
    Close(String),
}

/// A start tag. Names are in lower case, values decoded.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
}

impl Tag {
    /// The first attribute of this name; a browser ignores later ones.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The parts of `markup` in order; comments and declarations are left out, an unfinished tag ends it.
pub(super) fn pieces(markup: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = markup;
    while !rest.is_empty() {
        let end = rest.match_indices('<').map(|(at, _)| at).find(|at| is_markup(&rest[*at + 1..]));
        let (text, behind) = rest.split_at(end.unwrap_or(rest.len()));
        if !text.is_empty() {
            found.push(Piece::Text(text));
        }
        rest = if behind.is_empty() { "" } else { next(behind, &mut found) };
    }
    found
}

fn is_markup(behind: &str) -> bool {
    let name = behind.strip_prefix('/').unwrap_or(behind);
    name.starts_with(|c: char| c.is_ascii_alphabetic()) || behind.starts_with(['!', '?', '/'])
}

/// Reads what begins with `<`; returns what stands behind it.
fn next<'a>(markup: &'a str, found: &mut Vec<Piece<'a>>) -> &'a str {
    if markup.starts_with("<!--") {
        // A comment may end where it begins: `<!-->`.
        return behind(&markup[2..], "-->");
    }
    if markup.starts_with("<![CDATA[") {
        return behind(markup, "]]>");
    }
    if markup.starts_with(['<']) && markup[1..].starts_with(['!', '?']) {
        return behind(markup, ">");
    }
    if let Some(close) = markup.strip_prefix("</") {
        found.push(Piece::Close(name(close)));
        return behind(close, ">");
    }
    let Some((tag, rest)) = tag(&markup[1..]) else { return "" };
    let end = RAW.contains(&tag.name.as_str()).then(|| end_of_raw(rest, &tag.name));
    found.push(Piece::Open(tag));
    end.map_or(rest, |end| &rest[end..])
}

fn behind<'a>(markup: &'a str, mark: &str) -> &'a str {
    markup.find(mark).map_or("", |at| &markup[at + mark.len()..])
}

/// The name that `markup` begins with, without a prefix: XHTML may write `xhtml:p`.
fn name(markup: &str) -> String {
    let end = markup.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'));
    let name = &markup[..end.unwrap_or(markup.len())];
    name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase()
}

/// Where `</name` begins, or the end.
fn end_of_raw(markup: &str, name: &str) -> usize {
    let is_end = |at: &usize| {
        markup.get(at + 2..at + 2 + name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name))
    };
    markup.match_indices("</").map(|(at, _)| at).find(is_end).unwrap_or(markup.len())
}

/// A start tag and what stands behind it; nothing where it does not end.
fn tag(markup: &str) -> Option<(Tag, &str)> {
    let mut tag = Tag { name: name(markup), attributes: Vec::new() };
    let mut rest =
        markup.trim_start_matches(|c: char| !c.is_ascii_whitespace() && !matches!(c, '/' | '>'));
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if let Some(behind) = rest.strip_prefix('>') {
            return Some((tag, behind));
        }
        let first = rest.chars().next()?;
        // A name may begin with `=`, and with nothing else that ends one.
        let end = rest[first.len_utf8()..]
            .find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '='))?;
        let (name, behind) = rest.split_at(first.len_utf8() + end);
        rest = behind.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let mut value = "";
        if let Some(behind) = rest.strip_prefix('=') {
            (value, rest) = attribute_value(behind)?;
        }
        tag.attributes.push((name.to_ascii_lowercase(), decode_html_entities(value).into_owned()));
    }
}

fn attribute_value(markup: &str) -> Option<(&str, &str)> {
    let markup = markup.trim_start_matches(|c: char| c.is_ascii_whitespace());
    for quote in ['"', '\''] {
        if let Some(quoted) = markup.strip_prefix(quote) {
            return quoted.split_once(quote);
        }
    }
    let end = markup.find(|c: char| c.is_ascii_whitespace() || c == '>')?;
    Some(markup.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(markup: &str) -> String {
        let shown = |piece: &Piece<'_>| match piece {
            Piece::Text(text) => format!("[{text}]"),
            Piece::Open(tag) => {
                let attributes: Vec<String> =
                    tag.attributes.iter().map(|(name, value)| format!(" {name}={value}")).collect();
                format!("<{}{}>", tag.name, attributes.concat())
            }
            Piece::Close(name) => format!("</{name}>"),
        };
        pieces(markup).iter().map(shown).collect()
    }

    #[test]
    fn markup_is_cut_where_a_browser_cuts_it() {
        for (markup, cut) in [
            ("a<b>c</B >d", "[a]<b>[c]</b>[d]"),
            ("1 < 2 <3> <", "[1 < 2 <3> <]"),
            ("<p class=x ID='y z' hidden>t", "<p class=x id=y z hidden=>[t]"),
            ("<a title=\"a > b\">t</a>", "<a title=a > b>[t]</a>"),
            ("<br/><img src=a/>t", "<br><img src=a/>[t]"),
            ("a<!-- b > c -->d", "[a][d]"),
            ("a<!-->b", "[a][b]"),
            ("a<!-- b", "[a]"),
            ("<?xml x?>a<!DOCTYPE html>b<![CDATA[c > d]]>e", "[a][b][e]"),
            ("<script>if (a < b) \"</b>\"</SCRIPT>c", "<script></script>[c]"),
            ("a<p title=\"unfinished>b", "[a]"),
            ("<x:div a=&#34;1&#34;>t", "<div a=\"1\">[t]"),
            ("a</>b", "[a]</>[b]"),
        ] {
            assert_eq!(shape(markup), cut, "{markup}");
        }
    }
}

//! One field of an item while it is read.

use quick_xml::XmlVersion;
use quick_xml::events::BytesStart;

use super::Space;

/// The most of a field that is kept.
const FIELD_BYTES_MAX: usize = 64 * 1024;
/// The most attributes of an element that are looked at.
const ATTRIBUTES_MAX: usize = 300;

/// A field: an element directly inside an item or the feed.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) depth: usize,
    pub(super) name: (Space, String),
    pub(super) has_children: bool,
    attributes: Vec<(String, String)>,
    /// The byte at which its content begins.
    start: usize,
    text: String,
}

impl Field {
    pub(super) fn new(
        depth: usize,
        name: (Space, String),
        attributes: Vec<(String, String)>,
        start: usize,
    ) -> Self {
        Self { depth, name, attributes, start, has_children: false, text: String::new() }
    }

    pub(super) fn is(&self, space: Space, name: &str) -> bool {
        self.name.0 == space && self.name.1 == name
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        find(&self.attributes, name)
    }

    pub(super) fn push(&mut self, text: &str) {
        let room = FIELD_BYTES_MAX.saturating_sub(self.text.len());
        self.text.push_str(&text[..text.floor_char_boundary(room)]);
    }

    /// Its text as XML has it.
    pub(super) fn text(&self) -> &str {
        self.text.trim()
    }

    /// Its content as HTML; it ends before the byte `end`. Where elements stand in it the source
    /// is that; plain text of Atom is written as HTML, and RSS means HTML anyway.
    pub(super) fn markup(&self, document: &str, end: usize) -> String {
        if self.has_children {
            let source = document.get(self.start..end).unwrap_or_default();
            return source[..source.floor_char_boundary(FIELD_BYTES_MAX)].trim().to_owned();
        }
        let is_plain = self.name.0 == Space::Atom
            && self.attribute("type").is_none_or(|kind| {
                kind.eq_ignore_ascii_case("text") || kind.eq_ignore_ascii_case("text/plain")
            });
        if is_plain { escaped(self.text()) } else { self.text().to_owned() }
    }
}

/// The attributes of an element, decoded; broken ones are left out.
pub(super) fn attributes(start: &BytesStart<'_>) -> Vec<(String, String)> {
    let mut attributes = start.attributes();
    // Looking for doubles takes quadratic time; the first of two counts.
    let attributes = attributes.with_checks(false).flatten().take(ATTRIBUTES_MAX);
    attributes
        .map(|attribute| {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let value =
                value.map_or_else(|_| attribute.value.to_string(), |value| value.to_string());
            (AsRef::<str>::as_ref(&attribute.key).to_owned(), value)
        })
        .collect()
}

pub(super) fn find<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

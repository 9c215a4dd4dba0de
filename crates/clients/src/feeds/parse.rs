//! One walk over a feed, from its first byte to its last: RSS 0.9x, 1.0 and 2.0, and Atom.
//!
//! Nothing is expanded: a document type, with which a kilobyte becomes a gigabyte, is refused, and
//! what is nested, named or listed without end meets a bound. The work is linear in the document.

use std::time::Duration;

use domain::model::FeedItem;
use domain::ports::FeedTrouble;
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use url::Url;

mod entry;
mod field;
mod space;

use entry::Entry;
use field::Field;
use space::{Space, Spaces};

/// The most items that are read of a feed.
pub(super) const ITEMS_MAX: usize = 1_000;
/// How deep elements may stand in each other.
const DEPTH_MAX: usize = 100;

/// What a feed says.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) title: String,
    pub(super) items: Vec<FeedItem>,
    pub(super) left_out: usize,
    pub(super) ttl: Option<Duration>,
}

/// Reads `document`, which stands at `base`.
pub(super) fn parse(document: &str, base: &Url) -> Result<Parsed, FeedTrouble> {
    let mut reader = Reader::from_str(document);
    let config = reader.config_mut();
    config.expand_empty_elements = true;
    config.allow_dangling_amp = true;
    config.trim_markup_names_in_closing_tags = true;
    let mut walk = Walk::new(document, base);
    loop {
        let from = position(reader.buffer_position());
        let event = reader.read_event().map_err(|error| {
            malformed(document, position(reader.error_position()), &error.to_string())
        })?;
        walk.at = from;
        match event {
            Event::Start(start) => walk.open(&start, position(reader.buffer_position()))?,
            Event::End(_) => walk.close(from),
            Event::Text(text) => walk.text(&text.xml10_content())?,
            Event::CData(text) => walk.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => walk.text(&resolved(&reference))?,
            Event::DocType(_) => {
                return Err(walk.mistake(
                    "a document type is declared, which is not read; remove `<!DOCTYPE …>`",
                ));
            }
            Event::Eof => return walk.end(),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

/// Where the walk is.
struct Walk<'a> {
    document: &'a str,
    base: &'a Url,
    /// The byte at which the present event begins.
    at: usize,
    spaces: Spaces,
    open: Vec<Element>,
    field: Option<Field>,
    item: Option<Entry>,
    /// How deep the present item stands.
    item_depth: usize,
    is_over: bool,
    parsed: Parsed,
}

struct Element {
    space: Space,
    name: String,
    base: Option<Url>,
}

impl<'a> Walk<'a> {
    fn new(document: &'a str, base: &'a Url) -> Self {
        Self {
            document,
            base,
            at: 0,
            spaces: Spaces::default(),
            open: Vec::new(),
            field: None,
            item: None,
            item_depth: 0,
            is_over: false,
            parsed: Parsed::default(),
        }
    }

    fn open(&mut self, start: &BytesStart<'_>, behind: usize) -> Result<(), FeedTrouble> {
        let depth = self.open.len();
        if depth >= DEPTH_MAX {
            return Err(self.mistake("elements stand over 100 deep in each other"));
        }
        let attributes = field::attributes(start);
        if !self.spaces.bind(depth, &attributes) {
            return Err(self.mistake("over 200 namespaces are declared at once"));
        }
        let qualified = start.name();
        let (space, name) = self.spaces.resolve(qualified.as_ref());
        let element = Element { space, name: name.to_owned(), base: self.new_base(&attributes) };
        if depth == 0 {
            self.check_root(&element)?;
        }
        if let Some(field) = &mut self.field {
            field.has_children = true;
        } else if self.begins_item(&element) {
            self.item = Some(Entry::new(&attributes));
            self.item_depth = depth;
        } else if self.is_field(&element) {
            self.field = Some(Field::new(depth, (space, name.to_owned()), attributes, behind));
        }
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self, from: usize) {
        let depth = self.open.len().saturating_sub(1);
        if let Some(field) = self.field.take_if(|field| field.depth == depth) {
            self.settle(&field, from);
        }
        if self.item.is_some() && self.item_depth == depth && self.field.is_none() {
            self.finish_item();
        }
        self.open.pop();
        self.spaces.unbind(depth);
        self.is_over = self.open.is_empty();
    }

    fn text(&mut self, text: &str) -> Result<(), FeedTrouble> {
        if self.open.is_empty() && !text.trim().is_empty() {
            return Err(self.mistake("text stands outside of the feed"));
        }
        if let Some(field) = &mut self.field {
            field.push(text);
        }
        Ok(())
    }

    fn end(self) -> Result<Parsed, FeedTrouble> {
        match self.open.last() {
            Some(element) => Err(self
                .mistake(&format!("the feed ends inside of `<{}>`: it was cut off", element.name))),
            None if self.is_over => Ok(self.parsed),
            None => Err(FeedTrouble::NotAFeed("this is XML without an element".to_owned())),
        }
    }

    fn check_root(&mut self, root: &Element) -> Result<(), FeedTrouble> {
        if self.is_over {
            return Err(self.mistake("a second document follows the feed"));
        }
        match (root.space, root.name.as_str()) {
            (_, "rss") | (Space::Rdf, "RDF") | (Space::Atom, "feed") => Ok(()),
            (_, name) => {
                let name: String = name.chars().take(40).collect();
                Err(FeedTrouble::NotAFeed(format!("this is XML of another kind (`<{name}>`)")))
            }
        }
    }

    /// Items stand in the channel, in RSS 1.0 and 0.9 beside it, in Atom in the feed.
    fn begins_item(&self, element: &Element) -> bool {
        let is_item = matches!(
            (element.space, element.name.as_str()),
            (Space::Rss, "item") | (Space::Atom, "entry")
        );
        is_item && self.item.is_none() && (1..=2).contains(&self.open.len())
    }

    /// Whether it says something of the item or of the feed itself.
    fn is_field(&self, element: &Element) -> bool {
        let depth = self.open.len();
        if self.item.is_some() {
            return depth == self.item_depth + 1;
        }
        let Some(parent) = self.open.last() else { return false };
        let is_feed = matches!(
            (parent.space, parent.name.as_str()),
            (Space::Rss, "channel") | (Space::Atom, "feed")
        );
        is_feed && depth <= 2 && matches!(element.name.as_str(), "title" | "ttl")
    }

    fn settle(&mut self, field: &Field, from: usize) {
        let markup = field.markup(self.document, from);
        if let Some(item) = &mut self.item {
            let bases = self.open.iter().rev().find_map(|element| element.base.as_ref());
            item.take(field, markup, bases.unwrap_or(self.base));
        } else if field.is(Space::Rss, "ttl") {
            let minutes: Option<u64> = markup.trim().parse().ok();
            self.parsed.ttl =
                minutes.map(|minutes| Duration::from_secs(minutes.saturating_mul(60)));
        } else if field.name.1 == "title" && self.parsed.title.is_empty() {
            self.parsed.title = markup;
        }
    }

    fn finish_item(&mut self) {
        let Some(item) = self.item.take().and_then(|entry| entry.into_item(self.base)) else {
            return;
        };
        if self.parsed.items.len() < ITEMS_MAX {
            self.parsed.items.push(item);
        } else {
            self.parsed.left_out += 1;
        }
    }

    /// `xml:base`, on top of the bases around it.
    fn new_base(&self, attributes: &[(String, String)]) -> Option<Url> {
        let (_, base) = attributes.iter().find(|(name, _)| name == "xml:base")?;
        let around = self.open.iter().rev().find_map(|element| element.base.as_ref());
        around.unwrap_or(self.base).join(base.trim()).ok()
    }

    fn mistake(&self, what: &str) -> FeedTrouble {
        malformed(self.document, self.at, what)
    }
}

/// A character by its number or name. Names that XML does not know are HTML's, and stay for the
/// reader of the markup.
fn resolved(reference: &BytesRef<'_>) -> String {
    if reference.is_char_ref() {
        return reference.resolve_char_ref().ok().flatten().map(String::from).unwrap_or_default();
    }
    let name = reference.xml10_content();
    quick_xml::escape::resolve_predefined_entity(&name)
        .map_or_else(|| format!("&{name};"), str::to_owned)
}

fn malformed(document: &str, at: usize, what: &str) -> FeedTrouble {
    let at = document.floor_char_boundary(at);
    let lines = document[..at].bytes().filter(|byte| *byte == b'\n').count();
    FeedTrouble::Malformed { line: lines as u64 + 1, what: crate::redact::printable(what, &[]) }
}

fn position(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;

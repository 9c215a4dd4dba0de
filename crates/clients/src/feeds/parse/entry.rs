//! From the fields of an item to the item.

use domain::model::{FeedItem, ItemId};
use jiff::Timestamp;
use url::Url;

use super::super::date;
use super::field::{Field, find};
use super::space::Space;

/// The longest link.
const LINK_BYTES_MAX: usize = 2_000;
/// The most of a title that is kept.
const TITLE_BYTES_MAX: usize = 4_000;

/// What was said of an item so far. Of two fields of a name the first counts.
#[derive(Debug, Default)]
pub(super) struct Entry {
    title: String,
    summary: String,
    content: String,
    guid: Option<String>,
    is_guid_no_link: bool,
    about: Option<String>,
    link: Option<String>,
    published: Option<Timestamp>,
    updated: Option<Timestamp>,
}

impl Entry {
    /// An item with the attributes of its element: RSS 1.0 names it by `rdf:about`.
    pub(super) fn new(attributes: &[(String, String)]) -> Self {
        Self { about: find(attributes, "rdf:about").map(str::to_owned), ..Self::default() }
    }

    /// Takes a field; relative links are completed by `base`.
    pub(super) fn take(&mut self, field: &Field, markup: String, base: &Url) {
        let text = || Some(field.text().to_owned()).filter(|text| !text.is_empty());
        let slot = match (field.name.0, field.name.1.as_str()) {
            (Space::Rss | Space::Atom, "title") => &mut self.title,
            (Space::Rss, "description") | (Space::Atom, "summary") => &mut self.summary,
            (Space::Content, "encoded") | (Space::Atom, "content") => &mut self.content,
            (Space::Rss, "guid") | (Space::Atom, "id") => {
                self.is_guid_no_link =
                    field.attribute("isPermaLink").is_some_and(|is| is.trim() == "false");
                return fill(&mut self.guid, text);
            }
            (Space::Rss, "link") => {
                return fill(&mut self.link, || text().and_then(|link| complete(&link, base)));
            }
            (Space::Atom, "link") => return fill(&mut self.link, || alternate(field, base)),
            (Space::Rss, "pubDate")
            | (Space::Dublin, "date")
            | (Space::Atom, "published" | "issued") => {
                return fill(&mut self.published, || date::read(field.text()));
            }
            (Space::Atom, "updated" | "modified") => {
                return fill(&mut self.updated, || date::read(field.text()));
            }
            _ => return,
        };
        if slot.is_empty() {
            *slot = markup;
        }
    }

    /// The item, if it says anything at all.
    pub(super) fn into_item(self, base: &Url) -> Option<FeedItem> {
        let by_guid = self.guid.as_ref().filter(|_| !self.is_guid_no_link);
        let by_guid = by_guid.filter(|guid| Url::parse(guid).is_ok());
        let otherwise = || by_guid.or(self.about.as_ref()).and_then(|link| complete(link, base));
        let link = self.link.clone().or_else(otherwise);
        let summary = if self.summary.is_empty() { self.content } else { self.summary };
        let mut title = self.title;
        title.truncate(title.floor_char_boundary(TITLE_BYTES_MAX));
        if title.is_empty() && summary.is_empty() && link.is_none() {
            return None;
        }
        let name = self.guid.as_deref().or(self.about.as_deref());
        Some(FeedItem {
            id: ItemId::of(name, link.as_deref(), &title, &summary),
            title,
            summary,
            link,
            published: self.published.or(self.updated),
        })
    }
}

fn fill<T>(slot: &mut Option<T>, value: impl FnOnce() -> Option<T>) {
    if slot.is_none() {
        *slot = value();
    }
}

/// A link of Atom to the page that the item is about.
fn alternate(field: &Field, base: &Url) -> Option<String> {
    let is_alternate = field.attribute("rel").is_none_or(|rel| rel.trim() == "alternate");
    if is_alternate { complete(field.attribute("href")?, base) } else { None }
}

/// An address that may stand in a post: absolute, of the web, without a user.
fn complete(link: &str, base: &Url) -> Option<String> {
    let url = base.join(link.trim()).ok()?;
    let is_fit = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.as_str().len() <= LINK_BYTES_MAX;
    is_fit.then(|| url.into())
}

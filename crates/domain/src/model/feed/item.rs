//! One thing that a feed tells of, and how it is known again.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The longest identity that is kept as the feed wrote it; a longer one is hashed.
const ID_BYTES_MAX: usize = 200;

/// What a server gave with an answer, so that the next request can ask whether anything changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// `ETag`, with its quotation marks.
    pub etag: Option<String>,
    /// `Last-Modified`, as the server wrote it: it is compared as bytes.
    pub last_modified: Option<String>,
}

/// What an item is known by in its feed. It stays the same while its words are edited.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemId(String);

/// One item, written by strangers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedItem {
    /// What it is known by.
    pub id: ItemId,
    /// Its title as markup; may be empty. `rules::feed::plain` tells its words.
    pub title: String,
    /// Its summary or text as markup; may be empty.
    pub summary: String,
    /// Where it stands: an absolute address with `http` or `https`, without user or password.
    pub link: Option<String>,
    /// When it was published, if it says so in a way that can be read.
    pub published: Option<Timestamp>,
}

impl ItemId {
    /// What the feed itself calls the item; else where it stands; else what it says. The three kinds
    /// are kept apart, so that one item's guid is never another one's link.
    pub fn of(guid: Option<&str>, link: Option<&str>, title: &str, summary: &str) -> Self {
        let said = |text: Option<&str>| {
            text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        if let Some(guid) = said(guid) {
            return Self::bounded("guid:", &guid);
        }
        if let Some(link) = said(link) {
            return Self::bounded("link:", &link);
        }
        Self(format!("text:{}", sha256(&format!("{}\u{1f}{}", title.trim(), summary.trim()))))
    }

    /// One that was stored.
    pub fn stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn bounded(kind: &str, text: &str) -> Self {
        if text.len() <= ID_BYTES_MAX {
            Self(format!("{kind}{text}"))
        } else {
            Self(format!("{kind}sha256:{}", sha256(text)))
        }
    }
}

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a String takes any text");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_known_by_its_guid_else_its_link_else_its_words() {
        let id = |guid, link| ItemId::of(guid, link, "Title", "Text");
        assert_eq!(id(Some(" 7 "), Some("https://a.org/7")).as_str(), "guid:7");
        assert_eq!(id(Some(""), Some("https://a.org/7")).as_str(), "link:https://a.org/7");
        let words = id(None, None);
        assert!(words.as_str().starts_with("text:"), "{words:?}");
        assert_eq!(words, ItemId::of(None, Some(" "), "Title ", "Text"));
        assert_ne!(words, ItemId::of(None, None, "TitleText", ""));
    }

    #[test]
    fn the_kinds_are_kept_apart_and_a_long_identity_is_hashed() {
        assert_ne!(
            ItemId::of(Some("https://a.org/7"), None, "", ""),
            ItemId::of(None, Some("https://a.org/7"), "", "")
        );
        let (one, other) = ("x".repeat(500), format!("{}y", "x".repeat(499)));
        let (one, other) =
            (ItemId::of(Some(&one), None, "", ""), ItemId::of(Some(&other), None, "", ""));
        assert_ne!(one, other);
        assert!(one.as_str().len() <= ID_BYTES_MAX, "{one:?}");
    }
}

//! Feeds of others: what a fetch brings, and what to do where it brings nothing.

use std::time::Duration;

use async_trait::async_trait;

use crate::model::{FeedItem, FeedUrl, Validators};

/// When the server would like to be asked again; none of it is believed beyond reason
/// (`rules::feed::pace`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// `Cache-Control: max-age`.
    pub max_age: Option<Duration>,
    /// The feed's own `ttl`.
    pub ttl: Option<Duration>,
}

/// A feed that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedDocument {
    /// What it calls itself, as markup; may be empty.
    pub title: String,
    /// Its items in its own order, which is mostly the newest first. Several may have one identity.
    pub items: Vec<FeedItem>,
    /// Items beyond the most that are read.
    pub left_out: usize,
    /// For the next request.
    pub validators: Validators,
    /// When to ask again.
    pub wishes: Wishes,
}

/// What a fetch brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The feed is what it was.
    NotModified(Wishes),
    /// The feed.
    Whole(FeedDocument),
}

/// Why there is no feed. Each variant is a different thing to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeedTrouble {
    /// No answer, an overloaded server: ask again, after the time that it named if it named one.
    #[error("it cannot be read now: {detail}")]
    TryLater {
        /// `Retry-After`.
        after: Option<Duration>,
        /// What happened.
        detail: String,
    },
    /// 410: it will not come back; ask no more.
    #[error("it is gone for good (410); remove it, or give its new address")]
    Gone,
    /// 301 or 308: keep the new address, which was checked like any other, and ask there.
    #[error("it moved to {0}; give this address instead")]
    Moved(FeedUrl),
    /// Another refusal: nothing changes by itself, a person should look.
    #[error("the server answers {status}; look at the address with a browser")]
    Denied {
        /// The HTTP status.
        status: u16,
    },
    /// Something else stands there.
    #[error("{0}, not a feed; RSS and Atom are read, give the address of one")]
    NotAFeed(String),
    /// Larger than is read.
    #[error("it is over {bytes_max} bytes, unpacked; give the address of a smaller one")]
    TooLarge {
        /// The most that is read.
        bytes_max: usize,
    },
    /// An address that may not be fetched from, or too many redirects to count.
    #[error("it may not be fetched: {0}")]
    Refused(String),
    /// A feed with a mistake in it.
    #[error("line {line}: {what}")]
    Malformed {
        /// The line of the document, from 1.
        line: u64,
        /// What is wrong there.
        what: String,
    },
}

/// A fetch without a feed: where and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("feed {url}: {trouble}")]
pub struct FeedFailed {
    /// Where it happened, after redirects.
    pub url: FeedUrl,
    /// Why.
    pub trouble: FeedTrouble,
}

/// Fetches feeds.
#[async_trait]
pub trait Feeds: Send + Sync {
    /// Fetches one feed once, if it changed since `validators` were given. Temporary redirects are
    /// followed, permanent ones are told.
    async fn fetch(&self, url: &FeedUrl, validators: &Validators) -> Result<Fetched, FeedFailed>;
}

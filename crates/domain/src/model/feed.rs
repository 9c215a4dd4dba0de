//! A feed: where it is, who follows it, what it said when it was last read, and one thing it tells of.

mod address;
mod followed;
mod item;
mod url;

pub use address::{is_public, is_within_reach};
pub use followed::{FEEDS_MAX, Feed, FeedId, Telling};
pub use item::{FeedItem, ItemId, Validators};
pub use url::{FeedReach, FeedUrl, FeedUrlError};

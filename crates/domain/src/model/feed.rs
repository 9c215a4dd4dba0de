//! A feed: where it is, what it said when it was last read, and one thing it tells of.

mod address;
mod item;
mod url;

pub use address::is_public;
pub use item::{FeedItem, ItemId, Validators};
pub use url::{FeedReach, FeedUrl, FeedUrlError};

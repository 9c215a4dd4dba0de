//! A feed that a bot follows, and what becomes of its items.

use serde::{Deserialize, Serialize};

use super::FeedUrl;

/// Feeds of one bot.
pub const FEEDS_MAX: usize = 20;

/// Row id of a feed that a bot follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeedId(pub i64);

/// How an item becomes a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Telling {
    /// By these words with placeholders (`rules::feed::template`).
    Template(String),
    /// A model writes about it, in the persona's voice.
    Model {
        /// The item's link stands behind the post, where the persona lets it.
        has_link: bool,
    },
}

/// A feed as a bot's file declares it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    /// Where it is.
    pub url: FeedUrl,
    /// How an item becomes a post.
    pub telling: Telling,
    /// The topic of its posts; one of the persona's, where there is one.
    pub topic: Option<String>,
    /// How often it is asked, in minutes, unless its server wishes for less.
    pub every_minutes: u32,
    /// How many of the newest items the first answer brings; the others are old news.
    pub first_items: u32,
    /// How many items one answer brings at most; the others wait for the next.
    pub items_max: u32,
    /// An item that waits for longer than so many days is no news any more.
    pub age_days_max: u32,
}

impl Feed {
    /// A feed at `url`, with what holds where nobody says otherwise.
    pub fn at(url: FeedUrl, telling: Telling) -> Self {
        Self {
            url,
            telling,
            topic: None,
            every_minutes: 30,
            first_items: 0,
            items_max: 5,
            age_days_max: 7,
        }
    }
}

//! A post as X shows it, and how much of X's length it takes.

use askama::Template;
use domain::model::BotId;
use domain::rules::review::weighted_length;

use super::mark::Mark;

/// The card.
#[derive(Debug, PartialEq, Template)]
#[template(path = "component/post_card.html")]
pub(crate) struct PostCard {
    mark: Mark,
    bot: String,
    text: String,
    length: u32,
    length_max: u32,
    /// How much of the ring is full, in hundredths.
    full: u32,
}

impl PostCard {
    /// That text of that bot, whose posts have so many characters at most.
    pub(crate) fn of(bot: &BotId, text: &str, length_max: u32) -> Self {
        let length = weighted_length(text);
        Self {
            mark: Mark::of(bot),
            bot: bot.to_string(),
            text: text.to_owned(),
            length,
            length_max,
            full: (length.saturating_mul(100) / length_max.max(1)).min(100),
        }
    }
}

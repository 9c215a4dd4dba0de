//! What a bot has done, under the seed's names (table `bot_stats`).

use jiff::Timestamp;

use super::{BotId, MicroUsd};

/// The counters of one bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotStats {
    /// The bot.
    pub bot: BotId,
    /// Posts that X has.
    pub total_posts: u64,
    /// Posts that wait in the queue.
    pub remaining_posts: u64,
    /// When the last one went out.
    pub last_post_at: Option<Timestamp>,
    /// When the queue was last filled.
    pub last_replenishment_at: Option<Timestamp>,
    /// Money gone since the bot exists, X and model together.
    pub spend: MicroUsd,
}

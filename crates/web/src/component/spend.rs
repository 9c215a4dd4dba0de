//! SPEND: the money that is gone, and on which bots.

use askama::Template;
use domain::ports::store::BotLine;

use super::mark::Mark;
use super::text::money;
use crate::snapshot::House;

/// Bots shown at most.
const ROWS_MAX: usize = 6;

/// The list.
#[derive(Debug, PartialEq, Template)]
#[template(path = "component/spend.html")]
pub(crate) struct SpendPart {
    total: String,
    rows: Vec<Row>,
}

#[derive(Debug, PartialEq)]
struct Row {
    mark: Mark,
    bot: String,
    amount: String,
    /// Of the largest, 0 to 100.
    fill: i64,
}

impl SpendPart {
    pub(crate) fn of(house: &House) -> Self {
        let mut bots: Vec<&BotLine> =
            house.bots.iter().filter(|bot| bot.stats.spend.0 > 0).collect();
        bots.sort_by_key(|bot| std::cmp::Reverse(bot.stats.spend));
        bots.truncate(ROWS_MAX);
        let most = bots.first().map_or(1, |bot| bot.stats.spend.0);
        Self {
            total: money(house.counts.spend),
            rows: bots
                .iter()
                .map(|bot| Row {
                    mark: Mark::of(&bot.stats.bot),
                    bot: bot.stats.bot.to_string(),
                    amount: money(bot.stats.spend),
                    fill: bot.stats.spend.0.saturating_mul(100) / most,
                })
                .collect(),
        }
    }
}

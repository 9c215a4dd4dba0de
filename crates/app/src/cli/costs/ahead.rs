//! What is to come, from schedules and from what was.

use domain::model::{Bot, BotId, Budget};
use domain::ports::store::{BudgetStore as _, ReadStore as _, StoreError};
use domain::rules::forecast::{self, FIRINGS_MAX, Forecast, PAST_MAX};
use jiff::Timestamp;
use store::Db;

/// Forecasts.
#[derive(Default)]
pub(super) struct Ahead {
    /// Each bot with its app.
    pub(super) bots: Vec<(BotId, String, Forecast)>,
    /// A schedule fires more often than is counted.
    pub(super) is_cut_off: bool,
}

/// The forecast of each of these bots.
pub(super) async fn look(db: &Db, bots: &[Bot], now: Timestamp) -> Result<Ahead, StoreError> {
    let mut ahead = Ahead::default();
    for bot in bots {
        // A rehearsal costs nothing.
        let schedules = if bot.is_rehearsal { &[][..] } else { &bot.schedules };
        let firings = forecast::firings(&bot.id, schedules, now, FIRINGS_MAX);
        ahead.is_cut_off |= firings.is_cut_off;
        let line = db.find_bot_line(&bot.id).await?;
        let queued = line.map_or(0, |line| line.stats.remaining_posts);
        let past = db.list_past_costs(&bot.id, PAST_MAX).await?;
        let foreseen = forecast::forecast(&firings.at, queued, &past);
        ahead.bots.push((bot.id.clone(), bot.app.clone(), foreseen));
    }
    ahead.bots.sort_by(|one, next| one.0.cmp(&next.0));
    Ok(ahead)
}

impl Ahead {
    /// All bots together.
    pub(super) fn all(&self) -> Forecast {
        self.bots.iter().map(|(_, _, one)| *one).fold(Forecast::default(), Forecast::and)
    }

    /// Which caps a month would not hold so much.
    pub(super) fn shortages(&self, budgets: &[Budget]) -> Vec<String> {
        forecast::shortages(budgets, &self.bots)
    }
}

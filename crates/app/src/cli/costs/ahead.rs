//! What is to come, from schedules and from what was.

use std::collections::BTreeMap;

use domain::model::{Bot, BotId, Budget, MicroUsd, Purse, Scope};
use domain::ports::store::{BudgetStore as _, ReadStore as _, StoreError};
use domain::rules::budget::whose;
use domain::rules::forecast::{Forecast, PAST_MAX, forecast};
use domain::rules::plan;
use jiff::{SignedDuration, Timestamp};
use store::Db;

/// So far is looked.
pub(super) const DAYS: i64 = 30;
/// Firings of one schedule that are counted.
const FIRINGS_MAX: usize = 100_000;

/// Forecasts.
#[derive(Default)]
pub(super) struct Ahead {
    pub(super) bots: BTreeMap<BotId, Forecast>,
    apps: BTreeMap<BotId, String>,
    /// A schedule fires more often than is counted.
    pub(super) is_cut_off: bool,
}

/// The forecast of each of these bots.
pub(super) async fn look(db: &Db, bots: &[Bot], now: Timestamp) -> Result<Ahead, StoreError> {
    let mut ahead = Ahead::default();
    let until = now + SignedDuration::from_hours(24 * DAYS);
    for bot in bots {
        let mut firings = Vec::new();
        for schedule in &bot.schedules {
            let found = plan::between(&bot.id, schedule, now, until, FIRINGS_MAX);
            ahead.is_cut_off |= found.until < until;
            let quiet = |at: Timestamp| {
                schedule.quiet_hours.is_some_and(|quiet| quiet.contain(at, &schedule.zone))
            };
            firings.extend(found.slots.iter().map(|slot| slot.due_at).filter(|at| !quiet(*at)));
        }
        firings.sort_unstable();
        if bot.is_rehearsal {
            firings.clear();
        }
        let line = db.find_bot_line(&bot.id).await?;
        let queued = line.map_or(0, |line| line.stats.remaining_posts);
        let past = db.list_past_costs(&bot.id, PAST_MAX).await?;
        ahead.apps.insert(bot.id.clone(), bot.app.clone());
        ahead.bots.insert(bot.id.clone(), forecast(&firings, queued, &past));
    }
    Ok(ahead)
}

impl Ahead {
    /// All bots together.
    pub(super) fn all(&self) -> Forecast {
        self.bots.values().copied().fold(Forecast::default(), Forecast::and)
    }

    /// Which caps a month would not hold so much.
    pub(super) fn shortages(&self, budgets: &[Budget]) -> Vec<String> {
        budgets
            .iter()
            .filter_map(|budget| {
                let cap = budget.caps.month?;
                let needed = self.needed(budget);
                let (whose, purse) = (whose(&budget.scope), budget.purse.explain());
                (needed > cap).then(|| {
                    format!("The budget of {whose} for {purse}, {cap} a month, is short: {needed}")
                })
            })
            .collect()
    }

    fn needed(&self, budget: &Budget) -> MicroUsd {
        let is_of = |bot: &BotId| match &budget.scope {
            Scope::Bot(name) => name == bot,
            Scope::App(app) => self.apps.get(bot) == Some(app),
            Scope::All => true,
        };
        let amount = |one: &Forecast| match budget.purse {
            Purse::X => one.x,
            Purse::Model => one.model,
        };
        self.bots.iter().filter(|(bot, _)| is_of(bot)).map(|(_, one)| amount(one)).sum()
    }
}

//! Money: promises that nobody will settle, and caps that are nearly reached.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use domain::model::{Budget, Scope};
use domain::ports::store::StoreError;
use domain::rules::budget::{Level, WARN_PERCENT, level_of, whose};
use jiff::{SignedDuration, Timestamp};

use crate::Engine;

/// No request takes longer than this: a promise that is older has lost its task.
const PROMISE_MAX: SignedDuration = SignedDuration::from_hours(1);
/// Promises written off in one tick.
const WRITTEN_OFF_MAX: u32 = 100;
/// Tight budgets looked at in one tick; with more of them the log says no more by naming them.
const TIGHT_MAX: u32 = 100;

/// What was said of each budget last.
#[derive(Default)]
pub(crate) struct Said(Mutex<BTreeMap<(&'static str, Scope), Level>>);

impl Said {
    /// The budgets whose level is another than was said, and those that are well again are forgotten.
    fn news(&self, tight: &[Budget]) -> Vec<(Level, usize)> {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now: BTreeMap<_, _> = tight
            .iter()
            .map(|one| ((one.purse.as_str(), one.scope.clone()), level_of(one)))
            .collect();
        let news = tight
            .iter()
            .enumerate()
            .map(|(index, one)| ((one.purse.as_str(), one.scope.clone()), index))
            .filter_map(|(key, index)| {
                let level = *now.get(&key)?;
                (said.get(&key) != Some(&level)).then_some((level, index))
            })
            .collect();
        *said = now;
        news
    }
}

impl Engine {
    /// Writes off what crashed nodes left, and says which caps are nearly reached. What fails is tried
    /// again at the next tick: the lease does not depend on it.
    pub(super) async fn watch_budgets(&self, now: Timestamp) {
        if let Err(error) = self.write_off(now).await {
            tracing::warn!("Promises of dead nodes are written off later: {error}");
        }
        match self.store.list_tight_budgets(WARN_PERCENT, TIGHT_MAX, now).await {
            Ok(tight) => {
                for (level, index) in self.said.news(&tight) {
                    say(&tight[index], level);
                }
            }
            Err(error) => tracing::warn!("The budgets are looked at later: {error}"),
        }
    }

    async fn write_off(&self, now: Timestamp) -> Result<(), StoreError> {
        let before = now - PROMISE_MAX;
        for gone in self.store.write_off_reservations(before, WRITTEN_OFF_MAX, now).await? {
            tracing::warn!(
                bot.id = %gone.bot, reservation.id = gone.id.0, amount_micro_usd = gone.amount.0,
                "{} reserved for a request to the model for @{} counts as spent: its node ended before \
                 the bill was known",
                gone.amount, gone.bot
            );
        }
        Ok(())
    }
}

fn say(budget: &Budget, level: Level) {
    let (whose, purse) = (whose(&budget.scope), budget.purse.explain());
    let of = |cap: Option<domain::model::MicroUsd>| {
        cap.map_or_else(|| "no cap".to_owned(), |cap| cap.to_string())
    };
    let what = match level {
        Level::Ok | Level::Warn => "goes on",
        Level::BrownOut => "leaves out what is dear",
        Level::Stop => "stops",
    };
    tracing::warn!(
        event = "budget.level",
        budget.scope = budget.scope.as_str(),
        budget.name = budget.scope.name(),
        budget.purse = budget.purse.as_str(),
        budget.level = level.as_str(),
        "The budget of {whose} for {purse} {what}: {} of {} today, {} of {} this month (UTC)",
        budget.gone_today,
        of(budget.caps.day),
        budget.gone_this_month,
        of(budget.caps.month)
    );
}

#[cfg(test)]
mod tests {
    use domain::model::{Caps, MicroUsd, Purse};

    use super::*;

    fn budget(gone: i64) -> Budget {
        Budget {
            scope: Scope::All,
            purse: Purse::X,
            caps: Caps { day: Some(MicroUsd(100)), month: None },
            day: jiff::civil::date(2026, 11, 27),
            gone_today: MicroUsd(gone),
            gone_this_month: MicroUsd(gone),
        }
    }

    #[test]
    fn a_level_is_said_once_and_again_when_it_comes_back() {
        let said = Said::default();
        assert_eq!(said.news(&[budget(80)]), [(Level::Warn, 0)]);
        assert_eq!(said.news(&[budget(85)]), []);
        assert_eq!(said.news(&[budget(96)]), [(Level::BrownOut, 0)]);
        assert_eq!(said.news(&[]), []);
        assert_eq!(said.news(&[budget(80)]), [(Level::Warn, 0)]);
    }
}

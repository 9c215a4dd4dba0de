//! What the bots of an episode may spend at X. In most episodes nobody says.

use std::collections::BTreeMap;

use domain::model::{Budgets, Caps, MicroUsd, PurseCaps};

use super::BotPlan;
use crate::dice::Dice;

/// What a post costs on average: one text of five has a link.
const POST_MICRO_USD: i64 = 52_000;
/// Bots post about so often in ten days.
const POSTS_IN_TEN_DAYS: i64 = 10;

/// Caps, of all bots, of each app, and of single bots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Money {
    budgets: Budgets,
}

impl Money {
    /// For these bots.
    pub(crate) fn new(dice: &mut Dice, bots: &[BotPlan]) -> Self {
        if dice.falls(600) {
            return Self::default();
        }
        let of = |bots: usize, percent: i64| {
            let posts = i64::try_from(bots).unwrap_or(i64::MAX) * POSTS_IN_TEN_DAYS;
            posts * POST_MICRO_USD / 10 * percent / 100
        };
        let all = Caps { day: drawn(dice, 600, of(bots.len(), 85)), month: None };
        let app = Caps {
            day: drawn(dice, 500, of(BotPlan::PER_APP, 75)),
            month: drawn(dice, 500, of(BotPlan::PER_APP, 75) * 7),
        };
        let mut of_bots = BTreeMap::new();
        for bot in bots {
            // Two posts without a link, of which the second is already too dear where a page was read; or
            // some posts of any kind.
            let caps = match dice.between(0, 5) {
                0 => Caps { day: Some(MicroUsd(30_000)), month: None },
                1 => Caps { day: None, month: Some(MicroUsd(4 * POST_MICRO_USD)) },
                _ => continue,
            };
            of_bots.insert(bot.id.clone(), at_x(caps));
        }
        Self { budgets: Budgets { all: at_x(all), app: at_x(app), of_bots, ..Budgets::default() } }
    }

    /// As they are declared.
    pub(crate) fn budgets(&self) -> &Budgets {
        &self.budgets
    }

    /// The caps that a bot of that app spends from, each by a name of its own.
    pub(crate) fn over(&self, bot: &BotPlan) -> Vec<(String, Caps)> {
        let budgets = &self.budgets;
        let own = budgets.of_bot(&bot.id).x;
        [
            ("all bots".to_owned(), budgets.all.x),
            (format!("app {}", bot.app), budgets.app.x),
            (format!("bot {}", bot.id), own),
        ]
        .into_iter()
        .filter(|(_, caps)| !caps.are_open())
        .collect()
    }
}

fn drawn(dice: &mut Dice, per_mille: u64, amount: i64) -> Option<MicroUsd> {
    dice.falls(per_mille).then_some(MicroUsd(amount))
}

fn at_x(caps: Caps) -> PurseCaps {
    PurseCaps { x: caps, ..PurseCaps::default() }
}

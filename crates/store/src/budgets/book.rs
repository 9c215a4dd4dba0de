//! The budgets that a transaction spends from, locked until it ends, so that two of them racing for the
//! last cent cannot both find it. Only those with a cap: the others need no asking, and a row that all
//! nodes want would make them wait for each other.

use std::collections::{BTreeMap, BTreeSet};

use domain::model::{BotId, Budget, BudgetShut, Purse, Scope, utc_day};
use domain::rules::budget::{self, Level, Wish};
use jiff::Timestamp;

use super::row::BudgetRow;
use crate::arg::args;
use crate::batch::batch_row;
use crate::db::Tx;
use crate::dialect::Sql;
use crate::fault::Fault;

/// In the order of [`Scope`], so that transactions lock in one order.
static LOCK: Sql = Sql::new(
    "budgets",
    "{each purse scope name}
     SELECT s.purse, s.scope, s.name, s.day_cap, s.month_cap, s.day, s.gone_today, s.gone_this_month
     {from,} budgets s WHERE s.purse = r.purse AND s.scope = r.scope AND s.name = r.name
        AND (s.day_cap IS NOT NULL OR s.month_cap IS NOT NULL)
     ORDER BY s.scope DESC, s.name {locked}",
);

pub(crate) static TEXTS: [&Sql; 1] = [&LOCK];

batch_row! {
    struct ScopeRow<'a> {
        purse: &'a str,
        scope: &'a str,
        name: &'a str,
    }
}

/// Budgets with caps, as this transaction has left them so far.
pub(crate) struct Book {
    budgets: BTreeMap<Scope, Budget>,
}

impl Book {
    /// Locks what these bots, each with its app, spend from.
    pub(crate) async fn open(
        tx: &mut Tx,
        purse: Purse,
        bots: impl Iterator<Item = (&BotId, &str)>,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        let mut scopes: BTreeSet<Scope> = bots.flat_map(|(bot, app)| of_bot(bot, app)).collect();
        scopes.retain(|scope| !scope.name().is_empty() || *scope == Scope::All);
        let rows: Vec<ScopeRow<'_>> = scopes
            .iter()
            .map(|scope| ScopeRow {
                purse: purse.as_str(),
                scope: scope.as_str(),
                name: scope.name(),
            })
            .collect();
        let today = utc_day(now);
        let found: Vec<BudgetRow> = tx.find_each(&LOCK, &rows, &args![]).await?;
        let mut budgets = BTreeMap::new();
        for row in found {
            let budget = row.read(today)?;
            budgets.insert(budget.scope.clone(), budget);
        }
        Ok(Self { budgets })
    }

    /// Whether no cap concerns any of the bots.
    pub(crate) fn is_open(&self) -> bool {
        self.budgets.is_empty()
    }

    /// Whether there is room for `wish`; where it is taken there is so much less for the next.
    pub(crate) fn admit(
        &mut self,
        (bot, app): (&BotId, &str),
        wish: Wish,
        is_taken: bool,
    ) -> Result<(), BudgetShut> {
        let scopes = of_bot(bot, app);
        budget::admit(scopes.iter().filter_map(|scope| self.budgets.get(scope)), wish)?;
        if is_taken {
            for scope in &scopes {
                if let Some(budget) = self.budgets.get_mut(scope) {
                    budget.gone_today += wish.amount;
                    budget.gone_this_month += wish.amount;
                }
            }
        }
        Ok(())
    }

    /// The worst level of what is there.
    pub(crate) fn level(&self) -> Level {
        budget::worst(self.budgets.values())
    }
}

/// What a bot spends from.
fn of_bot(bot: &BotId, app: &str) -> [Scope; 3] {
    [Scope::Bot(bot.clone()), Scope::App(app.to_owned()), Scope::All]
}

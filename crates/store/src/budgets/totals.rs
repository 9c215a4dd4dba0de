//! What a transaction adds to the running totals: once for each budget, however many lines it writes.

use std::collections::BTreeMap;

use domain::model::Purse;
use jiff::civil::Date;

use crate::arg::args;
use crate::batch::batch_row;
use crate::db::Tx;
use crate::dialect::Sql;
use crate::fault::Fault;

/// A line for a day that is over changes no other day; one for a new day begins it.
static ADD: Sql = Sql::new(
    "budgets",
    "{each purse scope name day amount:int}
     INSERT INTO budgets (purse, scope, name, day, gone_today, gone_this_month, updated_at)
     SELECT r.purse, r.scope, r.name, r.day, r.amount, r.amount, $2 {from} WHERE true
     ON CONFLICT (purse, scope, name) DO UPDATE SET
        gone_today = CASE WHEN budgets.day = excluded.day
                THEN budgets.gone_today + excluded.gone_today
            WHEN budgets.day < excluded.day THEN excluded.gone_today
            ELSE budgets.gone_today END,
        gone_this_month = CASE WHEN substr(budgets.day, 1, 7) = substr(excluded.day, 1, 7)
                THEN budgets.gone_this_month + excluded.gone_this_month
            WHEN budgets.day < excluded.day THEN excluded.gone_this_month
            ELSE budgets.gone_this_month END,
        day = CASE WHEN budgets.day < excluded.day THEN excluded.day ELSE budgets.day END,
        updated_at = excluded.updated_at",
);

/// What all bots spend is kept day by day as well, for charts.
static ADD_DAY: Sql = Sql::new(
    "spend_days",
    "{each purse day amount:int}
     INSERT INTO spend_days (day, purse, amount_micro_usd)
     SELECT r.day, r.purse, r.amount {from} WHERE true
     ON CONFLICT (day, purse) DO UPDATE SET
        amount_micro_usd = spend_days.amount_micro_usd + excluded.amount_micro_usd",
);

pub(crate) static TEXTS: [&Sql; 2] = [&ADD, &ADD_DAY];

batch_row! {
    struct AddRow<'a> {
        purse: &'a str,
        scope: &'a str,
        name: &'a str,
        day: &'a str,
        amount: i64,
    }
}

batch_row! {
    struct DayRow<'a> {
        purse: &'a str,
        day: &'a str,
        amount: i64,
    }
}

/// Words of the scopes in the order in which their rows are locked.
const SCOPES: [&str; 3] = ["bot", "app", ALL];
const ALL: &str = "all";

/// Amounts by budget and day.
#[derive(Debug, Default)]
pub(crate) struct Totals(BTreeMap<(&'static str, usize, String, Date), i64>);

impl Totals {
    /// So much more for a bot, its app and all.
    pub(crate) fn add(&mut self, purse: Purse, (bot, app): (&str, &str), day: Date, amount: i64) {
        for (rank, name) in [bot, app, ""].into_iter().enumerate() {
            // The app of a bot that is not there any more is nobody's.
            if rank == 1 && name.is_empty() {
                continue;
            }
            let total = self.0.entry((purse.as_str(), rank, name.to_owned(), day)).or_default();
            *total = total.saturating_add(amount);
        }
    }

    pub(crate) async fn write(self, tx: &mut Tx, now: i64) -> Result<(), Fault> {
        // Of one budget a server takes one row in a statement: the days go one after the other.
        let mut by_day: BTreeMap<Date, Vec<(&'static str, usize, String, i64)>> = BTreeMap::new();
        for ((purse, rank, name, day), amount) in self.0 {
            if amount != 0 {
                by_day.entry(day).or_default().push((purse, rank, name, amount));
            }
        }
        for (day, totals) in by_day {
            let day = day.to_string();
            let rows: Vec<AddRow<'_>> = totals
                .iter()
                .map(|(purse, rank, name, amount)| AddRow {
                    purse,
                    scope: SCOPES[*rank],
                    name,
                    day: &day,
                    amount: *amount,
                })
                .collect();
            tx.run_each(&ADD, &rows, &args![now]).await?;
            let of_all: Vec<DayRow<'_>> = rows
                .iter()
                .filter(|row| row.scope == ALL)
                .map(|row| DayRow { purse: row.purse, day: row.day, amount: row.amount })
                .collect();
            tx.run_each(&ADD_DAY, &of_all, &[]).await?;
        }
        Ok(())
    }
}

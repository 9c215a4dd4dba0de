//! A row of `budgets`.

use domain::model::{Budget, Caps, MicroUsd, Purse, Scope};
use domain::ports::store::StoreError;
use jiff::civil::Date;

use crate::row::row;
use crate::rows::Reading;

row! {
    pub(super) struct BudgetRow {
        purse: String,
        scope: String,
        name: String,
        day_cap: Option<i64>,
        month_cap: Option<i64>,
        day: String,
        gone_today: i64,
        gone_this_month: i64,
    }
}

impl BudgetRow {
    /// The budget as it is on that day.
    pub(super) fn read(self, today: Date) -> Result<Budget, StoreError> {
        let reading =
            Reading::of("budgets", format!("{} {} {}", self.purse, self.scope, self.name));
        let scope = match self.scope.as_str() {
            "bot" => Scope::Bot(reading.bot(&self.name)?),
            "app" => Scope::App(self.name),
            "all" => Scope::All,
            other => return Err(reading.corrupt(format!("scope `{other}` is unknown"))),
        };
        let budget = Budget {
            scope,
            purse: reading.parsed("purse", &self.purse, Purse::from_word(&self.purse))?,
            caps: Caps { day: self.day_cap.map(MicroUsd), month: self.month_cap.map(MicroUsd) },
            day: reading.parsed("day", &self.day, self.day.parse().ok())?,
            gone_today: MicroUsd(self.gone_today),
            gone_this_month: MicroUsd(self.gone_this_month),
        };
        Ok(budget.on(today))
    }
}

//! SPEND: what is gone of each cap this month, what it will have been at its end, and on which bots.

use askama::Template;
use domain::model::{BotId, Budget, MicroUsd, Purse, Scope, utc_day};
use domain::rules::forecast::month_end;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::mark::Mark;
use super::text::money;
use crate::chart::spark;
use crate::snapshot::{Boards, MONEY_DAYS, Money, Pulse};

/// The list.
#[derive(Debug, PartialEq, Template)]
#[template(path = "component/spend.html")]
pub(crate) struct SpendPart {
    lines: Vec<Line>,
    spark: String,
    rows: Vec<Row>,
}

/// What one purse is at.
#[derive(Debug, PartialEq)]
struct Line {
    purse: &'static str,
    gone: String,
    cap: Option<String>,
    forecast: String,
    is_short: bool,
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
    pub(crate) fn of(pulse: &Pulse, boards: &Boards) -> Self {
        let (money, today) = (&boards.money, utc_day(pulse.now));
        let is_told =
            |one: &&Budget| one.gone_this_month != MicroUsd::ZERO || one.caps.month.is_some();
        let lines: Vec<Line> =
            money.budgets.iter().filter(is_told).map(|one| Line::of(one, money, today)).collect();
        Self { spark: days(money, today), lines, rows: spenders(money) }
    }
}

impl Line {
    fn of(one: &Budget, spent: &Money, today: Date) -> Self {
        let of_purse: Vec<(Date, MicroUsd)> = spent
            .days
            .iter()
            .filter(|day| day.purse == one.purse)
            .map(|day| (day.day, day.amount))
            .collect();
        let ahead = month_end(one.gone_this_month, &of_purse, today);
        Self {
            purse: match one.purse {
                Purse::X => "X",
                Purse::Model => "model",
            },
            gone: money(one.gone_this_month),
            cap: one.caps.month.map(money),
            forecast: money(ahead),
            is_short: one.caps.month.is_some_and(|cap| ahead > cap),
        }
    }
}

/// The last days as a line.
fn days(spent: &Money, today: Date) -> String {
    let of = |day: Date| {
        let same = spent.days.iter().filter(|one| one.day == day);
        same.map(|one| one.amount).sum::<MicroUsd>().0
    };
    let first = today.saturating_sub(MONEY_DAYS.days());
    let days: Vec<i64> = first.series(1.day()).take_while(|day| *day <= today).map(of).collect();
    spark(&days)
}

/// Both purses of each bot, dearest first.
fn spenders(spent: &Money) -> Vec<Row> {
    let mut bots: Vec<(&BotId, MicroUsd)> = Vec::new();
    for one in &spent.spenders {
        let Scope::Bot(bot) = &one.scope else { continue };
        match bots.last_mut().filter(|(last, _)| *last == bot) {
            Some((_, sum)) => *sum += one.gone_this_month,
            None => bots.push((bot, one.gone_this_month)),
        }
    }
    let most = bots.first().map_or(1, |(_, sum)| sum.0.max(1));
    bots.iter()
        .filter(|(_, sum)| sum.0 > 0)
        .map(|(bot, sum)| Row {
            mark: Mark::of(bot),
            bot: bot.to_string(),
            amount: money(*sum),
            fill: sum.0.saturating_mul(100) / most,
        })
        .collect()
}

//! What each day cost.

use domain::model::{MicroUsd, Purse, utc_day};
use domain::ports::store::DaySpend;
use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::chart::{Bars, Drawing, Layer, Legend, Panel, Table};
use crate::component::money;
use crate::pages::period::Period;
use crate::problem::Problem;
use crate::state::Shared;

/// What was spent since the first day of the page, of one bot or all. Days are those of UTC, as on the
/// bills.
pub(super) async fn read(shared: &Shared, period: &Period) -> Result<Vec<DaySpend>, Problem> {
    let since = first(period);
    Ok(match period.bot_id() {
        Some(bot) => shared.store.list_spend_of(std::slice::from_ref(bot), since).await?,
        None => shared.store.list_spend(since).await?,
    })
}

fn first(period: &Period) -> Date {
    utc_day(period.now).saturating_sub((period.days - 1).days())
}

/// The chart.
pub(super) fn panel(spent: &[DaySpend], period: &Period) -> Panel {
    let (id, question) = ("days", "What did each day cost?");
    let today = utc_day(period.now);
    let days: Vec<Date> = first(period).series(1.day()).take_while(|day| *day <= today).collect();
    let of = |day: Date, purse: Purse| -> MicroUsd {
        let same = |one: &&DaySpend| one.day == day && one.purse == purse;
        spent.iter().filter(same).map(|one| one.amount).sum()
    };
    let rows: Vec<(Date, MicroUsd, MicroUsd)> =
        days.iter().map(|day| (*day, of(*day, Purse::X), of(*day, Purse::Model))).collect();
    let whole: MicroUsd = rows.iter().map(|(_, x, model)| *x + *model).sum();
    if whole == MicroUsd::ZERO {
        let why = "Nothing was spent in these days. What X and the model charge is counted here, day by \
                   day.";
        return Panel::nothing(id, question, why);
    }
    let positive = |amount: &MicroUsd| amount.0.max(0).unsigned_abs();
    let bars = Bars {
        labels: rows
            .iter()
            .map(|(day, x, model)| format!("{day}: X {}, model {}", money(*x), money(*model)))
            .collect(),
        layers: vec![
            Layer { class: "bill-x", values: rows.iter().map(|(_, x, _)| positive(x)).collect() },
            Layer {
                class: "bill-model",
                values: rows.iter().map(|(_, _, model)| positive(model)).collect(),
            },
        ],
    };
    let day =
        |day: Option<&Date>| day.map_or_else(String::new, |day| day.strftime("%-d %b").to_string());
    Panel {
        id,
        question,
        answer: format!("{} in {} days, of UTC.", money(whole), rows.len()),
        drawing: Drawing::Days {
            svg: bars.draw(),
            most: money(MicroUsd(i64::try_from(bars.most()).unwrap_or(i64::MAX))),
            first: day(days.first()),
            last: day(days.last()),
        },
        legend: vec![
            Legend { class: "bill-x", name: "X" },
            Legend { class: "bill-model", name: "model" },
        ],
        table: Table {
            heads: vec!["day", "X in USD", "model in USD", "total in USD"],
            rows: rows
                .iter()
                .rev()
                .map(|(day, x, model)| {
                    let dollars = [*x, *model, *x + *model].map(dollars);
                    std::iter::once(day.to_string()).chain(dollars).collect()
                })
                .collect(),
        },
        file: period.href("/costs/days.csv", &[]),
    }
}

/// `0.015`, for a table that is counted with.
pub(super) fn dollars(amount: MicroUsd) -> String {
    format!("{:.6}", amount.dollars())
}

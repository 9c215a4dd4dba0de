//! May this be spent? Invariant I4: what is spent and what is reserved together never exceed a cap.
//!
//! A cap shows itself in three steps before it stops anything by surprise: at 80 % it is said, at 95 %
//! what is dear is left out (posts with links at X, the dearer model), at 100 % nothing new begins.

use crate::model::{Budget, BudgetShut, Caps, MicroUsd, Purse, Scope, day_after, month_after};

/// From here on it is said.
pub const WARN_PERCENT: i64 = 80;
/// From here on what is dear is left out.
pub const BROWN_OUT_PERCENT: i64 = 95;

/// How much of a cap is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Less than [`WARN_PERCENT`].
    Ok,
    /// Less than [`BROWN_OUT_PERCENT`].
    Warn,
    /// Not all of it.
    BrownOut,
    /// All of it.
    Stop,
}

impl Level {
    /// The word in JSON and on pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::BrownOut => "brown_out",
            Self::Stop => "stop",
        }
    }
}

/// What is to be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// How much, at most.
    pub amount: MicroUsd,
    /// Whether there is something cheaper to do instead, so that a brown-out leaves it out.
    pub is_dear: bool,
    /// Nobody knows how much it may be, so no cap can be kept: it is refused where there is one.
    pub is_unpriced: bool,
}

/// The level of a cap of which so much is gone. A cap of nothing is spent from the start.
pub fn level(gone: MicroUsd, cap: MicroUsd) -> Level {
    let (gone, cap) = (i128::from(gone.0), i128::from(cap.0));
    let is_past = |percent: i64| gone * 100 >= cap * i128::from(percent);
    if is_past(100) {
        Level::Stop
    } else if is_past(BROWN_OUT_PERCENT) {
        Level::BrownOut
    } else if is_past(WARN_PERCENT) {
        Level::Warn
    } else {
        Level::Ok
    }
}

/// The worse level of the day and the month.
pub fn level_of(budget: &Budget) -> Level {
    spans(budget).map(|span| level(span.gone, span.cap)).max().unwrap_or(Level::Ok)
}

/// The worst level of some budgets.
pub fn worst<'a>(budgets: impl IntoIterator<Item = &'a Budget>) -> Level {
    budgets.into_iter().map(level_of).max().unwrap_or(Level::Ok)
}

/// Whether every one of `budgets`, all of them of today, has room for `wish`. If not, the one that opens
/// last says why.
pub fn admit<'a>(
    budgets: impl IntoIterator<Item = &'a Budget>,
    wish: Wish,
) -> Result<(), BudgetShut> {
    let shut = budgets
        .into_iter()
        .flat_map(|budget| spans(budget).map(move |span| (budget, span)))
        .filter_map(|(budget, span)| refuse(budget, &span, wish))
        .max_by_key(|shut| shut.until);
    shut.map_or(Ok(()), Err)
}

/// A cap over a stretch of time.
struct Span {
    cap: MicroUsd,
    gone: MicroUsd,
    word: &'static str,
    until: jiff::Timestamp,
}

fn spans(budget: &Budget) -> impl Iterator<Item = Span> {
    let Caps { day, month } = budget.caps;
    let (gone_today, gone_this_month) = (budget.gone_today, budget.gone_this_month);
    let today = budget.day;
    let of_day =
        day.map(|cap| Span { cap, gone: gone_today, word: "today", until: day_after(today) });
    let of_month = month.map(|cap| Span {
        cap,
        gone: gone_this_month,
        word: "this month",
        until: month_after(today),
    });
    of_day.into_iter().chain(of_month)
}

fn refuse(budget: &Budget, span: &Span, wish: Wish) -> Option<BudgetShut> {
    let Span { cap, gone, word, until } = *span;
    let level = level(gone, cap);
    let rest = cap - gone;
    let why = if level == Level::Stop {
        String::new()
    } else if wish.is_unpriced {
        ", and nobody knows what the model costs (price_unknown): set [model] price, 0 where it is free"
            .to_owned()
    } else if wish.amount > rest {
        format!(", and this takes up to {}", wish.amount)
    } else if level == Level::BrownOut && wish.is_dear {
        match budget.purse {
            Purse::X => format!(", and from {BROWN_OUT_PERCENT} % on posts with links wait"),
            Purse::Model => format!(", and from {BROWN_OUT_PERCENT} % on the dearer model waits"),
        }
    } else {
        return None;
    };
    let because = format!(
        "the budget of {} for {} is at {gone} of {cap} {word} (UTC){why}",
        whose(&budget.scope),
        budget.purse.explain(),
    );
    Some(BudgetShut { until, because })
}

/// Whose budget it is, for a person.
pub fn whose(scope: &Scope) -> String {
    match scope {
        Scope::Bot(bot) => format!("@{bot}"),
        Scope::App(_) => "its X app".to_owned(),
        Scope::All => "all bots".to_owned(),
    }
}

#[cfg(test)]
mod tests;

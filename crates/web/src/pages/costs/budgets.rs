//! What is gone of each cap, what a month will have cost, and which bots spend it.

use domain::model::{BotId, Budget, MicroUsd, Purse, Scope, utc_day};
use domain::ports::store::DaySpend;
use domain::rules::budget::{Level, level_of};
use domain::rules::forecast::{PACE_DAYS, month_end};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

use super::share;
use crate::component::{Mark, Mood, Pill, money};
use crate::pages::period::Period;
use crate::problem::Problem;
use crate::state::Shared;

/// Bots of the list at most: those that spent most.
const SPENDERS_MAX: u32 = 25;
/// Digits of an app's fingerprint that are shown.
const APP_DIGITS: usize = 8;

/// One budget, with its month.
pub(super) struct Caps {
    pub(super) name: String,
    pub(super) purse: &'static str,
    pub(super) today: String,
    pub(super) month: String,
    pub(super) forecast: Option<String>,
    pub(super) fill: i64,
    /// Where the forecast stands on the meter.
    pub(super) mark: Option<i64>,
    pub(super) has_cap: bool,
    pub(super) pill: Pill,
}

/// One bot that spends.
pub(super) struct Spender {
    pub(super) mark: Mark,
    pub(super) bot: String,
    pub(super) href: String,
    pub(super) x: String,
    pub(super) model: String,
    pub(super) total: String,
    pub(super) forecast: String,
    /// Of the dearest, 0 to 100.
    pub(super) fill: i64,
}

/// The budgets that the page is about: what all and apps share, or those of one bot.
pub(super) async fn read(shared: &Shared, period: &Period) -> Result<Vec<Budget>, Problem> {
    let mut found = match period.bot_id() {
        Some(bot) => shared.store.list_purses(bot, period.now).await?,
        None => shared.store.list_shared_budgets(period.now).await?,
    };
    // All of it first, then by app.
    found.sort_by_key(|one| matches!(one.scope, Scope::App(_)));
    found.retain(|one| !one.caps.are_open() || one.gone_this_month != MicroUsd::ZERO);
    Ok(found)
}

/// What is gone, and what will be, in one line.
pub(super) fn head(known: &[Budget], spent: &[DaySpend], now: Timestamp) -> String {
    let whole = known.iter().filter(|one| !matches!(one.scope, Scope::App(_)));
    let gone: MicroUsd = whole.clone().map(|one| one.gone_this_month).sum();
    if gone == MicroUsd::ZERO {
        return "Nothing was spent this month.".to_owned();
    }
    let ahead: MicroUsd =
        whole.map(|one| ahead_of(one.gone_this_month, one.purse, spent, now)).sum();
    let last = utc_day(now).last_of_month().strftime("%-d %B");
    format!(
        "{} gone this month. At the pace of the last days it is {} by {last}.",
        money(gone),
        money(ahead)
    )
}

fn ahead_of(gone: MicroUsd, purse: Purse, spent: &[DaySpend], now: Timestamp) -> MicroUsd {
    let of_purse: Vec<(Date, MicroUsd)> =
        spent.iter().filter(|one| one.purse == purse).map(|one| (one.day, one.amount)).collect();
    month_end(gone, &of_purse, utc_day(now))
}

/// Each cap with what is gone of it; the forecast is of what `spent` is of, so apps have none.
pub(super) fn caps(known: &[Budget], spent: &[DaySpend], now: Timestamp) -> Vec<Caps> {
    known.iter().map(|one| Caps::of(one, spent, now)).collect()
}

impl Caps {
    fn of(one: &Budget, spent: &[DaySpend], now: Timestamp) -> Self {
        let is_known = !matches!(one.scope, Scope::App(_));
        let ahead = is_known.then(|| ahead_of(one.gone_this_month, one.purse, spent, now));
        let of_cap = |gone: MicroUsd, cap: Option<MicroUsd>| match cap {
            Some(cap) => format!("{} of {}", money(gone), money(cap)),
            None => money(gone),
        };
        let cap = one.caps.month;
        let is_short = cap.zip(ahead).is_some_and(|(cap, ahead)| ahead > cap);
        Self {
            name: match &one.scope {
                Scope::All => "All bots".to_owned(),
                Scope::App(app) => {
                    format!("App {}", app.chars().take(APP_DIGITS).collect::<String>())
                }
                Scope::Bot(bot) => format!("@{bot}"),
            },
            purse: match one.purse {
                Purse::X => "X",
                Purse::Model => "model",
            },
            today: of_cap(one.gone_today, one.caps.day),
            month: of_cap(one.gone_this_month, cap),
            forecast: ahead.map(money),
            fill: cap.map_or(0, |cap| share(one.gone_this_month, cap)),
            mark: cap.zip(ahead).map(|(cap, ahead)| share(ahead, cap).min(99)),
            has_cap: cap.is_some(),
            pill: match level_of(one) {
                _ if one.caps.are_open() => Pill::new(Mood::Waiting, "no cap"),
                Level::Stop => Pill::new(Mood::NeedsYou, "spent"),
                Level::BrownOut => Pill::new(Mood::Late, "nearly spent"),
                Level::Warn => Pill::new(Mood::Late, "much is gone"),
                Level::Ok if is_short => Pill::new(Mood::Late, "will be short"),
                Level::Ok => Pill::new(Mood::OnTime, "room"),
            },
        }
    }
}

/// The bots that spent most this month.
pub(super) async fn spenders(shared: &Shared, period: &Period) -> Result<Vec<Spender>, Problem> {
    if period.bot.is_some() {
        return Ok(Vec::new());
    }
    let today = utc_day(period.now);
    let found = shared.store.list_spenders(SPENDERS_MAX, period.now).await?;
    let mut bots: Vec<BotId> = Vec::new();
    for one in &found {
        if let Scope::Bot(bot) = &one.scope
            && bots.last() != Some(bot)
        {
            bots.push(bot.clone());
        }
    }
    let since = today.saturating_sub(PACE_DAYS.days());
    let week = shared.store.list_spend_of(&bots, since).await?;
    let gone = |bot: &BotId, purse: Purse| -> MicroUsd {
        let of = |one: &&Budget| {
            one.purse == purse && matches!(&one.scope, Scope::Bot(name) if name == bot)
        };
        found.iter().filter(of).map(|one| one.gone_this_month).sum()
    };
    let most =
        bots.first().map_or(MicroUsd(1), |bot| gone(bot, Purse::X) + gone(bot, Purse::Model));
    let row = |bot: &BotId| {
        let (x, model) = (gone(bot, Purse::X), gone(bot, Purse::Model));
        let days: Vec<(Date, MicroUsd)> = week
            .iter()
            .filter(|one| one.bot.as_ref() == Some(bot))
            .map(|one| (one.day, one.amount))
            .collect();
        Spender {
            mark: Mark::of(bot),
            bot: bot.to_string(),
            href: format!("{}?days={}&bot={bot}", super::PATH, period.days),
            x: money(x),
            model: money(model),
            total: money(x + model),
            forecast: money(month_end(x + model, &days, today)),
            fill: share(x + model, most),
        }
    };
    Ok(bots.iter().map(row).collect())
}

//! When a bot will post, by its schedules or by another; and what a month will have cost at the pace of the
//! last days.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::Forecast;
use crate::model::{BotId, Budget, Cron, MicroUsd, Purse, Schedule, Scope};
use crate::rules::budget::whose;
use crate::rules::plan;

/// A forecast looks so far.
pub const DAYS: i64 = 30;
/// Firings of one schedule that are counted.
pub const FIRINGS_MAX: usize = 100_000;
/// Days from which a pace is taken.
pub const PACE_DAYS: i32 = 7;

/// When posts will leave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Firings {
    /// Each of them, in order.
    pub at: Vec<Timestamp>,
    /// A schedule fires more often than is counted.
    pub is_cut_off: bool,
}

/// The firings of a bot's schedules in the [`DAYS`] after `now`, up to `max` of each; none in quiet hours.
pub fn firings(bot: &BotId, schedules: &[Schedule], now: Timestamp, max: usize) -> Firings {
    let until = now + SignedDuration::from_hours(24 * DAYS);
    let mut all = Firings::default();
    for schedule in schedules {
        let found = plan::between(bot, schedule, now, until, max);
        all.is_cut_off |= found.until < until;
        let quiet = |at: Timestamp| {
            schedule.quiet_hours.is_some_and(|quiet| quiet.contain(at, &schedule.zone))
        };
        all.at.extend(found.slots.iter().map(|slot| slot.due_at).filter(|at| !quiet(*at)));
    }
    all.at.sort_unstable();
    all
}

/// The schedules of a bot as if it followed this pattern alone, in the zone and with the quiet hours of its
/// first.
pub fn as_if(schedules: &[Schedule], cron: Cron) -> Vec<Schedule> {
    schedules.first().map(|first| Schedule { cron, ..first.clone() }).into_iter().collect()
}

/// Forecasts of bots, each with its app.
pub type Ahead<'a> = &'a [(BotId, String, Forecast)];

/// Which monthly caps would not hold what is foreseen.
pub fn shortages(budgets: &[Budget], ahead: Ahead<'_>) -> Vec<String> {
    budgets
        .iter()
        .filter_map(|budget| {
            let cap = budget.caps.month?;
            let needed = needed(budget, ahead);
            let (whose, purse) = (whose(&budget.scope), budget.purse.explain());
            (needed > cap).then(|| {
                format!("The budget of {whose} for {purse}, {cap} a month, is short: {needed}")
            })
        })
        .collect()
}

fn needed(budget: &Budget, ahead: Ahead<'_>) -> MicroUsd {
    let is_of = |(bot, app, _): &&(BotId, String, Forecast)| match &budget.scope {
        Scope::Bot(name) => name == bot,
        Scope::App(name) => name == app,
        Scope::All => true,
    };
    let amount = |one: &Forecast| match budget.purse {
        Purse::X => one.x,
        Purse::Model => one.model,
    };
    ahead.iter().filter(is_of).map(|(_, _, one)| amount(one)).sum()
}

/// What a month will have cost, after `gone` of it: the rest of its days at the average of the last full
/// ones, of which `days` says what they cost. Days before the first that cost anything do not count: a
/// house of yesterday has a pace of one day.
pub fn month_end(gone: MicroUsd, days: &[(Date, MicroUsd)], today: Date) -> MicroUsd {
    let since = today.saturating_sub(PACE_DAYS.days());
    let of_day = |day: Date| -> MicroUsd {
        days.iter().filter(|(of, _)| *of == day).map(|(_, amount)| *amount).sum()
    };
    let full: Vec<MicroUsd> = since
        .series(1.day())
        .take_while(|day| *day < today)
        .map(of_day)
        .skip_while(|amount| *amount == MicroUsd::ZERO)
        .collect();
    let so_far = of_day(today);
    let pace = match i64::try_from(full.len()) {
        Ok(0) | Err(_) => so_far.0,
        Ok(count) => full.iter().copied().sum::<MicroUsd>().0 / count,
    };
    let rest_of_today = (pace - so_far.0).max(0);
    let days_left = i64::from(today.days_in_month() - today.day());
    gone + MicroUsd(rest_of_today.saturating_add(pace.max(0).saturating_mul(days_left)))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::*;

    fn schedules(cron: &str) -> Vec<Schedule> {
        vec![Schedule::new("main", Cron::parse(cron).unwrap(), TimeZone::UTC)]
    }

    fn now() -> Timestamp {
        "2026-11-27T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_bot_fires_as_its_schedules_say_or_as_if() {
        let ada = BotId::try_from("ada").unwrap();
        let daily = schedules("0 9 * * *");
        assert_eq!(firings(&ada, &daily, now(), FIRINGS_MAX).at.len(), 30);
        let hourly = as_if(&daily, Cron::parse("0 * * * *").unwrap());
        assert_eq!(firings(&ada, &hourly, now(), FIRINGS_MAX).at.len(), 720);
        let cut = firings(&ada, &hourly, now(), 100);
        assert_eq!((cut.at.len(), cut.is_cut_off), (100, true));
        assert_eq!(firings(&ada, &[], now(), FIRINGS_MAX), Firings::default());
    }

    #[test]
    fn a_month_goes_on_at_the_pace_of_its_last_full_days() {
        let today = date(2026, 11, 27);
        let days: Vec<(Date, MicroUsd)> =
            (20..27).map(|day| (date(2026, 11, day), MicroUsd(100))).collect();
        // Three days are left, and today costs what a day costs.
        assert_eq!(month_end(MicroUsd(1_000), &days, today), MicroUsd(1_400));
        let today_too: Vec<_> = days.iter().copied().chain([(today, MicroUsd(250))]).collect();
        assert_eq!(month_end(MicroUsd(1_250), &today_too, today), MicroUsd(1_550));
    }

    #[test]
    fn a_young_house_has_the_pace_of_the_days_it_has() {
        let today = date(2026, 11, 27);
        let yesterday = [(date(2026, 11, 26), MicroUsd(100))];
        assert_eq!(month_end(MicroUsd(100), &yesterday, today), MicroUsd(500));
        let only_today = [(today, MicroUsd(40))];
        assert_eq!(month_end(MicroUsd(40), &only_today, today), MicroUsd(160));
        assert_eq!(month_end(MicroUsd::ZERO, &[], today), MicroUsd::ZERO);
    }
}

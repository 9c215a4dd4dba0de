//! Money that may be spent, and how much of it is gone. A day and a month are those of UTC, as on the
//! bills of X.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use super::words::words;
use super::{BotId, MicroUsd};

words! {
    /// Whose bill it is.
    Purse {
        /// What X charges for posts and reads.
        X = "x": "X",
        /// What the model's server charges for tokens.
        Model = "model": "the model",
    }
}

/// Whom a budget is for. In the order in which a transaction locks them: what most others want is held
/// for the shortest time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// One bot.
    Bot(BotId),
    /// All bots of one X app, by its fingerprint.
    App(String),
    /// All bots.
    All,
}

impl Scope {
    /// The word in the database and in JSON.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Bot(_) => "bot",
            Self::App(_) => "app",
            Self::All => "all",
        }
    }

    /// The name beside the word; empty for all.
    pub fn name(&self) -> &str {
        match self {
            Self::Bot(bot) => bot.as_str(),
            Self::App(app) => app,
            Self::All => "",
        }
    }
}

/// What may be spent; `None`: as much as is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caps {
    /// In one day.
    pub day: Option<MicroUsd>,
    /// In one month.
    pub month: Option<MicroUsd>,
}

impl Caps {
    /// Whether there is none.
    pub fn are_open(self) -> bool {
        self.day.is_none() && self.month.is_none()
    }

    /// These, and where they say nothing the others.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self { day: self.day.or(others.day), month: self.month.or(others.month) }
    }
}

/// The caps of both purses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurseCaps {
    /// For X.
    pub x: Caps,
    /// For the model.
    pub model: Caps,
}

impl PurseCaps {
    /// Whether there is none.
    pub fn are_open(&self) -> bool {
        self.x.are_open() && self.model.are_open()
    }

    /// Those of one purse.
    pub fn of(&self, purse: Purse) -> Caps {
        match purse {
            Purse::X => self.x,
            Purse::Model => self.model,
        }
    }

    /// These, and where they say nothing the others.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self { x: self.x.or(others.x), model: self.model.or(others.model) }
    }
}

/// Every cap that is declared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budgets {
    /// All bots together.
    pub all: PurseCaps,
    /// The bots of each app together.
    pub app: PurseCaps,
    /// Each bot that says nothing of its own.
    pub bot: PurseCaps,
    /// The bots that do.
    pub of_bots: BTreeMap<BotId, PurseCaps>,
}

impl Budgets {
    /// The caps of one bot.
    pub fn of_bot(&self, bot: &BotId) -> PurseCaps {
        self.of_bots.get(bot).copied().unwrap_or_default().or(self.bot)
    }

    /// Whether there is a cap of anybody on what models cost.
    pub fn cap_models(&self) -> bool {
        let caps = [self.all, self.app, self.bot];
        let mut caps = caps.iter().chain(self.of_bots.values()).map(|caps| caps.model);
        caps.any(|caps| caps.day.is_some() || caps.month.is_some())
    }
}

/// A cap, and how much of it is gone: spent, or reserved for what is on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// For whom.
    pub scope: Scope,
    /// Whose bill.
    pub purse: Purse,
    /// What may be spent.
    pub caps: Caps,
    /// The day that `gone_today` is of.
    pub day: Date,
    /// Gone on that day.
    pub gone_today: MicroUsd,
    /// Gone in that day's month.
    pub gone_this_month: MicroUsd,
}

impl Budget {
    /// The same on another day: a new day begins with nothing, and so does a new month. A day that is
    /// over does not come back.
    #[must_use]
    pub fn on(mut self, today: Date) -> Self {
        if today <= self.day {
            return self;
        }
        if today.first_of_month() != self.day.first_of_month() {
            self.gone_this_month = MicroUsd::ZERO;
        }
        self.gone_today = MicroUsd::ZERO;
        self.day = today;
        self
    }
}

/// Why money is not given, and when to ask again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetShut {
    /// The next day or month begins then.
    pub until: Timestamp,
    /// Why, for a person.
    pub because: String,
}

/// A promise of money for one request to a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReservationId(pub i64);

/// The day in UTC, by which money is counted.
pub fn utc_day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// The first moment of a day in UTC.
pub fn start_of(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |midnight| midnight.timestamp())
}

/// The first moment after a day.
pub fn day_after(day: Date) -> Timestamp {
    start_of(day.saturating_add(1.day()))
}

/// The first moment after a day's month.
pub fn month_after(day: Date) -> Timestamp {
    day_after(day.last_of_month())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    fn spent(on: &str) -> Budget {
        Budget {
            scope: Scope::All,
            purse: Purse::X,
            caps: Caps::default(),
            day: day(on),
            gone_today: MicroUsd(5),
            gone_this_month: MicroUsd(7),
        }
    }

    #[test]
    fn a_new_day_and_a_new_month_begin_with_nothing() {
        for (today, gone) in [
            ("2026-11-27", (5, 7)),
            ("2026-11-28", (0, 7)),
            ("2026-12-01", (0, 0)),
            ("2027-11-27", (0, 0)),
            ("2026-11-26", (5, 7)),
        ] {
            let budget = spent("2026-11-27").on(day(today));
            assert_eq!((budget.gone_today.0, budget.gone_this_month.0), gone, "{today}");
        }
        assert_eq!(spent("2026-11-27").on(day("2026-11-20")).day, day("2026-11-27"));
    }

    #[test]
    fn days_and_months_end_at_midnight_in_utc() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        assert_eq!(utc_day(at("2026-11-27T23:59:59.999Z")), day("2026-11-27"));
        assert_eq!(day_after(day("2026-11-30")), at("2026-12-01T00:00:00Z"));
        assert_eq!(month_after(day("2026-12-05")), at("2027-01-01T00:00:00Z"));
        assert_eq!(month_after(day("2028-02-01")), at("2028-03-01T00:00:00Z"));
    }

    #[test]
    fn a_bot_says_what_it_wants_and_the_rest_is_that_of_all_bots() {
        let caps = |day: i64| Caps { day: Some(MicroUsd(day)), month: None };
        let ada = BotId::try_from("ada").expect("a name");
        let own =
            PurseCaps { x: Caps { day: None, month: Some(MicroUsd(9)) }, model: Caps::default() };
        let budgets = Budgets {
            bot: PurseCaps { x: caps(1), model: caps(2) },
            of_bots: [(ada.clone(), own)].into(),
            ..Budgets::default()
        };
        let of_ada = budgets.of_bot(&ada);
        assert_eq!(of_ada.x, Caps { day: Some(MicroUsd(1)), month: Some(MicroUsd(9)) });
        assert_eq!(of_ada.of(Purse::Model), caps(2));
        assert_eq!(budgets.of_bot(&BotId::try_from("bea").expect("a name")), budgets.bot);
    }
}

//! Which bot and how many days a page of figures is about, from its address.

use domain::model::BotId;
use domain::ports::store::BotLine;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan as _};
use serde::Deserialize;

use crate::problem::Problem;
use crate::state::Shared;

/// Names that are offered at most.
const OFFERED_MAX: u32 = 100;
/// What may be asked for.
const DAYS: [i32; 3] = [7, 30, 90];
const DAYS_DEFAULT: i32 = 30;

/// What the address says.
#[derive(Clone, Default, Deserialize)]
pub(crate) struct Asked {
    days: Option<String>,
    bot: Option<String>,
}

/// What the page is about.
pub(crate) struct Period {
    pub(crate) days: i32,
    pub(crate) bot: Option<BotLine>,
    /// The zone of the bot; UTC for all of them.
    pub(crate) zone: TimeZone,
    pub(crate) now: Timestamp,
}

/// A choice of days, with its address.
pub(crate) struct Choice {
    pub(crate) days: i32,
    pub(crate) href: String,
    pub(crate) is_chosen: bool,
}

impl Period {
    /// Reads the address; a bot that nobody knows is a problem, other days than those offered are not.
    pub(crate) async fn of(shared: &Shared, asked: &Asked) -> Result<Self, Problem> {
        let wanted = asked.days.as_deref().and_then(|days| days.parse().ok());
        let days = wanted.filter(|days| DAYS.contains(days)).unwrap_or(DAYS_DEFAULT);
        let name = asked.bot.as_deref().map(|bot| bot.trim().trim_start_matches('@'));
        let bot = match name.filter(|name| !name.is_empty()) {
            None => None,
            Some(name) => {
                let id = BotId::try_from(name).map_err(|_| Problem::no_such_bot())?;
                let line = shared.store.find_bot_line(&id).await?;
                Some(line.ok_or_else(Problem::no_such_bot)?)
            }
        };
        let zone = bot.as_ref().and_then(|bot| TimeZone::get(&bot.timezone).ok());
        let zone = zone.unwrap_or(TimeZone::UTC);
        Ok(Self { days, bot, zone, now: shared.clock.now() })
    }

    /// The bot, where it is about one.
    pub(crate) fn bot_id(&self) -> Option<&BotId> {
        self.bot.as_ref().map(|bot| &bot.stats.bot)
    }

    /// Its name; empty for all.
    pub(crate) fn bot_name(&self) -> &str {
        self.bot_id().map_or("", BotId::as_str)
    }

    /// How the zone is called.
    pub(crate) fn zone_name(&self) -> &str {
        self.bot.as_ref().map_or("UTC", |bot| &bot.timezone)
    }

    /// The day of a moment, in the zone.
    pub(crate) fn day_of(&self, at: Timestamp) -> Date {
        at.to_zoned(self.zone.clone()).date()
    }

    /// Its days, oldest first; the last is today.
    pub(crate) fn dates(&self) -> Vec<Date> {
        let today = self.day_of(self.now);
        let first = today.saturating_sub((self.days - 1).days());
        first.series(1.day()).take_while(|day| *day <= today).collect()
    }

    /// The first moment of it.
    pub(crate) fn since(&self) -> Timestamp {
        let first = self.dates().first().copied().unwrap_or(Date::MIN);
        let midnight = first.to_zoned(self.zone.clone()).map(|midnight| midnight.timestamp());
        let length = SignedDuration::from_hours(24 * i64::from(self.days));
        midnight.unwrap_or(self.now - length)
    }

    /// The address of a page about it, with this much more.
    pub(crate) fn href(&self, path: &str, more: &[(&str, &str)]) -> String {
        address(path, self.days, self.bot_name(), more)
    }

    /// The other days that may be asked for.
    pub(crate) fn choices(&self, path: &str) -> Vec<Choice> {
        let choice = |days| Choice {
            days,
            href: address(path, days, self.bot_name(), &[]),
            is_chosen: days == self.days,
        };
        DAYS.map(choice).into()
    }
}

/// Names of bots to choose from.
pub(crate) async fn offered(shared: &Shared) -> Result<Vec<String>, Problem> {
    let ids = shared.store.list_bot_ids(None, OFFERED_MAX).await?;
    Ok(ids.iter().map(ToString::to_string).collect())
}

fn address(path: &str, days: i32, bot: &str, more: &[(&str, &str)]) -> String {
    let days = days.to_string();
    let mut fields = vec![("days", days.as_str())];
    if !bot.is_empty() {
        fields.push(("bot", bot));
    }
    fields.extend(more);
    format!("{path}?{}", serde_urlencoded::to_string(fields).unwrap_or_default())
}

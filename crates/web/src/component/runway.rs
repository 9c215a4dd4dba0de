//! RUNWAY: the bots, and how long each queue lasts.

use askama::Template;
use domain::model::BotState;
use domain::ports::store::BotLine;
use jiff::Timestamp;

use super::mark::Mark;
use super::pill::{Mood, Pill};
use super::text::{count, grouped, sentence};
use super::time::Moment;
use crate::snapshot::{Boards, House, Lasts, Pulse};

/// Bots shown at most; those whose queue ends first.
const ROWS_MAX: usize = 12;
/// Where it is not known how long a queue lasts, its meter is full at this many times the low water.
const FULL_FACTOR: u64 = 4;
/// A meter is full at so many days, which is as far as slots are planned.
const FULL_DAYS: i64 = 14;

/// The list.
#[derive(Debug, PartialEq, Template)]
#[template(path = "component/runway.html")]
pub(crate) struct Runway {
    /// Whose queue ends first, and when.
    first: Option<(String, Moment)>,
    rows: Vec<Row>,
    more: Option<String>,
}

#[derive(Debug, PartialEq)]
struct Row {
    mark: Mark,
    bot: String,
    schedule: String,
    remaining: String,
    /// 0 to 100.
    fill: u64,
    mood: Mood,
    lasts: Option<Words>,
    pill: Option<Pill>,
    error: Option<(String, Moment)>,
}

/// How long a queue lasts, in words.
#[derive(Debug, PartialEq)]
enum Words {
    /// `dry in 9 d`.
    Dry(Moment),
    /// `over 14 d`.
    Over(Moment),
    /// `empty`, `nothing planned`.
    Said(&'static str),
}

impl Runway {
    pub(crate) fn of(pulse: &Pulse, house: &House, boards: &Boards) -> Self {
        let mut bots: Vec<&BotLine> = house.bots.iter().collect();
        // What needs a look comes first: idle bots, then short queues.
        bots.sort_by_key(|bot| (bot.state == BotState::Active, bot.stats.remaining_posts));
        bots.truncate(ROWS_MAX);
        let end = |bot: &BotLine| {
            boards.runways.iter().find(|(id, _)| *id == bot.stats.bot).map(|(_, lasts)| *lasts)
        };
        let hidden = house.counts.bots.saturating_sub(bots.len() as u64);
        let ends = boards.runways.iter().filter_map(|(bot, lasts)| match lasts {
            Lasts::Until(at) => Some((bot, *at)),
            Lasts::Beyond(_) | Lasts::Unplanned => None,
        });
        let first = ends.min_by_key(|(_, at)| *at);
        Self {
            first: first.map(|(bot, at)| (bot.to_string(), Moment::relative(at, pulse.now))),
            rows: bots.iter().map(|bot| Row::of(bot, end(bot), pulse.now)).collect(),
            more: (hidden > 0).then(|| format!("and {} more", grouped(hidden))),
        }
    }
}

impl Row {
    fn of(bot: &BotLine, lasts: Option<Lasts>, now: Timestamp) -> Self {
        let remaining = bot.stats.remaining_posts;
        let plenty = u64::from(bot.low_water.max(1)) * FULL_FACTOR;
        let mood = match remaining {
            0 => Mood::NeedsYou,
            n if n < u64::from(bot.low_water) => Mood::Late,
            _ => Mood::OnTime,
        };
        let fill = match lasts {
            _ if remaining == 0 => 0,
            Some(Lasts::Until(at)) => days_of(at, now),
            Some(Lasts::Beyond(_)) => 100,
            Some(Lasts::Unplanned) | None => (remaining * 100 / plenty).min(100),
        };
        let lasts = lasts.map(|lasts| match lasts {
            _ if remaining == 0 => Words::Said("empty"),
            Lasts::Until(at) => Words::Dry(Moment::relative(at, now).in_zone(Some(&bot.timezone))),
            Lasts::Beyond(at) => Words::Over(Moment::over(at, now)),
            Lasts::Unplanned => Words::Said("nothing planned"),
        });
        Self {
            mark: Mark::of(&bot.stats.bot),
            bot: bot.stats.bot.to_string(),
            schedule: format!("{} {}", bot.schedule_cron, bot.timezone),
            remaining: count(remaining, "post"),
            fill,
            mood,
            lasts,
            pill: state_pill(bot.state, bot.is_rehearsal),
            error: bot
                .last_error
                .as_ref()
                .map(|(message, at)| (sentence(message), Moment::relative(*at, now))),
        }
    }
}

/// In percent of [`FULL_DAYS`].
fn days_of(at: Timestamp, now: Timestamp) -> u64 {
    let secs = at.duration_since(now).as_secs().max(0);
    u64::try_from(secs.saturating_mul(100) / (FULL_DAYS * 86_400)).unwrap_or(0).clamp(1, 100)
}

/// What to say of a bot's state; nothing of one that posts.
pub(crate) fn state_pill(state: BotState, is_rehearsal: bool) -> Option<Pill> {
    match state {
        BotState::Active if is_rehearsal => Some(Pill::new(Mood::Waiting, "dry run")),
        BotState::Active => None,
        BotState::Paused => Some(Pill::new(Mood::Paused, "paused")),
        BotState::NeedsLogin => Some(Pill::new(Mood::NeedsYou, "needs login")),
        BotState::Closed => Some(Pill::new(Mood::Paused, "closed")),
    }
}

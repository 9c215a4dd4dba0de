//! The bots of an episode: a cron each, the times that it yields worked out by hand, and posts.

use domain::model::{
    ApprovalMode, Bot, BotFile, BotId, Cron, ManagedBy, OnMiss, Persona, QueueLimits, Schedule,
};
use domain::ports::store::{NewPost, PostOrigin};
use domain::rules::review;
use jiff::tz::TimeZone;

use crate::dice::Dice;
use crate::oracle::ExpectedSlot;

/// Monday 2026-06-01, 00:00 UTC: X charges for links by then.
pub(crate) const START_MS: i64 = 1_780_272_000_000;
/// One day.
const DAY_MS: i64 = 86_400_000;
/// Days of the week, counted from Monday as 0: some bots post every day, others now and then.
const WEEKDAYS: [&[i64]; 4] = [&[0, 1, 2, 3, 4, 5, 6], &[0, 1, 2, 3, 4, 5, 6], &[0, 2, 4], &[1]];
/// A bot has so many posts more than it needs, and a quarter.
const SPARE_POSTS_MIN: usize = 3;
/// Bots under one app: what X says of an app's money concerns them all.
const BOTS_PER_APP: usize = 8;

/// One bot of so many asks a person each time.
const ASKS_EVERY: usize = 12;
/// The first that does.
const ASKS_FIRST: usize = 5;

/// One bot.
#[derive(Clone, Debug)]
pub(crate) struct BotPlan {
    /// Its name.
    pub(crate) id: BotId,
    pub(super) app: String,
    /// Times of the day at which it posts, in minutes.
    minutes: Vec<i64>,
    /// On these days of the week.
    weekdays: &'static [i64],
    on_miss: OnMiss,
    looks_first: bool,
    /// A person says yes to each of its posts.
    pub(crate) asks: bool,
}

impl BotPlan {
    /// Bots of one app.
    pub(super) const PER_APP: usize = BOTS_PER_APP;

    /// Posts at some of these minutes of the day.
    pub(crate) fn new(place: usize, minutes: &[i64], dice: &mut Dice) -> Self {
        let mut minutes: Vec<i64> = minutes.iter().copied().filter(|_| dice.falls(620)).collect();
        if minutes.is_empty() {
            minutes.push(9 * 60);
        }
        let on_miss = match dice.between(0, 99) {
            0..=84 => OnMiss::Skip,
            85..=92 => OnMiss::LatestOnly,
            _ => OnMiss::NextFreeSlot,
        };
        Self {
            id: BotId::try_from(format!("bot-{place:04}")).expect("letters, digits and a dash"),
            app: format!("app-{}", place / BOTS_PER_APP),
            minutes,
            weekdays: WEEKDAYS[dice.below(WEEKDAYS.len())],
            on_miss,
            looks_first: dice.falls(80),
            asks: place % ASKS_EVERY == ASKS_FIRST,
        }
    }

    /// As it is declared.
    pub(crate) fn bot(&self) -> Bot {
        let days: Vec<String> = self.weekdays.iter().map(|day| (day + 1).to_string()).collect();
        let days = days.join(",");
        let schedules = self.minutes.iter().map(|minute| {
            let (hour, minute) = (minute / 60, minute % 60);
            let cron = Cron::parse(&format!("{minute} {hour} * * {days}")).expect("a cron pattern");
            let schedule = Schedule::new(format!("at-{hour}"), cron, TimeZone::UTC);
            Schedule { on_miss: self.on_miss, ..schedule }
        });
        Bot {
            id: self.id.clone(),
            persona: Persona {
                personality_prompt: "You are a lighthouse keeper.".to_owned(),
                posting_style: "short observations".to_owned(),
                tone: "calm".to_owned(),
                ..Persona::default()
            },
            schedules: schedules.collect(),
            queue: QueueLimits { low_water: 0, ..QueueLimits::default() },
            managed_by: ManagedBy::File,
            mode: if self.asks { ApprovalMode::Approval } else { ApprovalMode::Auto },
            is_live: false,
            warms_up: false,
            is_rehearsal: false,
            looks_first: self.looks_first,
            app: self.app.clone(),
            account: None,
            file: BotFile::default(),
        }
    }

    /// What its schedules yield after the start, up to and with `until`.
    pub(crate) fn slots(&self, until: i64) -> impl Iterator<Item = ExpectedSlot> + '_ {
        let days = (until - START_MS).max(0) / DAY_MS;
        // The start is a Monday.
        (0..=days).filter(|day| self.weekdays.contains(&(day % 7))).flat_map(move |day| {
            let due = move |minute: &i64| START_MS + day * DAY_MS + minute * 60_000;
            self.minutes
                .iter()
                .map(due)
                .filter(move |due_at| *due_at <= until)
                .map(|due_at| ExpectedSlot { bot: self.id.as_str().to_owned(), due_at })
        })
    }

    /// How many posts it needs in so many days, with some more: a few are refused or edited.
    pub(crate) fn stock(&self, days: i64) -> usize {
        let needed = self.slots(START_MS + days * DAY_MS).count();
        needed + needed / 4 + SPARE_POSTS_MIN
    }

    /// Its `number`-th post, for the queue.
    pub(crate) fn post(&self, number: usize) -> NewPost {
        let content = text(self.id.as_str(), number);
        NewPost {
            bot: self.id.clone(),
            content_hash: review::content_hash(&content),
            content,
            topic: None,
            consent: domain::model::Consent::ByMode,
            origin: PostOrigin::Imported,
        }
    }
}

/// A text that no other bot and no other number has; some with what X rewrites.
pub(crate) fn text(bot: &str, number: usize) -> String {
    let plain = format!("Watch {number} of {bot}: calm sea, light on.");
    match number % 5 {
        0 => format!("{plain} Wind & rain <3"),
        1 => format!("{plain} See https://example.com/{bot}/{number}?a=1&b=2"),
        2 => format!("{plain} Café open \u{1f6a2}"),
        _ => plain,
    }
}

//! What a bot will cost by its schedule, and what it would by another.

use domain::model::{Bot, BotId, Budget, Cron};
use domain::ports::store::PastCost;
use domain::rules::forecast::{DAYS, Forecast, PAST_MAX, as_if, firings, forecast, shortages};
use jiff::Timestamp;

use super::More;
use crate::component::{grouped, money};
use crate::pages::period::Period;
use crate::problem::Problem;
use crate::state::Shared;

/// Firings of a schedule that a page counts: one each minute for a month.
const FIRINGS_MAX: usize = 45_000;
/// What is tried where nobody tried anything.
const EXAMPLE: &str = "0 * * * *";

/// The days ahead of one bot.
pub(super) struct Foreseen {
    pub(super) row: Row,
    pub(super) shortages: Vec<String>,
    pub(super) measured: String,
}

/// A forecast in words.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) posts: String,
    pub(super) with_link: String,
    pub(super) x: String,
    pub(super) model: String,
    pub(super) total: String,
}

/// Another schedule, tried.
pub(super) struct WhatIf {
    pub(super) bot: String,
    pub(super) cron: String,
    /// Why it cannot be tried.
    pub(super) said: Option<String>,
    /// As it is, and as it would be.
    pub(super) rows: Vec<Row>,
    pub(super) answer: Option<String>,
}

struct Known {
    bot: Bot,
    queued: u64,
    past: Vec<PastCost>,
}

impl Known {
    async fn of(shared: &Shared, id: &BotId) -> Result<Option<Self>, Problem> {
        let Some((bot, _, _)) = shared.store.find_bot(id).await? else { return Ok(None) };
        let line = shared.store.find_bot_line(id).await?;
        let past = shared.store.list_past_costs(id, PAST_MAX).await?;
        let queued = line.map_or(0, |line| line.stats.remaining_posts);
        Ok(Some(Self { bot, queued, past }))
    }

    /// The forecast of its schedules; nothing for a bot that only rehearses.
    fn ahead(&self, now: Timestamp) -> (Forecast, bool) {
        let schedules = if self.bot.is_rehearsal { &[][..] } else { &self.bot.schedules };
        let found = firings(&self.bot.id, schedules, now, FIRINGS_MAX);
        (forecast(&found.at, self.queued, &self.past), found.is_cut_off)
    }

    fn ahead_if(&self, cron: Cron, now: Timestamp) -> (Forecast, bool) {
        let schedules = as_if(&self.bot.schedules, cron);
        let found = firings(&self.bot.id, &schedules, now, FIRINGS_MAX);
        (forecast(&found.at, self.queued, &self.past), found.is_cut_off)
    }
}

impl Row {
    fn of(name: impl Into<String>, (one, is_cut_off): (&Forecast, bool)) -> Self {
        let over = if is_cut_off { "over " } else { "" };
        Self {
            name: name.into(),
            posts: format!("{over}{}", grouped(one.posts)),
            with_link: grouped(one.with_link),
            x: money(one.x),
            model: money(one.model),
            total: format!("{over}{}", money(one.total())),
        }
    }
}

/// The days ahead of the bot that the page is about.
pub(super) async fn of_bot(
    shared: &Shared,
    period: &Period,
    budgets: &[Budget],
) -> Result<Option<Foreseen>, Problem> {
    let Some(id) = period.bot_id() else { return Ok(None) };
    let Some(known) = Known::of(shared, id).await? else { return Ok(None) };
    let (ahead, is_cut_off) = known.ahead(period.now);
    let foreseen = [(id.clone(), known.bot.app.clone(), ahead)];
    Ok(Some(Foreseen {
        row: Row::of(format!("The next {DAYS} days"), (&ahead, is_cut_off)),
        shortages: shortages(budgets, &foreseen),
        measured: match ahead.measured {
            0 => "No post is there to measure by, so links and writing are left out.".to_owned(),
            posts => format!(
                "With links as often, and writing as dear, as in the last {posts} posts; reads are left out."
            ),
        },
    }))
}

/// What the form asks: a bot, the page's or another, by another pattern.
pub(super) async fn what_if(
    shared: &Shared,
    period: &Period,
    more: &More,
    first: Option<&String>,
) -> Result<WhatIf, Problem> {
    let named = more.of.as_deref().map(|bot| bot.trim().trim_start_matches('@'));
    let named = named.filter(|bot| !bot.is_empty());
    let own = Some(period.bot_name()).filter(|bot| !bot.is_empty());
    let bot = named.or(own).or(first.map(String::as_str)).unwrap_or_default().to_owned();
    let mut answer = WhatIf {
        bot,
        cron: more.cron.clone().unwrap_or_else(|| EXAMPLE.to_owned()),
        said: None,
        rows: Vec::new(),
        answer: None,
    };
    if more.cron.is_none() {
        return Ok(answer);
    }
    let known = match BotId::try_from(answer.bot.as_str()) {
        Ok(id) => Known::of(shared, &id).await?,
        Err(_) => None,
    };
    match (known, Cron::parse(answer.cron.trim())) {
        (None, _) => {
            answer.said = Some(format!("No bot is called \u{201c}{}\u{201d}.", answer.bot));
        }
        (_, Err(error)) => answer.said = Some(format!("{error}.")),
        (Some(known), Ok(cron)) => {
            let (now, then) = (known.ahead(period.now), known.ahead_if(cron, period.now));
            answer.rows =
                vec![Row::of("As it is", (&now.0, now.1)), Row::of("As tried", (&then.0, then.1))];
            let more = then.0.total() - now.0.total();
            answer.answer = Some(match more.0 {
                0 => format!("It would cost the same: {} in {DAYS} days.", money(now.0.total())),
                1.. => format!("It would cost {} more in {DAYS} days.", money(more)),
                ..0 => format!("It would cost {} less in {DAYS} days.", money(-more)),
            });
        }
    }
    Ok(answer)
}

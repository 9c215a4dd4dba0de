//! The list: every bot with what comes next, and how long its queue lasts.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::model::BotId;
use domain::ports::store::BotLine;
use jiff::Timestamp;
use serde::Deserialize;

use crate::access::Caller;
use crate::component::{Mark, Moment, Mood, Pill, count, state_pill};
use crate::pages::forms::page;
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::snapshot::{Lasts, lasts};
use crate::state::Shared;

/// Bots of a page.
const BOTS_MAX: u32 = 25;
/// A meter is full at this many times the low water.
const FULL_FACTOR: u64 = 4;

#[derive(Template)]
#[template(path = "bots/list.html")]
struct Page<'a> {
    frame: Frame<'a>,
    rows: Vec<Row>,
    total: u64,
    /// The name after which the next page begins.
    more: Option<String>,
    is_first: bool,
}

struct Row {
    mark: Mark,
    bot: String,
    pill: Pill,
    mode: &'static str,
    place: &'static str,
    next: Option<Moment>,
    waiting: String,
    fill: u64,
    mood: Mood,
    lasts: Option<(&'static str, Moment)>,
}

/// From where on.
#[derive(Deserialize)]
pub(crate) struct After {
    after: Option<String>,
}

/// The page.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<After>,
) -> Result<Response, Problem> {
    let now = shared.clock.now();
    let after = query.after.map(BotId::try_from).transpose().map_err(|_| Problem::no_such_bot())?;
    let mut lines = shared.store.list_bots(after.as_ref(), BOTS_MAX + 1).await?;
    let is_cut = lines.len() > BOTS_MAX as usize;
    lines.truncate(BOTS_MAX as usize);
    let mut rows = Vec::with_capacity(lines.len());
    for line in &lines {
        rows.push(Row::of(line, lasts(&*shared.store, line).await?, now));
    }
    Ok(page(&Page {
        frame: Frame::of(&shared, &caller, Section::Bots),
        total: shared.store.counts().await?.bots,
        more: rows.last().map(|row| row.bot.clone()).filter(|_| is_cut),
        is_first: after.is_none(),
        rows,
    }))
}

impl Row {
    fn of(line: &BotLine, lasts: Lasts, now: Timestamp) -> Self {
        let (waiting, low) = (line.stats.remaining_posts, u64::from(line.low_water.max(1)));
        let zone = Some(line.timezone.as_str());
        Self {
            mark: Mark::of(&line.stats.bot),
            bot: line.stats.bot.to_string(),
            pill: state_pill(line.state, line.is_rehearsal)
                .unwrap_or(Pill::new(Mood::OnTime, "active")),
            mode: line.mode.as_str(),
            place: line.managed_by.as_str(),
            next: line.next_slot_at.map(|at| Moment::relative(at, now).in_zone(zone)),
            waiting: count(waiting, "post"),
            fill: (waiting * 100 / (low * FULL_FACTOR)).min(100),
            mood: match waiting {
                0 => Mood::NeedsYou,
                n if n < low => Mood::Late,
                _ => Mood::OnTime,
            },
            lasts: match lasts {
                Lasts::Until(at) => Some(("dry", Moment::relative(at, now).in_zone(zone))),
                Lasts::Beyond(at) => Some(("lasts", Moment::over(at, now))),
                Lasts::Unplanned => None,
            },
        }
    }
}

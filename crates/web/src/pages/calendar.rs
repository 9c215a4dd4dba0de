//! `/calendar`: what leaves and left when, as a month, a week or a day, in the reader's own zone.

mod act;
mod chip;
mod fill;
mod grid;
mod slot;
mod zone;

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use domain::model::{BotId, SlotId};
use domain::ports::store::BotLine;
use domain::rules::moving::is_taken_back;
use jiff::civil::Date;
use serde::Deserialize;

use self::fill::{Bots, Filled};
use self::grid::{Grid, View};
use crate::access::Caller;
use crate::pages::done::{Deed, Done};
use crate::pages::forms::page;
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;

/// Bots of the filter at most.
const BOTS_MAX: u32 = 500;

#[derive(Template)]
#[template(path = "calendar.html")]
struct Page<'a> {
    frame: Frame<'a>,
    grid: Grid,
    cells: Vec<Filled>,
    view: View,
    from: Date,
    /// Only this bot's slots.
    bot: Option<String>,
    links: Links,
    bots: Vec<String>,
    zones: Vec<String>,
    zone: String,
    expects_all: bool,
    done: Option<String>,
    undo: Option<Undo>,
}

/// Where one goes from here.
struct Links {
    own: String,
    /// Each view, and whether it is this one.
    views: [(&'static str, String, bool); 3],
    before: String,
    today: String,
    after: String,
}

/// What takes back what was just done.
struct Undo {
    path: String,
    to: Option<String>,
    words: &'static str,
}

/// What is shown.
#[derive(Default, Deserialize)]
pub(crate) struct Asked {
    view: Option<View>,
    from: Option<Date>,
    zone: Option<String>,
    bot: Option<String>,
    did: Option<Deed>,
    n: Option<i64>,
}

/// Where this page is, and others like it.
struct Address {
    view: View,
    from: Date,
    bot: Option<String>,
}

impl Address {
    fn path(&self, view: View, from: Date) -> String {
        let bot = self.bot.as_deref().unwrap_or_default();
        let bot = if bot.is_empty() { String::new() } else { format!("&bot={bot}") };
        format!("/calendar?view={}&from={from}{bot}", view.word())
    }

    fn links(&self, grid: &Grid) -> Links {
        let to = |from| self.path(self.view, from);
        let view = |view: View| (view.word(), self.path(view, self.from), view == self.view);
        Links {
            own: to(self.from),
            views: [View::Month, View::Week, View::Day].map(view),
            before: to(grid.before),
            today: to(grid.today),
            after: to(grid.after),
        }
    }
}

/// What everybody sees who sees anything.
pub(super) fn reading() -> Router<Arc<Shared>> {
    Router::new()
        .route("/calendar", get(show))
        .route("/calendar/{slot}", get(slot::show))
        .route("/calendar/{slot}/clash", get(act::clash))
}

/// A hand on a slot.
pub(super) fn writing() -> Router<Arc<Shared>> {
    Router::new()
        .route("/calendar/{slot}/move", post(act::put))
        .route("/calendar/{slot}/skip", post(act::skip))
        .route("/calendar/{slot}/unskip", post(act::unskip))
}

/// The page.
async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let now = shared.clock.now();
    let lines = shared.store.list_bots(None, BOTS_MAX).await?;
    let wanted = asked.bot.as_deref().filter(|bot| !bot.is_empty());
    let bot = wanted.map(BotId::try_from).transpose().map_err(|_| Problem::no_such_bot())?;
    let zone = zone::of(asked.zone.as_deref(), &headers, &lines, bot.as_ref());
    let view = asked.view.unwrap_or_default();
    let from = asked.from.unwrap_or_else(|| now.to_zoned(zone.zone.clone()).date());
    let grid = Grid::of(view, from, &zone.zone, now);
    let is_stopped = shared.store.counts().await?.is_stopped;
    let bots = Bots { lines: &lines, only: bot.as_ref(), is_stopped };
    let (mut cells, expects_all) = fill::fill(&shared, &grid, &bots, (&zone, now)).await?;
    let here = Address { view, from, bot: bot.map(String::from) };
    for filled in &mut cells {
        filled.href = here.path(View::Day, filled.cell.date);
    }
    let undo = undo(&shared, &asked).await?;
    let page_of = Page {
        frame: Frame::of(&shared, &caller, Section::Calendar),
        links: here.links(&grid),
        view,
        from,
        bot: here.bot,
        bots: lines.iter().map(|line| line.stats.bot.to_string()).collect(),
        zones: zones_of(&lines),
        zone: zone.name.clone(),
        expects_all,
        done: asked.did.and_then(|did| Done::of(did, asked.n.unwrap_or_default()).sentence()),
        undo,
        grid,
        cells,
    };
    let mut response = page(&page_of);
    if asked.zone.is_some()
        && let Ok(cookie) = HeaderValue::try_from(zone.cookie())
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Zones that are offered: those of the bots.
fn zones_of(lines: &[BotLine]) -> Vec<String> {
    let mut zones: Vec<String> = lines.iter().map(|line| line.timezone.clone()).collect();
    zones.push("UTC".to_owned());
    zones.sort_unstable();
    zones.dedup();
    zones
}

/// What takes back the deed that the page's address names, as long as it can be.
async fn undo(shared: &Shared, asked: &Asked) -> Result<Option<Undo>, Problem> {
    let (Some(did), Some(n)) = (asked.did, asked.n) else { return Ok(None) };
    let Some(held) = shared.store.find_held(SlotId(n)).await? else { return Ok(None) };
    let now = shared.clock.now();
    Ok(match did {
        Deed::Moved => held.moved_from.filter(|at| *at > now).map(|at| Undo {
            path: format!("/calendar/{n}/move"),
            to: Some(at.to_string()),
            words: "Put it back",
        }),
        Deed::Skipped if is_taken_back(&held, now) => {
            Some(Undo { path: format!("/calendar/{n}/unskip"), to: None, words: "Take it back" })
        }
        _ => None,
    })
}

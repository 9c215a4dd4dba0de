//! `/analytics`: what became of the slots of some days, each question with its chart, its table and its
//! file.

mod drops;
mod endings;
mod topics;

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;

use crate::access::Caller;
use crate::chart::{Panel, csv};
use crate::pages::forms::page;
use crate::pages::frame::{Frame, Section};
use crate::pages::period::{Asked, Choice, Period, offered};
use crate::problem::Problem;
use crate::state::Shared;

/// Endings that are read: of all bots rows of hours, of one bot its slots.
const ENDINGS_MAX: u32 = 20_000;
/// Posts whose topics are read.
const TOPICS_OF_MAX: u32 = 500;
const PATH: &str = "/analytics";

#[derive(Template)]
#[template(path = "analytics.html")]
struct Page<'a> {
    frame: Frame<'a>,
    bot: &'a str,
    bots: Vec<String>,
    choices: Vec<Choice>,
    days: i32,
    panels: Vec<Panel>,
}

/// The page.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let period = Period::of(&shared, &asked).await?;
    Ok(page(&Page {
        frame: Frame::of(&shared, &caller, Section::Analytics),
        bot: period.bot_name(),
        bots: offered(&shared).await?,
        choices: period.choices(PATH),
        days: period.days,
        panels: panels(&shared, &period).await?,
    }))
}

/// The table of one chart, as a file.
pub(crate) async fn file(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let period = Period::of(&shared, &asked).await?;
    let wanted = name.strip_suffix(".csv").ok_or_else(Problem::not_found)?;
    let panels = panels(&shared, &period).await?;
    let panel = panels.iter().find(|panel| panel.id == wanted && !panel.table.heads.is_empty());
    let panel = panel.ok_or_else(Problem::not_found)?;
    Ok(csv(&format!("flockwork-{wanted}"), &panel.table))
}

async fn panels(shared: &Shared, period: &Period) -> Result<Vec<Panel>, Problem> {
    let (bot, since) = (period.bot_id(), period.since());
    let store = &shared.store;
    let ended = store.list_endings(bot, since, ENDINGS_MAX).await?;
    let about = store.list_topics(bot, since, TOPICS_OF_MAX).await?;
    let refused = store.list_drops(bot, domain::model::utc_day(since)).await?;
    Ok(vec![
        endings::outcomes(&ended, period),
        endings::lateness(&ended, period),
        endings::hours(&ended, period),
        topics::topics(&about, u64::from(TOPICS_OF_MAX), period),
        drops::drops(&refused, period),
        engagement(),
    ])
}

/// Where the file of a chart is.
fn file_of(id: &str, period: &Period) -> String {
    period.href(&format!("{PATH}/{id}.csv"), &[])
}

fn engagement() -> Panel {
    let why = "Flockwork does not collect likes, replies or views: X charges for each post that is \
               read, so nothing is read that publishing does not need. Each post's page leads to it on X.";
    Panel::nothing("engagement", "What did readers like?", why)
}

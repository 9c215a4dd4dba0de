//! `/settings/log`: what people did, newest first.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::model::access::ActLine;
use serde::Deserialize;

use super::ago;
use crate::access::Caller;
use crate::component::Moment;
use crate::pages::forms::page;
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;

/// Lines of a page.
const LINES: u32 = 100;

#[derive(Template)]
#[template(path = "access/log.html")]
struct Page<'a> {
    frame: Frame<'a>,
    lines: Vec<Line>,
    /// The page of what was before.
    older: Option<i64>,
    written: i64,
}

struct Line {
    at: Moment,
    line: ActLine,
}

/// From which line backwards.
#[derive(Deserialize)]
pub(crate) struct Until {
    until: Option<i64>,
}

/// The page.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<Until>,
) -> Result<Response, Problem> {
    let now = shared.clock.now();
    let (written, _) = shared.people.head_of_acts().await?;
    let until = query.until.unwrap_or(written).clamp(0, written);
    let after = (until - i64::from(LINES)).max(0);
    let lines = shared.people.list_acts(after, LINES).await?;
    let shown = lines.into_iter().filter(|line| line.number <= until).rev();
    Ok(page(&Page {
        frame: Frame::of(&shared, &caller, Section::Settings),
        lines: shown.map(|line| Line { at: ago(line.at, now), line }).collect(),
        older: (after > 0).then_some(after),
        written,
    }))
}

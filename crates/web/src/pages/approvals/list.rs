//! `GET /approvals/all`: everything that waits, to say yes to several at once.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::model::PayloadHash;

use super::one::WAITING_MAX;
use crate::access::Caller;
use crate::component::{Mark, Moment};
use crate::pages::done::Done;
use crate::pages::forms::page;
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "approvals/list.html")]
struct Page<'a> {
    frame: Frame<'a>,
    rows: Vec<Row>,
    is_cut: bool,
    done: Option<String>,
}

struct Row {
    id: i64,
    /// Post and bytes, as a yes names them.
    name: String,
    mark: Mark,
    bot: String,
    text: String,
    since: Moment,
    needs_person: bool,
}

/// The page.
pub(super) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let now = shared.clock.now();
    let drafts = shared.store.list_drafts(None, WAITING_MAX).await?;
    let rows = drafts.iter().map(|draft| Row {
        id: draft.post.id.0,
        name: format!("{}@{}", draft.post.id.0, PayloadHash::of(&draft.post.content)),
        mark: Mark::of(&draft.post.bot),
        bot: draft.post.bot.to_string(),
        text: draft.post.content.clone(),
        since: Moment::relative(draft.since, now),
        needs_person: draft.needs_person,
    });
    Ok(page(&Page {
        frame: Frame::of(&shared, &caller, Section::Approvals),
        rows: rows.collect(),
        is_cut: drafts.len() == WAITING_MAX as usize,
        done: done.sentence(),
    }))
}

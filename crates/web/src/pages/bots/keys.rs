//! Credentials: where they come from, which account they name, and how X last took them. Never a value.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::model::{BotState, StateReason};
use domain::ports::KeyPlace;

use super::head::{Head, Known, Tab};
use crate::access::Caller;
use crate::component::Moment;
use crate::pages::forms::page;
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "bots/keys.html")]
struct Page<'a> {
    frame: Frame<'a>,
    head: Head,
    done: Option<String>,
    parts: Vec<KeyPlace>,
    /// How many of them this node does not find.
    missing: usize,
    account: Option<String>,
    app: Option<String>,
    is_demo: bool,
    is_rehearsal: bool,
    refused: Option<&'static str>,
    posted: Option<Moment>,
}

/// The page.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(bot): Path<String>,
) -> Result<Response, Problem> {
    let known = Known::find(&shared, bot).await?;
    let (bot, now) = (&known.bot, shared.clock.now());
    let parts = shared.declarer.keys(bot);
    let line = shared.store.find_bot_line(&bot.id).await?.ok_or_else(Problem::no_such_bot)?;
    Ok(page(&Page {
        frame: Frame::of(&shared, &caller, Section::Nowhere),
        head: known.head(Tab::Keys),
        done: None,
        missing: parts.iter().filter(|part| !part.is_there).count(),
        parts,
        account: bot.account.as_ref().map(ToString::to_string),
        app: (bot.app != "none").then(|| bot.app.clone()),
        is_demo: shared.sandbox.is_some(),
        is_rehearsal: bot.is_rehearsal,
        refused: refused(&known),
        posted: line.stats.last_post_at.map(|at| Moment::relative(at, now)),
    }))
}

/// What X said of them, where it did not take them.
fn refused(known: &Known) -> Option<&'static str> {
    let is_about_keys = matches!(known.reason, Some(StateReason::Auth | StateReason::NotPermitted));
    let is_refused = known.state == BotState::NeedsLogin || is_about_keys;
    is_refused.then(|| known.reason.unwrap_or(StateReason::Auth).explain())
}

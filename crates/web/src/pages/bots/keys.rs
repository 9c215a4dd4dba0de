//! Credentials: where they come from, which account they name, and how X last took them. Never a value.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::model::{BotState, Credentials, KeptCredentials, StateReason};
use domain::ports::KeyPlace;
use jiff::Timestamp;

use super::head::{Head, Known, Tab};
use crate::access::Caller;
use crate::component::Moment;
use crate::pages::done::Done;
use crate::pages::forms::with_status;
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "bots/keys.html")]
struct Page<'a> {
    frame: Frame<'a>,
    head: Head,
    done: Option<String>,
    said: Option<String>,
    parts: Vec<KeyPlace>,
    /// How many of them this node does not find.
    missing: usize,
    kept: Option<Kept>,
    /// What can be done about what is kept here.
    may: May,
    account: Option<String>,
    app: Option<String>,
    is_demo: bool,
    is_rehearsal: bool,
    refused: Option<&'static str>,
    posted: Option<Moment>,
}

/// What may be said of values that the database keeps.
struct Kept {
    by: String,
    at: Moment,
    ends: Vec<(&'static str, Option<String>)>,
    problem: Option<String>,
}

/// What stands below, for who may set credentials of this bot here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum May {
    /// Nothing: it is declared elsewhere, or this person does not own the house.
    Nothing,
    /// They could be kept if there were a master key.
    NoKey,
    /// A password is asked for first.
    Prove,
    /// The form.
    Set,
}

impl May {
    fn is(self, word: &str) -> bool {
        let own = match self {
            Self::Nothing => "nothing",
            Self::NoKey => "no key",
            Self::Prove => "prove",
            Self::Set => "set",
        };
        own == word
    }
}

/// The page.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(bot): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let known = Known::find(&shared, bot).await?;
    render(&shared, &caller, &known, Ok(done.sentence())).await
}

/// The page, with a word about what was done, or why it was not.
pub(super) async fn render(
    shared: &Shared,
    caller: &Caller,
    known: &Known,
    word: Result<Option<String>, String>,
) -> Result<Response, Problem> {
    let (bot, now) = (&known.bot, shared.clock.now());
    let kept = shared.people.find_credentials(&bot.id).await?;
    // What is kept comes before what a node finds.
    let parts = if kept.is_some() { Vec::new() } else { shared.declarer.keys(bot) };
    let line = shared.store.find_bot_line(&bot.id).await?.ok_or_else(Problem::no_such_bot)?;
    let frame = Frame::of(shared, caller, Section::Nowhere);
    let may = may(shared, caller, known.is_editable(&frame));
    let status = if word.is_err() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (done, said) = match word {
        Ok(done) => (done, None),
        Err(said) => (None, Some(said)),
    };
    Ok(with_status(
        status,
        &Page {
            frame,
            head: known.head(Tab::Keys),
            done,
            said,
            missing: parts.iter().filter(|part| !part.is_there).count(),
            parts,
            kept: kept.map(|kept| Kept::of(kept, now)),
            may,
            account: bot.account.as_ref().map(ToString::to_string),
            app: (bot.app != "none").then(|| bot.app.clone()),
            is_demo: shared.sandbox.is_some(),
            is_rehearsal: bot.is_rehearsal,
            refused: refused(known),
            posted: line.stats.last_post_at.map(|at| Moment::relative(at, now)),
        },
    ))
}

fn may(shared: &Shared, caller: &Caller, is_editable: bool) -> May {
    if !is_editable || shared.sandbox.is_some() {
        return May::Nothing;
    }
    if !shared.people.can_seal() {
        return May::NoKey;
    }
    let is_proven = caller.demand_proof(shared.clock.now()).is_ok();
    if is_proven { May::Set } else { May::Prove }
}

impl Kept {
    fn of(kept: KeptCredentials, now: Timestamp) -> Self {
        let at = Moment::relative(kept.set_at, now);
        let (ends, problem) = match kept.ends {
            Ok(ends) => (Credentials::WHAT.into_iter().zip(ends).collect(), None),
            Err(problem) => (Vec::new(), Some(problem)),
        };
        Self { by: kept.set_by, at, ends, problem }
    }
}

/// What X said of them, where it did not take them.
fn refused(known: &Known) -> Option<&'static str> {
    let is_about_keys = matches!(known.reason, Some(StateReason::Auth | StateReason::NotPermitted));
    let is_refused = known.state == BotState::NeedsLogin || is_about_keys;
    is_refused.then(|| known.reason.unwrap_or(StateReason::Auth).explain())
}

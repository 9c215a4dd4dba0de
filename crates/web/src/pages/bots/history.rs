//! History: every state of the persona, and what differs between two.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use domain::model::access::ActLine;
use domain::model::{Bot, PersonaVersion};
use domain::ports::store::PersonaState;
use domain::rules::changes::{Change, changes_of};
use serde::Deserialize;

use super::head::{Head, Known, Tab};
use crate::access::Caller;
use crate::component::Moment;
use crate::pages::forms::page;
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;

/// What was done by people, at most.
const ACTS_MAX: u32 = 50;
/// States of the list.
const STATES_MAX: u32 = 50;

#[derive(Template)]
#[template(path = "bots/history.html")]
struct Page<'a> {
    frame: Frame<'a>,
    head: Head,
    done: Option<String>,
    states: Vec<Line>,
    difference: Option<Difference>,
    acts: Vec<Act>,
}

/// Something that somebody did to the bot.
struct Act {
    at: Moment,
    line: ActLine,
}

struct Line {
    version: PersonaVersion,
    since: Moment,
    /// What it changed of the one before.
    changed: Vec<String>,
}

struct Difference {
    old: PersonaVersion,
    new: PersonaVersion,
    changes: Vec<Change>,
}

/// Which two are compared.
#[derive(Deserialize)]
pub(crate) struct Two {
    old: Option<PersonaVersion>,
    new: Option<PersonaVersion>,
}

/// The page.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(bot): Path<String>,
    Query(two): Query<Two>,
) -> Result<Response, Problem> {
    let known = Known::find(&shared, bot).await?;
    let now = shared.clock.now();
    let states = shared.store.list_personas(&known.bot.id, STATES_MAX).await?;
    let difference = difference(&shared, &known.bot, &states, two).await?;
    let object = format!("bot {}", known.bot.id);
    let acts = shared.people.list_acts_on(&object, ACTS_MAX).await?;
    let line = |(index, state): (usize, &PersonaState)| Line {
        version: state.version,
        since: Moment::relative(state.since, now),
        changed: states
            .get(index + 1)
            .map_or_else(Vec::new, |before| names(&between(&known.bot, before, state))),
    };
    Ok(page(&Page {
        frame: Frame::of(&shared, &caller, Section::Nowhere),
        head: known.head(Tab::History),
        done: None,
        acts: acts
            .into_iter()
            .map(|line| Act { at: Moment::relative(line.at, now), line })
            .collect(),
        states: states.iter().enumerate().map(line).collect(),
        difference,
    }))
}

/// The two that are asked for, else the newest and the one before.
async fn difference(
    shared: &Shared,
    bot: &Bot,
    states: &[PersonaState],
    two: Two,
) -> Result<Option<Difference>, Problem> {
    let newest = states.first().map_or(0, |state| state.version);
    let new = two.new.unwrap_or(newest);
    let old = two.old.unwrap_or(new.saturating_sub(1));
    let store = &shared.store;
    let found = (store.find_persona(&bot.id, old).await?, store.find_persona(&bot.id, new).await?);
    let (Some(before), Some(after)) = found else { return Ok(None) };
    Ok(Some(Difference { old, new, changes: between(bot, &before, &after) }))
}

fn between(bot: &Bot, old: &PersonaState, new: &PersonaState) -> Vec<Change> {
    let with = |state: &PersonaState| Bot { persona: state.persona.clone(), ..bot.clone() };
    changes_of(&with(old), &with(new))
}

/// Each key once.
fn names(changes: &[Change]) -> Vec<String> {
    let mut names: Vec<String> = changes.iter().map(|change| change.field.clone()).collect();
    names.dedup();
    names
}

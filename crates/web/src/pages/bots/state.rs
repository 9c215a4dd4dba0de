//! A bot pauses at once, and posts again after its owner's password. One of the dashboard is closed, and
//! opened again as one that is paused.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::response::Response;
use domain::model::{BotState, StateReason};
use serde::Deserialize;

use super::head::{Known, Tab};
use crate::access::Caller;
use crate::desk::bots;
use crate::pages::attention;
use crate::pages::done::{Deed, Done};
use crate::pages::forms::{fields, next_to, see_other};
use crate::problem::Problem;
use crate::state::Shared;

/// Which page asks, and is to be shown again.
#[derive(Default, Deserialize)]
pub(crate) struct From {
    #[serde(default)]
    from: String,
}

/// Stops one bot. Nothing is asked for once more: in an emergency seconds count.
pub(crate) async fn pause(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(bot): Path<String>,
) -> Result<Response, Problem> {
    let known = Known::find(&shared, bot).await?;
    let bot = &known.bot.id;
    if known.state == BotState::Active {
        let (store, _) = caller.acts(&shared, "bot.pause", format!("bot {bot}"), None);
        let reason = Some(StateReason::Operator);
        store.set_bot_state(bot, BotState::Paused, reason, shared.clock.now()).await?;
        shared.node.wake();
    }
    Ok(see_other(&Done::of(Deed::BotPaused, 0).on(&Tab::Persona.of(bot), &[])))
}

/// Lets a paused bot post again.
pub(crate) async fn resume(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(bot): Path<String>,
    from: Result<Form<From>, FormRejection>,
) -> Result<Response, Problem> {
    let is_own_page = fields(from)?.from == "bot";
    let known = Known::find(&shared, bot).await?;
    let bot = &known.bot.id;
    let back = if is_own_page { Tab::Persona.of(bot) } else { "/attention".to_owned() };
    if caller.demand_proof(shared.clock.now()).is_err() {
        return Ok(see_other(&format!("/prove?{}", next_to(&back))));
    }
    if known.state != BotState::Paused {
        let said = format!("{bot} is not paused any more: it is {}.", known.state.as_str());
        return attention::render(&shared, &caller, None, Some(said)).await;
    }
    let (store, _) = caller.acts(&shared, "bot.resume", format!("bot {bot}"), None);
    if !store.set_bot_state(bot, BotState::Active, None, shared.clock.now()).await? {
        return Err(Problem::no_such_bot());
    }
    shared.node.wake();
    let done = Done::of(Deed::BotResumed, 0);
    Ok(see_other(&if is_own_page { done.on(&back, &[]) } else { back }))
}

/// Closes one: nothing is planned, written or sent for it any more.
pub(crate) async fn close(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(bot): Path<String>,
) -> Result<Response, Problem> {
    let known = Known::find(&shared, bot).await?;
    let path = Tab::Limits.of(&known.bot.id);
    match bots::close(&shared, &caller, (&known.bot, known.state)).await? {
        Ok(()) => Ok(see_other(&Done::of(Deed::BotClosed, 0).on(&path, &[]))),
        Err(no) => Err(no.problem()),
    }
}

/// Opens one again that was closed.
pub(crate) async fn reopen(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(bot): Path<String>,
) -> Result<Response, Problem> {
    let known = Known::find(&shared, bot).await?;
    match bots::reopen(&shared, &caller, &known.bot.id).await? {
        Ok(()) => {
            let path = Tab::Persona.of(&known.bot.id);
            Ok(see_other(&Done::of(Deed::BotReopened, 0).on(&path, &[])))
        }
        Err(no) => Err(no.problem()),
    }
}

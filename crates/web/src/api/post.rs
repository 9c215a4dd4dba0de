//! `POST /post`: publish the next queued post now.
//!
//! It writes a slot that is due at once and wakes the engine; the post goes through the same intent,
//! send and outcome as any other. The answer says which slot to follow.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::model::{BotId, BotState};
use domain::ports::store::BotLine;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::body::read_json;
use crate::access::Caller;
use crate::problem::Problem;
use crate::state::Shared;

/// Which bot; in the query or in the body.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    bot: Option<String>,
}

/// The answer.
#[derive(Serialize)]
struct View {
    slot: i64,
    bot: String,
    state: &'static str,
    due_at: Timestamp,
    location: String,
    detail: &'static str,
}

/// The handler.
pub(crate) async fn post(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    query: Result<Query<Wish>, QueryRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let Query(query) = query.map_err(|_| which_bot("Of queries, only `bot` is understood. "))?;
    let body: Wish = read_json(&headers, body, "{\"bot\": \"NAME\"}")?.unwrap_or_default();
    let bot = choose(&shared, query.bot.or(body.bot)).await?;
    may_post(&shared, &bot).await?;

    let name = format!("bot {}", bot.stats.bot);
    let (store, _) = caller.acts(&shared, "bot.post_now", name, None);
    let slot = store.ask_for_slot(&bot.stats.bot, shared.clock.now()).await?;
    let slot = slot.ok_or_else(Problem::no_such_bot)?;
    shared.node.wake();
    let line = shared.store.find_slot(slot).await?.ok_or_else(Problem::internal)?;
    let location = format!("/slots/{}", slot.0);
    let view = View {
        slot: slot.0,
        bot: line.bot.into(),
        state: line.state.phase().as_str(),
        due_at: line.due_at,
        location: location.clone(),
        detail: if line.text.is_none() && bot.stats.remaining_posts == 0 {
            "The queue is empty; it leaves when a post is written and in time."
        } else {
            "It leaves at the engine's next step. Follow it at `location`."
        },
    };
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(view)).into_response())
}

/// The bot that was named; without a name, the only one.
async fn choose(shared: &Shared, name: Option<String>) -> Result<BotLine, Problem> {
    let id = match name {
        Some(name) => BotId::try_from(name).map_err(|_| Problem::no_such_bot())?,
        None => match shared.store.list_bot_ids(None, 2).await?.as_slice() {
            [only] => only.clone(),
            [] => return Err(which_bot("No bot is declared yet. ")),
            [..] => return Err(which_bot("There are several bots. ")),
        },
    };
    let line = shared.store.find_bot_line(&id).await?.ok_or_else(Problem::no_such_bot)?;
    if line.state == BotState::Closed { Err(Problem::no_such_bot()) } else { Ok(line) }
}

fn which_bot(why: &str) -> Problem {
    let detail = format!("{why}Name one: `POST /post?bot=NAME`, or JSON {{\"bot\": \"NAME\"}}.");
    Problem::new(StatusCode::BAD_REQUEST, "which_bot", detail)
}

/// A slot that could only be skipped is not written: the caller should know at once.
pub(super) async fn may_post(shared: &Shared, bot: &BotLine) -> Result<(), Problem> {
    let conflict = |code, detail| Err(Problem::new(StatusCode::CONFLICT, code, detail));
    if shared.node.vitals().is_stopping {
        let detail = "This node is stopping and takes nothing new. Ask again when it is back.";
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", detail);
        return Err(problem.retry_after(30));
    }
    if shared.store.counts().await?.is_stopped {
        return conflict("stopped", "All sending is stopped by hand. Start it again first.".into());
    }
    match bot.state {
        BotState::Active => Ok(()),
        BotState::Paused | BotState::NeedsLogin | BotState::Closed => {
            let why = bot.state_reason.map_or("it does not post now", |reason| reason.explain());
            conflict("bot_not_active", format!("{} is not active: {why}.", bot.stats.bot))
        }
    }
}

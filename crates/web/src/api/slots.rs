//! `GET /slots/{id}`: what became of a slot, for a client that asked for it.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::model::SlotId;
use domain::ports::store::SlotLine;
use jiff::Timestamp;
use serde::Serialize;

use crate::component::x_address;
use crate::problem::Problem;
use crate::state::Shared;

/// A slot.
#[derive(Serialize)]
pub(crate) struct View {
    slot: i64,
    bot: String,
    state: &'static str,
    reason: Option<&'static str>,
    detail: Option<String>,
    due_at: Timestamp,
    wake_at: Option<Timestamp>,
    updated_at: Timestamp,
    text: Option<String>,
    topic: Option<String>,
    attempts: u32,
    x_post_id: Option<String>,
    posted_at: Option<Timestamp>,
    url: Option<String>,
    /// Nothing will happen to it by itself any more.
    is_final: bool,
}

/// The handler.
pub(crate) async fn slot(
    State(shared): State<Arc<Shared>>,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Json<View>, Problem> {
    let no_such_slot = || {
        Problem::new(
            StatusCode::NOT_FOUND,
            "no_such_slot",
            "No slot has this number. POST /post answers with the number of the slot it asked for.",
        )
    };
    let Path(id) = id.map_err(|_| no_such_slot())?;
    let line = shared.store.find_slot(SlotId(id)).await?.ok_or_else(no_such_slot)?;
    Ok(Json(View::of(line, shared.sandbox.is_some())))
}

impl View {
    fn of(line: SlotLine, is_sandbox: bool) -> Self {
        let on_x = line.x_post_id.as_ref().filter(|_| !is_sandbox);
        let url = on_x.map(x_address);
        Self {
            slot: line.slot.0,
            bot: line.bot.into(),
            state: line.state.phase().as_str(),
            reason: line.state.reason(),
            detail: line.detail,
            due_at: line.due_at,
            wake_at: line.wake_at,
            updated_at: line.updated_at,
            text: line.text,
            topic: line.topic,
            attempts: line.attempts,
            x_post_id: line.x_post_id.map(String::from),
            posted_at: line.posted_at,
            url,
            is_final: line.state.phase().is_final(),
        }
    }
}

//! `GET /events`: tells a program that listens when something changed, so that it need not ask again and
//! again. It is told which part of the overview changed, and reads what it wants to know of it.

use axum::response::IntoResponse;
use axum::response::sse::Event;
use domain::model::access::Right;
use serde::Serialize;
use utoipa::openapi::schema::Type;

use super::ask::Ask;
use super::operation::Operation;
use super::table::Api;
use crate::pages::Board;
use crate::problem::Problem;
use crate::sse::{event, listen};

/// The data of an event.
#[derive(Serialize)]
struct Changed<'a> {
    /// By their names: `next`, `gone`, `needs`, ..
    parts: Vec<&'a str>,
}

pub(super) fn operations(api: Api) -> Api {
    api.may(
        Right::Read,
        Operation::get("/events", "listen", "What changes, as server-sent events")
            .tells(
                "An event `changed` has JSON data, `{\"parts\": [..]}`: the parts of the overview that are \
                 others now. The first names all of them. A stream ends after two minutes; come back.",
            )
            .serves("text/event-stream", Type::String)
            .refuses(axum::http::StatusCode::SERVICE_UNAVAILABLE, "too_many_listeners"),
        listen_to,
    )
}

async fn listen_to(ask: Ask) -> Result<impl IntoResponse, Problem> {
    listen(ask.shared, changed)
}

fn changed(board: &Board, told: u64) -> Event {
    let newer = board.fragments.iter().filter(|part| part.version > told);
    event("changed", board, &Changed { parts: newer.map(|part| part.id).collect() })
}

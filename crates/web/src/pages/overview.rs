//! `GET /`: the departures board.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Html;

use super::board::Board;
use super::frame::{Frame, Section};
use crate::access::Caller;
use crate::state::Shared;

/// The page around the board.
#[derive(Template)]
#[template(path = "overview.html")]
struct Page<'a> {
    frame: Frame<'a>,
    board: &'a Board,
}

/// The handler.
pub(crate) async fn overview(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
) -> Html<String> {
    let board = Board::current(&shared).await;
    let page = Page { frame: Frame::of(&shared, &caller, Section::Overview), board: &board };
    Html(page.render().expect("a template writes to memory and nothing in it fails"))
}

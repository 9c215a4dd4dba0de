//! The switches of the sandbox's page. They change the sandbox and nothing of the house, so the audit
//! log has no line of them.

use std::sync::Arc;

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::response::Response;
use domain::model::XPostId;
use domain::ports::Trouble;
use serde::Deserialize;

use super::{address, stage};
use crate::pages::forms::{fields, see_other};
use crate::problem::Problem;
use crate::state::Shared;
use crate::ways::{Routes, post};

/// Characters of a post by hand at most; X's own rule is the sandbox's to know.
const TEXT_MAX: usize = 4_000;

/// What may be done.
pub(crate) fn deciding() -> Routes {
    Routes::new()
        .route("/sandbox/order", post(order))
        .route("/sandbox/end", post(end))
        .route("/sandbox/post", post(post_by_hand))
        .route("/sandbox/remove", post(remove))
}

/// A trouble, and the account that the page shows.
#[derive(Deserialize)]
struct Wish {
    trouble: String,
    #[serde(default)]
    account: String,
}

async fn order(
    State(shared): State<Arc<Shared>>,
    wish: Result<Form<Wish>, FormRejection>,
) -> Result<Response, Problem> {
    let wish = fields(wish)?;
    stage(&shared)?.order(trouble(&wish)?, named(&wish.account));
    Ok(back(&wish.account))
}

async fn end(
    State(shared): State<Arc<Shared>>,
    wish: Result<Form<Wish>, FormRejection>,
) -> Result<Response, Problem> {
    let wish = fields(wish)?;
    stage(&shared)?.end(trouble(&wish)?);
    shared.node.wake();
    Ok(back(&wish.account))
}

fn trouble(wish: &Wish) -> Result<Trouble, Problem> {
    Trouble::from_word(&wish.trouble).ok_or_else(Problem::unreadable)
}

#[derive(Deserialize)]
struct Written {
    account: String,
    text: String,
}

/// Somebody who has the account posts past Flockwork; the auditor will find it.
async fn post_by_hand(
    State(shared): State<Arc<Shared>>,
    written: Result<Form<Written>, FormRejection>,
) -> Result<Response, Problem> {
    let written = fields(written)?;
    let text = written.text.replace("\r\n", "\n");
    if text.trim().is_empty() || text.chars().count() > TEXT_MAX {
        return Err(Problem::unreadable());
    }
    let posted = stage(&shared)?.post_by_hand(&written.account, &text);
    posted.ok_or_else(Problem::not_found)?;
    Ok(back(&written.account))
}

#[derive(Deserialize)]
struct Which {
    account: String,
    id: String,
    #[serde(default)]
    shown: String,
}

async fn remove(
    State(shared): State<Arc<Shared>>,
    which: Result<Form<Which>, FormRejection>,
) -> Result<Response, Problem> {
    let which = fields(which)?;
    let id = XPostId::try_from(which.id.as_str()).map_err(|_| Problem::unreadable())?;
    // It may be gone already; then there is nothing more to do.
    stage(&shared)?.remove_post(&which.account, &id);
    Ok(back(&which.shown))
}

fn named(account: &str) -> Option<&str> {
    (!account.is_empty()).then_some(account)
}

fn back(account: &str) -> Response {
    see_other(&address(account))
}

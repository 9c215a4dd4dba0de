//! `/settings/tokens`: what programs hold.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::model::access::{ApiToken, Right, Rights, TokenId};
use domain::ports::people::NewToken;
use jiff::SignedDuration;
use serde::Deserialize;

use super::ago;
use crate::access::{Caller, TOKEN_DAYS, TOKEN_NAME_CHARS_MAX, new_token};
use crate::component::Moment;
use crate::pages::forms::{fields, next_to, see_other, with_status};
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;

/// Tokens on the page at most.
const TOKENS_MAX: u32 = 200;

#[derive(Template)]
#[template(path = "access/tokens.html")]
struct Page<'a> {
    frame: Frame<'a>,
    tokens: Vec<Line>,
    rights: &'static [Right],
    made: Option<String>,
    said: Option<String>,
    /// What is grave is asked for at once, and not after a form was filled in.
    is_proven: bool,
}

struct Line {
    id: i64,
    name: String,
    rights: Rights,
    by: String,
    used: Option<Moment>,
    ends: Moment,
    is_good: bool,
    is_revoked: bool,
}

/// What is to be made. A box that is not ticked is not sent.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    name: String,
    days: i64,
    read: Option<String>,
    draft: Option<String>,
    approve: Option<String>,
    admin: Option<String>,
}

/// Which is taken back.
#[derive(Deserialize)]
pub(crate) struct Which {
    token: i64,
}

/// The page.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    render(&shared, &caller, None, None).await
}

async fn render(
    shared: &Shared,
    caller: &Caller,
    made: Option<String>,
    said: Option<String>,
) -> Result<Response, Problem> {
    let now = shared.clock.now();
    let line = |token: ApiToken| Line {
        id: token.id.0,
        is_good: token.is_good(now),
        is_revoked: token.revoked_at.is_some(),
        used: token.used_at.map(|at| ago(at, now)),
        ends: ago(token.expires_at, now),
        name: token.name,
        rights: token.rights,
        by: token.created_by,
    };
    let tokens = shared.people.list_tokens(TOKENS_MAX).await?;
    let status = if said.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page_of = Page {
        frame: Frame::of(shared, caller, Section::Settings),
        tokens: tokens.into_iter().map(line).collect(),
        rights: Right::ALL,
        made,
        said,
        is_proven: caller.demand_proof(now).is_ok(),
    };
    Ok(with_status(status, &page_of))
}

/// Makes a token and shows it once.
pub(crate) async fn make(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    wanted: Result<Form<Wanted>, FormRejection>,
) -> Result<Response, Problem> {
    let now = shared.clock.now();
    let wanted = fields(wanted)?;
    caller.demand_person()?;
    if caller.demand_proof(now).is_err() {
        return Ok(see_other(&format!("/prove?{}", next_to("/settings/tokens"))));
    }
    let ticked = [
        (Right::Read, wanted.read),
        (Right::Draft, wanted.draft),
        (Right::Approve, wanted.approve),
        (Right::Admin, wanted.admin),
    ];
    let rights: Vec<Right> =
        ticked.into_iter().filter_map(|(right, tick)| tick.map(|_| right)).collect();
    let name = wanted.name.trim().to_owned();
    let wrong = if name.is_empty() || name.chars().count() > TOKEN_NAME_CHARS_MAX {
        Some(format!("A token needs a name of at most {TOKEN_NAME_CHARS_MAX} characters."))
    } else if rights.is_empty() {
        Some("Tick what the token may do.".to_owned())
    } else if !TOKEN_DAYS.contains(&wanted.days) {
        Some(format!("A token lives {} to {} days.", TOKEN_DAYS.start(), TOKEN_DAYS.end()))
    } else {
        None
    };
    if wrong.is_some() {
        return render(&shared, &caller, None, wrong).await;
    }
    let secret = new_token();
    let new = NewToken {
        name: name.clone(),
        hash: secret.hash(),
        rights: Rights::of(&rights),
        created_by: caller.actor.name.clone(),
        expires_at: now + SignedDuration::from_hours(24 * wanted.days),
    };
    let detail = Some(format!("{} for {} days", new.rights, wanted.days));
    let (_, people) = caller.acts(&shared, "token.make", format!("token {name}"), detail);
    let id = people.add_token(&new, now).await?;
    render(&shared, &caller, Some(secret.shown(id)), None).await
}

/// Takes a token back.
pub(crate) async fn revoke(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    which: Result<Form<Which>, FormRejection>,
) -> Result<Response, Problem> {
    let id = TokenId(fields(which)?.token);
    let (_, people) = caller.acts(&shared, "token.revoke", format!("token {}", id.0), None);
    people.revoke_token(id, shared.clock.now()).await?;
    Ok(see_other("/settings/tokens"))
}

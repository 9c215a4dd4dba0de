//! `/settings/second`: the own second factor.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::model::Secret;
use serde::Deserialize;

use crate::access::{Caller, Second, qr_svg};
use crate::pages::forms::{fields, next_to, page, see_other, with_status};
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "access/second.html")]
struct Page<'a> {
    frame: Frame<'a>,
    has_totp: bool,
    key: String,
    qr: String,
    said: Option<String>,
}

/// A key that the page showed, and a code of it.
#[derive(Deserialize)]
pub(crate) struct Typed {
    key: String,
    code: String,
}

/// A new key each time; it counts when a code of it came back.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    let Some(session) = caller.session() else { return Err(Problem::log_in()) };
    if caller.demand_proof(shared.clock.now()).is_err() {
        return Ok(see_other(&format!("/prove?{}", next_to("/settings/second"))));
    }
    let second = Second::new(session.user.name.as_str()).ok_or_else(Problem::internal)?;
    Ok(page(&Page::of(&shared, &caller, &second, None)))
}

/// The code shows that the telephone has the key: from now on it is asked for.
pub(crate) async fn turn_on(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    typed: Result<Form<Typed>, FormRejection>,
) -> Result<Response, Problem> {
    let typed = fields(typed)?;
    let now = shared.clock.now();
    let Some(session) = caller.session() else { return Err(Problem::log_in()) };
    if caller.demand_proof(now).is_err() {
        return Ok(see_other(&format!("/prove?{}", next_to("/settings/second"))));
    }
    let name = session.user.name.as_str();
    let second = Second::kept(&Secret::new(typed.key), name).ok_or_else(Problem::unreadable)?;
    let Some(step) = second.step(&typed.code, now) else {
        let said = "That is not its code now. Is the clock of the telephone right?".to_owned();
        let page_of = Page::of(&shared, &caller, &second, Some(said));
        return Ok(with_status(StatusCode::UNPROCESSABLE_ENTITY, &page_of));
    };
    let (_, people) = caller.acts(&shared, "user.second_on", format!("user {name}"), None);
    people.set_totp(session.user.id, Some(&second.key()), now).await?;
    shared.people.use_totp_step(session.user.id, step).await?;
    Ok(see_other("/settings"))
}

/// No code is asked for any more.
pub(crate) async fn turn_off(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    let now = shared.clock.now();
    let Some(session) = caller.session() else { return Err(Problem::log_in()) };
    if caller.demand_proof(now).is_err() {
        return Ok(see_other(&format!("/prove?{}", next_to("/settings"))));
    }
    let object = format!("user {}", session.user.name);
    let (_, people) = caller.acts(&shared, "user.second_off", object, None);
    people.set_totp(session.user.id, None, now).await?;
    Ok(see_other("/settings"))
}

impl<'a> Page<'a> {
    fn of(shared: &'a Shared, caller: &Caller, second: &Second, said: Option<String>) -> Self {
        Self {
            frame: Frame::of(shared, caller, Section::Settings),
            has_totp: caller.session().is_some_and(|session| session.user.has_totp),
            key: second.key().open().to_owned(),
            qr: qr_svg(&second.url()).unwrap_or_default(),
            said,
        }
    }
}

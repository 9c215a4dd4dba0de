//! `/prove`: a person who is logged in shows once more who it is, before something grave.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::model::Secret;
use serde::Deserialize;

use super::sentence;
use crate::access::{Caller, Entered, PASSWORD_CHARS_MAX, confirm, keep_cookies, let_in};
use crate::pages::forms::{fields, own_path, page, see_other, with_status};
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "access/prove.html")]
struct Page<'a> {
    frame: Frame<'a>,
    next: &'a str,
    has_totp: bool,
    said: Option<String>,
}

/// Where the page leads back to.
#[derive(Deserialize)]
pub(crate) struct Next {
    next: Option<String>,
}

/// What was typed.
#[derive(Deserialize)]
pub(crate) struct Typed {
    password: String,
    #[serde(default)]
    code: String,
    next: Option<String>,
}

/// The form.
pub(crate) async fn form(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<Next>,
) -> Response {
    page(&Page {
        frame: Frame::of(&shared, &caller, Section::Nowhere),
        next: own_path(query.next.as_deref()),
        has_totp: caller.session().is_some_and(|session| session.user.has_totp),
        said: None,
    })
}

/// Leads back, or says why not.
pub(crate) async fn enter(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    typed: Result<Form<Typed>, FormRejection>,
) -> Result<Response, Problem> {
    let typed = fields(typed)?;
    let Some(session) = caller.session() else { return Err(Problem::log_in()) };
    if typed.password.chars().count() > PASSWORD_CHARS_MAX {
        return Err(Problem::unreadable());
    }
    let next = own_path(typed.next.as_deref());
    let entered = Entered {
        name: session.user.name.to_string(),
        password: Secret::new(typed.password),
        code: typed.code,
    };
    match confirm(&shared, &caller, entered).await? {
        Ok(login) => {
            // Another session takes the place of this one: what somebody copied of it is worth nothing.
            let user = (session.user.id, session.user.name.as_str(), &login.password_hash);
            let let_in = let_in(&shared, &headers, &caller, user, true).await?;
            let mut response = see_other(next);
            keep_cookies(response.headers_mut(), &let_in);
            Ok(response)
        }
        Err(refused) => Ok(with_status(
            StatusCode::UNAUTHORIZED,
            &Page {
                frame: Frame::of(&shared, &caller, Section::Nowhere),
                next,
                has_totp: session.user.has_totp,
                said: Some(sentence(refused, shared.clock.now())),
            },
        )),
    }
}

//! `GET` and `POST /login`, `POST /logout`.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use domain::model::Secret;
use serde::Deserialize;

use super::sentence;
use crate::access::{
    Caller, Entered, PASSWORD_CHARS_MAX, Refused, ended_cookie, keep_cookies, log_in,
};
use crate::pages::forms::{fields, own_path, page, see_other, with_status};
use crate::pages::frame::Frame;
use crate::problem::Problem;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "access/login.html")]
struct Page<'a> {
    frame: Frame<'a>,
    next: &'a str,
    name: &'a str,
    said: Option<String>,
    is_code_needed: bool,
    has_users: bool,
    is_open: bool,
}

/// Where the page leads back to.
#[derive(Deserialize)]
pub(crate) struct Next {
    next: Option<String>,
}

/// What was typed.
#[derive(Deserialize)]
pub(crate) struct Typed {
    name: String,
    password: String,
    #[serde(default)]
    code: String,
    next: Option<String>,
}

/// The form.
pub(crate) async fn form(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<Next>,
) -> Result<Response, Problem> {
    let page_of = Page {
        frame: Frame::bare(&shared.settings),
        next: own_path(query.next.as_deref()),
        name: "",
        said: None,
        is_code_needed: false,
        has_users: shared.door.has_users(&*shared.people).await?,
        is_open: shared.door.is_open(),
    };
    Ok(page(&page_of))
}

/// Lets somebody in, or says why not.
pub(crate) async fn enter(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    typed: Result<Form<Typed>, FormRejection>,
) -> Result<Response, Problem> {
    let typed = fields(typed)?;
    if typed.password.chars().count() > PASSWORD_CHARS_MAX {
        return Err(Problem::unreadable());
    }
    let name: String = typed.name.chars().take(64).collect();
    let password = Secret::new(typed.password);
    let entered = Entered { name: name.clone(), password, code: typed.code };
    let next = own_path(typed.next.as_deref());
    match log_in(&shared, &headers, &caller, entered).await? {
        Ok(let_in) => {
            let mut response = see_other(next);
            keep_cookies(response.headers_mut(), &let_in);
            Ok(response)
        }
        Err(refused) => {
            let page_of = Page {
                frame: Frame::bare(&shared.settings),
                next,
                name: &name,
                said: Some(sentence(refused, shared.clock.now())),
                is_code_needed: refused == Refused::CodeNeeded,
                has_users: true,
                is_open: false,
            };
            let status = match refused {
                Refused::TooOften(_) => StatusCode::TOO_MANY_REQUESTS,
                Refused::Wrong | Refused::CodeNeeded => StatusCode::UNAUTHORIZED,
            };
            Ok(with_status(status, &page_of))
        }
    }
}

/// Ends the session of this browser.
pub(crate) async fn leave(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    if let Some(session) = caller.session() {
        let object = format!("user {}", session.user.name);
        let (_, people) = caller.acts(&shared, "session.end", object, None);
        people.end_session(session.user.id, session.id).await?;
    }
    let mut response = see_other("/login");
    response.headers_mut().append(header::SET_COOKIE, ended_cookie());
    Ok(response)
}

//! `/settings`: the own password, and where one is logged in.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::model::Secret;
use domain::model::access::{Session, SessionId, SessionTimes};
use serde::Deserialize;

use super::device::device;
use super::{ago, sentence};
use crate::access::{Caller, Entered, PASSWORD_CHARS_MAX, confirm, keep_cookies, let_in, weakness};
use crate::component::Moment;
use crate::pages::forms::{fields, see_other, with_status};
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "access/account.html")]
struct Page<'a> {
    frame: Frame<'a>,
    account: Option<Account>,
    said: Option<String>,
}

struct Account {
    name: String,
    role: &'static str,
    has_totp: bool,
    sessions: Vec<Line>,
}

/// A session on the page.
struct Line {
    id: i64,
    agent: String,
    address: String,
    since: Moment,
    seen: Moment,
    is_this: bool,
}

/// What was typed to change the password.
#[derive(Deserialize)]
pub(crate) struct Passwords {
    password: String,
    #[serde(default)]
    code: String,
    new: String,
    again: String,
}

/// Which session is to end.
#[derive(Deserialize)]
pub(crate) struct Which {
    session: i64,
}

/// The page.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    render(&shared, &caller, None).await
}

async fn render(
    shared: &Shared,
    caller: &Caller,
    said: Option<String>,
) -> Result<Response, Problem> {
    let status = if said.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let account = match caller.session() {
        Some(session) => Some(account(shared, session).await?),
        None => None,
    };
    let frame = Frame::of(shared, caller, Section::Settings);
    Ok(with_status(status, &Page { frame, account, said }))
}

async fn account(shared: &Shared, session: &Session) -> Result<Account, Problem> {
    let now = shared.clock.now();
    let user = &session.user;
    let times = SessionTimes::STANDARD;
    let sessions = shared.people.list_sessions(user.id, &times, now).await?;
    let line = |one: Session| Line {
        id: one.id.0,
        since: ago(one.created_at, now),
        seen: ago(one.seen_at, now),
        is_this: one.id == session.id,
        agent: device(&one.agent),
        address: one.address,
    };
    Ok(Account {
        name: user.name.to_string(),
        role: user.role.explain(),
        has_totp: user.has_totp,
        sessions: sessions.into_iter().map(line).collect(),
    })
}

/// Another password; every other session ends.
pub(crate) async fn set_password(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    typed: Result<Form<Passwords>, FormRejection>,
) -> Result<Response, Problem> {
    let typed = fields(typed)?;
    let Some(session) = caller.session() else { return Err(Problem::log_in()) };
    let name = session.user.name.as_str();
    if [&typed.password, &typed.new].iter().any(|word| word.len() > 4 * PASSWORD_CHARS_MAX) {
        return Err(Problem::unreadable());
    }
    if typed.new != typed.again {
        return render(&shared, &caller, Some("The two new passwords differ.".to_owned())).await;
    }
    if let Some(why) = weakness(&typed.new, name) {
        return render(&shared, &caller, Some(format!("Not this password: {why}"))).await;
    }
    let password = Secret::new(typed.password);
    let entered = Entered { name: name.to_owned(), password, code: typed.code };
    if let Err(refused) = confirm(&shared, &caller, entered).await? {
        return render(&shared, &caller, Some(sentence(refused, shared.clock.now()))).await;
    }
    let hash = shared.kitchen.hash(Secret::new(typed.new)).await?;
    let (_, people) = caller.acts(&shared, "user.set_password", format!("user {name}"), None);
    // All sessions end, this one too: somebody may have a copy of it. Another takes its place.
    people.set_password(session.user.id, &hash, shared.clock.now()).await?;
    let user = (session.user.id, name, &hash);
    let let_in = let_in(&shared, &headers, &caller, user, true).await?;
    let mut response = see_other("/settings");
    keep_cookies(response.headers_mut(), &let_in);
    Ok(response)
}

/// Ends one of the own sessions.
pub(crate) async fn end_session(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    which: Result<Form<Which>, FormRejection>,
) -> Result<Response, Problem> {
    let which = SessionId(fields(which)?.session);
    let Some(session) = caller.session() else { return Err(Problem::log_in()) };
    let object = format!("user {}", session.user.name);
    let (_, people) = caller.acts(&shared, "session.end", object, None);
    people.end_session(session.user.id, which).await?;
    Ok(see_other(if which == session.id { "/login" } else { "/settings" }))
}

//! `/settings/people`: who may come in, and as what.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use domain::model::access::{LinkFor, Role, UserId};
use serde::Deserialize;

use super::ago;
use crate::access::{Caller, new_link};
use crate::component::Moment;
use crate::pages::forms::{fields, next_to, see_other, with_status};
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;

/// People on the page at most.
const USERS_MAX: u32 = 200;

#[derive(Template)]
#[template(path = "access/people.html")]
struct Page<'a> {
    frame: Frame<'a>,
    users: Vec<Line>,
    roles: &'static [Role],
    link: Option<String>,
    said: Option<String>,
    /// What is grave is asked for at once, and not after a form was filled in.
    is_proven: bool,
}

struct Line {
    id: i64,
    name: String,
    role: Role,
    has_totp: bool,
    is_closed: bool,
    logged_in: Option<Moment>,
}

/// As what somebody is invited.
#[derive(Deserialize)]
pub(crate) struct Invited {
    role: String,
}

/// What becomes of somebody: another role, `close`, or `reset`.
#[derive(Deserialize)]
pub(crate) struct Changed {
    user: i64,
    to: String,
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
    link: Option<String>,
    said: Option<String>,
) -> Result<Response, Problem> {
    let now = shared.clock.now();
    let users = shared.people.list_users(USERS_MAX).await?;
    let users = users.into_iter().map(|user| Line {
        id: user.id.0,
        name: user.name.to_string(),
        role: user.role,
        has_totp: user.has_totp,
        is_closed: user.is_closed,
        logged_in: user.logged_in_at.map(|at| ago(at, now)),
    });
    let status = if said.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let page_of = Page {
        frame: Frame::of(shared, caller, Section::Settings),
        users: users.collect(),
        roles: Role::ALL,
        link,
        said,
        is_proven: caller.demand_proof(now).is_ok(),
    };
    Ok(with_status(status, &page_of))
}

/// A link for one more person, shown once.
pub(crate) async fn invite(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    invited: Result<Form<Invited>, FormRejection>,
) -> Result<Response, Problem> {
    let now = shared.clock.now();
    let role = Role::from_word(&fields(invited)?.role).ok_or_else(Problem::unreadable)?;
    if caller.demand_proof(now).is_err() {
        return Ok(see_other(&format!("/prove?{}", next_to("/settings/people"))));
    }
    let (link, secret) = new_link(LinkFor::Join, role, None, (&caller.actor.name, now));
    let (_, people) = caller.acts(&shared, "user.invite", role.as_str(), None);
    people.add_link(&link, now).await?;
    render(&shared, &caller, Some(address(&headers, &secret)), None).await
}

/// Another role, out, or a new start.
pub(crate) async fn change(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    changed: Result<Form<Changed>, FormRejection>,
) -> Result<Response, Problem> {
    let now = shared.clock.now();
    let changed = fields(changed)?;
    if caller.demand_proof(now).is_err() {
        return Ok(see_other(&format!("/prove?{}", next_to("/settings/people"))));
    }
    let id = UserId(changed.user);
    let users = shared.people.list_users(USERS_MAX).await?;
    let user = users.into_iter().find(|user| user.id == id).ok_or_else(Problem::not_found)?;
    let object = format!("user {}", user.name);
    let is_done = match (changed.to.as_str(), Role::from_word(&changed.to)) {
        (_, Some(role)) => {
            let detail = Some(format!("as {}", role.as_str()));
            let (_, people) = caller.acts(&shared, "user.set_role", object, detail);
            people.set_role(id, role, now).await?
        }
        ("close", None) => {
            let (_, people) = caller.acts(&shared, "user.close", object, None);
            people.close_user(id, now).await?
        }
        ("reset", None) => {
            let (link, secret) =
                new_link(LinkFor::Reset, user.role, Some(id), (&caller.actor.name, now));
            let (_, people) = caller.acts(&shared, "user.reset_link", object, None);
            people.add_link(&link, now).await?;
            return render(&shared, &caller, Some(address(&headers, &secret)), None).await;
        }
        (_, None) => return Err(Problem::unreadable()),
    };
    if is_done {
        return Ok(see_other("/settings/people"));
    }
    let said = format!("Not done: without {} nobody would own the house.", user.name);
    render(&shared, &caller, None, Some(said)).await
}

/// The link under the name by which this page was asked for.
fn address(headers: &HeaderMap, secret: &str) -> String {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = text(header::ORIGIN).filter(|origin| *origin != "null").map(str::to_owned);
    let origin = origin.or_else(|| text(header::HOST).map(|host| format!("https://{host}")));
    format!("{}/welcome/{secret}", origin.unwrap_or_default())
}

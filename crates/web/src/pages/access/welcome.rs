//! `/welcome/SECRET`: somebody comes in by a link, once.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::model::Secret;
use domain::model::access::{Actor, ActorKind, LinkFor, Role, SecretHash, UserName};
use domain::ports::people::{NewUser, Redeemed};
use serde::Deserialize;

use crate::access::{Caller, Holds, PASSWORD_CHARS_MAX, keep_cookies, let_in, weakness};
use crate::pages::forms::{fields, page, see_other, with_status};
use crate::pages::frame::Frame;
use crate::problem::Problem;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "access/welcome.html")]
struct Page<'a> {
    frame: Frame<'a>,
    secret: &'a str,
    /// What the person becomes.
    role: Role,
    is_first: bool,
    /// The name that a reset keeps.
    kept: Option<String>,
    name: &'a str,
    said: Option<String>,
}

/// What was typed.
#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    name: String,
    password: String,
    again: String,
}

/// What a link is good for.
struct Good {
    role: Role,
    kept: Option<UserName>,
    is_first: bool,
}

/// The form.
pub(crate) async fn form(
    State(shared): State<Arc<Shared>>,
    Path(secret): Path<String>,
) -> Result<Response, Problem> {
    let good = find(&shared, &secret).await?;
    Ok(page(&Page::of(&shared, &secret, &good)))
}

/// Takes name and password, and lets the person in.
pub(crate) async fn join(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(secret): Path<String>,
    headers: HeaderMap,
    typed: Result<Form<Typed>, FormRejection>,
) -> Result<Response, Problem> {
    let typed = fields(typed)?;
    let good = find(&shared, &secret).await?;
    let entered_name: String = typed.name.chars().take(64).collect();
    let again = |said: String| {
        let name = entered_name.as_str();
        let page_of = Page { name, said: Some(said), ..Page::of(&shared, &secret, &good) };
        Ok(with_status(StatusCode::UNPROCESSABLE_ENTITY, &page_of))
    };
    let name = match &good.kept {
        Some(kept) => kept.clone(),
        None => match UserName::try_from(entered_name.clone()) {
            Ok(name) => name,
            Err(error) => return again(format!("Not this name: {error}.")),
        },
    };
    if typed.password != typed.again {
        return again("The two passwords differ.".to_owned());
    }
    if typed.password.len() > 4 * PASSWORD_CHARS_MAX {
        return Err(Problem::unreadable());
    }
    if let Some(why) = weakness(&typed.password, name.as_str()) {
        return again(format!("Not this password: {why}"));
    }
    let password = Secret::new(typed.password);
    let hash = shared.kitchen.hash(password).await?;
    let new = NewUser { name: name.clone(), password_hash: hash };
    let guest = Caller {
        actor: Actor { kind: ActorKind::Link, name: name.to_string() },
        holds: Holds::Nothing,
        ..caller.clone()
    };
    let action = if good.kept.is_some() { "user.reset" } else { "user.join" };
    let role = Some(format!("as {}", good.role.as_str()));
    let (_, people) = guest.acts(&shared, action, format!("user {name}"), role);
    let user = match people.redeem_link(&SecretHash::of(&secret), &new, shared.clock.now()).await? {
        Redeemed::Spent => return Err(spent()),
        Redeemed::NameTaken => return again(format!("Somebody is called {name} already.")),
        Redeemed::Done(user) => user,
    };
    // The link is the proof: tries that strangers used up are no matter here.
    let let_in =
        let_in(&shared, &headers, &caller, (user, name.as_str(), &new.password_hash), false)
            .await?;
    let mut response = see_other(if good.is_first { "/first" } else { "/settings/second" });
    keep_cookies(response.headers_mut(), &let_in);
    Ok(response)
}

async fn find(shared: &Shared, secret: &str) -> Result<Good, Problem> {
    let found = shared.people.find_link(&SecretHash::of(secret), shared.clock.now()).await?;
    let Some((purpose, role, kept)) = found else { return Err(spent()) };
    let is_first = !shared.door.has_users(&*shared.people).await?;
    let kept = kept.filter(|_| purpose == LinkFor::Reset);
    Ok(Good { role, kept, is_first })
}

fn spent() -> Problem {
    Problem::new(
        StatusCode::GONE,
        "link_spent",
        "This link is good no more: it was used, is too old, or another one took its place. On the \
         machine of the house `flockwork users link` makes a new one.",
    )
}

impl<'a> Page<'a> {
    fn of(shared: &'a Shared, secret: &'a str, good: &Good) -> Self {
        Self {
            frame: Frame::bare(&shared.settings),
            secret,
            role: good.role,
            is_first: good.is_first,
            kept: good.kept.as_ref().map(ToString::to_string),
            name: "",
            said: None,
        }
    }
}

//! `/sandbox`: what the sandbox's X really has, switches that make it fail, and beside them what
//! Flockwork does about it. There is no such page where X is the real one.

mod act;
mod trouble;

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::model::BotId;
use domain::ports::{Sandbox, SandboxPost, Trouble};
use jiff::Timestamp;
use serde::Deserialize;

use self::trouble::Words;
use crate::access::Caller;
use crate::component::{Mark, Moment};
use crate::pages::board::Board;
use crate::pages::forms::page;
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;
use crate::ways::{Routes, get};

/// Posts on the page at most.
const POSTS_MAX: usize = 40;
/// Accounts that are listed at most.
const ACCOUNTS_MAX: usize = 200;

#[derive(Template)]
#[template(path = "sandbox.html")]
struct Page<'a> {
    frame: Frame<'a>,
    board: Arc<Board>,
    accounts: Vec<Tab>,
    shown: Option<String>,
    posts: Vec<Card>,
    once: Vec<Switch>,
    standing: Vec<Switch>,
}

struct Tab {
    href: String,
    name: String,
    is_shown: bool,
}

struct Card {
    id: String,
    account: String,
    mark: Option<Mark>,
    text: String,
    at: Moment,
    /// The timeline does not show it yet.
    is_unseen: bool,
    was_hidden: bool,
}

/// A trouble, and whether it is on.
struct Switch {
    word: &'static str,
    words: Words,
    is_on: bool,
}

/// Whose timeline; everybody's where nobody is named.
#[derive(Default, Deserialize)]
pub(crate) struct Asked {
    account: Option<String>,
}

/// What may be seen.
pub(crate) fn reading() -> Routes {
    Routes::new().route("/sandbox", get(show))
}

pub(crate) use act::deciding;

async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let sandbox = stage(&shared)?;
    let now = shared.clock.now();
    let board = Board::current(&shared).await;
    let shown = asked.account.filter(|name| !name.is_empty());
    let posts = sandbox.posts(shown.as_deref(), POSTS_MAX);
    let troubles = sandbox.troubles();
    let switches = |is_standing: bool| {
        let of_kind = Trouble::ALL.into_iter().filter(|one| one.is_standing() == is_standing);
        of_kind.map(|one| Switch::of(one, troubles.contains(&one))).collect()
    };
    Ok(page(&Page {
        frame: Frame::of(&shared, &caller, Section::Sandbox),
        board,
        accounts: tabs(sandbox.accounts(), shown.as_deref()),
        posts: posts.into_iter().map(|post| Card::of(post, now)).collect(),
        once: switches(false),
        standing: switches(true),
        shown,
    }))
}

/// The sandbox, where there is one.
fn stage(shared: &Shared) -> Result<&dyn Sandbox, Problem> {
    shared.sandbox.as_deref().ok_or_else(Problem::not_found)
}

fn tabs(names: Vec<String>, shown: Option<&str>) -> Vec<Tab> {
    let tab =
        |name: String| Tab { href: address(&name), is_shown: shown == Some(name.as_str()), name };
    names.into_iter().take(ACCOUNTS_MAX).map(tab).collect()
}

/// The page of an account's timeline; of everybody's without a name.
fn address(account: &str) -> String {
    if account.is_empty() {
        return "/sandbox".to_owned();
    }
    let query = serde_urlencoded::to_string([("account", account)]).unwrap_or_default();
    format!("/sandbox?{query}")
}

/// In one process an account has the name of its bot.
fn mark_of(account: &str) -> Option<Mark> {
    BotId::try_from(account).ok().map(|bot| Mark::of(&bot))
}

impl Card {
    fn of(post: SandboxPost, now: Timestamp) -> Self {
        Self {
            id: post.id.to_string(),
            mark: mark_of(&post.account),
            account: post.account,
            text: post.text,
            at: Moment::relative(post.at, now),
            is_unseen: !post.is_shown,
            was_hidden: post.was_hidden,
        }
    }
}

impl Switch {
    fn of(trouble: Trouble, is_on: bool) -> Self {
        Self { word: trouble.as_str(), words: Words::of(trouble), is_on }
    }
}

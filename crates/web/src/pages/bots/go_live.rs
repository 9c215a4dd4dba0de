//! Go-live checklist: what X demands of an account, and who says that it is so.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, Query, State};
use axum::response::Response;
use domain::model::{BotState, GoLive, GoLiveItem};
use jiff::Timestamp;
use serde::Deserialize;

use super::head::{Head, Known, Tab};
use crate::access::Caller;
use crate::component::Moment;
use crate::pages::done::{Deed, Done};
use crate::pages::forms::{fields, next_to, page, see_other};
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "bots/go_live.html")]
struct Page<'a> {
    frame: Frame<'a>,
    head: Head,
    done: Option<String>,
    items: Vec<Line>,
    open: usize,
    is_live: bool,
    is_closed: bool,
    account: Option<String>,
}

struct Line {
    item: GoLiveItem,
    said: Option<(String, Moment)>,
}

/// What a person says is so.
#[expect(clippy::struct_excessive_bools, reason = "the boxes of a form, each on its own")]
#[derive(Deserialize)]
pub(crate) struct Said {
    #[serde(default)]
    label: bool,
    #[serde(default)]
    bio: bool,
    #[serde(default)]
    human_account: bool,
    #[serde(default)]
    spend_cap: bool,
}

impl Said {
    fn items(&self) -> Vec<GoLiveItem> {
        let is_said = |item: &GoLiveItem| match item {
            GoLiveItem::Label => self.label,
            GoLiveItem::Bio => self.bio,
            GoLiveItem::HumanAccount => self.human_account,
            GoLiveItem::SpendCap => self.spend_cap,
        };
        GoLiveItem::ALL.iter().copied().filter(is_said).collect()
    }
}

/// The page.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(bot): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let known = Known::find(&shared, bot).await?;
    let said = shared.store.list_go_live(&known.bot.id).await?;
    let items: Vec<Line> =
        GoLiveItem::ALL.iter().map(|item| Line::of(*item, &said, shared.clock.now())).collect();
    Ok(page(&Page {
        frame: Frame::of(&shared, &caller, Section::Nowhere),
        head: known.head(Tab::GoLive),
        done: done.sentence(),
        open: items.iter().filter(|line| line.said.is_none()).count(),
        items,
        is_live: known.bot.is_live,
        is_closed: known.state == BotState::Closed,
        account: known.bot.account.as_ref().map(ToString::to_string),
    }))
}

impl Line {
    fn of(item: GoLiveItem, said: &[GoLive], now: Timestamp) -> Self {
        let found = said.iter().find(|one| one.item == item);
        let said = found.map(|one| (one.who.clone(), Moment::relative(one.at, now)));
        Self { item, said }
    }
}

/// Writes down what a person says is so.
pub(crate) async fn confirm(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(bot): Path<String>,
    said: Result<Form<Said>, FormRejection>,
) -> Result<Response, Problem> {
    let items = fields(said)?.items();
    let known = Known::find(&shared, bot).await?;
    let (bot, now) = (&known.bot.id, shared.clock.now());
    let back = Tab::GoLive.of(bot);
    if items.is_empty() {
        return Ok(see_other(&back));
    }
    if caller.demand_proof(now).is_err() {
        return Ok(see_other(&format!("/prove?{}", next_to(&back))));
    }
    let names: Vec<&str> = items.iter().map(|item| item.as_str()).collect();
    let detail = Some(names.join(", "));
    let (store, _) = caller.acts(&shared, "bot.go_live", format!("bot {bot}"), detail);
    if !store.confirm_go_live(bot, &items, &caller.actor.name, now).await? {
        return Err(Problem::no_such_bot());
    }
    shared.node.wake();
    Ok(see_other(&Done::of(Deed::Confirmed, 0).on(&back, &[])))
}

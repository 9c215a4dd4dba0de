//! `/calendar/{slot}`: one slot: how it stands, why it passed without a post where it did, and a person's
//! hand on it, with what would clash before it is moved.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::model::{Scope, SlotId};
use domain::ports::store::{HeldSlot, Span};
use domain::rules::cost::post_cost;
use domain::rules::moving::{APART_MIN, Around, clashes, is_free, is_taken_back, may_move};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::act::moment;
use super::zone::{self, Reader};
use crate::access::Caller;
use crate::component::{Lead, Mark, Moment, sentence};
use crate::pages::done::{Deed, Done};
use crate::pages::forms::with_status;
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;

/// Slots around a new time that are looked at.
const AROUND_MAX: u32 = 500;
/// Budgets that are looked through for those of one bot.
const BUDGETS_MAX: u32 = 2_000;

#[derive(Template)]
#[template(path = "slot.html")]
struct Page<'a> {
    frame: Frame<'a>,
    id: i64,
    mark: Mark,
    bot: String,
    schedule: Option<String>,
    due: Moment,
    due_at: Timestamp,
    both: String,
    moved_from: Option<String>,
    lead: Lead,
    post: Option<i64>,
    text: Option<String>,
    is_free: bool,
    is_taken_back: bool,
    /// What a form for another time begins with.
    local: String,
    zone: String,
    clash: Option<Clashes>,
    /// The time that was tried, for a person who is sure.
    wanted: Option<String>,
    done: Option<String>,
    said: Option<String>,
}

/// What would clash at another time, and when that is in every zone.
#[derive(Template)]
#[template(path = "component/clashes.html")]
struct Clashes {
    both: String,
    cannot: Option<String>,
    lines: Vec<String>,
}

/// Another time that a person thinks of.
pub(super) enum Tried {
    /// None.
    Nothing,
    /// One that cannot be read.
    Unreadable,
    /// That moment, and what would clash.
    At { to: Timestamp, cannot: Option<String>, clashes: Vec<String> },
}

/// What is asked.
#[derive(Default, Deserialize)]
pub(crate) struct Asked {
    to: Option<String>,
    zone: Option<String>,
    did: Option<Deed>,
    n: Option<i64>,
}

/// The page.
pub(super) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    id: Result<Path<i64>, PathRejection>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let Path(id) = id.map_err(|_| Problem::not_found())?;
    let Some(held) = shared.store.find_held(SlotId(id)).await? else {
        return Err(Problem::not_found());
    };
    let tried = match &asked.to {
        Some(to) => look_ahead(&shared, &held, to, asked.zone.as_deref().unwrap_or("")).await?,
        None => Tried::Nothing,
    };
    let done = asked.did.and_then(|did| Done::of(did, asked.n.unwrap_or_default()).sentence());
    let place = (asked.zone.as_deref(), &headers);
    render(&shared, &caller, &held, place, (None, done, tried)).await
}

/// The page after an act that did not count.
pub(super) async fn again(
    shared: &Shared,
    caller: &Caller,
    held: &HeldSlot,
    (said, tried): (Option<String>, Tried),
) -> Result<Response, Problem> {
    let held = shared.store.find_held(held.slot).await?.ok_or_else(Problem::not_found)?;
    let said = said.or_else(|| match &tried {
        Tried::Unreadable => Some("Give a time, such as 2026-11-23T14:05, in a zone.".to_owned()),
        Tried::Nothing | Tried::At { .. } => None,
    });
    let headers = HeaderMap::new();
    render(shared, caller, &held, (None, &headers), (said, None, tried)).await
}

async fn render(
    shared: &Shared,
    caller: &Caller,
    held: &HeldSlot,
    (zone, headers): (Option<&str>, &HeaderMap),
    (said, done, tried): (Option<String>, Option<String>, Tried),
) -> Result<Response, Problem> {
    let (store, now) = (&shared.store, shared.clock.now());
    let slot = store.find_slot(held.slot).await?.ok_or_else(Problem::not_found)?;
    let bot = store.find_bot_line(&held.bot).await?;
    let is_stopped = store.counts().await?.is_stopped;
    let own = bot.as_ref().map(|bot| bot.timezone.as_str());
    let reader = zone::of(zone, headers, bot.as_slice(), None);
    let local =
        |at: Timestamp| at.to_zoned(reader.zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string();
    let at = match &tried {
        Tried::At { to, .. } => Some(*to),
        Tried::Nothing | Tried::Unreadable => None,
    };
    let is_no = said.is_some() || (at.is_some() && done.is_none());
    let page_of = Page {
        frame: Frame::of(shared, caller, Section::Calendar),
        id: held.slot.0,
        mark: Mark::of(&held.bot),
        bot: held.bot.to_string(),
        schedule: held.schedule.clone(),
        due: Moment::stamp(held.due_at, now).in_zone(own),
        due_at: held.due_at,
        both: reader.both(held.due_at, own),
        moved_from: held.moved_from.map(|at| reader.both(at, own)),
        lead: Lead::of_slot(&slot, bot.as_ref(), is_stopped, now),
        post: slot.post.map(|post| post.0),
        text: slot.text,
        is_free: is_free(held, now).is_ok(),
        is_taken_back: is_taken_back(held, now),
        local: local(at.unwrap_or(held.due_at)),
        zone: reader.name.clone(),
        wanted: at.map(|at| at.to_string()),
        clash: Clashes::of(&tried, &reader, own),
        done,
        said,
    };
    let status = if is_no { StatusCode::CONFLICT } else { StatusCode::OK };
    Ok(with_status(status, &page_of))
}

impl Clashes {
    fn of(tried: &Tried, reader: &Reader, own: Option<&str>) -> Option<Self> {
        let Tried::At { to, cannot, clashes } = tried else { return None };
        Some(Self { both: reader.both(*to, own), cannot: cannot.clone(), lines: clashes.clone() })
    }
}

/// What would clash, as a part of a page.
pub(super) async fn clash_part(
    shared: &Shared,
    held: &HeldSlot,
    tried: &Tried,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let bot = shared.store.find_bot_line(&held.bot).await?;
    let own = bot.as_ref().map(|bot| bot.timezone.as_str());
    let reader = zone::of(None, headers, bot.as_slice(), None);
    let part = Clashes::of(tried, &reader, own).ok_or_else(Problem::unreadable)?;
    Ok(with_status(StatusCode::OK, &part))
}

/// What would be at another time.
pub(super) async fn look_ahead(
    shared: &Shared,
    held: &HeldSlot,
    to: &str,
    zone: &str,
) -> Result<Tried, Problem> {
    let Some(to) = moment(to, zone) else { return Ok(Tried::Unreadable) };
    let now = shared.clock.now();
    let (store, day) = (&shared.store, SignedDuration::from_hours(24));
    let midnight =
        Timestamp::from_second(to.as_second() - to.as_second().rem_euclid(day.as_secs()));
    let midnight = midnight.unwrap_or(to);
    let reach = |at: Timestamp, by: SignedDuration| at.checked_add(by).unwrap_or(at);
    let span = Span { from: reach(midnight, -APART_MIN), until: reach(midnight, day + APART_MIN) };
    let slots = store.list_slots_due(span, Some(&held.bot), AROUND_MAX).await?;
    let budgets = store.list_bot_budgets(None, BUDGETS_MAX, now).await?;
    let own = budgets.into_iter().filter(|one| one.scope == Scope::Bot(held.bot.clone()));
    let shared_by_all = store.list_shared_budgets(now).await?.into_iter();
    let shared_by_all = shared_by_all.filter(|one| one.scope == Scope::All);
    let budgets: Vec<_> = own.chain(shared_by_all).collect();
    let around = Around { slots: &slots, budgets: &budgets, price: post_cost(false, to) };
    let cannot = may_move(held, to, now).err().map(|why| sentence(&why.to_string()));
    let clashes = clashes(held, to, &around).iter().map(|one| sentence(&one.to_string())).collect();
    Ok(Tried::At { to, cannot, clashes })
}

//! A person's hand on a slot that is not due yet: another time, no post, or one after all. Each act says
//! what was seen, in `If-Match`.

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::model::SlotId;
use domain::model::access::Right;
use domain::ports::store::{HeldSlot, SlotMove, SlotSkip};
use domain::rules::moving::{is_free, is_taken_back, may_move};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use super::ask::{Ask, Named, Sent};
use super::operation::Operation;
use super::slots::{OfSlot, SlotView, no_such_slot, show, tag};
use super::table::Api;
use super::tag::changed;
use crate::problem::Problem;

/// Another time.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SlotMove)]
struct Wish {
    /// When it is due from now on.
    due_at: Timestamp,
}

pub(super) fn operations(api: Api) -> Api {
    let act = |operation: Operation| {
        operation
            .of::<OfSlot>()
            .matches()
            .tagged()
            .answers::<SlotView>()
            .refuses(StatusCode::NOT_FOUND, "no_such_slot")
            .refuses(StatusCode::CONFLICT, "not_movable")
    };
    api.may(
        Right::Draft,
        act(Operation::patch("/slots/{slot}", "move_slot", "Give a slot another time"))
            .tells("It keeps its post, and its schedule plans nothing in its place.")
            .takes::<Wish>(),
        put,
    )
    .may(
        Right::Draft,
        act(Operation::post("/slots/{slot}/skip", "skip_slot", "Skip a slot"))
            .tells("Its post goes back to its queue."),
        skip,
    )
    .may(
        Right::Draft,
        act(Operation::post("/slots/{slot}/unskip", "unskip_slot", "Take a skip back")),
        unskip,
    )
}

async fn put(
    ask: Ask,
    Named(of): Named<OfSlot>,
    headers: HeaderMap,
    Sent { value: wish, .. }: Sent<Wish>,
) -> Result<Response, Problem> {
    let (held, now) = (seen(&ask, &of, &headers).await?, ask.shared.clock.now());
    may_move(&held, wish.due_at, now).map_err(|why| stays(&why.to_string()))?;
    let detail = Some(format!("from {} to {}", held.due_at, wish.due_at));
    let (store, _) = ask.caller.acts(&ask.shared, "slot.move", object(&held), detail);
    let moved = SlotMove {
        slot: held.slot,
        version: held.version,
        due_at: wish.due_at,
        who: ask.caller.actor.name.clone(),
    };
    told(&ask, &held, store.move_slot(&moved, now).await?).await
}

async fn skip(ask: Ask, Named(of): Named<OfSlot>, headers: HeaderMap) -> Result<Response, Problem> {
    let (held, now) = (seen(&ask, &of, &headers).await?, ask.shared.clock.now());
    is_free(&held, now).map_err(|why| stays(&why.to_string()))?;
    let (store, _) = ask.caller.acts(&ask.shared, "slot.skip", object(&held), None);
    told(&ask, &held, store.skip_slot(&named(&ask, &held), now).await?).await
}

async fn unskip(
    ask: Ask,
    Named(of): Named<OfSlot>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (held, now) = (seen(&ask, &of, &headers).await?, ask.shared.clock.now());
    if !is_taken_back(&held, now) {
        return Err(stays("nobody skipped it, or it is too late to take that back"));
    }
    let (store, _) = ask.caller.acts(&ask.shared, "slot.unskip", object(&held), None);
    told(&ask, &held, store.unskip_slot(&named(&ask, &held), now).await?).await
}

/// The slot, if it is still what the caller saw.
async fn seen(ask: &Ask, of: &OfSlot, headers: &HeaderMap) -> Result<HeldSlot, Problem> {
    let held = ask.shared.store.find_held(SlotId(of.slot)).await?.ok_or_else(no_such_slot)?;
    tag(&held).demand(headers)?;
    Ok(held)
}

/// As it is now, where the act was done.
async fn told(ask: &Ask, held: &HeldSlot, is_done: bool) -> Result<Response, Problem> {
    if !is_done {
        return Err(changed());
    }
    ask.shared.node.wake();
    show(ask, held.slot).await
}

fn named(ask: &Ask, held: &HeldSlot) -> SlotSkip {
    let who = ask.caller.actor.name.clone();
    SlotSkip { slot: held.slot, version: held.version, who }
}

fn object(held: &HeldSlot) -> String {
    format!("slot {} of bot {}", held.slot.0, held.bot)
}

fn stays(why: &str) -> Problem {
    Problem::conflict("not_movable", format!("The slot stays as it is: {why}."))
}

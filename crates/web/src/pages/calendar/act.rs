//! A hand on a slot: another time, no post, or one after all. What the page saw is what is changed: the
//! form says when the slot was due, and whoever comes second hears that it is not any more.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::{FormRejection, PathRejection, QueryRejection};
use axum::extract::{Form, Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::model::SlotId;
use domain::ports::store::{HeldSlot, SlotMove, SlotSkip};
use domain::rules::moving::{is_free, is_taken_back, may_move};
use jiff::Timestamp;
use serde::Deserialize;

use super::slot::{Tried, again, clash_part, look_ahead};
use super::zone;
use crate::access::Caller;
use crate::pages::done::{Deed, Done};
use crate::pages::forms::{fields, own_path, see_other};
use crate::problem::Problem;
use crate::state::Shared;

/// Another time.
#[derive(Deserialize)]
pub(super) struct Wish {
    /// An instant, or a civil time of `zone`.
    pub(super) to: String,
    #[serde(default)]
    pub(super) zone: String,
    /// When it was due as the page showed it; absent where the page showed nothing of it.
    was: Option<String>,
    /// What clashes was seen.
    sure: Option<String>,
    back: Option<String>,
}

/// No post, or one after all.
#[derive(Deserialize)]
pub(super) struct Act {
    back: Option<String>,
}

/// What would clash at another time: a part of the page, while a slot is dragged.
pub(super) async fn clash(
    State(shared): State<Arc<Shared>>,
    Path(slot): Path<i64>,
    headers: HeaderMap,
    wish: Result<Query<Wish>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(wish) = wish.map_err(|_| Problem::unreadable())?;
    let held = find(&shared, slot).await?;
    let tried = look_ahead(&shared, &held, &wish.to, &wish.zone).await?;
    clash_part(&shared, &held, &tried, &headers).await
}

/// Gives it another time.
pub(super) async fn put(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    slot: Result<Path<i64>, PathRejection>,
    wish: Result<Form<Wish>, FormRejection>,
) -> Result<Response, Problem> {
    let Path(slot) = slot.map_err(|_| Problem::not_found())?;
    let wish = fields(wish)?;
    let held = find(&shared, slot).await?;
    let now = shared.clock.now();
    let tried = look_ahead(&shared, &held, &wish.to, &wish.zone).await?;
    let Tried::At { to, clashes, .. } = &tried else {
        return again(&shared, &caller, &held, (None, tried)).await;
    };
    let to = *to;
    let was: Option<Timestamp> = wish.was.as_deref().and_then(|was| was.parse().ok());
    if was.is_some_and(|was| was != held.due_at) {
        let said = "It is due at another time by now than the page showed. Look at it again.";
        return again(&shared, &caller, &held, (Some(said.to_owned()), tried)).await;
    }
    if let Err(why) = may_move(&held, to, now) {
        let said = format!("It stays where it is: {why}.");
        return again(&shared, &caller, &held, (Some(said), tried)).await;
    }
    let is_back = held.moved_from == Some(to);
    if !clashes.is_empty() && wish.sure.is_none() && !is_back {
        return again(&shared, &caller, &held, (None, tried)).await;
    }
    let (store, _) = caller.acts(
        &shared,
        "slot.move",
        format!("slot {slot} of bot {}", held.bot),
        Some(format!("from {} to {to}", held.due_at)),
    );
    let moved = SlotMove {
        slot: held.slot,
        version: held.version,
        due_at: to,
        who: caller.actor.name.clone(),
    };
    if !store.move_slot(&moved, now).await? {
        return again(&shared, &caller, &held, (Some(LOST.to_owned()), tried)).await;
    }
    shared.node.wake();
    Ok(back(wish.back.as_deref(), Done::of(Deed::Moved, slot)))
}

/// What is said when somebody or something was faster.
const LOST: &str = "It changed meanwhile and stays as it is. Look at it again.";

/// Skips it.
pub(super) async fn skip(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    slot: Result<Path<i64>, PathRejection>,
    act: Result<Form<Act>, FormRejection>,
) -> Result<Response, Problem> {
    let Path(slot) = slot.map_err(|_| Problem::not_found())?;
    let act = fields(act)?;
    let held = find(&shared, slot).await?;
    let now = shared.clock.now();
    if let Err(why) = is_free(&held, now) {
        let said = format!("It stays as it is: {why}.");
        return again(&shared, &caller, &held, (Some(said), Tried::Nothing)).await;
    }
    let object = format!("slot {slot} of bot {}", held.bot);
    let (store, _) = caller.acts(&shared, "slot.skip", object, None);
    if !store.skip_slot(&named(&caller, &held), now).await? {
        return again(&shared, &caller, &held, (Some(LOST.to_owned()), Tried::Nothing)).await;
    }
    shared.node.wake();
    Ok(back(act.back.as_deref(), Done::of(Deed::Skipped, slot)))
}

/// Takes a skip back.
pub(super) async fn unskip(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    slot: Result<Path<i64>, PathRejection>,
    act: Result<Form<Act>, FormRejection>,
) -> Result<Response, Problem> {
    let Path(slot) = slot.map_err(|_| Problem::not_found())?;
    let act = fields(act)?;
    let held = find(&shared, slot).await?;
    let now = shared.clock.now();
    let said = || (Some("It can not be taken back any more.".to_owned()), Tried::Nothing);
    if !is_taken_back(&held, now) {
        return again(&shared, &caller, &held, said()).await;
    }
    let object = format!("slot {slot} of bot {}", held.bot);
    let (store, _) = caller.acts(&shared, "slot.unskip", object, None);
    if !store.unskip_slot(&named(&caller, &held), now).await? {
        return again(&shared, &caller, &held, said()).await;
    }
    shared.node.wake();
    Ok(back(act.back.as_deref(), Done::of(Deed::TakenBack, slot)))
}

fn named(caller: &Caller, held: &HeldSlot) -> SlotSkip {
    SlotSkip { slot: held.slot, version: held.version, who: caller.actor.name.clone() }
}

async fn find(shared: &Shared, slot: i64) -> Result<HeldSlot, Problem> {
    shared.store.find_held(SlotId(slot)).await?.ok_or_else(Problem::not_found)
}

/// Where the act came from, with a word about it.
fn back(to: Option<&str>, done: Done) -> Response {
    let path = to.map_or("/calendar", |path| own_path(Some(path)));
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let kept: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
    let is_kept = |name: &str| ["view", "from", "bot"].contains(&name);
    let kept: Vec<(&str, &str)> = kept
        .iter()
        .filter(|(name, _)| is_kept(name))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    see_other(&done.on(path, &kept))
}

/// The moment that a person means: an instant, or a civil time of a zone.
pub(super) fn moment(to: &str, zone: &str) -> Option<Timestamp> {
    let to = to.trim();
    if let Ok(instant) = to.parse::<Timestamp>() {
        return Some(instant);
    }
    let local: jiff::civil::DateTime = to.parse().ok()?;
    zone::named(zone)?.zone.to_timestamp(local).ok()
}

#[cfg(test)]
mod tests {
    use testkit::at;

    use super::*;

    #[test]
    fn a_person_means_a_civil_time_or_an_instant() {
        for (to, zone, expected) in [
            ("2026-11-23T14:05", "Europe/Berlin", Some("2026-11-23T13:05:00Z")),
            ("2026-11-23T14:05:30", "UTC", Some("2026-11-23T14:05:30Z")),
            ("2026-11-23T14:05:00Z", "", Some("2026-11-23T14:05:00Z")),
            // It does not exist, and moves by the gap.
            ("2027-03-28T02:30", "Europe/Berlin", Some("2027-03-28T01:30:00Z")),
            ("2026-11-23T14:05", "Nowhere", None),
            ("tomorrow", "UTC", None),
        ] {
            assert_eq!(moment(to, zone), expected.map(at), "{to} {zone}");
        }
    }
}

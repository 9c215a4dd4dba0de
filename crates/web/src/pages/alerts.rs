//! `/settings/alerts`: what people are told now, who is told, and what could not be told.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Query, State};
use axum::response::Response;
use domain::model::OpenAlert;
use domain::ports::alerts::{DeliveryId, DeliveryLine, DeliveryView, TargetLine};
use domain::ports::{Seen, Vitals};
use domain::rules::alerts::way;
use jiff::Timestamp;
use serde::Deserialize;

use crate::access::Caller;
use crate::component::{Moment, Prose};
use crate::pages::done::{Deed, Done};
use crate::pages::forms::{fields, page, see_other};
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::{Shared, ToldTarget};

/// Alerts and dead letters on the page at most.
const LISTED_MAX: u32 = 100;

#[derive(Template)]
#[template(path = "alerts.html")]
struct Page<'a> {
    frame: Frame<'a>,
    open: Vec<Open>,
    targets: Vec<Told>,
    dead: Vec<Dead>,
    kept: Vec<Kept>,
    done: Option<String>,
}

struct Open {
    severity: &'static str,
    title: &'static str,
    detail: String,
    to_do: Prose<String>,
    since: Moment,
}

struct Told {
    name: String,
    kind: &'static str,
    hears: String,
    ok: Option<Moment>,
    error: Option<String>,
    waiting: u64,
}

/// How old something is that backups are good for.
struct Kept {
    what: &'static str,
    at: Option<Moment>,
    nothing: &'static str,
    is_failing: bool,
}

struct Dead {
    id: i64,
    target: String,
    kind: String,
    made: Moment,
    why: String,
}

/// Which is tried again.
#[derive(Deserialize)]
pub(crate) struct Which {
    delivery: i64,
}

/// The page.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let now = shared.clock.now();
    let mut open = shared.alerts.list_open_alerts(LISTED_MAX).await?;
    open.sort_by_key(|one| (std::cmp::Reverse(one.raised.severity), one.opened_at));
    let dead = shared.alerts.list_deliveries(DeliveryView::Dead, LISTED_MAX).await?;
    let lines = shared.alerts.list_targets().await?;
    let lines: BTreeMap<&str, &TargetLine> =
        lines.iter().map(|line| (line.target.as_str(), line)).collect();
    Ok(page(&Page {
        frame: Frame::of(&shared, &caller, Section::Settings),
        open: open.iter().filter_map(|one| Open::of(one, now)).collect(),
        targets: shared
            .told
            .iter()
            .map(|one| Told::of(one, lines.get(one.name.as_str()).copied(), now))
            .collect(),
        dead: dead.into_iter().map(|one| Dead::of(one, now)).collect(),
        kept: Kept::of(&shared.node.vitals(), now),
        done: done.sentence(),
    }))
}

/// Tries something for three more days.
pub(crate) async fn send_again(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    which: Result<Form<Which>, FormRejection>,
) -> Result<Response, Problem> {
    let (id, now) = (fields(which)?.delivery, shared.clock.now());
    // The row is the outbox's own: what stands in the audit log is that somebody asked.
    let act = caller.act("delivery.send_again", format!("delivery {id}"), None, now);
    shared.people.note_act(&act).await?;
    shared.alerts.send_again(DeliveryId(id), now).await?;
    Ok(see_other(&Done::of(Deed::ToldAgain, id).on("/settings/alerts", &[])))
}

impl Open {
    fn of(one: &OpenAlert, now: Timestamp) -> Option<Self> {
        let raised = &one.raised;
        let name = raised.subject.rsplit('/').next().unwrap_or_default();
        Some(Self {
            severity: raised.severity.as_str(),
            title: raised.rule.explain(),
            detail: raised.detail.clone(),
            to_do: Prose(way(raised.rule).to_do.replace("NAME", name)),
            since: Moment::relative(one.opened_at?, now),
        })
    }
}

impl Told {
    fn of(target: &ToldTarget, line: Option<&TargetLine>, now: Timestamp) -> Self {
        Self {
            name: target.name.clone(),
            kind: target.kind,
            hears: target.hears.clone(),
            ok: line.and_then(|line| line.ok_at).map(|at| Moment::relative(at, now)),
            error: line.and_then(|line| line.error.clone()),
            waiting: line.map_or(0, |line| line.waiting),
        }
    }
}

impl Kept {
    /// The backups of this node: none where it keeps none, and no copies where none are carried.
    fn of(vitals: &Vitals, now: Timestamp) -> Vec<Self> {
        let Some(backup) = &vitals.backup else { return Vec::new() };
        let line = |what, at: Option<Timestamp>, nothing, is_failing| Self {
            what,
            at: at.map(|at| Moment::relative(at, now)),
            nothing,
            is_failing,
        };
        let seen = |what, seen: &Seen| {
            line(what, seen.ok_at, "there was none since the start", seen.error.is_some())
        };
        let copies = vitals.off_site.as_ref().map(|copies| seen("newest copy elsewhere", copies));
        let good_at = vitals.drill.as_ref().and_then(|drill| drill.good_at);
        let fails = vitals.drill.as_ref().is_some_and(|drill| drill.problem.is_some());
        let drill = line("last restore that went well", good_at, "none was ever tried", fails);
        std::iter::once(seen("last good backup", backup)).chain(copies).chain([drill]).collect()
    }
}

impl Dead {
    fn of(one: DeliveryLine, now: Timestamp) -> Self {
        Self {
            id: one.id.0,
            target: one.target,
            kind: one.kind,
            made: Moment::relative(one.made_at, now),
            why: one.error.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::ports::Drill;
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn backups_copies_and_drills_are_shown_with_their_age() {
        let now: Timestamp = "2026-11-28T12:00:00Z".parse().unwrap();
        let hours = |hours| Some(now - SignedDuration::from_hours(hours));
        assert!(Kept::of(&Vitals::default(), now).is_empty(), "none is kept");
        let seen = |ok_at, error: Option<&str>| Seen { ok_at, error: error.map(str::to_owned) };
        let shown = |vitals: &Vitals| -> Vec<(&'static str, bool, bool)> {
            let kept = Kept::of(vitals, now);
            kept.iter().map(|one| (one.what, one.at.is_some(), one.is_failing)).collect()
        };
        let new = Vitals { backup: Some(seen(None, None)), ..Vitals::default() };
        let wanted =
            [("last good backup", false, false), ("last restore that went well", false, false)];
        assert_eq!(shown(&new), wanted);
        let drill = Drill {
            backup: "flockwork-1.db".to_owned(),
            at: now,
            good_at: hours(50),
            problem: Some("it is torn".to_owned()),
        };
        let old = Vitals {
            backup: Some(seen(hours(2), None)),
            off_site: Some(seen(hours(26), Some("no room there"))),
            drill: Some(drill),
            ..Vitals::default()
        };
        let wanted = [
            ("last good backup", true, false),
            ("newest copy elsewhere", true, true),
            ("last restore that went well", true, true),
        ];
        assert_eq!(shown(&old), wanted);
    }
}

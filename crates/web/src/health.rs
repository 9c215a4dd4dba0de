//! `GET /health`: how this node is, for monitors and container health checks.
//!
//! The answer is rendered at most every [`MAX_AGE`] and handed out as shared bytes, so that asking
//! costs next to nothing. 200 while the node is well or degraded, 503 while it is down; `well` says
//! what counts as what.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::model::BotId;
use domain::ports::store::{BotLine, Counts, FindingCount, NodeLine};
use domain::ports::{BulkSeen, Drill, LoopSeen, Seen, Vitals, WriterSeen};
use domain::rules::well::{Reason, Status, is_stalled, verdict};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::guard::{check_host, stamp_probe};
use crate::problem::Problem;
use crate::snapshot::{House, Pulse};
use crate::state::Shared;

/// How old an answer may be.
pub(crate) const MAX_AGE: Duration = Duration::from_millis(500);

/// An answer, rendered.
pub(crate) struct Health {
    view: View,
    body: Bytes,
}

/// The document. Times are RFC 3339 in UTC, money is in US dollars.
#[derive(Clone, Serialize)]
struct View {
    status: Status,
    reasons: Vec<Because>,
    version: String,
    started_at: Timestamp,
    uptime_seconds: u64,
    time: Timestamp,
    notes: Vec<String>,
    database: SeenView,
    x: SeenView,
    model: SeenView,
    moderation: SeenView,
    bulk: BulkView,
    writers: Vec<WriterView>,
    backup: Option<BackupView>,
    /// The newest backup of which a copy is elsewhere; `null` where none are carried.
    backup_off_site: Option<BackupView>,
    backup_drill: Option<DrillView>,
    channels: Vec<WriterView>,
    engine: EngineView,
    nodes: Vec<NodeView>,
    counts: CountsView,
    findings: FindingsView,
    bots: BTreeMap<String, BotView>,
    bots_truncated: bool,
}

#[derive(Clone, Serialize)]
struct Because {
    code: Reason,
    detail: &'static str,
}

#[derive(Clone, Serialize)]
struct SeenView {
    ok_at: Option<Timestamp>,
    error: Option<String>,
}

/// Orders in bulk.
#[derive(Clone, Serialize)]
struct BulkView {
    open: u64,
    ok_at: Option<Timestamp>,
    error: Option<String>,
}

/// One of several writers that stand in for one another, or one of those who are told things.
#[derive(Clone, Serialize)]
struct WriterView {
    name: String,
    ok_at: Option<Timestamp>,
    error: Option<String>,
}

/// The last good backup; `null` where the node keeps none.
#[derive(Clone, Serialize)]
struct BackupView {
    ok_at: Option<Timestamp>,
    age_seconds: Option<i64>,
    error: Option<String>,
}

/// The last restore that was tried; `null` where there was none.
#[derive(Clone, Serialize)]
struct DrillView {
    at: Timestamp,
    ok_at: Option<Timestamp>,
    age_seconds: Option<i64>,
    error: Option<String>,
}

#[derive(Clone, Serialize)]
struct EngineView {
    ticked_at: Option<Timestamp>,
    is_stopping: bool,
    clock_suspect: Option<String>,
    lag_ms: i64,
    lease_renewed_at: Option<Timestamp>,
    loops: BTreeMap<&'static str, LoopView>,
}

#[derive(Clone, Serialize)]
struct LoopView {
    ended_at: Option<Timestamp>,
    is_stalled: bool,
}

/// What the audit found and still holds.
#[derive(Clone, Serialize)]
struct FindingsView {
    open: u64,
    oldest_at: Option<Timestamp>,
    kinds: BTreeMap<&'static str, u64>,
}

#[derive(Clone, Serialize)]
struct NodeView {
    node: String,
    lease_until: Timestamp,
    /// Fingerprint of the bots that it declares.
    declares: Option<String>,
}

#[derive(Clone, Serialize)]
struct CountsView {
    bots: u64,
    bots_active: u64,
    posts_queued: u64,
    posts_published: u64,
    slots_unknown: u64,
    slots_needing_attention: u64,
    spend_usd: f64,
    is_stopped: bool,
}

#[derive(Clone, Serialize)]
struct BotView {
    state: &'static str,
    reason: Option<&'static str>,
    is_dry_run: bool,
    last_post_at: Option<Timestamp>,
    next_slot_at: Option<Timestamp>,
    remaining_posts: u64,
    last_error: Option<ErrorView>,
}

#[derive(Clone, Serialize)]
struct ErrorView {
    message: String,
    at: Timestamp,
}

/// `?bot=ID`: only this one.
#[derive(Deserialize)]
pub(crate) struct Asked {
    bot: Option<String>,
}

/// The handler.
pub(crate) async fn health(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    if let Err(problem) = check_host(&headers, &shared.settings.allowed_hosts) {
        return problem.status.into_response();
    }
    let make = async |_| Health::of(&shared, &Pulse::take(&shared).await);
    let health = shared.health.at(shared.clock.monotonic(), make).await;
    let Some(bot) = asked.ok().and_then(|Query(asked)| asked.bot) else {
        return answer(health.view.status, health.body.clone());
    };
    match health.of_bot(&shared, &bot).await {
        Ok(body) => answer(health.view.status, body),
        Err(problem) => problem.into_response(),
    }
}

fn answer(status: Status, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = match status {
        Status::Ok | Status::Degraded => StatusCode::OK,
        Status::Down => StatusCode::SERVICE_UNAVAILABLE,
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    stamp_probe(headers);
    response
}

impl Health {
    fn of(shared: &Shared, pulse: &Pulse) -> Self {
        let view = View::of(shared, pulse);
        let body = to_body(&view);
        Self { view, body }
    }

    /// The same answer with only that bot in it, read now.
    async fn of_bot(&self, shared: &Shared, bot: &str) -> Result<Bytes, Problem> {
        let id = BotId::try_from(bot).map_err(|_| Problem::no_such_bot())?;
        let line = shared.store.find_bot_line(&id).await?.ok_or_else(Problem::no_such_bot)?;
        let bots = [(id.into(), BotView::of(&line))].into();
        Ok(to_body(&View { bots, bots_truncated: false, ..self.view.clone() }))
    }
}

fn to_body(view: &View) -> Bytes {
    serde_json::to_vec(view).expect("a view has only string keys and finite numbers").into()
}

impl View {
    fn of(shared: &Shared, pulse: &Pulse) -> Self {
        let (status, reasons) = verdict(&pulse.facts());
        let nothing = House::default();
        let house = pulse.house.as_ref().unwrap_or(&nothing);
        let uptime = pulse.now.duration_since(pulse.started_at).as_secs();
        let Vitals {
            database,
            x,
            model,
            moderation,
            bulk,
            writers,
            backup,
            off_site,
            drill,
            channels,
            ..
        } = &pulse.vitals;
        let bots = house.bots.iter();
        Self {
            status,
            reasons: reasons
                .into_iter()
                .map(|code| Because { code, detail: code.explain() })
                .collect(),
            version: shared.settings.version.clone(),
            started_at: pulse.started_at,
            uptime_seconds: u64::try_from(uptime).unwrap_or(0),
            time: pulse.now,
            notes: shared.settings.notes.clone(),
            database: match &pulse.house {
                Ok(_) => SeenView { ok_at: Some(pulse.now), error: database.error.clone() },
                Err(silence) => {
                    SeenView { ok_at: database.ok_at, error: Some(silence.why.to_owned()) }
                }
            },
            x: SeenView::of(x),
            model: SeenView::of(model),
            moderation: SeenView::of(moderation),
            bulk: BulkView::of(bulk),
            writers: writers.iter().map(WriterView::of).collect(),
            backup: backup.as_ref().map(|seen| BackupView::of(seen, pulse.now)),
            backup_off_site: off_site.as_ref().map(|seen| BackupView::of(seen, pulse.now)),
            backup_drill: drill.as_ref().map(|drill| DrillView::of(drill, pulse.now)),
            channels: channels.iter().map(WriterView::of_channel).collect(),
            engine: EngineView::of(&pulse.vitals, pulse.now),
            nodes: house.nodes.iter().map(NodeView::of).collect(),
            counts: CountsView::of(&house.counts),
            findings: FindingsView::of(&house.findings),
            bots: bots.map(|line| (line.stats.bot.to_string(), BotView::of(line))).collect(),
            bots_truncated: house.is_truncated,
        }
    }
}

impl BulkView {
    fn of(BulkSeen { open, seen: Seen { ok_at, error } }: &BulkSeen) -> Self {
        Self { open: *open, ok_at: *ok_at, error: error.clone() }
    }
}

impl WriterView {
    fn of(WriterSeen { name, seen: Seen { ok_at, error } }: &WriterSeen) -> Self {
        Self { name: name.clone(), ok_at: *ok_at, error: error.clone() }
    }

    fn of_channel((name, seen): &(String, Seen)) -> Self {
        Self { name: name.clone(), ok_at: seen.ok_at, error: seen.error.clone() }
    }
}

impl EngineView {
    fn of(vitals: &Vitals, now: Timestamp) -> Self {
        let view = |seen: &LoopSeen| {
            (seen.name, LoopView { ended_at: seen.ended_at, is_stalled: is_stalled(seen, now) })
        };
        Self {
            ticked_at: vitals.ticked_at,
            is_stopping: vitals.is_stopping,
            clock_suspect: vitals.clock_suspect.clone(),
            lag_ms: i64::try_from(vitals.lag.as_millis()).unwrap_or(i64::MAX),
            lease_renewed_at: vitals.lease_renewed_at,
            loops: vitals.loops.iter().map(view).collect(),
        }
    }
}

impl FindingsView {
    fn of(counts: &[FindingCount]) -> Self {
        Self {
            open: counts.iter().map(|found| found.count).sum(),
            oldest_at: counts.iter().map(|found| found.oldest).min(),
            kinds: counts.iter().map(|found| (found.kind.as_str(), found.count)).collect(),
        }
    }
}

impl SeenView {
    fn of(seen: &Seen) -> Self {
        Self { ok_at: seen.ok_at, error: seen.error.clone() }
    }
}

impl BackupView {
    fn of(seen: &Seen, now: Timestamp) -> Self {
        let age_seconds = seen.ok_at.map(|at| now.duration_since(at).as_secs().max(0));
        Self { ok_at: seen.ok_at, age_seconds, error: seen.error.clone() }
    }
}

impl DrillView {
    fn of(drill: &Drill, now: Timestamp) -> Self {
        let age_seconds = drill.good_at.map(|at| now.duration_since(at).as_secs().max(0));
        let Drill { at, good_at, problem, .. } = drill;
        Self { at: *at, ok_at: *good_at, age_seconds, error: problem.clone() }
    }
}

impl NodeView {
    fn of(line: &NodeLine) -> Self {
        Self {
            node: line.node.clone(),
            lease_until: line.expires_at,
            declares: line.declared.clone(),
        }
    }
}

impl CountsView {
    fn of(counts: &Counts) -> Self {
        Self {
            bots: counts.bots,
            bots_active: counts.bots_active,
            posts_queued: counts.queued,
            posts_published: counts.published,
            slots_unknown: counts.unknown,
            slots_needing_attention: counts.attention,
            spend_usd: counts.spend.dollars(),
            is_stopped: counts.is_stopped,
        }
    }
}

impl BotView {
    fn of(line: &BotLine) -> Self {
        Self {
            state: line.state.as_str(),
            reason: line.state_reason.map(domain::model::StateReason::as_str),
            is_dry_run: line.is_rehearsal,
            last_post_at: line.stats.last_post_at,
            next_slot_at: line.next_slot_at,
            remaining_posts: line.stats.remaining_posts,
            last_error: line.last_error.clone().map(|(message, at)| ErrorView { message, at }),
        }
    }
}

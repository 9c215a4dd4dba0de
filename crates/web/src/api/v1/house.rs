//! The whole house: how it is, what holds here, who asks, and the switch that stops everything.

use axum::Json;
use axum::http::StatusCode;
use domain::model::access::Right;
use domain::ports::store::{Counts, NodeLine};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::ask::Ask;
use super::operation::Operation;
use super::page::LIMIT_MAX;
use super::table::Api;
use super::word::RightWord;
use crate::problem::Problem;

/// The house in numbers.
#[derive(Serialize, ToSchema)]
#[schema(as = House)]
struct HouseView {
    /// All sending is stopped by hand.
    is_stopped: bool,
    /// Bots that are not closed.
    bots: u64,
    bots_active: u64,
    /// Posts in queues.
    queued_posts: u64,
    /// Posts that X has.
    published_posts: u64,
    /// Slots whose outcome is open.
    unknown_slots: u64,
    /// Slots that need a person.
    attention_slots: u64,
    /// Money gone, X and model together, in millionths of a dollar.
    spend_micro_usd: i64,
    nodes: Vec<NodeView>,
}

/// A running node.
#[derive(Serialize, ToSchema)]
#[schema(as = Node)]
struct NodeView {
    name: String,
    /// When its lease ends, unless it is renewed.
    expires_at: Timestamp,
}

/// What holds here.
#[derive(Serialize, ToSchema)]
#[schema(as = Settings)]
struct SettingsView {
    version: String,
    started_at: Timestamp,
    /// What a reader must know to read the rest right: `sandbox`, `dry run`.
    notes: Vec<String>,
    /// A sandbox stands in for X.
    is_sandbox: bool,
    /// Requests per client and minute.
    requests_per_minute_max: u32,
    /// Bytes of a body at most.
    body_bytes_max: usize,
    /// Things of a page at most.
    limit_max: u32,
}

/// Who asks.
#[derive(Serialize, ToSchema)]
#[schema(as = Me)]
struct MeView {
    name: String,
    /// `user`, `token`, `environment`, ..
    kind: &'static str,
    /// What the caller may do.
    rights: Vec<RightWord>,
    /// For the header `X-CSRF-Token`; none for who holds no session.
    #[schema(required)]
    csrf: Option<String>,
}

pub(super) fn operations(api: Api) -> Api {
    api.may(
        Right::Read,
        Operation::get("/me", "get_me", "Who asks, and what the caller may do").answers::<MeView>(),
        me,
    )
    .may(
        Right::Read,
        Operation::get("/settings", "get_settings", "What holds here; never a secret")
            .answers::<SettingsView>(),
        settings,
    )
    .may(
        Right::Read,
        Operation::get("/house", "get_house", "The whole house in numbers").answers::<HouseView>(),
        house,
    )
    .may(
        Right::Approve,
        Operation::post("/house/stop", "stop_house", "Stop all sending")
            .tells("At once, and for every bot. What is on its way is still found out about.")
            .answers::<HouseView>(),
        stop,
    )
    .may(
        Right::Admin,
        Operation::post("/house/start", "start_house", "Let everything be sent again")
            .answers::<HouseView>()
            .refuses(StatusCode::FORBIDDEN, "proof_required"),
        start,
    )
}

async fn me(ask: Ask) -> Json<MeView> {
    let caller = &ask.caller;
    Json(MeView {
        name: caller.actor.name.clone(),
        kind: caller.actor.kind.as_str(),
        rights: caller.rights.iter().map(RightWord).collect(),
        csrf: caller.session().map(|session| session.csrf.clone()),
    })
}

async fn settings(ask: Ask) -> Json<SettingsView> {
    let settings = &ask.shared.settings;
    Json(SettingsView {
        version: settings.version.clone(),
        started_at: settings.started_at,
        notes: settings.notes.clone(),
        is_sandbox: ask.is_sandbox(),
        requests_per_minute_max: settings.api_rate_limit.get(),
        body_bytes_max: settings.bounds.body_bytes_max,
        limit_max: LIMIT_MAX,
    })
}

async fn house(ask: Ask) -> Result<Json<HouseView>, Problem> {
    let counts = ask.shared.store.counts().await?;
    let nodes = ask.shared.store.list_nodes(ask.shared.clock.now()).await?;
    Ok(Json(HouseView::of(&counts, nodes)))
}

async fn stop(ask: Ask) -> Result<Json<HouseView>, Problem> {
    switch(ask, "kill_switch.on", true).await
}

async fn start(ask: Ask) -> Result<Json<HouseView>, Problem> {
    ask.caller.demand_proof(ask.shared.clock.now())?;
    switch(ask, "kill_switch.off", false).await
}

async fn switch(
    ask: Ask,
    action: &'static str,
    is_stopped: bool,
) -> Result<Json<HouseView>, Problem> {
    let (store, _) = ask.caller.acts(&ask.shared, action, "house", None);
    store.set_kill_switch(is_stopped, ask.shared.clock.now()).await?;
    ask.shared.node.wake();
    house(ask).await
}

impl HouseView {
    fn of(counts: &Counts, nodes: Vec<NodeLine>) -> Self {
        Self {
            is_stopped: counts.is_stopped,
            bots: counts.bots,
            bots_active: counts.bots_active,
            queued_posts: counts.queued,
            published_posts: counts.published,
            unknown_slots: counts.unknown,
            attention_slots: counts.attention,
            spend_micro_usd: counts.spend.0,
            nodes: nodes
                .into_iter()
                .map(|node| NodeView { name: node.node, expires_at: node.expires_at })
                .collect(),
        }
    }
}

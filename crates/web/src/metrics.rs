//! `GET /metrics`: what monitors read, in Prometheus' text format.
//!
//! Three sources: the engine's counters and the process, which the program hands in as a registry;
//! requests to the pages, counted here; and the house as the database tells it, read at each scrape (at
//! most every few seconds, however many scrape). Label values are a closed set: routes are patterns,
//! not addresses, and bots are counted, not named.

mod caches;
mod house;
mod list;
mod requests;

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::model::Budget;
use domain::rules::budget::WARN_PERCENT;
use prometheus_client::encoding::prometheus_text;
use prometheus_client::registry::Registry;

pub(crate) use self::caches::Caches;
use self::house::HouseGauges;
pub use self::list::{MetricLine, list_metrics};
pub(crate) use self::requests::{Requests, count_requests};
use crate::snapshot::{Pulse, shortest_runway};
use crate::state::Shared;

/// The media type of the format, and its version.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Such budgets at most.
const TIGHT_MAX: u32 = 1_000;

/// Everything that is shown.
pub(crate) struct Metrics {
    registry: Registry,
    house: HouseGauges,
    pub(crate) requests: Requests,
    pub(crate) caches: Caches,
}

impl Metrics {
    /// What the program counts, and what is counted here.
    pub(crate) fn new(mut registry: Registry) -> Self {
        let house = HouseGauges::default();
        let (requests, caches) = (Requests::default(), Caches::default());
        house.register(&mut registry);
        let ours = registry.sub_registry_with_prefix("flockwork");
        requests.register(ours);
        caches.register(ours);
        Self { registry, house, requests, caches }
    }
}

/// The scrape.
pub(crate) async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let reading = async |_| Reading::take(&shared).await;
    let reading = shared.reading.at(shared.clock.monotonic(), reading).await;
    shared.metrics.house.show(&reading);
    let mut text = String::new();
    match prometheus_text::encode(&mut text, &shared.metrics.registry) {
        Ok(()) => (StatusCode::OK, [(header::CONTENT_TYPE, TEXT)], text).into_response(),
        // Nothing but a collector of ours can fail to write to memory.
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// What is read for a scrape.
pub(crate) struct Reading {
    pulse: Pulse,
    /// Budgets that are nearly gone; `None` while the database does not answer.
    tight: Option<Vec<Budget>>,
    /// Seconds until the first queue runs dry; `None` while the database does not answer.
    runway: Option<f64>,
}

impl Reading {
    async fn take(shared: &Arc<Shared>) -> Self {
        let pulse = Pulse::take(shared).await;
        let tight = match &pulse.house {
            Ok(_) => shared.store.list_tight_budgets(WARN_PERCENT, TIGHT_MAX, pulse.now).await.ok(),
            Err(_) => None,
        };
        let runway = match &pulse.house {
            Ok(house) => shortest_runway(&*shared.store, house, pulse.now).await,
            Err(_) => None,
        };
        Self { pulse, tight, runway }
    }
}

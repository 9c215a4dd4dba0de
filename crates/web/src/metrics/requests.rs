//! Requests to the pages and the API, by the pattern of their route.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::state::Shared;

/// Bounds of the time that an answer takes, in seconds; pages promise 0.02.
const DURATION: [f64; 9] = [0.001, 0.005, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];
/// The label of an address that no route has.
const NO_ROUTE: &str = "none";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: String,
    status: &'static str,
}

/// The counters.
pub(crate) struct Requests {
    answered: Family<Answered, Counter>,
    duration: Histogram,
}

impl Default for Requests {
    fn default() -> Self {
        let answered = Family::default();
        // Routes come with their first request; this one is there to say what the metric means.
        let none = Answered { route: NO_ROUTE.to_owned(), status: "4xx" };
        drop(Family::<Answered, Counter>::get_or_create(&answered, &none));
        Self { answered, duration: Histogram::new(DURATION) }
    }
}

impl Requests {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "http_requests",
            "Requests that were answered, by the pattern of their route and the class of the status",
            self.answered.clone(),
        );
        registry.register_with_unit(
            "http_request_duration",
            "From the whole head of a request to the head of its answer",
            Unit::Seconds,
            self.duration.clone(),
        );
    }
}

/// Counts a request and how long its answer took.
pub(crate) async fn count_requests(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or(NO_ROUTE, MatchedPath::as_str).to_owned();
    let began = shared.clock.monotonic();
    let response = next.run(request).await;
    let took = shared.clock.monotonic().saturating_sub(began);
    let requests = &shared.metrics.requests;
    requests.duration.observe(took.as_secs_f64());
    let status = class(response.status().as_u16());
    requests.answered.get_or_create(&Answered { route, status }).inc();
    response
}

fn class(status: u16) -> &'static str {
    match status {
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

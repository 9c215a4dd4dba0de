//! `flockwork metrics`: what `/metrics` shows, and what each of it means.

use prometheus_client::registry::Registry;
use serde_json::json;

use super::context::Context;
use crate::exit::{Exit, Failure};
use crate::output::Format;
use crate::telemetry::{self, process};

/// Lists them.
pub fn run(mut context: Context) -> Result<Exit, Failure> {
    let mut registry = Registry::default();
    process::register(&mut registry);
    telemetry::register(registry.sub_registry_with_prefix("flockwork"));
    engine::Metrics::default().register(registry.sub_registry_with_prefix("flockwork"));
    let metrics = web::list_metrics(registry);
    if context.out.format == Format::Json {
        for one in &metrics {
            let line = json!({ "name": one.name, "kind": one.kind, "meaning": one.meaning });
            context.out.json(&line)?;
        }
        return Ok(Exit::Success);
    }
    let rows = metrics.into_iter().map(|one| vec![one.name, one.kind, one.meaning]).collect();
    context.out.table(&["name", "kind", "meaning"], rows, &[])?;
    Ok(Exit::Success)
}

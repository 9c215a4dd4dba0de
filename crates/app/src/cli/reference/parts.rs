//! The parts of the reference: each a table that is made of what the code itself uses.

use std::path::PathBuf;

use clap::ValueEnum;
use domain::model::{AlertRule, HAPPENINGS};
use domain::rules::alerts::way;
use prometheus_client::registry::Registry;

use crate::telemetry::{self, EVENTS, FIELDS, SPANS, process};

/// A kind of thing that is told to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// What `/metrics` shows to monitors.
    Metrics,
    /// What people are told, what to do then, and when it is over.
    Alerts,
    /// What webhooks are told.
    Events,
    /// Lines of the log that have a name.
    LogEvents,
    /// What stands in a line of the log.
    LogFields,
    /// What a collector of traces is told.
    Spans,
}

/// A column: what JSON calls it, and what people do.
pub struct Column {
    /// The key in JSON.
    pub key: &'static str,
    /// The head of the column.
    pub head: &'static str,
}

const fn column(key: &'static str, head: &'static str) -> Column {
    Column { key, head }
}

const NAME: Column = column("name", "name");
const MEANING: Column = column("meaning", "meaning");

impl Part {
    /// What JSON and the command line call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Metrics => "metrics",
            Self::Alerts => "alerts",
            Self::Events => "events",
            Self::LogEvents => "log-events",
            Self::LogFields => "log-fields",
            Self::Spans => "spans",
        }
    }

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Metrics => "Metrics",
            Self::Alerts => "Alerts",
            Self::Events => "Events",
            Self::LogEvents => "Events of the log",
            Self::LogFields => "Fields of the log",
            Self::Spans => "Spans",
        }
    }

    /// A sentence about it, and the document that has more.
    pub fn about(self) -> (&'static str, &'static str) {
        match self {
            Self::Metrics => ("What `/metrics` shows to monitors.", "monitoring.md"),
            Self::Alerts => {
                ("What people are told, what to do then, and when it is over.", "alerts.md")
            }
            Self::Events => ("What webhooks are told.", "alerts.md"),
            Self::LogEvents => (
                "Lines of the log that programs may wait for: the name in the field `event` stays although \
                 their words change.",
                "logs-and-traces.md",
            ),
            Self::LogFields => ("What stands in a line of the log.", "logs-and-traces.md"),
            Self::Spans => ("What a collector of traces is told.", "logs-and-traces.md"),
        }
    }

    /// What is said of each; the first column is the name.
    pub fn columns(self) -> &'static [Column] {
        const METRICS: &[Column] = &[NAME, column("kind", "kind"), MEANING];
        const ALERTS: &[Column] =
            &[NAME, MEANING, column("to_do", "what to do"), column("ends", "it ends")];
        const LOG_EVENTS: &[Column] = &[NAME, column("level", "level"), MEANING];
        const PLAIN: &[Column] = &[NAME, MEANING];
        match self {
            Self::Metrics => METRICS,
            Self::Alerts => ALERTS,
            Self::LogEvents => LOG_EVENTS,
            Self::Events | Self::LogFields | Self::Spans => PLAIN,
        }
    }

    /// All of them, a cell for each column.
    pub fn rows(self) -> Vec<Vec<String>> {
        let row = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        match self {
            Self::Metrics => metrics(),
            Self::Alerts => AlertRule::ALL
                .iter()
                .map(|rule| {
                    let way = way(*rule);
                    row(&[rule.as_str(), rule.explain(), way.to_do, way.ends])
                })
                .collect(),
            Self::Events => {
                let mut rows: Vec<Vec<String>> =
                    HAPPENINGS.iter().map(|one| row(&[one.word, one.meaning])).collect();
                // Several things inside may be one outside.
                rows.dedup();
                rows
            }
            Self::LogEvents => {
                EVENTS.iter().map(|one| row(&[one.name, one.level, one.meaning])).collect()
            }
            Self::LogFields => FIELDS.iter().map(|one| row(&[one.name, one.meaning])).collect(),
            Self::Spans => SPANS.iter().map(|one| row(&[one.name, one.meaning])).collect(),
        }
    }
}

/// Those of a node, as `/metrics` itself says them.
fn metrics() -> Vec<Vec<String>> {
    let mut registry = Registry::default();
    process::register(&mut registry);
    process::register_database(&mut registry, PathBuf::new());
    store::register_statements(registry.sub_registry_with_prefix("flockwork"));
    telemetry::register(registry.sub_registry_with_prefix("flockwork"));
    engine::Metrics::default().register(registry.sub_registry_with_prefix("flockwork"));
    let lines = web::list_metrics(registry).into_iter();
    lines.map(|one| vec![one.name, one.kind, one.meaning]).collect()
}

//! What the database was asked, for a collector of traces: the kind of statement and the table, never a
//! value; nothing is made of it where nobody collects (`app/src/telemetry`). And how long that took, for
//! monitors, of this process alone.

use std::sync::LazyLock;
use std::time::Instant;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tracing::Instrument as _;

use crate::dialect::Sql;

/// What OpenTelemetry calls the engines.
pub(crate) const SQLITE: &str = "sqlite";
pub(crate) const POSTGRES: &str = "postgresql";

/// Bounds in seconds: a read of a small file takes microseconds, and a server is given up after some
/// seconds.
const TAKES: [f64; 10] = [0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];

const KINDS: [&str; 6] = ["SELECT", "INSERT", "UPDATE", "DELETE", "BEGIN", "COMMIT"];

static STATEMENTS: LazyLock<Statements> = LazyLock::new(|| {
    let took = Family::new_with_constructor((|| Histogram::new(TAKES)) as fn() -> Histogram);
    for kind in KINDS {
        drop(took.get_or_create(&Kind { kind }));
    }
    Statements { took, running: Gauge::default() }
});

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

struct Statements {
    took: Family<Kind, Histogram, fn() -> Histogram>,
    running: Gauge,
}

/// Makes what statements take part of what `/metrics` shows.
pub fn register(registry: &mut Registry) {
    registry.register_with_unit(
        "database_statement_duration",
        "How long statements took, with the wait for their connection or their turn, by what they do",
        Unit::Seconds,
        STATEMENTS.took.clone(),
    );
    registry.register(
        "database_statements_running",
        "Statements that hold a connection or wait for one",
        STATEMENTS.running.clone(),
    );
}

/// A statement on its way; counted when it ends, or is given up.
struct Running {
    kind: &'static str,
    since: Instant,
}

impl Running {
    #[expect(
        clippy::disallowed_methods,
        reason = "nothing is decided by it: monitors alone see it"
    )]
    fn begin(kind: &'static str) -> Self {
        STATEMENTS.running.inc();
        Self { kind, since: Instant::now() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let took = self.since.elapsed().as_secs_f64();
        STATEMENTS.took.get_or_create(&Kind { kind: self.kind }).observe(took);
        STATEMENTS.running.dec();
    }
}

async fn timed<T>(kind: &'static str, work: impl Future<Output = T>) -> T {
    let _running = Running::begin(kind);
    work.await
}

/// Work that is told.
pub(crate) trait Traced: Future + Send + Sized {
    /// As that statement, on that engine.
    fn told(
        self,
        sql: &'static Sql,
        system: &'static str,
    ) -> impl Future<Output = Self::Output> + Send {
        let span = tracing::debug_span!(
            target: "trace",
            "sql",
            otel.name = %format_args!("{} {}", sql.kind(), sql.table),
            otel.kind = "client",
            db.system.name = system,
            db.operation.name = sql.kind(),
            db.collection.name = sql.table,
        );
        timed(sql.kind(), self.instrument(span))
    }

    /// As the beginning or the end of a transaction.
    fn told_as(
        self,
        word: &'static str,
        system: &'static str,
    ) -> impl Future<Output = Self::Output> + Send {
        let span = tracing::debug_span!(
            target: "trace",
            "sql",
            otel.name = word,
            otel.kind = "client",
            db.system.name = system,
            db.operation.name = word,
        );
        timed(word, self.instrument(span))
    }
}

impl<T: Future + Send> Traced for T {}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::prometheus_text::encode;

    use super::*;

    fn shown() -> String {
        let mut registry = Registry::default();
        register(&mut registry);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        text
    }

    fn number(line: &str) -> f64 {
        let text = shown();
        let found = text.lines().find_map(|one| one.strip_prefix(line));
        found.unwrap_or_else(|| panic!("no {line} in {text}")).trim().parse().unwrap()
    }

    #[test]
    fn what_is_given_up_is_counted_and_runs_no_more() {
        let count = r#"database_statement_duration_seconds_count{kind="DELETE"}"#;
        let (before, running) = (number(count), number("database_statements_running "));
        let statement = Running::begin("DELETE");
        assert!(number("database_statements_running ") >= 1.0);
        drop(statement);
        assert!(number(count) > before, "{running} ran before");
        for kind in KINDS {
            number(&format!(r#"database_statement_duration_seconds_count{{kind="{kind}"}}"#));
        }
    }
}

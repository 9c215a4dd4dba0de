//! What the database was asked, for a collector of traces: the kind of statement and the table, never a
//! value. Nothing is made of it where nobody collects (`app/src/telemetry`).

use tracing::instrument::{Instrument, Instrumented};

use crate::dialect::Sql;

/// What OpenTelemetry calls the engines.
pub(crate) const SQLITE: &str = "sqlite";
pub(crate) const POSTGRES: &str = "postgresql";

/// Work that is told.
pub(crate) trait Traced: Instrument {
    /// As that statement, on that engine.
    fn told(self, sql: &'static Sql, system: &'static str) -> Instrumented<Self> {
        let span = tracing::debug_span!(
            target: "trace",
            "sql",
            otel.name = %format_args!("{} {}", sql.kind(), sql.table),
            otel.kind = "client",
            db.system.name = system,
            db.operation.name = sql.kind(),
            db.collection.name = sql.table,
        );
        self.instrument(span)
    }

    /// As the beginning or the end of a transaction.
    fn told_as(self, word: &'static str, system: &'static str) -> Instrumented<Self> {
        let span = tracing::debug_span!(
            target: "trace",
            "sql",
            otel.name = word,
            otel.kind = "client",
            db.system.name = system,
            db.operation.name = word,
        );
        self.instrument(span)
    }
}

impl<T: Instrument> Traced for T {}

//! A PostgreSQL server.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Executor as _, PgConnection, Row as _};

use super::tables::demand_all;
use super::{OpenError, steps};
use crate::db::{Db, Engine};
use crate::news::{News, Server};
use crate::timeline::Newest;

const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Said first on every connection, and not as a start parameter: poolers refuse those.
const MANNERS: &str = "SET statement_timeout = '5s'; \
     SET idle_in_transaction_session_timeout = '30s'; \
     SET synchronous_commit = 'on'";

/// Looks by which a pooler is recognised; one is enough while nobody else uses it.
const LOOKS: u32 = 4;

/// Opens the pool and brings the schema up to date, on a connection of its own: building an index
/// may take longer than any statement of ours should.
pub(super) async fn open(url: &str, connections_max: u32) -> Result<Db, OpenError> {
    let options = options(url)?;
    let place = describe(&options);
    let unreachable = |error: sqlx::Error| OpenError::Unreachable {
        place: place.clone(),
        detail: error.to_string(),
    };
    let mut connection = options.connect().await.map_err(unreachable)?;
    if is_pooled(&mut connection, &options).await.map_err(unreachable)? {
        return Err(OpenError::Pooled { place });
    }
    // Not `run`, whose lifetimes keep the whole future from being sent to another thread.
    steps::POSTGRES
        .run_direct(None, &mut connection, false)
        .await
        .map_err(|error| steps::refused(&error, place.clone()))?;
    let there = tables(&mut connection).await.map_err(unreachable)?;
    demand_all(&there, &place)?;
    connection.close().await.map_err(unreachable)?;
    let newest: Arc<Newest> = Arc::default();
    let listening = pool(1, &newest).max_lifetime(None).idle_timeout(None);
    let news = News::from(listening.connect_lazy_with(options.clone()));
    let pool = pool(connections_max, &newest).connect_lazy_with(options);
    Ok(Db {
        engine: Engine::Postgres(Arc::new(Server { pool, news, newest })),
        file: None,
        act: None,
        ring: Arc::default(),
    })
}

/// Connections to a server that is not older than one seen before.
fn pool(connections: u32, newest: &Arc<Newest>) -> PgPoolOptions {
    let newest = newest.clone();
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(move |connection, _| {
            let newest = newest.clone();
            Box::pin(async move {
                connection.execute(MANNERS).await?;
                newest.admit_server(connection).await
            })
        })
}

/// Whether a pooler deals out sessions by the transaction (fault 33): then two connections that are
/// both open share one, or one has a different one from time to time. Asked in the simplest way, since
/// prepared statements may be what does not work.
async fn is_pooled(
    one: &mut PgConnection,
    options: &PgConnectOptions,
) -> Result<bool, sqlx::Error> {
    let mut other = options.connect().await?;
    let first = session(one).await?;
    let mut is_pooled = false;
    for _ in 0..LOOKS {
        is_pooled |= session(&mut other).await? == first || session(one).await? != first;
    }
    other.close().await?;
    Ok(is_pooled)
}

async fn session(connection: &mut PgConnection) -> Result<String, sqlx::Error> {
    let row = sqlx::raw_sql("SELECT CAST(pg_backend_pid() AS TEXT)").fetch_one(connection).await?;
    row.try_get(0)
}

/// The address, understood.
pub(super) fn options(url: &str) -> Result<PgConnectOptions, OpenError> {
    let options = PgConnectOptions::from_str(url).map_err(|error| OpenError::Unreachable {
        place: "the server of DATABASE_URL".to_owned(),
        detail: error.to_string(),
    })?;
    // Poolers do not take the parameter, and floating-point numbers travel in binary.
    let options = options.application_name("flockwork").extra_float_digits(None);
    Ok(options.disable_statement_logging())
}

/// Those that an unqualified name reaches.
async fn tables(connection: &mut PgConnection) -> Result<BTreeSet<String>, sqlx::Error> {
    let names: Vec<(String,)> = sqlx::query_as(
        "SELECT tablename::text FROM pg_catalog.pg_tables
         WHERE schemaname = ANY(current_schemas(false))",
    )
    .fetch_all(connection)
    .await?;
    Ok(names.into_iter().map(|(name,)| name).collect())
}

/// The server, without a password.
pub(super) fn describe(options: &PgConnectOptions) -> String {
    let host = options
        .get_socket()
        .map_or_else(|| options.get_host().to_owned(), |socket| socket.display().to_string());
    let database = options.get_database().unwrap_or_else(|| options.get_username());
    format!("postgres://{host}:{}/{database}", options.get_port())
}

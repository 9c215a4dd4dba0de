//! A PostgreSQL server.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection};

use super::tables::demand_all;
use super::{OpenError, migration_error};
use crate::db::{Db, Engine};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

const CONNECTIONS_MAX: u32 = 10;
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens the pool and brings the schema up to date, on a connection of its own: building an index
/// may take longer than any statement of ours should.
pub(super) async fn open(url: &str) -> Result<Db, OpenError> {
    let options = options(url)?;
    let place = describe(&options);
    let unreachable = |error: sqlx::Error| OpenError::Unreachable {
        place: place.clone(),
        detail: error.to_string(),
    };
    let mut connection = options.connect().await.map_err(unreachable)?;
    MIGRATIONS
        .run(&mut connection)
        .await
        .map_err(|error| migration_error(&error, &MIGRATIONS, place.clone()))?;
    let there = tables(&mut connection).await.map_err(unreachable)?;
    demand_all(&there, &place)?;
    connection.close().await.map_err(unreachable)?;
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS_MAX)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_lazy_with(options.options([
            ("statement_timeout", "5s"),
            ("idle_in_transaction_session_timeout", "30s"),
            ("synchronous_commit", "on"),
        ]));
    Ok(Db { engine: Engine::Postgres(pool), file: None })
}

/// The address, understood.
pub(super) fn options(url: &str) -> Result<PgConnectOptions, OpenError> {
    let options = PgConnectOptions::from_str(url).map_err(|error| OpenError::Unreachable {
        place: "the server of DATABASE_URL".to_owned(),
        detail: error.to_string(),
    })?;
    Ok(options.application_name("flockwork").disable_statement_logging())
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
fn describe(options: &PgConnectOptions) -> String {
    let host = options
        .get_socket()
        .map_or_else(|| options.get_host().to_owned(), |socket| socket.display().to_string());
    let database = options.get_database().unwrap_or_else(|| options.get_username());
    format!("postgres://{host}:{}/{database}", options.get_port())
}

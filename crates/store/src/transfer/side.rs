//! One side of a move: a transaction that nobody else comes between, on either engine.

use std::pin::Pin;

use domain::ports::store::StoreError;
use futures_util::stream::{Stream, StreamExt as _};
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Executor as _, Postgres, QueryBuilder, Row, Sqlite};

use super::columns::{Column, Kind, Table};
use super::sum::{Sum, Value};
use crate::db::{Db, Tx};
use crate::fault::{Fault, classify};

/// Rows in memory, and in one statement.
const BATCH_ROWS: usize = 500;

/// An open transaction on one of the two.
pub(super) struct Side {
    tx: Tx,
}

/// Rows as they come, in the order of their keys.
pub(super) struct Rows<'a>(Pin<Box<dyn Stream<Item = Result<Vec<Value>, StoreError>> + Send + 'a>>);

impl Rows<'_> {
    /// The next few; none at the end.
    pub(super) async fn next_batch(&mut self) -> Result<Vec<Vec<Value>>, StoreError> {
        let mut batch = Vec::new();
        while batch.len() < BATCH_ROWS {
            match self.0.next().await {
                Some(row) => batch.push(row?),
                None => break,
            }
        }
        Ok(batch)
    }
}

/// The same words to whichever engine it is; the names in them are those of our own schema.
macro_rules! execute {
    ($side:expr, $sql:expr $(, $bound:expr)*) => {{
        let sql = AssertSqlSafe($sql);
        match &mut $side.tx {
            Tx::Sqlite(tx) => {
                sqlx::query(sql)$(.bind($bound))*.execute(&mut **tx).await.map(|_| ())
            }
            Tx::Postgres(lent) => {
                let connection = lent.connection().map_err(Fault::into_error)?;
                sqlx::query(sql)$(.bind($bound))*.execute(connection).await.map(|_| ())
            }
        }
        .map_err(|error| failed("(move)", &error))
    }};
}

macro_rules! ask {
    ($side:expr, $sql:expr $(, $bound:expr)*) => {{
        let sql = AssertSqlSafe($sql);
        match &mut $side.tx {
            Tx::Sqlite(tx) => {
                sqlx::query_as(sql)$(.bind($bound))*.fetch_optional(&mut **tx).await
            }
            Tx::Postgres(lent) => {
                let connection = lent.connection().map_err(Fault::into_error)?;
                sqlx::query_as(sql)$(.bind($bound))*.fetch_optional(connection).await
            }
        }
        .map_err(|error| failed("(move)", &error))
    }};
}

impl Side {
    /// Begins, and keeps everybody else from writing until the end.
    pub(super) async fn begin(db: &Db, tables: &[Table]) -> Result<Self, StoreError> {
        let mut side = Self { tx: db.begin().await.map_err(Fault::into_error)? };
        if matches!(side.tx, Tx::Postgres(_)) {
            // This may take longer than any statement of a node.
            for setting in ["statement_timeout", "idle_in_transaction_session_timeout"] {
                execute!(side, format!("SET LOCAL {setting} = 0"))?;
            }
            let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
            execute!(side, format!("LOCK TABLE {} IN EXCLUSIVE MODE", names.join(", ")))?;
        }
        Ok(side)
    }

    /// A node whose lease is live. Of a file the lock tells, which is held by whoever asks.
    pub(super) async fn live_node(&mut self, now: Timestamp) -> Result<Option<String>, StoreError> {
        if matches!(self.tx, Tx::Sqlite(_)) {
            return Ok(None);
        }
        let sql = "SELECT node FROM nodes WHERE ended_at IS NULL AND expires_at > $1 LIMIT 1";
        let row: Option<(String,)> = ask!(self, sql.to_owned(), now.as_millisecond())?;
        Ok(row.map(|(node,)| node))
    }

    /// The first table that has rows; those of `meta` are made with it.
    pub(super) async fn first_with_rows(
        &mut self,
        tables: &[Table],
    ) -> Result<Option<String>, StoreError> {
        for table in tables.iter().filter(|table| table.name != "meta") {
            let sql = format!("SELECT 1 FROM {} LIMIT 1", table.name);
            let row: Option<(i32,)> = ask!(self, sql)?;
            if row.is_some() {
                return Ok(Some(table.name.clone()));
            }
        }
        Ok(None)
    }

    /// What a new database says of itself is not what the moved one says.
    pub(super) async fn forget_meta(&mut self) -> Result<(), StoreError> {
        execute!(self, "DELETE FROM meta".to_owned())
    }

    /// All rows of a table.
    pub(super) fn rows<'a>(&'a mut self, table: &'a Table) -> Result<Rows<'a>, StoreError> {
        let (columns, key) = (table.column_list(), table.key.join(", "));
        let sql = format!("SELECT {columns} FROM {}{} ORDER BY {key}", table.name, table.filter());
        let sql = AssertSqlSafe(sql);
        match &mut self.tx {
            Tx::Sqlite(tx) => {
                let rows = sqlx::query(sql).fetch(&mut **tx);
                Ok(Rows(Box::pin(rows.map(|row| read::<SqliteRow>(row, table)))))
            }
            Tx::Postgres(lent) => {
                let rows = sqlx::query(sql).fetch(lent.connection().map_err(Fault::into_error)?);
                Ok(Rows(Box::pin(rows.map(|row| read::<PgRow>(row, table)))))
            }
        }
    }

    /// The sum of all rows of a table.
    pub(super) async fn sum(&mut self, table: &Table) -> Result<Sum, StoreError> {
        let (mut rows, mut sum) = (self.rows(table)?, Sum::default());
        loop {
            let batch = rows.next_batch().await?;
            if batch.is_empty() {
                return Ok(sum);
            }
            for row in &batch {
                sum.add(row);
            }
        }
    }

    pub(super) async fn insert(
        &mut self,
        table: &Table,
        rows: Vec<Vec<Value>>,
    ) -> Result<(), StoreError> {
        let into = format!("INSERT INTO {} ({}) ", table.name, table.column_list());
        match &mut self.tx {
            Tx::Sqlite(tx) => {
                filled::<Sqlite>(into, rows).build().execute(&mut **tx).await.map(|_| ())
            }
            Tx::Postgres(lent) => {
                let connection = lent.connection().map_err(Fault::into_error)?;
                filled::<Postgres>(into, rows).build().execute(connection).await.map(|_| ())
            }
        }
        .map_err(|error| failed("(move)", &error))
    }

    /// Goes on counting where the other side stopped: a number that was given once, to a fence above
    /// all, is never given again.
    pub(super) async fn take_numbers_from(
        &mut self,
        other: &mut Self,
        tables: &[Table],
    ) -> Result<(), StoreError> {
        for table in tables.iter().filter(|table| table.is_numbered) {
            let Some(last) = other.last_number(table).await? else { continue };
            let name = &table.name;
            if matches!(self.tx, Tx::Sqlite(_)) {
                execute!(self, format!("DELETE FROM sqlite_sequence WHERE name = '{name}'"))?;
                let insert = "INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)";
                execute!(self, insert.to_owned(), name, last)?;
            } else {
                execute!(self, format!("SELECT setval({}, $1)", sequence(table)), last)?;
            }
        }
        Ok(())
    }

    /// The last number that a table gave, if it gave any.
    async fn last_number(&mut self, table: &Table) -> Result<Option<i64>, StoreError> {
        let sql = if matches!(self.tx, Tx::Sqlite(_)) {
            format!("SELECT seq FROM sqlite_sequence WHERE name = '{}'", table.name)
        } else {
            format!("SELECT pg_sequence_last_value({})", sequence(table))
        };
        let row: Option<(Option<i64>,)> = ask!(self, sql)?;
        Ok(row.and_then(|(last,)| last))
    }

    /// A move takes a while, and its source may be an old copy: every bot reads its timeline first.
    /// No node of the other place is alive here.
    pub(super) async fn doubt_history(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let marked = crate::lost::mark(&mut self.tx, now.as_millisecond()).await;
        marked.map(|_| ()).map_err(Fault::into_error)
    }

    /// Says in this side that it lives on in the other place.
    pub(super) async fn mark_moved(&mut self, to: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO meta (key, value) VALUES ('moved_to', $1)
                   ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        execute!(self, sql.to_owned(), to)
    }

    /// Makes it durable, however long it takes.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        let done = match self.tx {
            Tx::Sqlite(tx) => tx.commit().await,
            Tx::Postgres(mut lent) => {
                let connection = lent.connection().map_err(Fault::into_error)?;
                let done = connection.execute("COMMIT").await.map(|_| ());
                lent.give_back();
                done
            }
        };
        done.map_err(|error| match error {
            sqlx::Error::Database(_) => failed("(commit)", &error),
            error => StoreError::NotDurable(error.to_string()),
        })
    }
}

/// The sequence behind a table's numbers.
fn sequence(table: &Table) -> String {
    let key = table.key.first().map_or("id", String::as_str);
    format!("CAST(pg_get_serial_sequence('{}', '{key}') AS regclass)", table.name)
}

fn filled<DB>(into: String, rows: Vec<Vec<Value>>) -> QueryBuilder<DB>
where
    DB: sqlx::Database,
    Option<i64>: sqlx::Type<DB> + for<'q> sqlx::Encode<'q, DB>,
    Option<f64>: sqlx::Type<DB> + for<'q> sqlx::Encode<'q, DB>,
    Option<String>: sqlx::Type<DB> + for<'q> sqlx::Encode<'q, DB>,
{
    let mut query = QueryBuilder::new(into);
    query.push_values(rows, |mut bound, row| {
        for value in row {
            match value {
                Value::Int(value) => bound.push_bind(value),
                Value::Real(value) => bound.push_bind(value),
                Value::Text(value) => bound.push_bind(value),
            };
        }
    });
    query
}

/// A row as values.
fn read<R>(row: Result<R, sqlx::Error>, table: &Table) -> Result<Vec<Value>, StoreError>
where
    R: Row,
    usize: sqlx::ColumnIndex<R>,
    Option<i64>: for<'r> sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    Option<f64>: for<'r> sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    Option<String>: for<'r> sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    let row = row.map_err(|error| failed("(move)", &error))?;
    let values = table.columns.iter().enumerate().map(|(place, Column { kind, .. })| match kind {
        Kind::Int => row.try_get(place).map(Value::Int),
        Kind::Real => row.try_get(place).map(Value::Real),
        Kind::Text => row.try_get(place).map(Value::Text),
    });
    let values: Result<Vec<Value>, sqlx::Error> = values.collect();
    values.map_err(|error| StoreError::Failed(format!("{}: {error}", table.name)))
}

fn failed(table: &'static str, error: &sqlx::Error) -> StoreError {
    classify(table, error).into_error()
}

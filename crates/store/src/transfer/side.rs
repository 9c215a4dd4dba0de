//! One side of a move: a transaction that nobody else comes between, on either engine.

use domain::ports::store::StoreError;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params_from_iter};
use sqlx::{AssertSqlSafe, Executor as _, Postgres, QueryBuilder};

use super::columns::{Kind, Table};
use super::stream::{Rows, Values};
use super::sum::Sum;
use super::value::Value;
use crate::db::{Db, On, Tx};
use crate::fault::{Fault, classify, classify_file};

/// An open transaction on one of the two.
pub(super) struct Side {
    tx: Tx,
}

impl Side {
    /// Begins, and keeps everybody else from writing until the end.
    pub(super) async fn begin(db: &Db, tables: &[Table]) -> Result<Self, StoreError> {
        let mut side = Self { tx: db.begin().await.map_err(Fault::into_error)? };
        if matches!(side.tx.on, On::Postgres(_)) {
            // This may take longer than any statement of a node.
            for setting in ["statement_timeout", "idle_in_transaction_session_timeout"] {
                side.execute(format!("SET LOCAL {setting} = 0"), Vec::new()).await?;
            }
            let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
            let lock = format!("LOCK TABLE {} IN EXCLUSIVE MODE", names.join(", "));
            side.execute(lock, Vec::new()).await?;
        }
        Ok(side)
    }

    /// A node whose lease is live. Of a file the lock tells, which is held by whoever asks.
    pub(super) async fn live_node(&mut self, now: Timestamp) -> Result<Option<String>, StoreError> {
        if matches!(self.tx.on, On::Sqlite(_)) {
            return Ok(None);
        }
        let sql = "SELECT node FROM nodes WHERE ended_at IS NULL AND expires_at > $1 LIMIT 1";
        let now = Value::Int(Some(now.as_millisecond()));
        match self.ask(sql.to_owned(), vec![now], Kind::Text).await? {
            Some(Value::Text(node)) => Ok(node),
            Some(Value::Int(_) | Value::Real(_)) | None => Ok(None),
        }
    }

    /// The first table that has rows; those of `meta` are made with it.
    pub(super) async fn first_with_rows(
        &mut self,
        tables: &[Table],
    ) -> Result<Option<String>, StoreError> {
        for table in tables.iter().filter(|table| table.name != "meta") {
            let sql = format!("SELECT CAST(1 AS BIGINT) FROM {} LIMIT 1", table.name);
            if self.ask(sql, Vec::new(), Kind::Int).await?.is_some() {
                return Ok(Some(table.name.clone()));
            }
        }
        Ok(None)
    }

    /// What a new database says of itself is not what the moved one says.
    pub(super) async fn forget_meta(&mut self) -> Result<(), StoreError> {
        self.execute("DELETE FROM meta".to_owned(), Vec::new()).await
    }

    /// All rows of a table.
    pub(super) fn rows<'a>(&'a mut self, table: &'a Table) -> Result<Rows<'a>, StoreError> {
        let (columns, key) = (table.column_list(), table.key.join(", "));
        let sql = format!("SELECT {columns} FROM {}{} ORDER BY {key}", table.name, table.filter());
        match &mut self.tx.on {
            On::Sqlite(turn) => Ok(Rows::of_file(turn, sql, table)),
            On::Postgres(lent) => Rows::of_server(lent, sql, table),
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
        rows: Vec<Values>,
    ) -> Result<(), StoreError> {
        let into = format!("INSERT INTO {} ({}) ", table.name, table.column_list());
        match &mut self.tx.on {
            On::Sqlite(turn) => {
                let places: Vec<String> =
                    (1..=table.columns.len()).map(|n| format!("?{n}")).collect();
                let sql = format!("{into}VALUES ({})", places.join(", "));
                let insert = move |file: &Connection| insert_each(file, &sql, &rows);
                turn.ask(insert).await.map_err(Fault::into_error)
            }
            On::Postgres(lent) => {
                let connection = lent.connection().map_err(Fault::into_error)?;
                let done = filled(into, rows).build().execute(connection).await.map(|_| ());
                done.map_err(|error| failed("(move)", &error))
            }
        }
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
            if matches!(self.tx.on, On::Sqlite(_)) {
                let delete = format!("DELETE FROM sqlite_sequence WHERE name = '{name}'");
                self.execute(delete, Vec::new()).await?;
                let insert =
                    format!("INSERT INTO sqlite_sequence (name, seq) VALUES ('{name}', $1)");
                self.execute(insert, vec![Value::Int(Some(last))]).await?;
            } else {
                let set = format!("SELECT setval({}, $1)", sequence(table));
                self.execute(set, vec![Value::Int(Some(last))]).await?;
            }
        }
        Ok(())
    }

    /// The last number that a table gave, if it gave any.
    async fn last_number(&mut self, table: &Table) -> Result<Option<i64>, StoreError> {
        let sql = if matches!(self.tx.on, On::Sqlite(_)) {
            format!("SELECT seq FROM sqlite_sequence WHERE name = '{}'", table.name)
        } else {
            format!("SELECT pg_sequence_last_value({})", sequence(table))
        };
        match self.ask(sql, Vec::new(), Kind::Int).await? {
            Some(Value::Int(last)) => Ok(last),
            Some(Value::Real(_) | Value::Text(_)) | None => Ok(None),
        }
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
        self.execute(sql.to_owned(), vec![Value::Text(Some(to.to_owned()))]).await
    }

    /// Makes it durable, however long it takes.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        match self.tx.on {
            On::Sqlite(turn) => turn.commit().await.map_err(Fault::into_error),
            On::Postgres(mut lent) => {
                let connection = lent.connection().map_err(Fault::into_error)?;
                let done = connection.execute("COMMIT").await.map(|_| ());
                lent.give_back();
                done.map_err(|error| match error {
                    sqlx::Error::Database(_) => failed("(commit)", &error),
                    error => StoreError::NotDurable(error.to_string()),
                })
            }
        }
    }

    /// The first column of the first row; the names in the text are those of our own schema.
    async fn ask(
        &mut self,
        sql: String,
        args: Vec<Value>,
        kind: Kind,
    ) -> Result<Option<Value>, StoreError> {
        match &mut self.tx.on {
            On::Sqlite(turn) => {
                let asked = move |file: &Connection| {
                    let row = file.query_row(&sql, params_from_iter(args), |row| {
                        Value::of_file(row, 0, kind)
                    });
                    row.optional().map_err(|error| classify_file("(move)", &error))
                };
                turn.ask(asked).await.map_err(Fault::into_error)
            }
            On::Postgres(lent) => {
                let connection = lent.connection().map_err(Fault::into_error)?;
                let query = args
                    .into_iter()
                    .fold(sqlx::query(AssertSqlSafe(sql)), |query, value| value.bind(query));
                let row = query.fetch_optional(connection).await;
                row.and_then(|row| row.map(|row| Value::of_server(&row, 0, kind)).transpose())
                    .map_err(|error| failed("(move)", &error))
            }
        }
    }

    /// Runs a text.
    async fn execute(&mut self, sql: String, args: Vec<Value>) -> Result<(), StoreError> {
        match &mut self.tx.on {
            On::Sqlite(turn) => {
                let run = move |file: &Connection| {
                    let done = file.execute(&sql, params_from_iter(args));
                    done.map(|_| ()).map_err(|error| classify_file("(move)", &error))
                };
                turn.ask(run).await.map_err(Fault::into_error)
            }
            On::Postgres(lent) => {
                let connection = lent.connection().map_err(Fault::into_error)?;
                let query = args
                    .into_iter()
                    .fold(sqlx::query(AssertSqlSafe(sql)), |query, value| value.bind(query));
                query
                    .execute(connection)
                    .await
                    .map(|_| ())
                    .map_err(|error| failed("(move)", &error))
            }
        }
    }
}

/// The sequence behind a table's numbers.
fn sequence(table: &Table) -> String {
    let key = table.key.first().map_or("id", String::as_str);
    format!("CAST(pg_get_serial_sequence('{}', '{key}') AS regclass)", table.name)
}

fn insert_each(file: &Connection, sql: &str, rows: &[Values]) -> Result<(), Fault> {
    let insert = || {
        let mut statement = file.prepare_cached(sql)?;
        rows.iter().try_for_each(|row| statement.execute(params_from_iter(row)).map(|_| ()))
    };
    insert().map_err(|error| classify_file("(move)", &error))
}

fn filled(into: String, rows: Vec<Values>) -> QueryBuilder<Postgres> {
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

fn failed(table: &'static str, error: &sqlx::Error) -> StoreError {
    classify(table, error).into_error()
}

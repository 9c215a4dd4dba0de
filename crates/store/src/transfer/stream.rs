//! The rows of a table as they come, in the order of their keys, some hundred at a time.

use std::pin::Pin;

use domain::ports::store::StoreError;
use futures_util::stream::{Stream, StreamExt as _};
use rusqlite::{Connection, Error};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgRow;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::columns::{Column, Table};
use super::value::Value;
use crate::fault::{Fault, classify, classify_file};
use crate::lent::Lent;
use crate::sqlite::{Line, Turn};

/// Rows in memory, and in one statement.
const BATCH_ROWS: usize = 500;

/// One row.
pub(super) type Values = Vec<Value>;

/// Rows that are still coming.
pub(super) enum Rows<'a> {
    File(Receiver<Result<Vec<Values>, StoreError>>),
    Server(Pin<Box<dyn Stream<Item = Result<Values, StoreError>> + Send + 'a>>),
}

impl<'a> Rows<'a> {
    /// Out of a file. Its thread waits while nobody takes what it read.
    pub(super) fn of_file(turn: &'a mut Turn, sql: String, table: &Table) -> Self {
        let (tell, told) = channel(1);
        let columns = table.columns.clone();
        turn.tell(move |line| read_through(line, &sql, &columns, &tell));
        Self::File(told)
    }

    /// Out of a server.
    pub(super) fn of_server(
        lent: &'a mut Lent,
        sql: String,
        table: &'a Table,
    ) -> Result<Self, StoreError> {
        let rows = sqlx::query(AssertSqlSafe(sql));
        let rows = rows.fetch(lent.connection().map_err(Fault::into_error)?);
        Ok(Self::Server(Box::pin(rows.map(|row| of_server(row, table)))))
    }

    /// The next few; none at the end.
    pub(super) async fn next_batch(&mut self) -> Result<Vec<Values>, StoreError> {
        match self {
            Self::File(told) => told.recv().await.unwrap_or_else(|| Err(cut_off())),
            Self::Server(rows) => {
                let mut batch = Vec::new();
                while batch.len() < BATCH_ROWS {
                    match rows.next().await {
                        Some(row) => batch.push(row?),
                        None => break,
                    }
                }
                Ok(batch)
            }
        }
    }
}

fn read_through(
    line: &mut Line,
    sql: &str,
    columns: &[Column],
    tell: &Sender<Result<Vec<Values>, StoreError>>,
) {
    let read = match line.connection() {
        Ok(connection) if connection.is_autocommit() => Err(cut_off()),
        Ok(connection) => read(connection, sql, columns, tell)
            .map_err(|error| classify_file("(move)", &error).into_error()),
        Err(error) => Err(classify_file("(move)", &error).into_error()),
    };
    // Nobody is there to hear the end only where nobody reads on.
    let _ = tell.blocking_send(read.map(|()| Vec::new()));
}

fn cut_off() -> StoreError {
    StoreError::Failed("the move was cut off; run it again".to_owned())
}

fn read(
    connection: &Connection,
    sql: &str,
    columns: &[Column],
    tell: &Sender<Result<Vec<Values>, StoreError>>,
) -> Result<(), Error> {
    let mut asked = connection.prepare(sql)?;
    let mut rows = asked.query([])?;
    let mut batch = Vec::new();
    while let Some(row) = rows.next()? {
        let values = columns.iter().enumerate();
        let values = values.map(|(place, column)| Value::of_file(row, place, column.kind));
        batch.push(values.collect::<Result<Values, Error>>()?);
        if batch.len() == BATCH_ROWS && tell.blocking_send(Ok(std::mem::take(&mut batch))).is_err()
        {
            return Ok(());
        }
    }
    if !batch.is_empty() {
        // Nobody is there to hear it only where nobody reads on.
        let _ = tell.blocking_send(Ok(batch));
    }
    Ok(())
}

fn of_server(row: Result<PgRow, sqlx::Error>, table: &Table) -> Result<Values, StoreError> {
    let row = row.map_err(|error| classify("(move)", &error).into_error())?;
    let values = table.columns.iter().enumerate();
    let values = values.map(|(place, column)| Value::of_server(&row, place, column.kind));
    values
        .collect::<Result<Values, sqlx::Error>>()
        .map_err(|error| StoreError::Failed(format!("{}: {error}", table.name)))
}

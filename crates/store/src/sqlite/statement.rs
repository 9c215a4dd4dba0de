//! How a text runs on a connection.

use rusqlite::types::{ToSql, ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, Error, Statement, params_from_iter};

use crate::db::Arg;
use crate::dialect::{FIRST_FIELD, Sql};
use crate::fault::{Fault, classify_file};
use crate::row::{Cells, Each, Row};

/// The first parameter is the batch, where there is one.
const SECOND: usize = 2;

/// A parameter that may go to another thread.
pub(crate) enum Bound {
    Int(Option<i64>),
    Text(Option<String>),
}

/// The parameters of a text.
pub(crate) fn bound(args: &[Arg<'_>]) -> Vec<Bound> {
    args.iter()
        .map(|arg| match *arg {
            Arg::Int(value) => Bound::Int(Some(value)),
            Arg::MaybeInt(value) => Bound::Int(value),
            Arg::Text(value) => Bound::Text(Some(value.to_owned())),
            Arg::MaybeText(value) => Bound::Text(value.map(str::to_owned)),
        })
        .collect()
}

impl ToSql for Bound {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, Error> {
        Ok(match self {
            Self::Int(Some(value)) => ToSqlOutput::Owned(Value::Integer(*value)),
            Self::Text(Some(text)) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Int(None) | Self::Text(None) => ToSqlOutput::Owned(Value::Null),
        })
    }
}

/// The rows that a text asks for or returns.
pub(crate) fn rows<T: Row>(
    connection: &Connection,
    sql: &'static Sql,
    args: &[Bound],
) -> Result<Vec<T>, Fault> {
    decoded(connection, sql, args, |cells| T::of(cells))
}

/// The rows of a text whose first column is their id.
pub(crate) fn each<T: Row>(
    connection: &Connection,
    sql: &'static Sql,
    args: &[Bound],
) -> Result<Vec<Each<T>>, Fault> {
    decoded(connection, sql, args, |cells| cells.each())
}

/// The rows that a text finds for each row of a batch.
pub(crate) fn rows_of_each<T: Row>(
    connection: &Connection,
    sql: &'static Sql,
    batch: &[Vec<Bound>],
    args: &[Bound],
) -> Result<Vec<T>, Fault> {
    let failed = |error: Error| classify_file(sql.table, &error);
    let mut statement = connection.prepare_cached(sql.for_sqlite()).map_err(failed)?;
    bind(&mut statement, SECOND, args).map_err(failed)?;
    let mut rows = Vec::new();
    for one in batch {
        bind(&mut statement, FIRST_FIELD, one).map_err(failed)?;
        let mut found = statement.raw_query();
        while let Some(row) = found.next().map_err(failed)? {
            rows.push(T::of(&mut Cells::of_file(sql.table, row))?);
        }
    }
    Ok(rows)
}

/// Runs a text for each row of a batch. Returns for each whether it touched a row, and then the number
/// of the row that was inserted last.
pub(crate) fn run_each(
    connection: &Connection,
    sql: &'static Sql,
    batch: &[Vec<Bound>],
    args: &[Bound],
) -> Result<Vec<Option<i64>>, Fault> {
    let run = || {
        let mut statement = connection.prepare_cached(sql.for_sqlite())?;
        bind(&mut statement, SECOND, args)?;
        let mut run_one = |one: &Vec<Bound>| {
            bind(&mut statement, FIRST_FIELD, one)?;
            let touched = statement.raw_execute()?;
            Ok((touched > 0).then(|| connection.last_insert_rowid()))
        };
        batch.iter().map(&mut run_one).collect::<Result<_, Error>>()
    };
    run().map_err(|error: Error| classify_file(sql.table, &error))
}

/// Parameters from the number `first` on. They stay until they are bound anew.
fn bind(statement: &mut Statement<'_>, first: usize, values: &[Bound]) -> Result<(), Error> {
    (first..)
        .zip(values)
        .try_for_each(|(number, value)| statement.raw_bind_parameter(number, value))
}

/// Runs a text; returns how many rows it touched.
pub(crate) fn run(
    connection: &Connection,
    sql: &'static Sql,
    args: &[Bound],
) -> Result<u64, Fault> {
    let touched = connection
        .prepare_cached(sql.for_sqlite())
        .and_then(|mut statement| statement.execute(params_from_iter(args)))
        .map_err(|error| classify_file(sql.table, &error))?;
    Ok(touched as u64)
}

fn decoded<T>(
    connection: &Connection,
    sql: &'static Sql,
    args: &[Bound],
    decode: impl Fn(&mut Cells<'_>) -> Result<T, domain::ports::store::StoreError>,
) -> Result<Vec<T>, Fault> {
    let failed = |error: Error| classify_file(sql.table, &error);
    let mut statement = connection.prepare_cached(sql.for_sqlite()).map_err(failed)?;
    let mut found = statement.query(params_from_iter(args)).map_err(failed)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next().map_err(failed)? {
        rows.push(decode(&mut Cells::of_file(sql.table, row))?);
    }
    Ok(rows)
}

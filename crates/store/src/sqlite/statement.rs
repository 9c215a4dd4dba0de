//! How a text runs on a connection.

use rusqlite::types::{ToSql, ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, Error, Statement, params_from_iter};

use crate::arg::Arg;
use crate::dialect::{FIRST_FIELD, Sql};
use crate::fault::{Fault, classify_file};

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

/// A row as it was found. Decoded where it is asked for: what crosses threads is always the same.
pub(crate) type Raw = Vec<Value>;

/// The rows that a text asks for or returns.
pub(crate) fn rows(
    connection: &Connection,
    sql: &'static Sql,
    args: &[Bound],
) -> Result<Vec<Raw>, Fault> {
    let find_all = || {
        let mut statement = connection.prepare_cached(sql.for_sqlite())?;
        sql.name_columns(|| names(&statement));
        for (number, value) in (1..).zip(args) {
            statement.raw_bind_parameter(number, value)?;
        }
        let mut rows = Vec::new();
        find(&mut statement, &mut rows)?;
        Ok(rows)
    };
    find_all().map_err(|error: Error| classify_file(sql.table, &error))
}

/// The rows that a text finds for each row of a batch.
pub(crate) fn rows_of_each(
    connection: &Connection,
    sql: &'static Sql,
    batch: &[Vec<Bound>],
    args: &[Bound],
) -> Result<Vec<Raw>, Fault> {
    let find_all = || {
        let mut statement = connection.prepare_cached(sql.for_sqlite())?;
        sql.name_columns(|| names(&statement));
        bind(&mut statement, SECOND, args)?;
        let mut rows = Vec::new();
        for one in batch {
            bind(&mut statement, FIRST_FIELD, one)?;
            find(&mut statement, &mut rows)?;
        }
        Ok(rows)
    };
    find_all().map_err(|error: Error| classify_file(sql.table, &error))
}

fn names(statement: &Statement<'_>) -> Vec<String> {
    statement.column_names().into_iter().map(str::to_owned).collect()
}

fn find(statement: &mut Statement<'_>, rows: &mut Vec<Raw>) -> Result<(), Error> {
    let columns = statement.column_count();
    let mut found = statement.raw_query();
    while let Some(row) = found.next()? {
        rows.push(
            (0..columns).map(|place| row.get_ref(place).map(value)).collect::<Result<_, _>>()?,
        );
    }
    Ok(())
}

/// SQLite does not look whether a text is one; what is none is kept as its bytes.
fn value(found: ValueRef<'_>) -> Value {
    match found {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => Value::Blob(bytes.to_vec()),
        },
    }
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

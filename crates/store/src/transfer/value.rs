//! What stands in one column of one row, for both engines.

use rusqlite::types::{ToSql, ToSqlOutput, Value as FileValue, ValueRef};
use sqlx::Postgres;
use sqlx::Row as _;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;

use super::columns::Kind;

/// A value, or none.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Int(Option<i64>),
    Real(Option<f64>),
    Text(Option<String>),
}

impl Value {
    /// The column at `place` of a row of a file.
    pub(super) fn of_file(
        row: &rusqlite::Row<'_>,
        place: usize,
        kind: Kind,
    ) -> Result<Self, rusqlite::Error> {
        match kind {
            Kind::Int => row.get(place).map(Self::Int),
            Kind::Real => row.get(place).map(Self::Real),
            Kind::Text => row.get(place).map(Self::Text),
        }
    }

    /// The column at `place` of a row of a server.
    pub(super) fn of_server(row: &PgRow, place: usize, kind: Kind) -> Result<Self, sqlx::Error> {
        match kind {
            Kind::Int => row.try_get(place).map(Self::Int),
            Kind::Real => row.try_get(place).map(Self::Real),
            Kind::Text => row.try_get(place).map(Self::Text),
        }
    }

    /// Gives it to a question to a server.
    pub(super) fn bind(
        self,
        query: Query<'_, Postgres, PgArguments>,
    ) -> Query<'_, Postgres, PgArguments> {
        match self {
            Self::Int(value) => query.bind(value),
            Self::Real(value) => query.bind(value),
            Self::Text(value) => query.bind(value),
        }
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, rusqlite::Error> {
        Ok(match self {
            Self::Int(Some(value)) => ToSqlOutput::Owned(FileValue::Integer(*value)),
            Self::Real(Some(value)) => ToSqlOutput::Owned(FileValue::Real(*value)),
            Self::Text(Some(text)) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Int(None) | Self::Real(None) | Self::Text(None) => {
                ToSqlOutput::Owned(FileValue::Null)
            }
        })
    }
}

//! Rows of either engine, decoded into structs and tuples.
//!
//! A struct written inside [`row!`] reads its columns by name, and a field that is such a struct reads
//! its own columns from the same row; a tuple reads its columns in their order.

use domain::ports::store::StoreError;
use rusqlite::types::Value;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::dialect::Sql;
use crate::fault::classify;
use crate::rows::undecodable;
use crate::sqlite::Raw;

/// One row as its engine gives it.
pub(crate) struct Cells<'r> {
    sql: &'static Sql,
    row: Engine<'r>,
    /// The column that is probably asked for next: texts name them in the order of the fields.
    next: usize,
}

enum Engine<'r> {
    File(Raw),
    Server(&'r PgRow),
}

/// Which column.
#[derive(Clone, Copy)]
pub(crate) enum At {
    Name(&'static str),
    Place(usize),
}

/// What a column, or a few of them, can be read as.
pub(crate) trait Column: Sized {
    fn read(cells: &mut Cells<'_>, at: At) -> Result<Self, StoreError>;
}

/// What a whole row can be read as.
pub(crate) trait Row: Sized + Send + 'static {
    fn of(cells: &mut Cells<'_>) -> Result<Self, StoreError>;
}

/// A row by its id, or why it cannot be decoded.
pub(crate) type Each<T> = (i64, Result<T, StoreError>);

impl<'r> Cells<'r> {
    /// A row that `sql` found in a file.
    pub(crate) fn of_file(sql: &'static Sql, row: Raw) -> Self {
        Self { sql, row: Engine::File(row), next: 0 }
    }

    /// A row of a server.
    pub(crate) fn of_server(sql: &'static Sql, row: &'r PgRow) -> Self {
        Self { sql, row: Engine::Server(row), next: 0 }
    }

    /// The row by its first column, which is its id: one that holds what is no text fails alone.
    pub(crate) fn each<T: Row>(&mut self) -> Result<Each<T>, StoreError> {
        let id = i64::read(self, At::Place(0))?;
        Ok((id, T::of(self)))
    }

    /// What stands in a column of a file's row, and whether the kind is right; a text is taken out.
    fn stored<T>(&mut self, at: At, take: fn(&mut Value) -> Option<T>) -> Result<T, StoreError> {
        let place = self.place(at);
        let Engine::File(row) = &mut self.row else { return Err(self.lacking(at)) };
        let Some(value) = place.and_then(|place| row.get_mut(place)) else {
            return Err(self.lacking(at));
        };
        take(value).ok_or_else(|| {
            let detail = format!("{} holds {}", at.said(), value.data_type());
            undecodable(self.sql.table, detail)
        })
    }

    /// Looked for by name only where the fields of a struct are not in the order of the columns.
    fn place(&mut self, at: At) -> Option<usize> {
        let name = match at {
            At::Place(place) => return Some(place),
            At::Name(name) => name,
        };
        let columns = self.sql.columns();
        let place = match columns.get(self.next) {
            Some(next) if next == name => self.next,
            _ => columns.iter().position(|column| column == name)?,
        };
        self.next = place + 1;
        Some(place)
    }

    fn lacking(&self, at: At) -> StoreError {
        StoreError::Failed(format!("a text about {} does not yield {}", self.sql.table, at.said()))
    }
}

impl At {
    fn said(self) -> String {
        match self {
            Self::Name(name) => name.to_owned(),
            Self::Place(place) => format!("column {place}"),
        }
    }
}

macro_rules! plain {
    ($($kind:ty: $take:expr),+ $(,)?) => { $(
        impl Column for $kind {
            fn read(cells: &mut Cells<'_>, at: At) -> Result<Self, StoreError> {
                let Engine::Server(row) = cells.row else { return cells.stored(at, $take) };
                let read = match at {
                    At::Name(name) => row.try_get(name),
                    At::Place(place) => row.try_get(place),
                };
                read.map_err(|error| classify(cells.sql.table, &error).into_error())
            }
        }
        impl Column for Option<$kind> {
            fn read(cells: &mut Cells<'_>, at: At) -> Result<Self, StoreError> {
                let Engine::Server(row) = cells.row else {
                    return cells.stored(at, |value| match value {
                        Value::Null => Some(None),
                        value => $take(value).map(Some),
                    });
                };
                let read = match at {
                    At::Name(name) => row.try_get(name),
                    At::Place(place) => row.try_get(place),
                };
                read.map_err(|error| classify(cells.sql.table, &error).into_error())
            }
        }
    )+ };
}
plain! {
    i32: |value: &mut Value| i64_of(value)?.try_into().ok(),
    i64: i64_of,
    f64: |value: &mut Value| match value {
        Value::Real(number) => Some(*number),
        _ => None,
    },
    String: |value: &mut Value| match value {
        Value::Text(text) => Some(std::mem::take(text)),
        _ => None,
    },
}

fn i64_of(value: &mut Value) -> Option<i64> {
    match value {
        Value::Integer(number) => Some(*number),
        _ => None,
    }
}

macro_rules! tuple {
    ($($kind:ident $place:literal),+) => {
        impl<$($kind: Column + Send + 'static),+> Row for ($($kind,)+) {
            fn of(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
                Ok(($($kind::read(cells, At::Place($place))?,)+))
            }
        }
    };
}
tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);

/// Defines a struct that is read from the columns of its fields' names.
macro_rules! row {
    ($(#[$about:meta])* $shown:vis struct $name:ident {
        $($field_shown:vis $field:ident: $kind:ty),+ $(,)?
    }) => {
        $(#[$about])*
        $shown struct $name { $($field_shown $field: $kind),+ }

        impl $crate::row::Row for $name {
            fn of(
                cells: &mut $crate::row::Cells<'_>,
            ) -> Result<Self, domain::ports::store::StoreError> {
                Ok(Self { $(
                    $field: <$kind as $crate::row::Column>::read(
                        cells, $crate::row::At::Name(stringify!($field)))?
                ),+ })
            }
        }

        impl $crate::row::Column for $name {
            fn read(
                cells: &mut $crate::row::Cells<'_>,
                _: $crate::row::At,
            ) -> Result<Self, domain::ports::store::StoreError> {
                $crate::row::Row::of(cells)
            }
        }
    };
}
pub(crate) use row;

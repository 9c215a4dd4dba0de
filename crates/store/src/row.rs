//! Rows of either engine, decoded into structs and tuples.
//!
//! A struct written inside [`row!`] reads its columns by name, and a field that is such a struct reads
//! its own columns from the same row; a tuple reads its columns in their order.

use domain::ports::store::StoreError;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::fault::{classify, classify_file};

/// One row as its engine gives it.
pub(crate) struct Cells<'r> {
    table: &'static str,
    row: Engine<'r>,
    /// The column that is probably asked for next: texts name them in the order of the fields.
    next: usize,
}

enum Engine<'r> {
    File(&'r rusqlite::Row<'r>),
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
    /// A row of a file, while something is done with `table`.
    pub(crate) fn of_file(table: &'static str, row: &'r rusqlite::Row<'r>) -> Self {
        Self { table, row: Engine::File(row), next: 0 }
    }

    /// A row of a server.
    pub(crate) fn of_server(table: &'static str, row: &'r PgRow) -> Self {
        Self { table, row: Engine::Server(row), next: 0 }
    }

    /// The row by its first column, which is its id: one that holds what is no text fails alone.
    pub(crate) fn each<T: Row>(&mut self) -> Result<Each<T>, StoreError> {
        let id = i64::read(self, At::Place(0))?;
        Ok((id, T::of(self)))
    }

    /// The place of a column in a row of a file. Looked for by name only where the fields of a struct
    /// are not in the order of the columns: SQLite compares one name after the other.
    fn place(&mut self, row: &rusqlite::Row<'_>, at: At) -> Result<usize, rusqlite::Error> {
        let name = match at {
            At::Place(place) => return Ok(place),
            At::Name(name) => name,
        };
        let names = row.as_ref();
        let place = match names.column_name(self.next) {
            Ok(next) if next == name => self.next,
            Ok(_) | Err(_) => names.column_index(name)?,
        };
        self.next = place + 1;
        Ok(place)
    }
}

macro_rules! plain {
    ($($kind:ty),+) => { $(
        impl Column for $kind {
            fn read(cells: &mut Cells<'_>, at: At) -> Result<Self, StoreError> {
                match cells.row {
                    Engine::File(row) => cells.place(row, at).and_then(|place| row.get(place))
                        .map_err(|error| classify_file(cells.table, &error).into_error()),
                    Engine::Server(row) => match at {
                        At::Name(name) => row.try_get(name),
                        At::Place(place) => row.try_get(place),
                    }
                    .map_err(|error| classify(cells.table, &error).into_error()),
                }
            }
        }
    )+ };
}
plain!(i32, i64, f64, String, Option<i64>, Option<f64>, Option<String>);

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

//! Which tables there are, what is in their columns, and in which order they can be filled. One of
//! the two sides is always a SQLite file, which tells all of it; the schemas mirror each other.

use std::collections::BTreeSet;

use domain::ports::store::StoreError;
use rusqlite::{Connection, Error};

use crate::db::{Db, Engine};
use crate::fault::{Fault, classify_file};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Real,
    Text,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// One table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// Its primary key, in order.
    pub(super) key: Vec<String>,
    /// It numbers its rows itself, and never gives a number twice.
    pub(super) is_numbered: bool,
    /// The tables that its rows point to.
    parents: BTreeSet<String>,
}

impl Table {
    /// Its columns, for a statement.
    pub(super) fn column_list(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        names.join(", ")
    }

    /// Where a table has rows that stay behind.
    pub(super) fn filter(&self) -> &'static str {
        if self.name == "meta" { " WHERE key <> 'moved_to'" } else { "" }
    }
}

/// Every table, in an order in which rows point only to rows that are there already.
pub(super) async fn tables(one: &Db, other: &Db) -> Result<Vec<Table>, StoreError> {
    let file = [one, other].into_iter().find_map(|db| match &db.engine {
        Engine::Sqlite(file) => Some(file),
        Engine::Postgres(_) => None,
    });
    let Some(file) = file else {
        return Err(StoreError::Failed("neither of the two is a SQLite file".to_owned()));
    };
    let asked = |file: &Connection| read(file).map_err(|error| classify_file("(schema)", &error));
    let tables = file.readers.ask(asked).await.map_err(Fault::into_error)?;
    ordered(tables)
}

fn read(file: &Connection) -> Result<Vec<Table>, Error> {
    let mut names = file.prepare(
        "SELECT name, sql LIKE '%AUTOINCREMENT%' FROM sqlite_schema WHERE type = 'table'
            AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_sqlx%' ESCAPE '\\'
         ORDER BY name",
    )?;
    let names = names.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    names
        .map(|table| table.and_then(|(name, is_numbered)| table_of(file, name, is_numbered)))
        .collect()
}

fn table_of(file: &Connection, name: String, is_numbered: bool) -> Result<Table, Error> {
    let mut columns =
        file.prepare("SELECT name, type, pk FROM pragma_table_xinfo(?1) ORDER BY cid")?;
    let columns: Vec<(String, String, i64)> = columns
        .query_map([&name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let mut parents = file.prepare("SELECT DISTINCT \"table\" FROM pragma_foreign_key_list(?1)")?;
    let parents = parents.query_map([&name], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut key: Vec<_> = columns.iter().filter(|(_, _, place)| *place > 0).collect();
    key.sort_by_key(|(_, _, place)| *place);
    let key = key.into_iter().map(|(name, _, _)| name.clone()).collect();
    let columns =
        columns.into_iter().map(|(name, kind, _)| Column { name, kind: kind_of(&kind) }).collect();
    Ok(Table { name, columns, key, is_numbered, parents })
}

/// The tables are strict, so these are all the types that there are.
fn kind_of(word: &str) -> Kind {
    match word {
        "INTEGER" | "INT" => Kind::Int,
        "REAL" => Kind::Real,
        _ => Kind::Text,
    }
}

fn ordered(mut left: Vec<Table>) -> Result<Vec<Table>, StoreError> {
    let mut ordered: Vec<Table> = Vec::new();
    while !left.is_empty() {
        let names: BTreeSet<String> = left.iter().map(|table| table.name.clone()).collect();
        let waits = |table: &Table| {
            table.parents.iter().any(|parent| *parent != table.name && names.contains(parent))
        };
        let (waiting, ready): (Vec<_>, Vec<_>) = left.into_iter().partition(waits);
        if ready.is_empty() {
            return Err(StoreError::Failed("the tables point to each other in a ring".to_owned()));
        }
        ordered.extend(ready);
        left = waiting;
    }
    Ok(ordered)
}

//! Which tables there are, what is in their columns, and in which order they can be filled. One of
//! the two sides is always a SQLite file, which tells all of it; the schemas mirror each other.

use std::collections::BTreeSet;

use domain::ports::store::StoreError;
use sqlx::SqlitePool;

use crate::db::{Db, Engine};
use crate::fault::classify;

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
        Engine::Sqlite { write, .. } => Some(write),
        Engine::Postgres(_) => None,
    });
    let Some(file) = file else {
        return Err(StoreError::Failed("neither of the two is a SQLite file".to_owned()));
    };
    let tables = read(file).await.map_err(|error| classify("(schema)", &error).into_error())?;
    ordered(tables)
}

async fn read(file: &SqlitePool) -> Result<Vec<Table>, sqlx::Error> {
    let names: Vec<(String, bool)> = sqlx::query_as(
        "SELECT name, sql LIKE '%AUTOINCREMENT%' FROM sqlite_schema WHERE type = 'table'
            AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_sqlx%' ESCAPE '\\'
         ORDER BY name",
    )
    .fetch_all(file)
    .await?;
    let mut tables = Vec::new();
    for (name, is_numbered) in names {
        let columns: Vec<(String, String, i64)> =
            sqlx::query_as("SELECT name, type, pk FROM pragma_table_xinfo($1) ORDER BY cid")
                .bind(&name)
                .fetch_all(file)
                .await?;
        let parents: Vec<(String,)> =
            sqlx::query_as("SELECT DISTINCT \"table\" FROM pragma_foreign_key_list($1)")
                .bind(&name)
                .fetch_all(file)
                .await?;
        let mut key: Vec<_> = columns.iter().filter(|(_, _, place)| *place > 0).collect();
        key.sort_by_key(|(_, _, place)| *place);
        let key = key.into_iter().map(|(name, _, _)| name.clone()).collect();
        let columns = columns
            .into_iter()
            .map(|(name, kind, _)| Column { name, kind: kind_of(&kind) })
            .collect();
        let parents = parents.into_iter().map(|(parent,)| parent).collect();
        tables.push(Table { name, columns, key, is_numbered, parents });
    }
    Ok(tables)
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

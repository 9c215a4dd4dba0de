//! A database moves from SQLite to PostgreSQL, or back: every row of every table, in one transaction
//! on the target, compared on both sides before it counts.
//!
//! Nobody else may use either of them meanwhile. The source stays as it is but for a mark that it
//! moved, which is stored before the target's commit: a move that is cut off in between leaves a
//! source that does not start and a target that is empty, and the same command finishes it. At no
//! time can two copies live, which would post twice (fault 25).

mod columns;
mod side;
mod stream;
mod sum;
mod value;

use std::pin::Pin;

use domain::ports::store::StoreError;
use jiff::Timestamp;

use self::columns::Table;
use self::side::Side;
use self::sum::Sum;
use crate::db::Db;
use crate::open::{OpenError, sqlite_path};

/// What moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transferred {
    /// Each table, its rows, and SHA-256 of all that is in them, the same on both sides.
    pub tables: Vec<MovedTable>,
}

/// One table that moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedTable {
    /// Its name.
    pub name: String,
    /// How many rows.
    pub rows: u64,
    /// SHA-256 of their content in the order of their keys.
    pub sha256: String,
}

/// How far the move is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moving<'a> {
    /// So many rows of this table are in the target.
    Copying(&'a str, u64),
    /// This table is being compared.
    Comparing(&'a str),
}

/// Why nothing moved. The target is as it was, and the source may be used, unless it says that it
/// moved.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// A copy of a file is a backup, and servers have tools of their own.
    #[error(
        "both are {0}; this command moves from SQLite to PostgreSQL or back (`flockwork backup now` \
         and `flockwork restore` copy a SQLite file, pg_dump a server's database)"
    )]
    SameEngine(&'static str),
    /// One of the two cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Nothing is there to be moved.
    #[error("there is no database at {0}; is the path right?")]
    Missing(String),
    /// The target has rows.
    #[error("{place} is not empty: {table} has rows; name a new database, or drop that one")]
    NotEmpty {
        /// The target.
        place: String,
        /// The first table with rows.
        table: String,
    },
    /// A node works on the source.
    #[error("the node {node} works on {place}; stop it first")]
    InUse {
        /// The source.
        place: String,
        /// Its name.
        node: String,
    },
    /// The two sides are not the same.
    #[error("{table} is not the same on both sides ({detail}); nothing was moved")]
    Differs {
        /// The table.
        table: String,
        /// How.
        detail: String,
    },
    /// A database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Moves everything from one database to another, empty one. `told` hears how far it is.
pub fn transfer<'a>(
    from: &'a str,
    to: &'a str,
    now: Timestamp,
    told: &'a mut (dyn FnMut(Moving<'_>) + Send),
) -> Pin<Box<dyn Future<Output = Result<Transferred, TransferError>> + Send + 'a>> {
    Box::pin(transfer_all(from, to, now, told))
}

async fn transfer_all(
    from: &str,
    to: &str,
    now: Timestamp,
    told: &mut (dyn FnMut(Moving<'_>) + Send),
) -> Result<Transferred, TransferError> {
    match (sqlite_path(from), sqlite_path(to)) {
        (Some(_), Some(_)) => return Err(TransferError::SameEngine("SQLite files")),
        (None, None) => return Err(TransferError::SameEngine("PostgreSQL databases")),
        (Some(path), None) if !path.exists() => {
            return Err(TransferError::Missing(path.display().to_string()));
        }
        _ => {}
    }
    let source = Db::open_to_mend(from).await?;
    let target = Db::open_to_mend(to).await?;
    let moved = between(&source, &target, (from, to), now, told).await;
    source.close().await;
    target.close().await;
    moved
}

async fn between(
    source: &Db,
    target: &Db,
    (from, to): (&str, &str),
    now: Timestamp,
    told: &mut (dyn FnMut(Moving<'_>) + Send),
) -> Result<Transferred, TransferError> {
    let tables = columns::tables(source, target).await?;
    let mut reading = Side::begin(source, &tables).await?;
    let mut writing = Side::begin(target, &tables).await?;
    if let Some(node) = reading.live_node(now).await? {
        return Err(TransferError::InUse { place: Db::describe(from), node });
    }
    if let Some(table) = writing.first_with_rows(&tables).await? {
        return Err(TransferError::NotEmpty { place: Db::describe(to), table });
    }
    writing.forget_meta().await?;
    let mut moved = Vec::new();
    for table in &tables {
        moved.push(copy(&mut reading, &mut writing, table, told).await?);
    }
    for (table, copied) in tables.iter().zip(&moved) {
        told(Moving::Comparing(&table.name));
        let arrived = writing.sum(table).await?;
        if let Some(detail) = copied.difference(&arrived) {
            return Err(TransferError::Differs { table: table.name.clone(), detail });
        }
    }
    writing.take_numbers_from(&mut reading, &tables).await?;
    writing.doubt_history(now).await?;

    // First the source ends, then the target begins.
    reading.mark_moved(&Db::describe(to)).await?;
    reading.commit().await?;
    if let Err(error) = writing.commit().await {
        // Whether it counts is not known where no answer came: then the mark stays.
        if !matches!(error, StoreError::NotDurable(_)) {
            source.unmark_moved().await?;
        }
        return Err(error.into());
    }
    let tables = tables.into_iter().zip(moved).map(|(table, sum)| sum.named(table.name)).collect();
    Ok(Transferred { tables })
}

/// Copies a table, and sums up what was read.
async fn copy(
    reading: &mut Side,
    writing: &mut Side,
    table: &Table,
    told: &mut (dyn FnMut(Moving<'_>) + Send),
) -> Result<Sum, StoreError> {
    let mut sum = Sum::default();
    let mut rows = reading.rows(table)?;
    told(Moving::Copying(&table.name, 0));
    loop {
        let batch = rows.next_batch().await?;
        if batch.is_empty() {
            return Ok(sum);
        }
        for row in &batch {
            sum.add(row);
        }
        writing.insert(table, batch).await?;
        told(Moving::Copying(&table.name, sum.rows()));
    }
}

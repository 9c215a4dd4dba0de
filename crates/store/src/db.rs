//! The one handle: an engine, and how a SQL text runs on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::model::access::Act;
use domain::ports::store::StoreError;
use domain::rules::chance;
use jiff::SignedDuration;
use rusqlite::Connection;
use serde::Serialize;
use sqlx::postgres::PgRow;

use crate::arg::Arg;
use crate::batch::BatchRow;
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::file::File;
use crate::lent::{Lent, in_time};
use crate::news::{self, Server};
use crate::row::{Cells, Each, Row};
use crate::seal::Keyring;
use crate::sqlite::{self, Bound, Connections, Raw, Turn, bound};
use crate::traced::{POSTGRES, SQLITE, Traced as _};

/// The longest step aside before the first further try; twice as long before each after it.
const STEP_ASIDE: SignedDuration = SignedDuration::from_millis(5);

/// How often a transaction is run again after the engine chose another one over it (fault 32).
pub(crate) const CONFLICTS_MAX: u32 = 5;

/// A database. Clones share it.
#[derive(Clone)]
pub struct Db {
    pub(crate) engine: Engine,
    /// What `take_lease` compares of the file itself, and the lock of the node's life.
    pub(crate) file: Option<Arc<File>>,
    /// In whose name transactions are made; see [`Tx::sign`].
    pub(crate) act: Option<Arc<Act>>,
    /// What seals and opens the values that only its holder may read.
    pub(crate) ring: Arc<Keyring>,
}

#[derive(Clone)]
pub(crate) enum Engine {
    Sqlite(Connections),
    Postgres(Arc<Server>),
}

/// An open transaction; dropped, it is undone.
pub(crate) struct Tx {
    pub(crate) on: On,
    /// Rows that it changed, as far as its texts say so: those that only lock a row do not.
    touched: u64,
}

/// Where a transaction is open.
pub(crate) enum On {
    Sqlite(Turn),
    Postgres(Lent),
}

/// Runs a step in a transaction, and again while the engine prefers another one. The step is
/// written `|tx| async expression`, and is built anew for each run.
macro_rules! in_transaction {
    ($db:expr, |$tx:ident| $step:expr) => {{
        let mut conflicts = 0;
        loop {
            let outcome: Result<_, $crate::fault::Fault> = async {
                let mut opened = $db.begin().await?;
                let done = {
                    let $tx = &mut opened;
                    $step.await
                };
                let signed = match done {
                    Ok(done) => opened.sign($db.act.as_deref()).await.map(|()| done),
                    Err(fault) => Err(fault),
                };
                match signed {
                    Ok(done) => opened.commit().await.map(|()| done),
                    Err(fault) => {
                        opened.undo().await;
                        Err(fault)
                    }
                }
            }
            .await;
            match outcome {
                Ok(done) => break Ok(done),
                Err($crate::fault::Fault::Conflict(_)) if conflicts < $crate::db::CONFLICTS_MAX => {
                    conflicts += 1;
                    $db.step_aside(conflicts).await;
                }
                Err(fault) => break Err($db.noted(fault.into_error())),
            }
        }
    }};
}
pub(crate) use in_transaction;

/// A batch as its parameter, or a value as its column.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("structs of numbers and strings always serialise")
}

macro_rules! query {
    ($sql:expr, $args:expr) => {{
        let mut query = sqlx::query($sql.for_postgres());
        for arg in $args {
            query = match *arg {
                Arg::Int(value) => query.bind(value),
                Arg::MaybeInt(value) => query.bind(value),
                Arg::Text(value) => query.bind(value),
                Arg::MaybeText(value) => query.bind(value),
            };
        }
        query
    }};
}

impl Db {
    /// The rows of a question, outside any transaction.
    pub(crate) async fn all<T: Row>(
        &self,
        sql: &'static Sql,
        args: &[Arg<'_>],
    ) -> Result<Vec<T>, StoreError> {
        if let Some(file) = &self.file {
            file.demand_sound()?;
        }
        let rows = match &self.engine {
            Engine::Sqlite(file) => {
                read_file(file, sql, bound(args)).await.and_then(|rows| all_found(sql, rows))
            }
            Engine::Postgres(server) => {
                asked(server, sql, args).await.and_then(|rows| all(sql, &rows))
            }
        };
        rows.map_err(|fault| self.noted(fault.into_error()))
    }

    /// Remembers that the disk failed.
    pub(crate) fn noted(&self, error: StoreError) -> StoreError {
        if let (StoreError::DiskFailed(failure), Some(file)) = (&error, &self.file) {
            file.fail(failure);
        }
        error
    }

    /// Whether the disk under the file failed.
    pub(crate) fn is_sound(&self) -> bool {
        self.file.as_ref().is_none_or(|file| file.demand_sound().is_ok())
    }

    /// The rows of a question whose first column is their id, outside any transaction; see
    /// [`Tx::each`].
    pub(crate) async fn each<T: Row>(
        &self,
        sql: &'static Sql,
        args: &[Arg<'_>],
    ) -> Result<Vec<Each<T>>, StoreError> {
        let rows = match &self.engine {
            Engine::Sqlite(file) => {
                read_file(file, sql, bound(args)).await.and_then(|rows| each_found(sql, rows))
            }
            Engine::Postgres(server) => {
                asked(server, sql, args).await.and_then(|rows| each(sql, &rows))
            }
        };
        rows.map_err(|fault| self.noted(fault.into_error()))
    }

    /// The row of a question that has at most one.
    pub(crate) async fn one<T: Row>(
        &self,
        sql: &'static Sql,
        args: &[Arg<'_>],
    ) -> Result<Option<T>, StoreError> {
        Ok(self.all(sql, args).await?.into_iter().next())
    }

    /// Refuses a database that is not where it was when it was opened.
    pub(crate) fn demand_in_place(&self) -> Result<(), StoreError> {
        self.file.as_ref().map_or(Ok(()), |file| file.demand_in_place())
    }

    /// Opens a transaction that may write. On SQLite it is the only one.
    pub(crate) async fn begin(&self) -> Result<Tx, Fault> {
        self.demand_in_place()?;
        let on = match &self.engine {
            Engine::Sqlite(file) => On::Sqlite(file.begin().told_as("BEGIN", SQLITE).await?),
            Engine::Postgres(server) => {
                On::Postgres(Lent::begin(&server.pool).told_as("BEGIN", POSTGRES).await?)
            }
        };
        Ok(Tx { on, touched: 0 })
    }

    /// Waits a moment, another for each transaction, after a server preferred another one: those that
    /// stood in each other's way would meet again. A file has one writer, who meets nobody.
    pub(crate) async fn step_aside(&self, conflicts: u32) {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        if matches!(self.engine, Engine::Postgres(_)) {
            let seed =
                (u64::from(std::process::id()) << 32) + COUNT.fetch_add(1, Ordering::Relaxed);
            let longest = STEP_ASIDE * 2_i32.saturating_pow(conflicts.min(CONFLICTS_MAX));
            let wait = Duration::try_from(chance::below(longest, seed)).unwrap_or_default();
            // A time-out of nothing is the one way to wait here: only the engine's runner may sleep.
            let _ = tokio::time::timeout(wait, std::future::pending::<()>()).await;
        }
    }
}

/// The rows of one question to a server, outside any transaction.
async fn asked(server: &Server, sql: &'static Sql, args: &[Arg<'_>]) -> Result<Vec<PgRow>, Fault> {
    let mut lent = Lent::of(&server.pool).await?;
    let rows = fetch(&mut lent, sql, args).await?;
    lent.give_back();
    Ok(rows)
}

/// The rows of one question on this connection.
async fn fetch(lent: &mut Lent, sql: &'static Sql, args: &[Arg<'_>]) -> Result<Vec<PgRow>, Fault> {
    let query = query!(sql, args);
    let answer = in_time(query.fetch_all(lent.connection()?)).told(sql, POSTGRES).await;
    lent.answered(sql.table, answer)
}

fn all<T: Row>(sql: &'static Sql, rows: &[PgRow]) -> Result<Vec<T>, Fault> {
    let rows = rows.iter().map(|row| T::of(&mut Cells::of_server(sql, row)));
    rows.collect::<Result<_, _>>().map_err(Fault::from)
}

fn all_found<T: Row>(sql: &'static Sql, rows: Vec<Raw>) -> Result<Vec<T>, Fault> {
    let rows = rows.into_iter().map(|row| T::of(&mut Cells::of_file(sql, row)));
    rows.collect::<Result<_, _>>().map_err(Fault::from)
}

fn each_found<T: Row>(sql: &'static Sql, rows: Vec<Raw>) -> Result<Vec<Each<T>>, Fault> {
    let rows = rows.into_iter().map(|row| Cells::of_file(sql, row).each());
    rows.collect::<Result<_, _>>().map_err(Fault::from)
}

fn each<T: Row>(sql: &'static Sql, rows: &[PgRow]) -> Result<Vec<Each<T>>, Fault> {
    let rows = rows.iter().map(|row| Cells::of_server(sql, row).each());
    rows.collect::<Result<_, _>>().map_err(Fault::from)
}

async fn run_on_file<B: BatchRow>(
    turn: &mut Turn,
    sql: &'static Sql,
    batch: &[B],
    args: &[Arg<'_>],
) -> Result<Vec<Option<i64>>, Fault> {
    if batch.is_empty() {
        return Ok(Vec::new());
    }
    do_on_file(turn, sql, values(sql, batch)?, bound(args)).await
}

/// These are built once, and not for every kind of row.
async fn read_file(
    file: &Connections,
    sql: &'static Sql,
    args: Vec<Bound>,
) -> Result<Vec<Raw>, Fault> {
    file.readers.ask(move |reader| sqlite::rows(reader, sql, &args)).told(sql, SQLITE).await
}

async fn ask_file(turn: &mut Turn, sql: &'static Sql, args: Vec<Bound>) -> Result<Vec<Raw>, Fault> {
    turn.ask(move |writer| sqlite::rows(writer, sql, &args)).told(sql, SQLITE).await
}

async fn do_on_file(
    turn: &mut Turn,
    sql: &'static Sql,
    batch: Vec<Vec<Bound>>,
    args: Vec<Bound>,
) -> Result<Vec<Option<i64>>, Fault> {
    let work = move |writer: &Connection| sqlite::run_each(writer, sql, &batch, &args);
    turn.ask(work).told(sql, SQLITE).await
}

async fn find_on_file(
    turn: &mut Turn,
    sql: &'static Sql,
    batch: Vec<Vec<Bound>>,
    args: Vec<Bound>,
) -> Result<Vec<Raw>, Fault> {
    let work = move |writer: &Connection| sqlite::rows_of_each(writer, sql, &batch, &args);
    turn.ask(work).told(sql, SQLITE).await
}

/// The rows of a batch as parameters.
fn values<B: BatchRow>(sql: &'static Sql, batch: &[B]) -> Result<Vec<Vec<Bound>>, Fault> {
    if sql.fields() != B::FIELDS {
        let why = format!("a text about {} has other fields than its rows", sql.table);
        return Err(StoreError::Failed(why).into());
    }
    Ok(batch.iter().map(BatchRow::values).collect())
}

fn with_batch<'a>(batch: &'a String, args: &[Arg<'a>]) -> Vec<Arg<'a>> {
    std::iter::once(Arg::from(batch)).chain(args.iter().copied()).collect()
}

impl Tx {
    /// The rows that a text asks for or returns.
    pub(crate) async fn all<T: Row>(
        &mut self,
        sql: &'static Sql,
        args: &[Arg<'_>],
    ) -> Result<Vec<T>, Fault> {
        match &mut self.on {
            On::Sqlite(turn) => all_found(sql, ask_file(turn, sql, bound(args)).await?),
            On::Postgres(lent) => all(sql, &fetch(lent, sql, args).await?),
        }
    }

    /// The rows of a text whose first column is their id, each decoded by itself: one that holds what
    /// is no text (SQLite does not look) fails alone.
    pub(crate) async fn each<T: Row>(
        &mut self,
        sql: &'static Sql,
        args: &[Arg<'_>],
    ) -> Result<Vec<Each<T>>, Fault> {
        match &mut self.on {
            On::Sqlite(turn) => each_found(sql, ask_file(turn, sql, bound(args)).await?),
            On::Postgres(lent) => each(sql, &fetch(lent, sql, args).await?),
        }
    }

    /// The rows that a text finds for the rows of a batch. `args` are its parameters from the second
    /// on.
    pub(crate) async fn find_each<T: Row, B: BatchRow>(
        &mut self,
        sql: &'static Sql,
        batch: &[B],
        args: &[Arg<'_>],
    ) -> Result<Vec<T>, Fault> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        match &mut self.on {
            On::Sqlite(turn) => {
                all_found(sql, find_on_file(turn, sql, values(sql, batch)?, bound(args)).await?)
            }
            On::Postgres(_) => self.all(sql, &with_batch(&json(batch), args)).await,
        }
    }

    /// Runs a text for the rows of a batch; returns how many rows it touched, at most one for each.
    /// After an error some of them may be done: the transaction can only be undone.
    pub(crate) async fn run_each<B: BatchRow>(
        &mut self,
        sql: &'static Sql,
        batch: &[B],
        args: &[Arg<'_>],
    ) -> Result<u64, Fault> {
        match &mut self.on {
            On::Sqlite(turn) => {
                let touched = run_on_file(turn, sql, batch, args).await?;
                let count = touched.iter().flatten().count() as u64;
                self.touched += count;
                Ok(count)
            }
            On::Postgres(_) if batch.is_empty() => Ok(0),
            On::Postgres(_) => self.run(sql, &with_batch(&json(batch), args)).await,
        }
    }

    /// Runs a text for the rows of a batch; returns the keys of those for which it touched a row, which
    /// it returns on a server.
    pub(crate) async fn touch_each<B: BatchRow>(
        &mut self,
        sql: &'static Sql,
        (batch, key): (&[B], fn(&B) -> i64),
        args: &[Arg<'_>],
    ) -> Result<Vec<i64>, Fault> {
        let touched = self.insert_each(sql, (batch, key), args).await?;
        Ok(touched.into_iter().map(|(key, _)| key).collect())
    }

    /// Inserts the rows of a batch; returns the key and the new number of those that were not there,
    /// which the text returns on a server.
    pub(crate) async fn insert_each<B: BatchRow>(
        &mut self,
        sql: &'static Sql,
        (batch, key): (&[B], fn(&B) -> i64),
        args: &[Arg<'_>],
    ) -> Result<Vec<(i64, i64)>, Fault> {
        let inserted: Vec<(i64, i64)> = match &mut self.on {
            On::Sqlite(turn) => {
                let touched = run_on_file(turn, sql, batch, args).await?;
                let keys = batch.iter().map(key).zip(touched);
                keys.filter_map(|(key, number)| Some((key, number?))).collect()
            }
            On::Postgres(_) if batch.is_empty() => Vec::new(),
            On::Postgres(_) => self.all(sql, &with_batch(&json(batch), args)).await?,
        };
        self.touched += inserted.len() as u64;
        Ok(inserted)
    }

    /// The row of a text that yields at most one.
    pub(crate) async fn one<T: Row>(
        &mut self,
        sql: &'static Sql,
        args: &[Arg<'_>],
    ) -> Result<Option<T>, Fault> {
        Ok(self.all(sql, args).await?.into_iter().next())
    }

    /// Runs a text that makes at most one row; returns its id.
    pub(crate) async fn insert(
        &mut self,
        sql: &'static Sql,
        args: &[Arg<'_>],
    ) -> Result<Option<i64>, Fault> {
        let made = self.one::<(i64,)>(sql, args).await?.map(|(id,)| id);
        self.touched += u64::from(made.is_some());
        Ok(made)
    }

    /// Runs a text; returns how many rows it touched.
    pub(crate) async fn run(&mut self, sql: &'static Sql, args: &[Arg<'_>]) -> Result<u64, Fault> {
        let touched = match &mut self.on {
            On::Sqlite(turn) => {
                let args = bound(args);
                turn.ask(move |writer| sqlite::run(writer, sql, &args)).told(sql, SQLITE).await?
            }
            On::Postgres(lent) => {
                let query = query!(sql, args);
                let answer = in_time(query.execute(lent.connection()?)).told(sql, POSTGRES).await;
                lent.answered(sql.table, answer)?.rows_affected()
            }
        };
        self.touched += touched;
        Ok(touched)
    }

    /// So many rows were changed by a text that answers with them.
    pub(crate) fn has_changed(&mut self, rows: usize) {
        self.touched += rows as u64;
    }

    /// Puts somebody's name to it, where it is made in a name and changes something.
    pub(crate) async fn sign(&mut self, act: Option<&Act>) -> Result<(), Fault> {
        match act {
            Some(act) if self.touched > 0 => crate::people::append(self, act).await,
            Some(_) | None => Ok(()),
        }
    }

    /// Makes it durable.
    pub(crate) async fn commit(self) -> Result<(), Fault> {
        match self.on {
            On::Sqlite(turn) => turn.commit().told_as("COMMIT", SQLITE).await,
            On::Postgres(lent) => lent.commit().told_as("COMMIT", POSTGRES).await,
        }
    }

    /// Tells all nodes, when it is committed, that there is something to act on. On SQLite there is one
    /// node, which is told in its own process or looks by itself.
    pub(crate) async fn announce(&mut self) -> Result<(), Fault> {
        match &mut self.on {
            On::Sqlite(_) => Ok(()),
            On::Postgres(lent) => lent.tell(news::ANNOUNCE).await,
        }
    }

    /// Undoes it.
    pub(crate) async fn undo(self) {
        match self.on {
            On::Sqlite(turn) => drop(turn),
            On::Postgres(lent) => lent.undo().await,
        }
    }
}

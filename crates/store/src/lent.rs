//! A connection of the PostgreSQL pool while somebody uses it.
//!
//! It goes back only when it is known to be idle. One whose answer did not come in time, or whose user
//! was dropped in the middle, is closed at once: what it still waits for would be waited for by the
//! pool, and a few of those would be the whole pool (faults 28 and 34). The server undoes what was not
//! committed.

use std::time::Duration;

use domain::ports::store::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{Executor as _, Postgres};

use crate::fault::{Fault, classify};
use crate::notices;

/// A commit that takes longer may not be on the disk of the standby: it does not count (fault 28).
const COMMIT_MAX: Duration = Duration::from_secs(5);
/// The server itself ends a statement after 5 s; an answer that takes longer is not on its way.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// A connection on loan.
pub(crate) struct Lent(Option<PoolConnection<Postgres>>);

impl Lent {
    pub(crate) async fn of(pool: &PgPool) -> Result<Self, Fault> {
        let connection = pool.acquire().await.map_err(|error| classify("(pool)", &error))?;
        Ok(Self(Some(connection)))
    }

    /// With an open transaction, which ends with [`Lent::commit`] or [`Lent::undo`].
    pub(crate) async fn begin(pool: &PgPool) -> Result<Self, Fault> {
        let mut lent = Self::of(pool).await?;
        lent.tell("BEGIN").await?;
        Ok(lent)
    }

    /// The connection, for one question that is asked [`in_time`].
    pub(crate) fn connection(&mut self) -> Result<&mut PgConnection, Fault> {
        self.0.as_deref_mut().ok_or_else(silent)
    }

    /// What became of that question. After one without an answer there is no connection any more.
    pub(crate) fn answered<T>(
        &mut self,
        table: &'static str,
        answer: Option<Result<T, sqlx::Error>>,
    ) -> Result<T, Fault> {
        let Some(answer) = answer else {
            self.close();
            return Err(silent());
        };
        answer.map_err(|error| classify(table, &error))
    }

    /// Says something that has no rows for an answer.
    pub(crate) async fn tell(&mut self, words: &'static str) -> Result<(), Fault> {
        let answer = in_time(self.connection()?.execute(words)).await;
        self.answered("(transaction)", answer).map(|_| ())
    }

    /// Makes the transaction durable. An answer that is late or lost says nothing, and one with a
    /// warning says that it may be lost; so it is not durable as far as anybody may rely on it.
    pub(crate) async fn commit(mut self) -> Result<(), Fault> {
        let connection = self.connection()?;
        let commit = notices::listening(connection.execute("COMMIT"));
        match tokio::time::timeout(COMMIT_MAX, commit).await {
            Ok((Ok(_), None)) => {
                self.give_back();
                Ok(())
            }
            Ok((Ok(_), Some(warning))) => {
                self.give_back();
                Err(StoreError::NotDurable(format!("the server warned: {warning}")).into())
            }
            Ok((Err(error @ sqlx::Error::Database(_)), _)) => Err(classify("(commit)", &error)),
            Ok((Err(error), _)) => Err(StoreError::NotDurable(error.to_string()).into()),
            Err(_) => Err(StoreError::NotDurable(format!(
                "no answer to the commit within {} s",
                COMMIT_MAX.as_secs()
            ))
            .into()),
        }
    }

    /// Undoes the transaction. Where that does not work the server does it by itself.
    pub(crate) async fn undo(mut self) {
        if self.tell("ROLLBACK").await.is_ok() {
            self.give_back();
        }
    }

    /// It is idle: the next may have it.
    pub(crate) fn give_back(&mut self) {
        drop(self.0.take());
    }

    fn close(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(connection.detach());
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.close();
    }
}

/// The answer, if it comes in time.
pub(crate) async fn in_time<T>(question: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(ANSWER_MAX, question).await.ok()
}

fn silent() -> Fault {
    let secs = ANSWER_MAX.as_secs();
    StoreError::Unavailable(format!("no answer of the server within {secs} s")).into()
}

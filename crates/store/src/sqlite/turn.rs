//! A turn at the writer: one transaction.

use std::sync::Arc;

use domain::ports::store::StoreError;
use rusqlite::Connection;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::connections::BUSY_TIMEOUT;
use super::{Line, Seat};
use crate::fault::{Fault, classify_file};

/// An open transaction; dropped, it is undone before the next begins.
pub(crate) struct Turn {
    seat: Arc<Seat>,
    is_open: bool,
    _only: OwnedMutexGuard<()>,
}

impl Turn {
    pub(super) async fn begin(seat: &Arc<Seat>, turns: &Arc<Mutex<()>>) -> Result<Self, Fault> {
        let only = match turns.clone().try_lock_owned() {
            Ok(only) => only,
            Err(_) => tokio::time::timeout(BUSY_TIMEOUT, turns.clone().lock_owned())
                .await
                .map_err(|_| busy())?,
        };
        let mut turn = Self { seat: seat.clone(), is_open: true, _only: only };
        let begun = turn.seat.ask(Line::begin).await.and_then(|begun| begun);
        turn.is_open = begun.is_ok();
        begun.map(|()| turn)
    }

    /// Does something inside the transaction.
    pub(crate) async fn ask<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let inside = move |line: &mut Line| match line.connection() {
            // Out of room, SQLite undoes it by itself; what came now would stand alone.
            Ok(connection) if connection.is_autocommit() => Err(undone()),
            Ok(connection) => work(connection),
            Err(error) => Err(classify_file("(transaction)", &error)),
        };
        self.seat.ask(inside).await?
    }

    /// Does something inside the transaction that tells of itself as it goes on.
    pub(crate) fn tell(&mut self, work: impl FnOnce(&mut Line) + Send + 'static) {
        self.seat.tell(work);
    }

    /// Makes it durable.
    pub(crate) async fn commit(mut self) -> Result<(), Fault> {
        let done = self.seat.ask(Line::commit).await?;
        self.is_open = false;
        done
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.is_open {
            self.seat.tell(Line::undo);
        }
    }
}

fn undone() -> Fault {
    StoreError::Unavailable("the transaction was undone after an error".to_owned()).into()
}

fn busy() -> Fault {
    let secs = BUSY_TIMEOUT.as_secs();
    StoreError::Unavailable(format!("another transaction took over {secs} s")).into()
}

//! Connections that only read, made when they are needed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::ports::store::StoreError;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::connections::BUSY_TIMEOUT;
use super::{Use, Where, connect};
use crate::fault::{Fault, classify_file};

/// So many are kept for the next question, with their memory.
const IDLE_MAX: usize = 2;

/// The readers of one file.
pub(crate) struct Readers {
    path: PathBuf,
    place: Where,
    idle: Mutex<Vec<Connection>>,
    /// So many at once.
    most: u32,
    permits: Arc<Semaphore>,
}

impl Readers {
    pub(crate) fn of(path: &Path, place: Where, most: u32) -> Self {
        Self {
            path: path.to_owned(),
            place,
            idle: Mutex::default(),
            most,
            permits: Arc::new(Semaphore::new(most as usize)),
        }
    }

    /// Asks something, outside any transaction.
    pub(crate) async fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        question: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let permit = match self.permits.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => tokio::time::timeout(BUSY_TIMEOUT, self.permits.clone().acquire_owned())
                .await
                .map_err(|_| refused("all readers of the database are busy"))?
                .map_err(|_| refused("the database was closed"))?,
        };
        // Who stops waiting does not stop the work, so the permit goes with the work.
        let readers = self.clone();
        let work = move || {
            let answer = readers.answer(question);
            drop(permit);
            answer
        };
        match self.place {
            Where::Here => work(),
            Where::Apart => tokio::task::spawn_blocking(work)
                .await
                .map_err(|error| refused(&format!("a question ended with a fault: {error}")))?,
        }
    }

    fn answer<T>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let kept = self.idle().pop();
        let reader = match kept {
            Some(reader) => reader,
            None => connect(&self.path, Use::Reading)
                .map_err(|error| classify_file("(connection)", &error))?,
        };
        let answer = question(&reader);
        let mut idle = self.idle();
        if idle.len() < IDLE_MAX && !self.permits.is_closed() {
            idle.push(reader);
        }
        answer
    }

    /// Waits for those that are busy, and ends all.
    pub(super) async fn close(&self) {
        // Closed already, there is nobody to wait for.
        let _all = self.permits.acquire_many(self.most).await;
        self.permits.close();
        self.idle().clear();
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(why: &str) -> Fault {
    StoreError::Unavailable(why.to_owned()).into()
}

//! Where the writer works: on a thread of its own, or on the spot.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use domain::ports::store::StoreError;
use tokio::sync::oneshot;

use super::Line;
use crate::fault::Fault;

/// Who waits while SQLite computes or the disk writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Where {
    /// A thread that serves nobody else.
    Apart,
    /// Whoever calls.
    Here,
}

type Job = Box<dyn FnOnce(&mut Line) + Send>;

/// The writer's connection and its place of work. It is closed when nobody has it any more.
pub(crate) enum Seat {
    /// The jobs of its thread, done in the order in which they come.
    Apart(Sender<Job>),
    Here(Box<Mutex<Line>>),
}

impl Seat {
    pub(crate) fn take(line: Line, place: Where) -> std::io::Result<Self> {
        if place == Where::Here {
            return Ok(Self::Here(Box::new(Mutex::new(line))));
        }
        let (jobs, todo) = channel::<Job>();
        let mut line = line;
        thread::Builder::new().name("sqlite-writer".to_owned()).spawn(move || {
            for job in todo {
                // A fault in one step ends that step, whose caller hears nothing, and no other.
                if catch_unwind(AssertUnwindSafe(|| job(&mut line))).is_err() {
                    line.lose();
                }
            }
        })?;
        Ok(Self::Apart(jobs))
    }

    /// Does some work and waits for it. Who stops waiting does not stop the work.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Line) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        match self {
            Self::Here(line) => Ok(work(&mut line.lock().unwrap_or_else(PoisonError::into_inner))),
            Self::Apart(jobs) => {
                let (tell, told) = oneshot::channel();
                let job = move |line: &mut Line| {
                    // Nobody may be waiting any more.
                    let _ = tell.send(work(line));
                };
                jobs.send(Box::new(job)).map_err(|_| gone())?;
                told.await.map_err(|_| gone())
            }
        }
    }

    /// Does some work, before any that is asked for later.
    pub(crate) fn tell(&self, work: impl FnOnce(&mut Line) + Send + 'static) {
        match self {
            Self::Here(line) => work(&mut line.lock().unwrap_or_else(PoisonError::into_inner)),
            // Without the thread there is no connection either.
            Self::Apart(jobs) => drop(jobs.send(Box::new(work))),
        }
    }
}

fn gone() -> Fault {
    StoreError::Unavailable("a step of the database ended with a fault".to_owned()).into()
}

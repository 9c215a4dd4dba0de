//! The loops: the only file that sleeps and starts tasks.
//!
//! One loop plans, claims and starts deliveries; reconciliation, writing and the janitor run beside
//! it, so that a slow model or a slow X holds up nobody else. A panic in any of them ends the node:
//! its rows are left as after a crash, and the next start finds out what happened.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::ports::store::StoreError;
use jiff::SignedDuration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::Engine;

/// Between two rounds that found nothing to do although something seemed due.
const IDLE_MIN: Duration = Duration::from_millis(100);
/// After an error of the database.
const ERROR_WAIT: Duration = Duration::from_secs(1);
/// A new claim waits until this much of the room is free, so that batches stay large.
const ROOM_SHARE: usize = 8;
/// Sends in flight at a stop are waited for this long; then they are found out at the next start.
const DRAIN_MAX: Duration = Duration::from_secs(27);

/// Why a node ended without being told to.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The database refused the start.
    #[error("the node could not start: {0}")]
    Start(StoreError),
    /// A task panicked; its rows are as after a crash.
    #[error("a task of the engine failed: {0}")]
    Panicked(String),
}

/// Drives an engine until it is told to stop.
pub struct Runner {
    engine: Arc<Engine>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
    is_writing: Arc<AtomicBool>,
    is_reading: Arc<AtomicBool>,
}

impl Runner {
    /// A runner for `engine` that ends when `stop` is cancelled.
    pub fn new(engine: Arc<Engine>, stop: CancellationToken) -> Self {
        Self {
            engine,
            stop,
            tasks: JoinSet::new(),
            is_writing: Arc::default(),
            is_reading: Arc::default(),
        }
    }

    /// Runs until stopped: then nothing is claimed any more, sends in flight are waited for and
    /// recorded, and the lease ends.
    pub async fn run(mut self) -> Result<(), RunError> {
        self.engine.start().await.map_err(RunError::Start)?;
        self.tasks.spawn(keep_lease(self.engine.clone(), self.stop.clone()));
        let outcome = self.rounds().await;
        self.engine.vitals.stopping();
        if outcome.is_ok() {
            self.drain().await?;
            if let Err(error) = self.engine.finish().await {
                tracing::warn!("Could not end the lease, so it ends by itself: {error}");
            }
        }
        outcome
    }

    async fn rounds(&mut self) -> Result<(), RunError> {
        while !self.stop.is_cancelled() {
            let wait = match self.round().await {
                Ok(wait) => wait,
                Err(error) => {
                    let now = self.engine.now();
                    self.engine.vitals.database(now, Err(error.to_string()));
                    tracing::error!("The database failed, trying again: {error}");
                    ERROR_WAIT
                }
            };
            self.reap()?;
            if wait.is_zero() {
                tokio::task::yield_now().await;
                continue;
            }
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = self.engine.wake.notified() => {}
                () = sleep(wait) => {}
            }
        }
        Ok(())
    }

    /// One round; returns how long nothing is due.
    async fn round(&mut self) -> Result<Duration, StoreError> {
        let now = self.engine.now();
        // What is assigned already goes out even if planning fails.
        let planned = self.engine.tick_scheduler(now).await;
        self.start_reader();
        self.start_writer();
        let room = self.engine.room();
        let mut is_more = false;
        if room > 0 && room >= self.engine.settings.sends_max / ROOM_SHARE {
            let batch = self.engine.prepare(now, room).await?;
            is_more = batch.claimed() > 0;
            if !batch.is_empty() {
                let engine = self.engine.clone();
                self.tasks.spawn(async move {
                    // Logged where it failed; the slots are found out later.
                    let _ = engine.deliver(batch).await;
                });
            }
        }
        planned?;
        self.engine.vitals.database(now, Ok(()));
        self.engine.vitals.ticked(now);
        if is_more { Ok(Duration::ZERO) } else { self.until_next().await }
    }

    /// Until the next thing is due, at most the poll interval.
    async fn until_next(&self) -> Result<Duration, StoreError> {
        let poll = self.engine.settings.poll;
        let next = self.engine.store.next_wake().await?;
        let now = self.engine.now();
        let wait = next.map_or(poll, |next| next.duration_since(now).min(poll));
        Ok(Duration::try_from(wait.max(SignedDuration::ZERO))
            .unwrap_or_default()
            .max(IDLE_MIN.min(Duration::try_from(poll).unwrap_or(IDLE_MIN))))
    }

    fn start_reader(&mut self) {
        let engine = self.engine.clone();
        self.start_alone(self.is_reading.clone(), async move {
            let now = engine.now();
            if let Err(error) = engine.tick_reconciler(now).await {
                tracing::error!("Reconciliation could not use the database: {error}");
            }
        });
    }

    fn start_writer(&mut self) {
        let engine = self.engine.clone();
        self.start_alone(self.is_writing.clone(), async move {
            let now = engine.now();
            if let Err(error) = engine.tick_generator(now).await {
                tracing::error!("Writing could not use the database: {error}");
            }
        });
    }

    /// Starts a tick unless the one before still runs.
    fn start_alone(
        &mut self,
        is_running: Arc<AtomicBool>,
        tick: impl Future<Output = ()> + Send + 'static,
    ) {
        if is_running.swap(true, Ordering::AcqRel) {
            return;
        }
        self.tasks.spawn(async move {
            tick.await;
            is_running.store(false, Ordering::Release);
        });
    }

    /// Notices tasks that ended, and a panic among them.
    fn reap(&mut self) -> Result<(), RunError> {
        while let Some(ended) = self.tasks.try_join_next() {
            ended.map_err(|error| RunError::Panicked(error.to_string()))?;
        }
        Ok(())
    }

    async fn drain(&mut self) -> Result<(), RunError> {
        let in_flight = self.engine.settings.sends_max - self.engine.room();
        if in_flight > 0 {
            tracing::info!("Waiting for {in_flight} sends to be answered");
        }
        let deadline = sleep(DRAIN_MAX);
        tokio::pin!(deadline);
        loop {
            if self.engine.room() == self.engine.settings.sends_max {
                self.tasks.abort_all();
            }
            tokio::select! {
                ended = self.tasks.join_next() => match ended {
                    None => return Ok(()),
                    Some(Err(error)) if error.is_panic() => {
                        return Err(RunError::Panicked(error.to_string()));
                    }
                    Some(_) => {}
                },
                () = &mut deadline => {
                    tracing::warn!("Some sends were not answered in time; the next start asks X");
                    self.tasks.abort_all();
                    return Ok(());
                }
            }
        }
    }
}

/// Renews the lease until the node has stopped and its sends are recorded.
async fn keep_lease(engine: Arc<Engine>, stop: CancellationToken) {
    let every = Duration::try_from(engine.settings.lease_renewal).unwrap_or(ERROR_WAIT);
    loop {
        tokio::select! {
            () = stop.cancelled(), if engine.room() == engine.settings.sends_max => return,
            () = sleep(every) => {}
        }
        if let Err(error) = engine.tick_janitor(engine.now()).await {
            engine.vitals.database(engine.now(), Err(error.to_string()));
            tracing::error!(
                "Could not renew the lease; nothing is sent once it is near its end: {error}"
            );
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that sleeps")]
async fn sleep(duration: Duration) {
    tokio::time::sleep(duration).await;
}

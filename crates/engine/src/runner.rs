//! The loops: the only file that sleeps and starts tasks.
//!
//! One loop plans, claims and starts deliveries; reconciliation, writing and the janitor run beside
//! it, so that a slow model or a slow X holds up nobody else. A panic in any of them ends the node:
//! its rows are left as after a crash, and the next start finds out what happened.

mod auditing;
mod keeping;
mod telling;

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::ports::store::StoreError;
use domain::rules::chance;
use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::auditing::keep_auditing;
use self::keeping::{keep_backups, keep_carrying};
use self::telling::{keep_beating, keep_judging, keep_telling, keep_tidying};
use crate::Engine;
use crate::vitals::Watch;

/// Between two rounds that found nothing to do although something seemed due.
const IDLE_MIN: Duration = Duration::from_millis(100);
/// After an error of the database, at least; nodes that lost one server come back at different times.
const ERROR_WAIT: Duration = Duration::from_secs(1);
/// And at most so much later.
const ERROR_WAIT_SPREAD: SignedDuration = SignedDuration::from_secs(1);
/// Whoever cannot hear news tries again this late, at most.
const DEAF_WAIT_MAX: SignedDuration = SignedDuration::from_secs(16);
/// Orders in bulk take hours; whether one is to be looked at is asked this often.
const BULK_EVERY: Duration = Duration::from_secs(30);
/// A new claim waits until this much of the room is free, so that batches stay large.
const ROOM_SHARE: usize = 4;
/// Sends in flight at a stop are waited for this long; then they are found out at the next start.
const DRAIN_MAX: Duration = Duration::from_secs(27);

/// A few pages for each attempt, in parallel; X may take its time-out for each.
const RECONCILER: Watch =
    Watch { name: "reconciler", every: None, round_max: SignedDuration::from_mins(15) };
/// A model may take minutes for each answer, and is asked again.
const GENERATOR: Watch =
    Watch { name: "generator", every: None, round_max: SignedDuration::from_mins(60) };

/// Why a node ended without being told to.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The database refused the start.
    #[error("the node could not start: {0}")]
    Start(StoreError),
    /// The disk failed under the database: nothing can be relied on that this process would write.
    #[error(
        "{0}; the node ends, so that nothing is built on what may not be stored: look at the kernel's \
         log (`dmesg`), then start it again, and what was on its way is looked for on X"
    )]
    Disk(StoreError),
    /// A task panicked; its rows are as after a crash.
    #[error("a task of the engine failed: {0}")]
    Panicked(String),
}

/// What is called after each round of an engine that turns as it should. It must not wait.
pub type Pulse = Box<dyn Fn() + Send + Sync>;

/// Drives an engine until it is told to stop.
pub struct Runner {
    engine: Arc<Engine>,
    stop: CancellationToken,
    pulse: Option<Pulse>,
    tasks: JoinSet<()>,
    is_writing: Arc<AtomicBool>,
    is_trying: Arc<AtomicBool>,
    is_reading: Arc<AtomicBool>,
    /// When schedules, open outcomes and queues were last looked at (monotonic).
    kept_house_at: Option<Duration>,
}

/// What the loop does next.
struct Next {
    /// A whole round; else only another look whether anything is due.
    is_due: bool,
    /// After so long, unless it is woken.
    wait: Duration,
}

impl Next {
    const NOW: Self = Self { is_due: true, wait: Duration::ZERO };
}

impl Runner {
    /// A runner for `engine` that ends when `stop` is cancelled.
    pub fn new(engine: Arc<Engine>, stop: CancellationToken) -> Self {
        Self {
            engine,
            stop,
            pulse: None,
            tasks: JoinSet::new(),
            is_writing: Arc::default(),
            is_trying: Arc::default(),
            is_reading: Arc::default(),
            kept_house_at: None,
        }
    }

    /// With somebody who is told that it turns.
    #[must_use]
    pub fn with_pulse(self, pulse: Option<Pulse>) -> Self {
        Self { pulse, ..self }
    }

    /// Runs until stopped: then nothing is claimed any more, sends in flight are waited for and
    /// recorded, and the lease ends. A box, so that who runs it does not build the engine once more.
    pub fn run(self) -> Pin<Box<dyn Future<Output = Result<(), RunError>> + Send>> {
        Box::pin(self.run_to_the_end())
    }

    async fn run_to_the_end(mut self) -> Result<(), RunError> {
        self.engine.start().await.map_err(|error| match error {
            StoreError::DiskFailed(_) => RunError::Disk(error),
            other => RunError::Start(other),
        })?;
        self.tasks.spawn(keep_lease(self.engine.clone(), self.stop.clone()));
        self.tasks.spawn(keep_recording(self.engine.clone(), self.stop.clone()));
        self.tasks.spawn(keep_listening(self.engine.clone(), self.stop.clone()));
        self.tasks.spawn(keep_feeds(self.engine.clone(), self.stop.clone()));
        self.tasks.spawn(keep_bulk(self.engine.clone(), self.stop.clone()));
        self.tasks.spawn(keep_backups(self.engine.clone(), self.stop.clone()));
        self.tasks.spawn(keep_carrying(self.engine.clone(), self.stop.clone()));
        self.tasks.spawn(keep_auditing(self.engine.clone(), self.stop.clone()));
        self.tasks.spawn(keep_judging(self.engine.clone(), self.stop.clone()));
        for target in self.engine.audience() {
            self.tasks.spawn(keep_telling(self.engine.clone(), target, self.stop.clone()));
        }
        self.tasks.spawn(keep_tidying(self.engine.clone(), self.stop.clone()));
        self.tasks.spawn(keep_beating(self.engine.clone(), self.stop.clone()));
        let outcome = self.rounds().await;
        self.engine.stop();
        if outcome.is_ok() {
            self.drain().await?;
            if let Err(error) = self.engine.finish().await {
                tracing::warn!("Could not end the lease, so it ends by itself: {error}");
            }
        }
        outcome
    }

    async fn rounds(&mut self) -> Result<(), RunError> {
        let mut next = Next::NOW;
        // When the round that runs now was wanted (monotonic).
        let mut wanted_at = self.engine.clock.monotonic();
        while !self.stop.is_cancelled() {
            next = match self.step(next.is_due).await {
                Ok(next) => {
                    let ended_at = self.engine.clock.monotonic();
                    let lag = ended_at.saturating_sub(wanted_at);
                    self.engine.vitals.ticked(self.engine.now(), lag);
                    wanted_at = ended_at + next.wait;
                    next
                }
                Err(error @ StoreError::DiskFailed(_)) => return Err(RunError::Disk(error)),
                Err(error) => {
                    let now = self.engine.now();
                    self.engine.vitals.database(now, Err(error.to_string()));
                    tracing::error!(
                        event = "database.failed",
                        "The database failed, trying again: {error}"
                    );
                    let seed = now.as_millisecond().unsigned_abs();
                    Next { is_due: true, wait: spread(ERROR_WAIT_SPREAD, &self.engine, seed) }
                }
            };
            self.reap()?;
            self.beat();
            if next.wait.is_zero() {
                tokio::task::yield_now().await;
                continue;
            }
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = self.engine.wake.notified() => {
                    next.is_due = true;
                    wanted_at = self.engine.clock.monotonic();
                }
                () = sleep(next.wait) => {}
            }
        }
        Ok(())
    }

    /// A round ended, whatever the database said: a new start does not mend that one. A loop beside the
    /// rounds that hangs is another matter.
    fn beat(&self) {
        if let Some(pulse) = &self.pulse
            && !self.engine.vitals.is_stalled(self.engine.now())
        {
            pulse();
        }
    }

    /// A round where something is due; else one question, whether it is now.
    async fn step(&mut self, is_due: bool) -> Result<Next, StoreError> {
        let now = self.engine.now();
        let is_more = is_due && self.round(now).await?;
        let next = if is_more { Next::NOW } else { self.until_next().await? };
        self.engine.vitals.database(now, Ok(()));
        Ok(next)
    }

    /// One round; returns whether there may be more to claim.
    async fn round(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        // What is assigned already goes out even if planning fails.
        let planned = self.keep_house(now).await;
        let room = self.engine.room();
        let mut is_more = false;
        if room > 0 && room >= self.engine.settings.prepared_max / ROOM_SHARE {
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
        Ok(is_more)
    }

    /// Plans, reads and writes. In a burst each outcome makes a round; these need not come along
    /// with all of them.
    async fn keep_house(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let at = self.engine.clock.monotonic();
        if self.kept_house_at.is_some_and(|kept| at.saturating_sub(kept) < IDLE_MIN) {
            return Ok(());
        }
        self.kept_house_at = Some(at);
        let planned = self.engine.tick_scheduler(now).await;
        self.start_reader();
        self.start_writer();
        self.start_trial();
        planned.map(|_| ())
    }

    /// Until the next thing is due, at most the poll interval.
    async fn until_next(&self) -> Result<Next, StoreError> {
        let poll = Duration::try_from(self.engine.settings.poll).unwrap_or(IDLE_MIN);
        let next = self.engine.store.next_wake().await?;
        let now = self.engine.now();
        let until = next.map(|next| wait_for(next.duration_since(now)));
        Ok(match until {
            Some(wait) if wait <= poll.max(IDLE_MIN) => Next { is_due: true, wait },
            Some(_) | None => Next { is_due: false, wait: poll },
        })
    }

    fn start_reader(&mut self) {
        let engine = self.engine.clone();
        self.start_alone(self.is_reading.clone(), async move {
            let now = engine.now();
            engine.vitals.begins(RECONCILER, now);
            if let Err(error) = engine.tick_reconciler(now).await {
                tracing::error!("Reconciliation could not use the database: {error}");
            }
            engine.vitals.ends(RECONCILER, engine.now());
        });
    }

    fn start_writer(&mut self) {
        let engine = self.engine.clone();
        self.start_alone(self.is_writing.clone(), async move {
            let now = engine.now();
            engine.vitals.begins(GENERATOR, now);
            if let Err(error) = engine.tick_generator(now).await {
                tracing::error!("Writing could not use the database: {error}");
            }
            engine.vitals.ends(GENERATOR, engine.now());
        });
    }

    /// Beside the writer, because a person waits for it.
    fn start_trial(&mut self) {
        let engine = self.engine.clone();
        self.start_alone(self.is_trying.clone(), async move {
            if let Err(error) = engine.tick_try_outs(engine.now()).await {
                tracing::error!("A try-out could not use the database: {error}");
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
        let in_flight = self.engine.in_flight();
        if in_flight > 0 {
            tracing::info!("Waiting for {in_flight} sends to be answered");
        }
        let deadline = sleep(DRAIN_MAX);
        tokio::pin!(deadline);
        loop {
            if self.engine.in_flight() == 0 {
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
                    tracing::warn!(
                        outcomes.unrecorded = self.engine.unrecorded(),
                        "Some sends were not answered, or the database did not take their outcomes, \
                         in time; the next start asks X"
                    );
                    self.tasks.abort_all();
                    return Ok(());
                }
            }
        }
    }
}

/// What is to come is met when it comes; what was due and found nobody to do it waits a little.
fn wait_for(until: SignedDuration) -> Duration {
    Duration::try_from(until).ok().filter(|wait| !wait.is_zero()).unwrap_or(IDLE_MIN)
}

/// Renews the lease until the node has stopped and its sends are recorded.
async fn keep_lease(engine: Arc<Engine>, stop: CancellationToken) {
    let every = Duration::try_from(engine.settings.lease_renewal).unwrap_or(ERROR_WAIT);
    let watch = Watch {
        name: "janitor",
        every: Some(engine.settings.lease_renewal),
        round_max: engine.settings.lease,
    };
    loop {
        tokio::select! {
            () = stop.cancelled(), if !stop.is_cancelled() => {}
            () = sleep(every) => {}
        }
        if stop.is_cancelled() && engine.in_flight() == 0 {
            return;
        }
        engine.vitals.begins(watch, engine.now());
        if let Err(error) = engine.tick_janitor(engine.now()).await {
            engine.vitals.database(engine.now(), Err(error.to_string()));
            tracing::error!(
                event = "lease.not_renewed",
                "Could not renew the lease; nothing is sent once it is near its end: {error}"
            );
        }
        engine.vitals.ends(watch, engine.now());
    }
}

/// Has the loop look at once when another process wrote something. It would find that by itself a little
/// later, so it does no harm where nothing is heard.
async fn keep_listening(engine: Arc<Engine>, stop: CancellationToken) {
    let mut failures = 0;
    loop {
        let heard = tokio::select! {
            () = stop.cancelled() => return,
            heard = engine.store.news() => heard,
        };
        let Err(error) = heard else {
            failures = 0;
            engine.wake.notify_one();
            continue;
        };
        if failures == 0 {
            tracing::warn!("Other processes are not heard now, and looked for instead: {error}");
        }
        failures += 1;
        let longest = DEAF_WAIT_MAX.min(ERROR_WAIT_SPREAD * 2_i32.saturating_pow(failures));
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(spread(longest, &engine, u64::from(failures))) => {}
        }
    }
}

/// [`ERROR_WAIT`] and something up to `longest`, another for each node and `seed`.
fn spread(longest: SignedDuration, engine: &Engine, seed: u64) -> Duration {
    let node = engine.fence().map_or(0, |fence| fence.0.unsigned_abs());
    let more = chance::below(longest, seed.wrapping_mul(31).wrapping_add(node));
    ERROR_WAIT + Duration::try_from(more).unwrap_or_default()
}

/// Stores what was kept while the database was away, until the node has stopped and nothing is left.
async fn keep_recording(engine: Arc<Engine>, stop: CancellationToken) {
    loop {
        if stop.is_cancelled() && engine.in_flight() == 0 {
            return;
        }
        let wait = engine.until_recorder();
        tokio::select! {
            () = stop.cancelled(), if !stop.is_cancelled() => continue,
            () = engine.outcomes.kept.notified() => continue,
            () = sleep(wait.unwrap_or_default()), if wait.is_some() => {}
        }
        // Logged where it failed; the slots are found out later.
        let _ = engine.tick_recorder().await;
    }
}

/// Feeds may take their time to answer, so nothing else waits for them.
async fn keep_feeds(engine: Arc<Engine>, stop: CancellationToken) {
    let keep = async {
        loop {
            if let Err(error) = engine.tick_feeds(engine.now()).await {
                tracing::error!("Feeds are looked after later: {error}");
            }
            let Some(wait) = engine.until_feeds().await else { return };
            sleep(wait).await;
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = keep => {}
    }
}

/// Goes on with orders in bulk until the node stops.
async fn keep_bulk(engine: Arc<Engine>, stop: CancellationToken) {
    if engine.bulk.is_none() {
        return;
    }
    let keep = async {
        loop {
            if let Err(error) = engine.tick_bulk(engine.now()).await {
                tracing::error!("Orders in bulk are looked after later: {error}");
            }
            sleep(BULK_EVERY).await;
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = keep => {}
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that sleeps")]
async fn sleep(duration: Duration) {
    tokio::time::sleep(duration).await;
}

//! One node: its process, which may be down, and the ticks that it has under way.

use std::sync::Arc;

use domain::ports::store::StoreError;
use engine::{Batch, Engine};

use crate::clock::NodeClock;
use crate::door::{Life, StoreDoor};

/// What a task of a node came to.
pub(crate) enum Done {
    /// It started, or could not.
    Started(Result<(), StoreError>),
    /// The janitor ticked.
    Beat(Result<(), StoreError>),
    /// Planned and claimed.
    Round(Result<Batch, StoreError>),
    /// Looked for lost answers.
    Read(Result<u64, StoreError>),
    /// Stored what was kept.
    Recorded,
    /// Sent a batch.
    Delivered,
}

/// A process that runs.
#[expect(clippy::struct_excessive_bools, reason = "each loop runs or not, whatever the others do")]
pub(crate) struct Process {
    pub(crate) engine: Arc<Engine>,
    pub(crate) store: Arc<StoreDoor>,
    pub(crate) life: Arc<Life>,
    pub(crate) is_up: bool,
    pub(crate) is_reading: bool,
    pub(crate) is_in_round: bool,
    pub(crate) is_beating: bool,
    pub(crate) is_recording: bool,
    /// True time of the last beat that the database took.
    pub(crate) beat_at: i64,
    /// Not another round before.
    pub(crate) round_not_before: i64,
    /// Rounds in a row that moved nothing although something seemed due.
    pub(crate) idle_rounds: u32,
    /// Rounds at this very moment.
    pub(crate) rounds_now: u32,
    /// A step failed: the recorder may hold outcomes.
    pub(crate) again_at: Option<i64>,
}

/// One machine of the episode.
pub(crate) struct Node {
    pub(crate) clock: NodeClock,
    pub(crate) process: Option<Process>,
    /// When it starts again.
    pub(crate) starts_at: Option<i64>,
    /// It stands still until then.
    pub(crate) frozen_until: Option<i64>,
    /// How long it stays down after its next death.
    pub(crate) down_ms: i64,
    /// How much later than the first node it notices that something is due.
    pub(crate) lateness: i64,
}

impl Node {
    /// Whether it does anything at all.
    pub(crate) fn is_awake(&self) -> bool {
        self.frozen_until.is_none()
    }

    /// Its process, if it is up and awake.
    pub(crate) fn working(&self) -> Option<&Process> {
        self.process.as_ref().filter(|process| process.is_up && self.is_awake())
    }
}

impl Process {
    /// A process that starts now.
    pub(crate) fn new(engine: Arc<Engine>, store: Arc<StoreDoor>, life: Arc<Life>) -> Self {
        Self {
            engine,
            store,
            life,
            is_up: false,
            is_reading: false,
            is_in_round: false,
            is_beating: false,
            is_recording: false,
            beat_at: 0,
            round_not_before: 0,
            idle_rounds: 0,
            rounds_now: 0,
            again_at: None,
        }
    }
}

/// Plans, claims, and says what is to be sent.
pub(crate) async fn round(engine: Arc<Engine>, plans: bool) -> Done {
    // What is assigned already goes out even if planning fails.
    let planned =
        if plans { engine.tick_scheduler(engine.now()).await.map(|_| ()) } else { Ok(()) };
    let batch = engine.prepare(engine.now(), engine.room()).await;
    Done::Round(match (batch, planned) {
        (Ok(batch), Err(error)) if batch.is_empty() => Err(error),
        (batch, _) => batch,
    })
}

/// Looks for lost answers.
pub(crate) async fn read(engine: Arc<Engine>) -> Done {
    Done::Read(engine.tick_reconciler(engine.now()).await.map(|report| report.looked))
}

/// Renews the lease, and takes over what dead nodes left.
pub(crate) async fn beat(engine: Arc<Engine>) -> Done {
    Done::Beat(engine.tick_janitor(engine.now()).await.map(|_| ()))
}

/// Stores outcomes that were kept while the database was away.
pub(crate) async fn record(engine: Arc<Engine>) -> Done {
    // Logged where it failed; the slots are found out later.
    let _ = engine.tick_recorder().await;
    Done::Recorded
}

/// Sends a batch.
pub(crate) async fn deliver(engine: Arc<Engine>, batch: Batch) -> Done {
    let _ = engine.deliver(batch).await;
    Done::Delivered
}

/// Takes the lease, and what was left.
pub(crate) async fn start(engine: Arc<Engine>) -> Done {
    Done::Started(engine.start().await.map(|_| ()))
}

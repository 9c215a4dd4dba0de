//! What is told to people and programs outside: what is remembered of it, and who carries it.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::store::StoreError;
use crate::model::{OpenAlert, Severity, TargetName, Wanted};
use crate::rules::alerts::courier::{Next, NotDelivered};
use crate::rules::alerts::{Change, DiskSpace, Missed, Runway, SecurityLine, TroubledTarget};

/// Deliveries of a list at most.
pub const DELIVERIES_MAX: u32 = 500;

/// Row id of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId(pub i64);

/// A channel that is told of alerts, as far as the database has to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its name.
    pub name: TargetName,
    /// It hears of these and graver ones.
    pub at_least: Severity,
}

/// A webhook that is told of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// Its name.
    pub name: TargetName,
    /// Of which.
    pub wanted: Wanted,
}

/// Facts that only alerts ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertFacts {
    /// Active bots whose newest slot that is over had no post.
    pub missed: Vec<Missed>,
    /// Active bots with fewer posts than they should have.
    pub runways: Vec<Runway>,
    /// Apps that X does not answer, and since when.
    pub silent_apps: Vec<(String, Timestamp)>,
    /// What people did in the last hour.
    pub security: Vec<SecurityLine>,
    /// Targets that failed several times in a row.
    pub targets: Vec<TroubledTarget>,
}

/// A delivery that was tried no more, as no node took it in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenUp {
    /// Row id.
    pub id: DeliveryId,
    /// To whom.
    pub target: TargetName,
    /// What is known of it, or of its target.
    pub why: String,
}

/// Something to deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// Row id.
    pub id: DeliveryId,
    /// To whom.
    pub target: TargetName,
    /// The same at each try: receivers drop what they have.
    pub key: String,
    /// `alerts`, or an event's kind.
    pub kind: String,
    /// JSON.
    pub body: String,
    /// When it was put together.
    pub made_at: Timestamp,
    /// Tries so far, this one included.
    pub tries: u32,
}

/// What became of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// It was taken.
    Yes,
    /// It was not, for this reason; and then.
    No(String, Next),
}

/// Which deliveries to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryView {
    /// Given up; newest first.
    Dead,
    /// Not delivered yet; the oldest first.
    Waiting,
}

/// One delivery, to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryLine {
    /// Row id.
    pub id: DeliveryId,
    /// To whom.
    pub target: String,
    /// `alerts`, or an event's kind.
    pub kind: String,
    /// The same at each try.
    pub key: String,
    /// When it was put together.
    pub made_at: Timestamp,
    /// Tries so far.
    pub tries: u32,
    /// When it is tried next, while it waits.
    pub next_at: Option<Timestamp>,
    /// What the last try said.
    pub error: Option<String>,
}

/// How deliveries to a target go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetLine {
    /// Which.
    pub target: String,
    /// The last that was taken.
    pub ok_at: Option<Timestamp>,
    /// The last that was not.
    pub failed_at: Option<Timestamp>,
    /// In a row, up to now.
    pub failures: u64,
    /// What the last failure said.
    pub error: Option<String>,
    /// Not delivered yet.
    pub waiting: u64,
    /// Given up.
    pub dead: u64,
}

/// What is remembered of alerts, and the outbox.
#[async_trait]
pub trait AlertStore: Send + Sync {
    /// Facts of which at most `max` of a kind are read.
    async fn alert_facts(&self, max: u32, now: Timestamp) -> Result<AlertFacts, StoreError>;

    /// Whether the house is to be judged now, by whoever asks: of all nodes one is told so, once in `every`.
    async fn take_alert_turn(
        &self,
        every: SignedDuration,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Alerts that have not ended, those that wait to be told among them, by rule and subject.
    async fn list_open_alerts(&self, max: u32) -> Result<Vec<OpenAlert>, StoreError>;

    /// Stores changes, each only where its row is still what it was; and what `channels` are told of those
    /// that were stored, in the same transaction. Returns how many were.
    async fn note_alerts(
        &self,
        changes: &[Change],
        channels: &[Channel],
        now: Timestamp,
    ) -> Result<u64, StoreError>;

    /// Makes one delivery of all that a channel is to be told, once the first of it is `window` old.
    async fn gather_notices(
        &self,
        channel: &TargetName,
        window: SignedDuration,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Makes deliveries of the next events that a webhook wants, each once, of at most `max`. A webhook that
    /// is new begins now. Returns whether there may be more.
    async fn relay_events(&self, hook: &Hook, max: u32, now: Timestamp)
    -> Result<bool, StoreError>;

    /// Takes deliveries that are due, and none while the target asked to be left alone; whoever asks before `again_at` gets others. A node that dies over one
    /// leaves it to that time.
    async fn take_deliveries(
        &self,
        target: &TargetName,
        (max, again_at): (u32, Timestamp),
        now: Timestamp,
    ) -> Result<Vec<Parcel>, StoreError>;

    /// Stores what became of a try. What waits for the same target is tried at once when one was taken after
    /// failures, unless the target asked to be left alone. `false`: somebody else tried it since.
    async fn end_delivery(
        &self,
        parcel: &Parcel,
        delivered: &Delivered,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Deliveries, to be shown.
    async fn list_deliveries(
        &self,
        view: DeliveryView,
        max: u32,
    ) -> Result<Vec<DeliveryLine>, StoreError>;

    /// How deliveries go, by target.
    async fn list_targets(&self) -> Result<Vec<TargetLine>, StoreError>;

    /// Tries a dead letter for three more days. `false`: there is none of that number.
    async fn send_again(&self, id: DeliveryId, now: Timestamp) -> Result<bool, StoreError>;

    /// Gives up what no node took for longer than it is tried, and takes away up to `max` of what is long
    /// over. Tells what it gave up.
    async fn tidy_deliveries(&self, max: u32, now: Timestamp) -> Result<Vec<GivenUp>, StoreError>;
}

/// Carries what is told.
#[async_trait]
pub trait Courier: Send + Sync {
    /// Tries once.
    async fn deliver(&self, parcel: &Parcel, now: Timestamp) -> Result<(), NotDelivered>;

    /// Of which kind a target is, for monitors: `webhook`, `slack`, `discord`, `ntfy` or `smtp`.
    fn kind_of(&self, target: &TargetName) -> &'static str;

    /// Tells the dead-man's switch that the node is well. Does nothing where there is none.
    async fn beat(&self) -> Result<(), NotDelivered>;
}

/// Looks at this machine's disks.
pub trait Disks: Send + Sync {
    /// The room on each that this node writes to.
    fn space(&self) -> Vec<DiskSpace>;

    /// Bytes that may still be written where the database lies; `None` where that is not this machine's.
    fn free_for_database(&self) -> Option<u64>;
}

//! What every tick works with: the ports, the settings, the lease.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use domain::model::{BotId, Fence, Lease, Share};
use domain::ports::store::{Store, StoreError};
use domain::ports::{Clock, Feeds, Node, Vitals, Writer, XApi};
use domain::rules::review::Finding;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, Semaphore};

use crate::alerts::Alerting;
use crate::bulk::{Bulk, Unsupported};
use crate::janitor::Said;
use crate::keeper::Keeping;
use crate::metrics::Metrics;
use crate::moderation::Moderation;
use crate::publisher::Outcomes;
use crate::settings::Settings;
use crate::traces::Traces;
use crate::vitals::VitalSigns;

/// A wall clock that went back by more than this stops new sends.
pub(crate) const STEP_BACK_MAX: SignedDuration = SignedDuration::from_secs(2);

/// One node's engine. Cheap to share; every tick is a method on it, in the file of its name.
pub struct Engine {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) x: Arc<dyn XApi>,
    pub(crate) writer: Arc<dyn Writer>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: Settings,
    pub(crate) vitals: VitalSigns,
    pub(crate) metrics: Metrics,
    /// Told when a row was written that wants attention, or a send made room.
    pub(crate) wake: Notify,
    /// Intents stored and not yet settled.
    pub(crate) in_flight: AtomicUsize,
    /// A permit for each send at the same time.
    pub(crate) sending: Semaphore,
    /// And for each timeline that is read before a send.
    pub(crate) reading: Semaphore,
    /// In which trace each slot in hand is told.
    pub(crate) traces: Traces,
    /// Outcomes that wait to be stored, of all batches.
    pub(crate) outcomes: Outcomes,
    /// Where backups go; a server keeps its own.
    pub(crate) keeping: Option<Keeping>,
    /// Told when there is a backup of which a copy is to go elsewhere.
    pub(crate) to_carry: Notify,
    /// Who fetches feeds; a node may follow none.
    pub(crate) feeds: Option<Arc<dyn Feeds>>,
    /// Who looks at texts after review; a node may have nobody.
    pub(crate) moderation: Option<Moderation>,
    /// Who writes in bulk; a node may have nobody.
    pub(crate) bulk: Option<Bulk>,
    /// Whether that server turned out to have no such endpoint.
    pub(crate) unsupported: Unsupported,
    /// Who is told what; a node may tell nobody.
    pub(crate) alerting: Option<Alerting>,
    /// What was said of budgets.
    pub(crate) said: Said,
    /// The node is ending.
    stopping: AtomicBool,
    lease: Mutex<Option<Lease>>,
    /// This node's part of what no lock deals out.
    share: Mutex<Share>,
    /// How many other nodes declare different bots.
    strays: AtomicUsize,
    /// Monotonic milliseconds up to which the lease is trusted.
    trusted_until_ms: AtomicU64,
    /// The latest wall-clock time that was seen, in milliseconds: an earlier one later means that
    /// somebody set the clock back.
    latest_seen_ms: AtomicI64,
    /// When a node first started on this database, in milliseconds: what an earlier copy of it or
    /// its former primary sent, it sent before.
    database_since_ms: AtomicI64,
    /// When this node started, in milliseconds.
    started_ms: AtomicI64,
}

impl Engine {
    /// An engine that has no lease yet; see [`Engine::start`].
    pub fn new(
        store: Arc<dyn Store>,
        x: Arc<dyn XApi>,
        writer: Arc<dyn Writer>,
        clock: Arc<dyn Clock>,
        settings: Settings,
    ) -> Self {
        let sending = Semaphore::new(settings.sends_max);
        let reading = Semaphore::new(settings.reads_max);
        Self {
            store,
            x,
            writer,
            clock,
            settings,
            vitals: VitalSigns::default(),
            metrics: Metrics::default(),
            wake: Notify::new(),
            in_flight: AtomicUsize::new(0),
            sending,
            reading,
            traces: Traces::default(),
            outcomes: Outcomes::default(),
            keeping: None,
            to_carry: Notify::new(),
            feeds: None,
            moderation: None,
            bulk: None,
            unsupported: Unsupported::default(),
            alerting: None,
            said: Said::default(),
            stopping: AtomicBool::new(false),
            lease: Mutex::new(None),
            share: Mutex::new(Share::ALL),
            strays: AtomicUsize::new(0),
            trusted_until_ms: AtomicU64::new(0),
            latest_seen_ms: AtomicI64::new(i64::MIN),
            database_since_ms: AtomicI64::new(i64::MIN),
            started_ms: AtomicI64::new(i64::MAX),
        }
    }

    /// An engine whose texts a moderation endpoint sees before they are stored.
    #[must_use]
    pub fn with_moderation(mut self, moderation: Moderation) -> Self {
        self.moderation = Some(moderation);
        self
    }

    /// What it counts, for monitors.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Now, in whole milliseconds. Whoever reads the clock notices whether somebody set it back, so
    /// that nothing is prepared with a time that comes for the second time.
    pub fn now(&self) -> Timestamp {
        let (now, behind) = self.read_clock();
        if behind > STEP_BACK_MAX {
            self.vitals.clock_went_back(behind);
        }
        now
    }

    /// The wall clock, and how far it is behind the latest time it ever said.
    pub(crate) fn read_clock(&self) -> (Timestamp, SignedDuration) {
        // Asked before the clock: what another task reads meanwhile is no step.
        let before = self.latest_seen_ms.load(Ordering::Acquire);
        let now = self.clock.now();
        let millis = now.as_millisecond();
        self.latest_seen_ms.fetch_max(millis, Ordering::AcqRel);
        (now, SignedDuration::from_millis(before.max(millis) - millis))
    }

    /// The lease, while there is one.
    pub(crate) fn lease(&self) -> Option<Lease> {
        self.lease.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The fence of the lease; a node without one writes nothing.
    pub(crate) fn fence(&self) -> Option<Fence> {
        self.lease().map(|lease| lease.fence)
    }

    /// This node's part of what no lock deals out.
    pub(crate) fn share(&self) -> Share {
        *self.share.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From here on its part is this.
    pub(crate) fn take_share(&self, share: Share) {
        *self.share.lock().unwrap_or_else(PoisonError::into_inner) = share;
        self.vitals.nodes(share.of());
    }

    /// Nodes that declare other bots than this one; said when their number changes.
    pub(crate) fn note_difference(&self, others: &[&str]) {
        if self.strays.swap(others.len(), Ordering::AcqRel) != others.len() && !others.is_empty() {
            tracing::warn!(
                "Nodes declare different bots: {} and this one. The last start wins; give all the \
                 same bot files and restart those that are behind",
                others.join(", ")
            );
        }
    }

    /// Holds `lease` from the moment (monotonic) at which it was asked for.
    pub(crate) fn hold(&self, lease: Option<Lease>, asked_at: Duration) {
        let trust = self.settings.lease - self.settings.lease_margin;
        let until = match &lease {
            Some(_) => asked_at + Duration::try_from(trust).unwrap_or_default(),
            None => Duration::ZERO,
        };
        *self.lease.lock().unwrap_or_else(PoisonError::into_inner) = lease;
        self.trusted_until_ms.store(millis(until), Ordering::Release);
    }

    /// S4: whether the lease certainly outlives a send that starts now.
    pub(crate) fn may_send(&self) -> bool {
        let timeout = Duration::try_from(self.settings.send_timeout).unwrap_or_default();
        let send_ends = millis(self.clock.monotonic() + timeout);
        send_ends <= self.trusted_until_ms.load(Ordering::Acquire)
    }

    /// This node starts `now`, on a database on which nodes work since then.
    pub(crate) fn begins(&self, now: Timestamp, in_use_since: Timestamp) {
        self.started_ms.store(now.as_millisecond(), Ordering::Release);
        self.database_since_ms.store(in_use_since.as_millisecond(), Ordering::Release);
    }

    /// From when on a timeline shows everything that was sent and lost before `heartbeat`, the last
    /// sign of life, or by a former state of this database: the lease of who sent it is over, and X
    /// has had the time after which its silence counts.
    pub(crate) fn lost_shows_from(&self, heartbeat: Timestamp) -> Timestamp {
        let moment = |ms: &AtomicI64| Timestamp::from_millisecond(ms.load(Ordering::Acquire));
        let mut last_send = heartbeat + self.settings.lease + self.settings.send_timeout;
        if self.settings.takeover_quiet.is_none() {
            // There is no other node, and who sent before this one started is dead.
            last_send = last_send.min(moment(&self.started_ms).unwrap_or(last_send));
        }
        last_send = last_send.max(moment(&self.database_since_ms).unwrap_or(last_send));
        last_send + self.settings.profile.votes[2]
    }

    /// From here on nothing new is sent; what is on its way is waited for.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.vitals.stopping();
    }

    /// Whether the node is ending.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// How many more sends may be prepared.
    pub fn room(&self) -> usize {
        self.settings.prepared_max.saturating_sub(self.in_flight())
    }

    /// How many intents have no outcome yet.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Acquire)
    }

    /// So many intents have theirs, and make room for others.
    pub(crate) fn landed(&self, count: usize) {
        self.in_flight.fetch_sub(count, Ordering::AcqRel);
        self.wake.notify_one();
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[async_trait]
impl Node for Engine {
    fn vitals(&self) -> Vitals {
        self.vitals.now()
    }

    fn wake(&self) {
        self.wake.notify_one();
    }

    async fn look_at(&self, bot: &BotId, text: &str) -> Result<Option<Finding>, StoreError> {
        let Some(moderation) = &self.moderation else { return Ok(None) };
        let (store, clock) = (&*self.store, &*self.clock);
        let looked = moderation.look_for(store, (bot, None), &[text], clock).await?;
        Ok(looked.findings.into_iter().next().flatten())
    }
}

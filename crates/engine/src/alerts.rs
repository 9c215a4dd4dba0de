//! Telling people: what holds is worked out ([`judge`]), what is to be told goes into the outbox and from
//! there to who should hear it ([`tell`]), and a dead-man's switch hears that all is well ([`beat`]).
//!
//! A crash between any two steps loses nothing: the database has what is to be told, and it is told again
//! under the same id.

mod beat;
mod judge;
mod tell;

use std::sync::Arc;
use std::time::Duration;

use domain::ports::alerts::{AlertStore, Channel, Courier, Disks, Hook};
use domain::rules::alerts::REPEAT_DEFAULT;
use jiff::{SignedDuration, Timestamp};

pub use self::judge::JudgeReport;
pub use self::tell::TellReport;
use crate::Engine;

/// How a node tells people.
#[derive(Clone)]
pub struct Alerting {
    /// What is remembered of it.
    pub store: Arc<dyn AlertStore>,
    /// Who carries it.
    pub courier: Arc<dyn Courier>,
    /// Who looks at the disks.
    pub disks: Arc<dyn Disks>,
    /// Who is told of alerts.
    pub channels: Vec<Channel>,
    /// Who is told of events.
    pub hooks: Vec<Hook>,
    /// How often, and how soon.
    pub pace: AlertPace,
    /// Models that are configured: their makers may turn them off.
    pub models: Vec<String>,
    /// When this process started.
    pub started_at: Timestamp,
}

/// How often people are told, and how soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertPace {
    /// An alert that nobody ended is told again after this.
    pub repeat: SignedDuration,
    /// What comes within this becomes one message.
    pub digest: SignedDuration,
    /// The dead-man's switch hears of the node this often; `None` where there is none.
    pub heartbeat: Option<SignedDuration>,
}

impl Default for AlertPace {
    fn default() -> Self {
        Self { repeat: REPEAT_DEFAULT, digest: SignedDuration::from_mins(1), heartbeat: None }
    }
}

impl Engine {
    /// An engine that tells people.
    #[must_use]
    pub fn with_alerting(mut self, alerting: Alerting) -> Self {
        self.alerting = Some(alerting);
        self
    }

    /// How often the dead-man's switch is told, where there is one.
    pub(crate) fn until_beat(&self) -> Option<Duration> {
        let every = self.alerting.as_ref()?.pace.heartbeat?;
        Duration::try_from(every).ok()
    }
}

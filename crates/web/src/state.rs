//! What the pages and the API work with.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use domain::model::Secret;
use domain::ports::alerts::AlertStore;
use domain::ports::people::PeopleStore;
use domain::ports::store::Store;
use domain::ports::{Clock, Declarer, Node, Sandbox};
use jiff::Timestamp;
use prometheus_client::registry::Registry;
use tokio::sync::Semaphore;

use crate::access::{Denials, Door, Doors, Kitchen};
use crate::component::Waits;
use crate::flock::Flock;
use crate::fresh::Fresh;
use crate::guard::Limiter;
use crate::health::Health;
use crate::metrics::{Metrics, Reading};
use crate::pages::Board;
use crate::traced::Traced;

/// How the web side is set up.
#[derive(Clone)]
pub struct WebSettings {
    /// The version of the program.
    pub version: String,
    /// When the process started.
    pub started_at: Timestamp,
    /// `API_RATE_LIMIT`: requests per client and minute; health and static files are not counted.
    pub api_rate_limit: NonZeroU32,
    /// `FLOCKWORK_API_TOKEN`: whoever shows it may what an editor may.
    pub api_token: Option<Secret>,
    /// What a reader must know to read the rest right: `sandbox`, `dry run`, `fast reconcile
    /// profile`.
    pub notes: Vec<String>,
    /// A proxy stands before the server and says who its clients are.
    pub is_behind_proxy: bool,
    /// Who is let in without showing anything.
    pub doors: Doors,
    /// Host names that requests may be addressed to, without port; see [`WebSettings::LOOPBACK_HOSTS`].
    /// Empty: any, for a server behind a proxy.
    pub allowed_hosts: Vec<String>,
    /// What a request, a page and a cache may take.
    pub bounds: WebBounds,
}

/// What a request, a page and a cache may take.
#[derive(Clone, Copy, Debug)]
pub struct WebBounds {
    /// A body may have so many bytes at most.
    pub body_bytes_max: usize,
    /// Open event streams at most; each holds a connection.
    pub listeners_max: usize,
    /// What was counted for a page, `/health` or `/metrics` is counted anew when it is so old; some
    /// of it sooner. Zero: for every request.
    pub cache_age_max: Duration,
}

/// What the longest of our forms takes, several times over; and what a node was measured with.
impl Default for WebBounds {
    fn default() -> Self {
        let cache_age_max = Duration::from_secs(2);
        Self { body_bytes_max: 64 * 1024, listeners_max: 64, cache_age_max }
    }
}

impl WebSettings {
    /// What a server bound to loopback answers to. A page that rebinds its own name to 127.0.0.1
    /// sends that name as `Host` and is turned away.
    pub const LOOPBACK_HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];
}

/// Somebody who is told things, as a page shows it: nothing of it is a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldTarget {
    /// Its name in the configuration.
    pub name: String,
    /// `webhook`, `slack`, `discord`, `ntfy` or `smtp`.
    pub kind: &'static str,
    /// Of what.
    pub hears: String,
}

/// Everything the router needs; all of it through ports.
pub struct WebState {
    /// What is remembered.
    pub store: Arc<dyn Store>,
    /// Who is let in.
    pub people: Arc<dyn PeopleStore>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The engine of this process.
    pub node: Arc<dyn Node>,
    /// What stands in for X, where it does.
    pub sandbox: Option<Arc<dyn Sandbox>>,
    /// What the program counts; the pages add theirs and show all of it at `/metrics`.
    pub metrics: Registry,
    /// Who reads what is declared on a page.
    pub declarer: Arc<dyn Declarer>,
    /// What people are told, and what became of it.
    pub alerts: Arc<dyn AlertStore>,
    /// Who is told.
    pub told: Vec<ToldTarget>,
    /// How the web side is set up.
    pub settings: WebSettings,
}

/// How old what the database told may be at a scrape.
const SCRAPE_MAX_AGE: Duration = Duration::from_secs(2);

/// [`WebState`] and what is shared between requests.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) people: Arc<dyn PeopleStore>,
    pub(crate) door: Door,
    pub(crate) kitchen: Kitchen,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) node: Arc<dyn Node>,
    pub(crate) sandbox: Option<Arc<dyn Sandbox>>,
    pub(crate) declarer: Arc<dyn Declarer>,
    pub(crate) alerts: Arc<dyn AlertStore>,
    pub(crate) told: Vec<ToldTarget>,
    /// Programs whose refusal was written down lately.
    pub(crate) denials: Denials,
    pub(crate) settings: WebSettings,
    pub(crate) health: Fresh<Health>,
    pub(crate) board: Fresh<Board>,
    pub(crate) reading: Fresh<Reading>,
    pub(crate) metrics: Metrics,
    /// Requests that a collector was told of lately.
    pub(crate) traced: Traced,
    /// What the rail counts.
    pub(crate) waits: Fresh<Waits>,
    pub(crate) flock: Flock,
    pub(crate) limiter: Limiter,
    pub(crate) listeners: Arc<Semaphore>,
}

impl Shared {
    pub(crate) fn new(state: WebState) -> Self {
        let metrics = Metrics::new(state.metrics);
        let uses = |cache| metrics.caches.of(cache);
        let limiter = Limiter::new(state.settings.api_rate_limit, state.clock.clone());
        let age = |own: Duration| own.min(state.settings.bounds.cache_age_max);
        let waits = Fresh::new(age(crate::pages::BOARD_MAX_AGE), uses("waits"));
        let flock = Flock::new(age(crate::flock::MAX_AGE), uses("birds"));
        let reading = Fresh::new(age(SCRAPE_MAX_AGE), uses("scrape"));
        let board = Fresh::new(age(crate::pages::BOARD_MAX_AGE), uses("board"));
        let health = Fresh::new(age(crate::health::MAX_AGE), uses("health"));
        let listeners = Arc::new(Semaphore::new(state.settings.bounds.listeners_max));
        Self {
            store: state.store,
            people: state.people,
            door: Door::new(state.settings.doors),
            kitchen: Kitchen::default(),
            clock: state.clock,
            node: state.node,
            sandbox: state.sandbox,
            declarer: state.declarer,
            alerts: state.alerts,
            told: state.told,
            denials: Denials::default(),
            settings: state.settings,
            health,
            board,
            reading,
            metrics,
            traced: Traced::default(),
            waits,
            flock,
            limiter,
            listeners,
        }
    }
}

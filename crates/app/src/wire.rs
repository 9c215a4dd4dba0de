//! The one big picture: which adapter stands behind which port, and what runs in one process.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use domain::ports::alerts::AlertStore;
use domain::ports::people::PeopleStore;
use domain::ports::store::Store;
use domain::ports::{Clock, Declarer, Feeds, Node, Sandbox, Writer, XApi};
use engine::{Alerting, Bulk, Engine, Keeping, Moderation, Pulse, RunError, Runner, Settings};
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use web::{ToldTarget, WebSettings, WebState};

use crate::exit::{Exit, Failure};
use crate::listen;
use crate::telemetry::{self, process};

/// What a node is made of.
pub struct Parts {
    /// What is remembered.
    pub store: Arc<dyn Store>,
    /// Where that is a file: its path.
    pub database_file: Option<PathBuf>,
    /// Who is let in.
    pub people: Arc<dyn PeopleStore>,
    /// X, or the sandbox.
    pub x: Arc<dyn XApi>,
    /// A model, or the grammar.
    pub writer: Arc<dyn Writer>,
    /// What stands in for X in this process, where it does: a page shows it.
    pub sandbox: Option<Arc<dyn Sandbox>>,
    /// Who looks at texts after review, where anybody does.
    pub moderation: Option<Moderation>,
    /// Who writes in bulk, where anybody does.
    pub bulk: Option<Bulk>,
    /// Who fetches feeds.
    pub feeds: Arc<dyn Feeds>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// How the engine is set up.
    pub settings: Settings,
    /// Where backups are kept, if they are.
    pub keeping: Option<Keeping>,
    /// Who is told what.
    pub alerting: Option<Alerting>,
    /// The same for a page, which shows what became of it.
    pub alerts: Arc<dyn AlertStore>,
    /// Who is told, by name.
    pub told: Vec<ToldTarget>,
    /// Who reads what is declared on a page.
    pub declarer: Arc<dyn Declarer>,
    /// Connections to the pages at the same time.
    pub connections_max: usize,
    /// How the pages are set up.
    pub web: WebSettings,
    /// Who is told that the engine turns, if anybody is.
    pub pulse: Option<Pulse>,
}

/// What a program puts around the parts of `flockwork serve` before they run.
pub type Dress = Box<dyn FnOnce(Parts) -> Parts>;

/// Runs a node, its engine and its pages, until `stop`.
pub async fn run(
    parts: Parts,
    listener: TcpListener,
    stop: CancellationToken,
) -> Result<(), Failure> {
    let engine = Engine::new(
        parts.store.clone(),
        parts.x,
        parts.writer,
        parts.clock.clone(),
        parts.settings,
    );
    let engine = engine.with_feeds(parts.feeds);
    let engine = match parts.moderation {
        Some(moderation) => engine.with_moderation(moderation),
        None => engine,
    };
    let engine = match parts.bulk {
        Some(bulk) => engine.with_bulk(bulk),
        None => engine,
    };
    let engine = match parts.alerting {
        Some(alerting) => engine.with_alerting(alerting),
        None => engine,
    };
    let engine = Arc::new(match parts.keeping {
        Some(keeping) => engine.with_backups(keeping),
        None => engine,
    });
    let node: Arc<dyn Node> = engine.clone();
    let mut metrics = Registry::default();
    process::register(&mut metrics);
    telemetry::register(metrics.sub_registry_with_prefix("flockwork"));
    store::register_statements(metrics.sub_registry_with_prefix("flockwork"));
    if let Some(path) = parts.database_file {
        process::register_database(&mut metrics, path);
    }
    engine.metrics().register(metrics.sub_registry_with_prefix("flockwork"));
    let (store, people) = (parts.store, parts.people);
    let state = WebState {
        store,
        people,
        clock: parts.clock,
        node,
        sandbox: parts.sandbox,
        metrics,
        declarer: parts.declarer,
        alerts: parts.alerts,
        told: parts.told,
        settings: parts.web,
    };
    let pages_stop = CancellationToken::new();
    let pages = spawn(listen::serve(
        parts.connections_max,
        listener,
        web::router(state),
        pages_stop.clone(),
    ));
    let outcome = Runner::new(engine, stop).with_pulse(parts.pulse).run().await;
    // The pages answer to the end, so that a probe sees "stopping" and not "gone".
    pages_stop.cancel();
    pages.await.context("the pages ended with a fault")?;
    outcome.map_err(|error| {
        let exit = match error {
            RunError::Disk(_) => Exit::Io,
            RunError::Start(_) | RunError::Panicked(_) => Exit::Internal,
        };
        Failure::new(exit, error.to_string())
    })
}

/// Starts a task of the process; only here and in the engine's runner.
#[expect(clippy::disallowed_methods, reason = "one of the two places that start tasks")]
pub fn spawn<T: Send + 'static>(
    task: impl Future<Output = T> + Send + 'static,
) -> tokio::task::JoinHandle<T> {
    tokio::spawn(task)
}

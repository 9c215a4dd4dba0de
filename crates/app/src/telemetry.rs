//! What a process tells of itself: the log, and traces where somebody collects them.
//!
//! Telling never stops the work (faults 16 and 79): lines and spans go through bounded queues to threads
//! of their own, and where a pipe is stuck, a disk is full or a collector is away they are dropped and
//! counted, not posts.

mod counted;
mod events;
mod export;
mod fields;
mod files;
mod line;
mod losses;
pub mod process;
mod span_names;
mod spans;
mod told;

use std::io::IsTerminal;
use std::sync::Arc;

use anyhow::Context;
use domain::ports::Clock;
use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::{FilterFn, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use self::counted::{Counted, FILES, STDERR, Sink};
use self::export::{Export, Farewell};
use self::files::Files;
use self::line::Line;
use self::spans::{Spans, TARGET};
use crate::clock::SystemClock;
use crate::config::{Config, Environment, LogFormat, Logging};
use crate::serve;

pub use self::events::EVENTS;
pub use self::fields::FIELDS;
pub use self::losses::register;
pub use self::span_names::SPANS;
pub use self::spans::traceparent;

/// Writes out what waits when it is dropped. `main` holds it to its end.
#[must_use = "the log ends when this is dropped"]
pub struct LogGuard {
    // In this order: what the collector does not take is still logged.
    _spans: Option<Farewell>,
    _lines: Vec<WorkerGuard>,
}

/// Starts the log of a node, and its traces.
pub fn start_node(config: &Config, environment: &Environment) -> anyhow::Result<LogGuard> {
    let started = config.tracing.as_ref().map(|tracing| Export::start(tracing, serve::node_name()));
    let (export, farewell) = started.transpose()?.unzip();
    let lines = start_with(&config.logging, environment, export)?;
    Ok(LogGuard { _spans: farewell, _lines: lines })
}

/// Starts the log of this process.
pub fn start(logging: &Logging, environment: &Environment) -> anyhow::Result<LogGuard> {
    Ok(LogGuard { _spans: None, _lines: start_with(logging, environment, None)? })
}

fn start_with(
    logging: &Logging,
    environment: &Environment,
    export: Option<Export>,
) -> anyhow::Result<Vec<WorkerGuard>> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let is_terminal = std::io::stderr().is_terminal();
    let shape =
        logging.format.unwrap_or(if is_terminal { LogFormat::Pretty } else { LogFormat::Json });
    let has_colour = is_terminal && environment.find("NO_COLOR").is_none();
    let waiting = usize::try_from(logging.queue_lines).context("counting lines")?;
    let levels: Targets = logging.level.parse().context("reading LOG_LEVEL")?;
    let (to_stderr, worker) = queue(waiting, std::io::stderr(), &STDERR);
    let mut workers = vec![worker];
    let on_stderr = fmt::layer()
        .with_ansi(has_colour && shape == LogFormat::Pretty)
        .event_format(Line::new(shape, clock.clone()))
        .with_writer(to_stderr)
        .with_filter(of_log(levels.clone()));
    let in_files = match &logging.dir {
        Some(dir) => {
            let files = Files::open(dir, logging.files, clock.clone())
                .with_context(|| format!("LOG_DIR={} cannot be written", dir.display()))?;
            let (to_files, worker) = queue(waiting, files, &FILES);
            workers.push(worker);
            let layer = fmt::layer()
                .with_ansi(false)
                .event_format(Line::new(LogFormat::Json, clock))
                .with_writer(to_files)
                .with_filter(of_log(levels));
            Some(layer)
        }
        None => None,
    };
    let finest = if export.is_some() { Level::DEBUG } else { Level::INFO };
    tracing_subscriber::registry()
        .with(Spans::new(export).with_filter(of_traces(finest)))
        .with(on_stderr)
        .with(in_files)
        .try_init()
        .context("starting the log")?;
    Ok(workers)
}

/// Its places are allocated at once, so lines that may wait are memory too.
fn queue(
    lines_max: usize,
    to: impl std::io::Write + Send + 'static,
    sink: &'static Sink,
) -> (NonBlocking, WorkerGuard) {
    let (queue, worker) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(lines_max)
        .thread_name(sink.thread)
        .finish(Counted::new(to, sink));
    sink.follow(queue.error_counter());
    (queue, worker)
}

type Wanted = Box<dyn Fn(&Metadata<'_>) -> bool + Send + Sync>;

/// Events of these levels. Spans of traces besides, whatever their level: lines say which they are in.
fn of_log(levels: Targets) -> FilterFn<Wanted> {
    let finest = Layer::<Registry>::max_level_hint(&levels).unwrap_or(LevelFilter::TRACE);
    let wanted: Wanted = Box::new(move |metadata| {
        if metadata.is_span() {
            return metadata.target() == TARGET;
        }
        levels.would_enable(metadata.target(), metadata.level())
    });
    FilterFn::new(wanted).with_max_level_hint(finest.max(LevelFilter::DEBUG))
}

/// Spans of traces up to that level.
fn of_traces(finest: Level) -> FilterFn<Wanted> {
    let wanted: Wanted = Box::new(move |metadata| {
        metadata.is_span() && metadata.target() == TARGET && *metadata.level() <= finest
    });
    FilterFn::new(wanted).with_max_level_hint(LevelFilter::from_level(finest))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What was written.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn lines(levels: &str) -> String {
        let written = Written::default();
        let to = written.clone();
        let layer = fmt::layer().with_ansi(false).with_writer(move || to.clone());
        let layer = layer.with_filter(of_log(levels.parse().unwrap()));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            tracing::debug!(target: "clients::llm", "clients-debug");
            tracing::trace!(target: "clients::llm", "clients-trace");
            tracing::info!(target: "engine", "engine-info");
            tracing::warn!(target: "engine::publisher", "engine-warn");
        });
        let written = written.0.lock().unwrap().clone();
        String::from_utf8(written).unwrap()
    }

    #[test]
    fn each_target_has_its_own_level() {
        let all = ["clients-debug", "clients-trace", "engine-info", "engine-warn"];
        for (levels, wanted) in [
            ("warn,clients=debug", &["clients-debug", "engine-warn"][..]),
            ("info", &["engine-info", "engine-warn"]),
            ("warn,engine=off,clients::llm=trace", &["clients-debug", "clients-trace"]),
        ] {
            let said = lines(levels);
            for line in all {
                assert_eq!(said.contains(line), wanted.contains(&line), "{levels}: {line}\n{said}");
            }
        }
    }
}

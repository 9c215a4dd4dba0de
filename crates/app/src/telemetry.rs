//! The log: lines on standard error, and files where `LOG_DIR` says.
//!
//! Logging never stops the work (faults 16 and 79): lines go through bounded queues to threads of
//! their own, and where a pipe is stuck or a disk is full lines are dropped, not posts.

use std::io::IsTerminal;

use anyhow::Context;
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use crate::config::{Environment, LogFormat, Logging};

mod counted;
pub mod process;

use counted::Counted;

/// Lines that wait at most; a queue's places are allocated at once, so this is memory too.
const LINES_WAITING_MAX: usize = 4_096;

/// Writes out what waits when it is dropped. `main` holds it to its end.
#[must_use = "the log ends when this is dropped"]
pub struct LogGuard {
    _workers: Vec<WorkerGuard>,
}

/// Starts the log of this process.
pub fn start(logging: &Logging, environment: &Environment) -> anyhow::Result<LogGuard> {
    let is_terminal = std::io::stderr().is_terminal();
    let format =
        logging.format.unwrap_or(if is_terminal { LogFormat::Pretty } else { LogFormat::Json });
    let has_colour = is_terminal && environment.find("NO_COLOR").is_none();
    let (to_stderr, worker) = queue("log-stderr", std::io::stderr());
    let mut workers = vec![worker];
    let on_stderr = match format {
        LogFormat::Pretty => {
            fmt::layer().with_ansi(has_colour).with_target(false).with_writer(to_stderr).boxed()
        }
        LogFormat::Json => fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_writer(to_stderr)
            .boxed(),
    };
    let in_files = match &logging.dir {
        Some(_) => {
            let (to_files, worker) = queue("log-files", Counted::new(files(logging)?));
            workers.push(worker);
            Some(fmt::layer().json().flatten_event(true).with_writer(to_files))
        }
        None => None,
    };
    tracing_subscriber::registry()
        .with(logging.level.parse::<Targets>().context("reading LOG_LEVEL")?)
        .with(on_stderr)
        .with(in_files)
        .try_init()
        .context("starting the log")?;
    Ok(LogGuard { _workers: workers })
}

fn queue(thread: &str, to: impl std::io::Write + Send + 'static) -> (NonBlocking, WorkerGuard) {
    NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(LINES_WAITING_MAX)
        .thread_name(thread)
        .finish(to)
}

/// `flockwork.2026-11-23.log`, a new one each day (UTC); the oldest are removed.
fn files(logging: &Logging) -> anyhow::Result<RollingFileAppender> {
    let dir = logging.dir.as_deref().context("LOG_DIR is set")?;
    std::fs::create_dir_all(dir)
        .with_context(|| format!("LOG_DIR={} cannot be created", dir.display()))?;
    RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("flockwork")
        .filename_suffix("log")
        .max_log_files(usize::try_from(logging.files_max).context("counting log files")?)
        .build(dir)
        .with_context(|| format!("LOG_DIR={} cannot be written", dir.display()))
}

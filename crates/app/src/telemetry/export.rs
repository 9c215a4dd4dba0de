//! The way of spans to a collector: a bounded queue and a thread, so that nothing waits for it. What the
//! queue has no room for, and what the collector does not take after a few tries, is dropped and counted.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use anyhow::Context as _;
use clients::collector::{Collector, HandedIn};
use domain::ports::Clock as _;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;

use super::told::{Value, pair};
use crate::clock::SystemClock;
use crate::config::{Sampler, Tracing};

/// Spans that wait at most; one takes about half a KiB.
const WAITING_MAX: usize = 4_096;
/// Spans in one request at most.
const BATCH_MAX: usize = 512;
/// A span is handed in this long after it ended, at most, where the collector is well.
const GATHERING: Duration = Duration::from_secs(1);
/// Waits before further tries of a batch.
const WAITS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];
/// At the end of the process the rest may take so long.
const FAREWELL: Duration = Duration::from_secs(2);

/// What became of spans.
pub struct Fates {
    taken: AtomicU64,
    no_room: AtomicU64,
    not_taken: AtomicU64,
}

/// Of all spans of this process.
pub static FATES: Fates =
    Fates { taken: AtomicU64::new(0), no_room: AtomicU64::new(0), not_taken: AtomicU64::new(0) };

impl Fates {
    /// How many had each fate.
    pub fn all(&self) -> [(&'static str, u64); 3] {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        [
            ("taken", of(&self.taken)),
            ("no_room", of(&self.no_room)),
            ("not_taken", of(&self.not_taken)),
        ]
    }
}

enum Job {
    Tell(Box<Span>),
    End,
}

/// Where spans are put.
pub struct Export {
    queue: SyncSender<Job>,
    /// Which traces.
    pub sampler: Sampler,
}

/// Hands in the rest when it is dropped.
pub struct Farewell {
    queue: SyncSender<Job>,
    ended: Receiver<()>,
}

impl Export {
    /// A queue, and who empties it into the collector; `node` names this process.
    pub fn start(tracing: &Tracing, node: String) -> anyhow::Result<(Self, Farewell)> {
        let collector = Collector::new(&tracing.url, &tracing.headers)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.context("starting the export of traces")?;
        let hand_in = move |request| runtime.block_on(collector.hand_in(request));
        Self::start_with(hand_in, resource(&tracing.service, node), tracing.sampler)
    }

    pub(super) fn start_with(
        hand_in: impl Fn(Vec<u8>) -> HandedIn + Send + 'static,
        resource: Resource,
        sampler: Sampler,
    ) -> anyhow::Result<(Self, Farewell)> {
        let (queue, jobs) = sync_channel(WAITING_MAX);
        let (end, ended) = sync_channel(1);
        let thread = std::thread::Builder::new().name("traces".to_owned());
        let mut work = Work { hand_in, resource, jobs, is_silent: false, is_ending: false };
        thread
            .spawn(move || {
                work.run();
                // Nobody may be waiting any more.
                let _ = end.try_send(());
            })
            .context("starting the export of traces")?;
        Ok((Self { queue: queue.clone(), sampler }, Farewell { queue, ended }))
    }

    /// Puts a span into the queue, or counts it as lost.
    pub fn hand_in(&self, span: Span) {
        match self.queue.try_send(Job::Tell(Box::new(span))) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                FATES.no_room.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl Drop for Farewell {
    fn drop(&mut self) {
        // Full: there is more than can be told in time.
        if self.queue.try_send(Job::End).is_ok() {
            let _ = self.ended.recv_timeout(FAREWELL);
        }
    }
}

/// The thread's side.
struct Work<F> {
    hand_in: F,
    resource: Resource,
    jobs: Receiver<Job>,
    /// The collector took nothing when it was last asked.
    is_silent: bool,
    is_ending: bool,
}

impl<F: Fn(Vec<u8>) -> HandedIn> Work<F> {
    fn run(&mut self) {
        while !self.is_ending {
            let batch = self.gather();
            if !batch.is_empty() {
                self.tell(batch);
            }
        }
    }

    /// Waits for a span, and a little for others.
    fn gather(&mut self) -> Vec<Span> {
        let mut batch = Vec::new();
        self.take(self.jobs.recv().ok(), &mut batch);
        let until = SystemClock.monotonic() + GATHERING;
        while batch.len() < BATCH_MAX && !self.is_ending {
            match self.jobs.recv_timeout(until.saturating_sub(SystemClock.monotonic())) {
                Err(RecvTimeoutError::Timeout) => break,
                job => self.take(job.ok(), &mut batch),
            }
        }
        batch
    }

    /// Without a job nobody is there any more who has any.
    fn take(&mut self, job: Option<Job>, batch: &mut Vec<Span>) {
        match job {
            Some(Job::Tell(span)) => batch.push(*span),
            Some(Job::End) | None => self.is_ending = true,
        }
    }

    fn tell(&mut self, spans: Vec<Span>) {
        let count = spans.len() as u64;
        let request = request(self.resource.clone(), spans).encode_to_vec();
        let mut waits = WAITS.iter();
        let trouble = loop {
            match (self.hand_in)(request.clone()) {
                HandedIn::Taken => {
                    FATES.taken.fetch_add(count, Ordering::Relaxed);
                    if std::mem::take(&mut self.is_silent) {
                        tracing::info!(event = "traces.taken", "The collector takes traces again");
                    }
                    return;
                }
                HandedIn::Refused(why) => break why,
                HandedIn::Later(why) => match waits.next().filter(|_| !self.is_ending) {
                    Some(wait) => std::thread::sleep(*wait),
                    None => break why,
                },
            }
        };
        FATES.not_taken.fetch_add(count, Ordering::Relaxed);
        if !std::mem::replace(&mut self.is_silent, true) {
            tracing::warn!(
                event = "traces.refused",
                "The collector does not take traces, so they are left out: {trouble}"
            );
        }
    }
}

fn request(resource: Resource, spans: Vec<Span>) -> ExportTraceServiceRequest {
    let scope = InstrumentationScope {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    };
    let scope_spans = vec![ScopeSpans { scope: Some(scope), spans, ..ScopeSpans::default() }];
    let of_node =
        ResourceSpans { resource: Some(resource), scope_spans, ..ResourceSpans::default() };
    ExportTraceServiceRequest { resource_spans: vec![of_node] }
}

fn resource(service: &str, node: String) -> Resource {
    let text = |key: &str, value: String| pair(key, Value::Text(value));
    let attributes: Vec<KeyValue> = vec![
        text("service.name", service.to_owned()),
        text("service.version", env!("CARGO_PKG_VERSION").to_owned()),
        text("service.instance.id", node),
    ];
    Resource { attributes, ..Resource::default() }
}

#[cfg(test)]
mod tests;

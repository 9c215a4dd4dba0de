//! Spans of the target `trace`: which trace each belongs to, so that lines of the log can say it, and what
//! of it is told where somebody collects traces.
//!
//! A span with the field `trace_id` begins or joins that trace; one without belongs to that of the span
//! around it. Work that is not known to belong to any trace yet is held back until it is, or until it
//! ends: then nobody hears of it. The field `is_first` makes a span the one that all others of its trace
//! hang below, wherever and whenever they were made; its number follows from the trace's. The field `link` names a
//! span of somebody else's that has to do with it.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use domain::model::TraceId;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Span, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};
use tracing_subscriber::{Layer, Registry};

use super::export::Export;
use super::told::{Link, Side, Told, Value};
use crate::clock;
use crate::config::Sampler;

/// The target of all spans that tell of a trace.
pub const TARGET: &str = "trace";

/// Spans that wait until their trace is known; a batch has a handful.
const HELD_MAX: usize = 256;

/// The trace and the span that something belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ids {
    /// The trace.
    pub trace: TraceId,
    /// The span.
    pub span: u64,
}

impl Ids {
    /// Those of a span, once its trace is known.
    pub fn of<S: for<'a> LookupSpan<'a>>(span: &SpanRef<'_, S>) -> Option<Self> {
        let extensions = span.extensions();
        let node = extensions.get::<Node>()?;
        Some(Self { trace: *node.strand.trace.get()?, span: node.id })
    }
}

/// The running work's trace, as the header `traceparent` says it; `None` outside any trace.
pub fn traceparent() -> Option<String> {
    let ids = Span::current().with_subscriber(|(id, dispatch)| {
        let span = dispatch.downcast_ref::<Registry>()?.span(id)?;
        let is_told = span.extensions().get::<Node>()?.is_told;
        Some((Ids::of(&span)?, is_told))
    });
    let (Ids { trace, span }, is_told) = ids??;
    Some(format!("00-{trace}-{span:016x}-{:02x}", u8::from(is_told)))
}

/// The layer.
pub struct Spans {
    export: Option<Export>,
}

/// Spans around each other that belong to one trace.
#[derive(Default)]
struct Strand {
    trace: OnceLock<TraceId>,
    /// What ended before the trace was known.
    held: Mutex<Vec<Told>>,
}

/// A span, as long as it is open.
struct Node {
    strand: Arc<Strand>,
    id: u64,
    parent: Parent,
    is_outermost: bool,
    /// Whether its trace is among those that are told.
    is_told: bool,
    /// What is told of it; nothing where nobody collects.
    told: Option<Box<Told>>,
}

/// What a span hangs below.
#[derive(Clone, Copy)]
enum Parent {
    /// Nothing: it is the first of its trace.
    None,
    /// The first span of its trace.
    First,
    Span(u64),
}

impl Spans {
    /// Spans whose numbers are known to the log and, where somebody collects them, told.
    pub fn new(export: Option<Export>) -> Self {
        Self { export }
    }

    fn is_told(&self, trace: TraceId) -> bool {
        self.export.as_ref().is_some_and(|export| takes(export.sampler, trace))
    }

    /// The node of a span with these fields inside `outer`.
    fn node(&self, name: &'static str, fields: Fields, outer: Option<&Node>) -> Node {
        let outer_trace = outer.and_then(|outer| outer.strand.trace.get().copied());
        let joins = outer.filter(|_| fields.trace.is_none() || fields.trace == outer_trace);
        let (strand, parent) = match (joins, fields.trace) {
            (Some(outer), _) if !fields.is_first => (outer.strand.clone(), Parent::Span(outer.id)),
            (_, trace) => {
                let strand = Strand::default();
                if let Some(trace) = trace {
                    // It was made here.
                    let _ = strand.trace.set(trace);
                }
                let parent = if fields.is_first { Parent::None } else { Parent::First };
                (Arc::new(strand), parent)
            }
        };
        let id = match fields.trace.filter(|_| fields.is_first) {
            Some(trace) => trace.first_span(),
            None => new_id(),
        };
        let is_outermost = !matches!(parent, Parent::Span(_));
        let link = outer.filter(|_| is_outermost).zip(outer_trace);
        let is_told = strand.trace.get().is_some_and(|trace| self.is_told(*trace));
        let told = self.export.is_some().then(|| {
            let link = link.map(|(outer, trace)| Link { trace, span: outer.id }).or(fields.link);
            Box::new(Told {
                name: fields.name.unwrap_or_else(|| name.to_owned()),
                side: fields.side,
                started_nanos: fields.started_nanos.unwrap_or_else(clock::nanos),
                attributes: fields.attributes,
                error: fields.error,
                link,
                ..Told::of(id)
            })
        });
        Node { strand, id, parent, is_outermost, is_told, told }
    }

    fn end(&self, node: Node) {
        let (Some(export), Some(mut told)) = (&self.export, node.told) else { return };
        told.ended_nanos = clock::nanos();
        if let Parent::Span(parent) = node.parent {
            told.parent = Some(parent);
        }
        told.hangs_below_first = matches!(node.parent, Parent::First);
        let mut held = node.strand.held.lock().unwrap_or_else(PoisonError::into_inner);
        match node.strand.trace.get() {
            Some(trace) if takes(export.sampler, *trace) => {
                for one in mem::take(&mut *held) {
                    export.hand_in(one.of_trace(*trace));
                }
                export.hand_in(told.of_trace(*trace));
            }
            None if !node.is_outermost && held.len() < HELD_MAX => held.push(*told),
            // Nobody wants it, or it never came to belong to anything.
            Some(_) | None => held.clear(),
        }
    }
}

/// Whether a trace is among those that are told. As OpenTelemetry's own libraries choose.
fn takes(sampler: Sampler, trace: TraceId) -> bool {
    match sampler {
        Sampler::All => true,
        Sampler::None => false,
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a part of all numbers, between 0 and 1 by its parser"
        )]
        Sampler::Part(part) => trace.first_span() >> 1 < (part * (1_u64 << 63) as f64) as u64,
    }
}

/// A number that no other span of the trace has, of this process or another.
fn new_id() -> u64 {
    static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static COUNT: AtomicU64 = AtomicU64::new(1);
    // Zero means none.
    SEED.hash_one(COUNT.fetch_add(1, Ordering::Relaxed)).max(1)
}

impl<S> Layer<S> for Spans
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields { keeps: self.export.is_some(), ..Fields::default() };
        attributes.record(&mut fields);
        let outer = span.parent();
        let extensions = outer.as_ref().map(SpanRef::extensions);
        let outer = extensions.as_ref().and_then(|extensions| extensions.get::<Node>());
        let node = self.node(attributes.metadata().name(), fields, outer);
        span.extensions_mut().insert(node);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields { keeps: self.export.is_some(), ..Fields::default() };
        values.record(&mut fields);
        let mut extensions = span.extensions_mut();
        let Some(node) = extensions.get_mut::<Node>() else { return };
        if let Some(trace) = fields.trace {
            // The first word counts.
            let _ = node.strand.trace.set(trace);
            node.is_told = self.is_told(trace);
        }
        if let Some(told) = &mut node.told {
            told.attributes.extend(fields.attributes);
            told.error = fields.error.or(told.error.take());
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let node = context.span(&id).and_then(|span| span.extensions_mut().remove::<Node>());
        if let Some(node) = node {
            self.end(node);
        }
    }
}

/// The fields of a span, read.
#[derive(Default)]
struct Fields {
    /// Whether anybody wants to know what is not about the trace itself.
    keeps: bool,
    trace: Option<TraceId>,
    is_first: bool,
    started_nanos: Option<u64>,
    name: Option<String>,
    side: Side,
    link: Option<Link>,
    error: Option<String>,
    attributes: Vec<(&'static str, Value)>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("trace_id", Value::Text(text)) => self.trace = TraceId::parse(&text),
            ("is_first", Value::Flag(is_first)) => self.is_first = is_first,
            ("starts_at_ms", Value::Number(millis)) => {
                self.started_nanos =
                    u64::try_from(millis).ok().and_then(|millis| millis.checked_mul(1_000_000));
            }
            ("otel.name", Value::Text(name)) => self.name = Some(name),
            ("otel.kind", Value::Text(kind)) => {
                self.side = if kind == "server" { Side::Server } else { Side::Client };
            }
            ("link", Value::Text(text)) => self.link = Link::parse(&text),
            ("error", Value::Text(text)) => self.error = Some(text),
            (name, value) if self.keeps => self.attributes.push((name, value)),
            (_, _) => {}
        }
    }
}

impl Visit for Fields {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, Value::Number(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, Value::Number(i64::try_from(value).unwrap_or(i64::MAX)));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, Value::Flag(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, Value::Text(value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, Value::Text(format!("{value:?}")));
    }
}

#[cfg(test)]
mod tests;

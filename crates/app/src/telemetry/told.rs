//! A span that ended, in OpenTelemetry's words.

use domain::model::TraceId;
use opentelemetry_proto::tonic::common::v1::any_value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::{Link as WireLink, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{Span, Status};

/// A field of a span.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Words.
    Text(String),
    /// A whole number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
}

/// Another span that has to do with this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its trace.
    pub trace: TraceId,
    /// Its number.
    pub span: u64,
}

/// A span, but for its trace, which may not be known when it ends.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// Its number.
    pub id: u64,
    /// What it hangs below.
    pub parent: Option<u64>,
    /// It hangs below the first span of its trace.
    pub hangs_below_first: bool,
    /// What was done.
    pub name: String,
    /// Whether somebody else was asked, or asked us.
    pub side: Side,
    /// From when, in nanoseconds since 1970.
    pub started_nanos: u64,
    /// Until when.
    pub ended_nanos: u64,
    /// What is known of it.
    pub attributes: Vec<(&'static str, Value)>,
    /// Why it failed.
    pub error: Option<String>,
    /// What else it belongs to.
    pub link: Option<Link>,
}

impl Link {
    /// The span of a caller, as `traceparent` names it: trace and span with a dash between.
    pub fn parse(text: &str) -> Option<Self> {
        let (trace, span) = text.split_once('-')?;
        let span = u64::from_str_radix(span, 16).ok().filter(|span| *span != 0)?;
        Some(Self { trace: TraceId::parse(trace)?, span })
    }
}

/// On which side of a request something is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// On none.
    #[default]
    Inside,
    /// Somebody else is asked.
    Client,
    /// Somebody else asks.
    Server,
}

impl Told {
    /// A span of that number, of which nothing else is known.
    pub fn of(id: u64) -> Self {
        Self { id, ..Self::default() }
    }

    /// As it travels.
    pub fn of_trace(self, trace: TraceId) -> Span {
        let first = self.hangs_below_first.then(|| trace.first_span());
        let parent = self.parent.or(first).map(|parent| parent.to_be_bytes().to_vec());
        let kind = match self.side {
            Side::Inside => SpanKind::Internal,
            Side::Client => SpanKind::Client,
            Side::Server => SpanKind::Server,
        };
        let status = self.error.map(|message| Status { message, code: StatusCode::Error.into() });
        Span {
            trace_id: trace.to_bytes().to_vec(),
            span_id: self.id.to_be_bytes().to_vec(),
            parent_span_id: parent.unwrap_or_default(),
            name: self.name,
            kind: kind.into(),
            start_time_unix_nano: self.started_nanos,
            // A clock that was set back is no reason to tell of a span that ends before it begins.
            end_time_unix_nano: self.ended_nanos.max(self.started_nanos),
            attributes: self.attributes.into_iter().map(|(key, value)| pair(key, value)).collect(),
            links: self.link.into_iter().map(WireLink::from).collect(),
            status,
            ..Span::default()
        }
    }
}

impl From<Link> for WireLink {
    fn from(link: Link) -> Self {
        let (trace, span) = (link.trace.to_bytes().to_vec(), link.span.to_be_bytes().to_vec());
        Self { trace_id: trace, span_id: span, ..Self::default() }
    }
}

/// A name and its value.
pub fn pair(key: &str, value: Value) -> KeyValue {
    let value = match value {
        Value::Text(text) => any_value::Value::StringValue(text),
        Value::Number(number) => any_value::Value::IntValue(number),
        Value::Flag(flag) => any_value::Value::BoolValue(flag),
    };
    let value = Some(AnyValue { value: Some(value) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

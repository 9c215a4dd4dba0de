//! What a collector gets to see of spans.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, channel};

use clients::collector::HandedIn;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span as WireSpan;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message as _;
use tracing::field::Empty;
use tracing_subscriber::layer::SubscriberExt as _;

use super::*;

const ONE: &str = "0af7651916cd43dd8448eb211c80319d";
const OTHER: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// The spans that are told of `work`, by name.
fn told(sampler: Sampler, work: impl FnOnce()) -> BTreeMap<String, WireSpan> {
    let (hand_in, handed_in) = channel();
    let take = move |request| {
        hand_in.send(request).unwrap();
        HandedIn::Taken
    };
    let (export, farewell) = Export::start_with(take, Resource::default(), sampler).unwrap();
    let subscriber = Registry::default().with(Spans::new(Some(export)));
    tracing::subscriber::with_default(subscriber, work);
    drop(farewell);
    all(&handed_in)
}

fn all(requests: &Receiver<Vec<u8>>) -> BTreeMap<String, WireSpan> {
    let read = |request: Vec<u8>| ExportTraceServiceRequest::decode(request.as_slice()).unwrap();
    let scopes = requests.try_iter().flat_map(|request| read(request).resource_spans);
    let spans = scopes.flat_map(|of| of.scope_spans).flat_map(|scope| scope.spans);
    spans.map(|span| (span.name.clone(), span)).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[test]
fn a_batch_is_told_in_the_trace_of_its_first_and_the_others_point_there() {
    let told = told(Sampler::All, || {
        let batch = tracing::debug_span!(target: "trace", "claim", trace_id = Empty, slots = Empty);
        batch.in_scope(|| {
            drop(tracing::debug_span!(target: "trace", "sql", otel.name = "UPDATE slots", otel.kind = "client"));
        });
        batch.record("trace_id", ONE);
        batch.in_scope(|| {
            drop(tracing::debug_span!(target: "trace", "of another", trace_id = OTHER));
        });
        batch.record("slots", 2_u64);
        drop(batch);
        drop(
            tracing::debug_span!(target: "trace", "slot", trace_id = ONE, is_first = true, starts_at_ms = 7_i64),
        );
    });
    let (batch, sql, first) = (&told["claim"], &told["UPDATE slots"], &told["slot"]);
    for of_one in [batch, sql, first] {
        assert_eq!(hex(&of_one.trace_id), ONE);
    }
    assert_eq!(sql.parent_span_id, batch.span_id);
    assert_eq!(batch.parent_span_id, first.span_id);
    assert_eq!((&first.parent_span_id, first.start_time_unix_nano), (&Vec::new(), 7_000_000));
    assert_eq!(hex(&first.span_id), ONE[16..]);
    let other = &told["of another"];
    assert_eq!(
        (hex(&other.trace_id), hex(&other.parent_span_id)),
        (OTHER.into(), OTHER[16..].into())
    );
    assert_eq!(other.links[0].span_id, batch.span_id);
}

#[test]
fn work_that_came_to_nothing_is_not_told() {
    let told = told(Sampler::All, || {
        let batch = tracing::debug_span!(target: "trace", "claim", trace_id = Empty);
        batch.in_scope(|| drop(tracing::debug_span!(target: "trace", "sql")));
        drop(batch);
        drop(tracing::debug_span!(target: "trace", "sql of nobody"));
    });
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn a_failure_is_told_as_one() {
    let told = told(Sampler::All, || {
        let span = tracing::debug_span!(target: "trace", "http", trace_id = ONE, error = Empty);
        span.record("error", "no answer");
    });
    assert_eq!(told["http"].status.as_ref().unwrap().message, "no answer");
}

#[test]
fn a_part_of_the_traces_is_told_and_it_is_the_same_part_everywhere() {
    let tell = || {
        drop(tracing::debug_span!(target: "trace", "low", trace_id = OTHER));
        drop(
            tracing::debug_span!(target: "trace", "high", trace_id = "1bf92f3577b34da6f3ce929d0e0e4736"),
        );
    };
    let names = |sampler| told(sampler, tell).into_keys().collect::<Vec<_>>();
    assert_eq!(names(Sampler::Part(0.7)), ["low"]);
    assert_eq!(names(Sampler::Part(1.0)), ["high", "low"]);
    assert!(names(Sampler::Part(0.0)).is_empty() && names(Sampler::None).is_empty());
}

#[test]
fn whoever_is_asked_hears_the_trace() {
    let (export, _farewell) =
        Export::start_with(|_| HandedIn::Taken, Resource::default(), Sampler::All).unwrap();
    let subscriber = Registry::default().with(Spans::new(Some(export)));
    tracing::subscriber::with_default(subscriber, || {
        assert_eq!(traceparent(), None);
        let span = tracing::info_span!(target: "trace", "refill", trace_id = ONE, is_first = true);
        let said = span.in_scope(traceparent).unwrap();
        assert_eq!(said, format!("00-{ONE}-{}-01", &ONE[16..]));
    });
}

/// A request that did one thing, asked by somebody who is traced.
fn request(is_worth_telling: bool) {
    let span = tracing::debug_span!(
        target: "trace", "request", trace_id = Empty, is_first = true, otel.name = "GET /bots",
        otel.kind = "server", link = format_args!("{OTHER}-00f067aa0ba902b7")
    );
    span.in_scope(|| drop(tracing::debug_span!(target: "trace", "sql")));
    if is_worth_telling {
        span.record("trace_id", ONE);
    }
}

#[test]
fn what_turns_out_to_be_worth_it_at_its_end_is_told_whole() {
    let told_of = told(Sampler::All, || request(true));
    let (first, sql) = (&told_of["GET /bots"], &told_of["sql"]);
    assert_eq!((hex(&first.trace_id), hex(&sql.trace_id)), (ONE.into(), ONE.into()));
    assert!(first.parent_span_id.is_empty(), "a caller's word is a link, and no parent");
    assert_eq!(sql.parent_span_id, first.span_id);
    assert_eq!(first.kind, i32::from(SpanKind::Server));
    let [link] = &first.links[..] else { panic!("{:?}", first.links) };
    assert_eq!(
        (hex(&link.trace_id), hex(&link.span_id)),
        (OTHER.into(), "00f067aa0ba902b7".into())
    );
    assert!(told(Sampler::All, || request(false)).is_empty());
    assert!(told(Sampler::None, || request(true)).is_empty());
}

#[test]
fn a_link_is_two_numbers_that_are_not_zero() {
    let link = Link::parse(&format!("{ONE}-00f067aa0ba902b7")).unwrap();
    assert_eq!((link.trace.to_string().as_str(), link.span), (ONE, 0x00f0_67aa_0ba9_02b7));
    for wrong in ["", ONE, "-1", &format!("{ONE}-0"), &format!("{ONE}-x"), &format!("0-{ONE}")] {
        assert_eq!(Link::parse(wrong), None, "{wrong}");
    }
}

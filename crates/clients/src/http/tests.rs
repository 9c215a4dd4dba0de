//! What each kind of broken connection is taken for. The publisher's promise hangs on this table:
//! "not sent" may be retried, "lost" must be reconciled.

use std::io::Write;
use std::net::TcpListener;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::BaseUrl;
use crate::fake::{Fake, Reply, answer, body_of, head, header_of};

const BODY_MAX: usize = 1_000;

const PATIENCE: Duration = Duration::from_secs(30);

fn outgoing(base: &str, total: Duration) -> Outgoing {
    Outgoing {
        method: Method::POST,
        url: BaseUrl::parse(base).unwrap().join("/2/tweets"),
        headers: HeaderMap::new(),
        body: Some(Bytes::from_static(b"{\"text\":\"hello\"}")),
        bounds: Bounds { total, body_bytes_max: BODY_MAX },
        write_by: None,
        told: Told::at("/2/tweets"),
    }
}

async fn exchange(base: &str, total: Duration) -> Exchange {
    Http::new(&HttpSettings::default()).unwrap().exchange(outgoing(base, total)).await
}

async fn lost(reply: Reply) -> (LostBecause, bool) {
    let fake = Fake::playing([reply]);
    match exchange(&fake.url(), fake.patience()).await {
        Exchange::Lost { because, head, .. } => (because, head.is_some()),
        other => panic!("{other:?}"),
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn nobody_listens_is_not_sent() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let exchange = exchange(&format!("http://127.0.0.1:{port}"), PATIENCE).await;
    assert!(matches!(exchange, Exchange::NotSent(NotSentBecause::Connect, _)), "{exchange:?}");
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_not_sent() {
    // No label may be longer than 63 bytes, so this fails without asking the network.
    let base = format!("http://{}.example", "a".repeat(64));
    let exchange = exchange(&base, PATIENCE).await;
    assert!(matches!(exchange, Exchange::NotSent(NotSentBecause::Dns, _)), "{exchange:?}");
}

#[tokio::test]
async fn a_failed_handshake_is_not_sent() {
    let no_tls = Reply::SpeakFirst(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec());
    let fake = Fake::playing([no_tls]);
    let exchange = exchange(&format!("https://{}", fake.host()), PATIENCE).await;
    assert!(matches!(exchange, Exchange::NotSent(NotSentBecause::Tls, _)), "{exchange:?}");
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_not_sent() {
    let fake = Fake::playing([Reply::SpeakFirst(Vec::new())]);
    let settings =
        HttpSettings { connect_timeout: Duration::from_millis(100), ..HttpSettings::default() };
    let request = outgoing(&format!("https://{}", fake.host()), PATIENCE);
    let exchange = Http::new(&settings).unwrap().exchange(request).await;
    assert!(matches!(exchange, Exchange::NotSent(NotSentBecause::Connect, _)), "{exchange:?}");
}

#[tokio::test]
async fn a_kept_connection_that_ends_under_a_request_is_lost_and_nothing_is_sent_again() {
    let kept = b"HTTP/1.1 201 Any\r\ncontent-length: 2\r\n\r\n{}".to_vec();
    let fake = Fake::playing([Reply::BytesThenCloseAfterRead(kept), answer(201, &[], b"{}")]);
    let http = Http::new(&HttpSettings::default()).unwrap();
    let first = http.exchange(outgoing(&fake.url(), PATIENCE)).await;
    assert!(matches!(first, Exchange::Whole(..)), "{first:?}");
    let second = http.exchange(outgoing(&fake.url(), PATIENCE)).await;
    assert!(matches!(second, Exchange::Lost { .. }), "{second:?}");
    assert_eq!(fake.requests().len(), 2);
}

#[tokio::test]
async fn what_may_have_been_read_is_lost() {
    let cases = [
        (Reply::CloseAfterRead, LostBecause::Disconnected, false),
        (Reply::CloseAtOnce, LostBecause::Disconnected, false),
        (Reply::Silence, LostBecause::TimedOut, false),
        (Reply::Bytes(b"HTTP/1.1 20".to_vec()), LostBecause::Disconnected, false),
        (Reply::Bytes(b"SSH-2.0-OpenSSH\r\n".to_vec()), LostBecause::Disconnected, false),
        (Reply::Bytes(head(201, &[], &[("content-length", "20")])), LostBecause::BrokenBody, true),
        (
            Reply::BytesThenSilence(head(201, &[], &[("content-length", "20")])),
            LostBecause::TimedOut,
            true,
        ),
        (answer(201, &[], &[b'x'; BODY_MAX + 1]), LostBecause::BrokenBody, true),
        (
            answer(201, &[("content-encoding", "gzip")], b"not gzip at all"),
            LostBecause::BrokenBody,
            true,
        ),
        (
            answer(201, &[("content-encoding", "gzip")], &gzip(&vec![b'x'; 10_000_000])),
            LostBecause::BrokenBody,
            true,
        ),
    ];
    for (number, (reply, because, has_head)) in cases.into_iter().enumerate() {
        assert_eq!(lost(reply).await, (because, has_head), "case {number}");
    }
}

#[tokio::test]
async fn what_was_not_written_in_time_is_not_written_by_who_wakes_up() {
    use domain::ports::Clock as _;
    let clock = testkit::TestClock::at(testkit::at("2026-11-28T12:00:00Z"));
    let until = clock.monotonic() + PATIENCE;
    let write_by = || Some(WriteBy { clock: Arc::new(clock.clone()), until });
    let fake = Fake::playing([answer(201, &[], b"{}"), answer(201, &[], b"{}")]);
    let http = Http::new(&HttpSettings::default()).unwrap();
    let timely = Outgoing { write_by: write_by(), ..outgoing(&fake.url(), PATIENCE) };
    let exchange = http.exchange(timely).await;
    assert!(matches!(exchange, Exchange::Whole(..)), "{exchange:?}");
    let requests = fake.requests();
    assert_eq!(header_of(&requests[0], "content-length"), Some("16"));
    assert_eq!(body_of(&requests[0]), "{\"text\":\"hello\"}");

    // The machine slept meanwhile; no timer of the process counts that.
    clock.advance(jiff::SignedDuration::from_mins(30));
    let late = Outgoing { write_by: write_by(), ..outgoing(&fake.url(), fake.patience()) };
    let Exchange::Lost { detail, .. } = http.exchange(late).await else { panic!("it was written") };
    assert!(detail.contains("the time for this request was over"), "{detail}");
    assert!(fake.requests()[1..].iter().all(String::is_empty), "{:?}", fake.requests());
}

#[tokio::test]
async fn an_endless_body_without_a_length_is_cut_off() {
    let mut bytes = head(200, &[], &[("transfer-encoding", "chunked")]);
    for _ in 0..100 {
        bytes.extend_from_slice(b"40\r\n");
        bytes.extend_from_slice(&[b'x'; 0x40]);
        bytes.extend_from_slice(b"\r\n");
    }
    assert_eq!(lost(Reply::Bytes(bytes)).await, (LostBecause::BrokenBody, true));
}

#[tokio::test]
async fn a_whole_answer_is_given_out_unpacked_with_its_head() {
    let packed = gzip(b"hello");
    let headers = [("content-encoding", "gzip"), ("x-transaction-id", "abc")];
    let fake = Fake::playing([answer(201, &headers, &packed)]);
    let Exchange::Whole(head, body) = exchange(&fake.url(), PATIENCE).await else { panic!() };
    assert_eq!((head.status, body.as_slice()), (201, &b"hello"[..]));
    assert_eq!(head.headers["x-transaction-id"], "abc");

    let request = &fake.requests()[0];
    assert!(request.starts_with("POST /2/tweets HTTP/1.1\r\n"), "{request}");
    assert_eq!(
        header_of(request, "user-agent"),
        Some(concat!("flockwork/", env!("CARGO_PKG_VERSION")))
    );
    assert_eq!(header_of(request, "accept-encoding"), Some("gzip"));
    assert_eq!(header_of(request, "host"), Some(fake.host().as_str()));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Fake::playing([answer(200, &[], b"there")]);
    let fake = Fake::playing([answer(307, &[("location", &elsewhere.url())], b"")]);
    let Exchange::Whole(head, _) = exchange(&fake.url(), PATIENCE).await else { panic!() };
    assert_eq!(head.status, 307);
    assert_eq!(elsewhere.requests(), [""; 0]);
}

#[test]
fn a_wrong_proxy_is_refused_without_repeating_it() {
    let settings = HttpSettings {
        proxy: Some("http://user:hunter2hunter2@".to_owned()),
        ..HttpSettings::default()
    };
    let error = Http::new(&settings).unwrap_err();
    assert_eq!(error, HttpError::Proxy);
    assert!(!error.to_string().contains("hunter2"));
}

#[tokio::test]
async fn a_proxy_is_used_only_when_it_is_set() {
    let proxy = Fake::playing([answer(200, &[], b"by proxy")]);
    let settings = HttpSettings { proxy: Some(proxy.url()), ..HttpSettings::default() };
    let request = outgoing("http://x.invalid", PATIENCE);
    let exchange = Http::new(&settings).unwrap().exchange(request).await;
    assert!(matches!(exchange, Exchange::Whole(Head { status: 200, .. }, _)), "{exchange:?}");
    assert!(proxy.requests()[0].starts_with("POST http://x.invalid/2/tweets "));
}

#[tokio::test]
async fn only_a_server_that_is_told_the_trace_hears_it() {
    let settings = HttpSettings {
        traceparent: Some(|| Some("00-a-b-01".to_owned())),
        ..HttpSettings::default()
    };
    let http = Http::new(&settings).unwrap();
    for (told, wanted) in [
        (Told::at("/chat/completions").going_on(), Some("00-a-b-01")),
        (Told::at("/2/tweets"), None),
        (Told::to_strangers(), None),
    ] {
        let fake = Fake::playing([answer(200, &[], b"{}")]);
        http.exchange(Outgoing { told, ..outgoing(&fake.url(), PATIENCE) }).await;
        assert_eq!(header_of(&fake.requests()[0], "traceparent"), wanted);
    }
}

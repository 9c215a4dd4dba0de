//! What each kind of broken connection is taken for. The publisher's promise hangs on this table:
//! "not sent" may be retried, "lost" must be reconciled.

use std::io::Write;
use std::net::TcpListener;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::BaseUrl;
use crate::fake::{Fake, Reply, answer, head, header_of};

const BODY_MAX: usize = 1_000;

async fn exchange(base: &str, total_ms: u64) -> Exchange {
    let http = Http::new(&HttpSettings::default()).unwrap();
    http.exchange(Outgoing {
        method: Method::POST,
        url: BaseUrl::parse(base).unwrap().join("/2/tweets"),
        headers: HeaderMap::new(),
        body: Some(Bytes::from_static(b"{\"text\":\"hello\"}")),
        bounds: Bounds { total: Duration::from_millis(total_ms), body_bytes_max: BODY_MAX },
    })
    .await
}

async fn lost(reply: Reply, total_ms: u64) -> (LostBecause, bool) {
    let fake = Fake::playing([reply]);
    match exchange(&fake.url(), total_ms).await {
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
    let exchange = exchange(&format!("http://127.0.0.1:{port}"), 5_000).await;
    assert!(matches!(exchange, Exchange::NotSent(NotSentBecause::Connect, _)), "{exchange:?}");
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_not_sent() {
    // No label may be longer than 63 bytes, so this fails without asking the network.
    let base = format!("http://{}.example", "a".repeat(64));
    let exchange = exchange(&base, 5_000).await;
    assert!(matches!(exchange, Exchange::NotSent(NotSentBecause::Dns, _)), "{exchange:?}");
}

#[tokio::test]
async fn a_failed_handshake_is_not_sent() {
    for reply in [Reply::Bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()), Reply::CloseAfterRead]
    {
        let listener = Fake::playing([reply]);
        // The fake waits for the end of a request head, which a TLS greeting does not have.
        let base = format!("https://{}", listener.host());
        let http =
            Http::new(&HttpSettings { connect_timeout: Duration::from_millis(200), proxy: None })
                .unwrap();
        let outgoing = Outgoing {
            method: Method::GET,
            url: BaseUrl::parse(&base).unwrap().join("/"),
            headers: HeaderMap::new(),
            body: None,
            bounds: Bounds { total: Duration::from_secs(5), body_bytes_max: BODY_MAX },
        };
        let exchange = http.exchange(outgoing).await;
        assert!(matches!(exchange, Exchange::NotSent(..)), "{exchange:?}");
    }
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_named_so() {
    let listener = Fake::playing([Reply::CloseAtOnce]);
    let exchange = exchange(&format!("https://{}", listener.host()), 5_000).await;
    assert!(
        matches!(exchange, Exchange::NotSent(NotSentBecause::Tls | NotSentBecause::Connect, _)),
        "{exchange:?}"
    );
}

#[tokio::test]
async fn what_may_have_been_read_is_lost() {
    let cases = [
        (Reply::CloseAfterRead, 5_000, LostBecause::Disconnected, false),
        (Reply::CloseAtOnce, 5_000, LostBecause::Disconnected, false),
        (Reply::Silence, 100, LostBecause::TimedOut, false),
        (Reply::Bytes(b"HTTP/1.1 20".to_vec()), 5_000, LostBecause::Disconnected, false),
        (Reply::Bytes(b"SSH-2.0-OpenSSH\r\n".to_vec()), 5_000, LostBecause::Disconnected, false),
        (
            Reply::Bytes(head(201, &[], &[("content-length", "20")])),
            5_000,
            LostBecause::BrokenBody,
            true,
        ),
        (
            Reply::BytesThenSilence(head(201, &[], &[("content-length", "20")])),
            100,
            LostBecause::TimedOut,
            true,
        ),
        (answer(201, &[], &[b'x'; BODY_MAX + 1]), 5_000, LostBecause::BrokenBody, true),
        (
            answer(201, &[("content-encoding", "gzip")], b"not gzip at all"),
            5_000,
            LostBecause::BrokenBody,
            true,
        ),
        (
            answer(201, &[("content-encoding", "gzip")], &gzip(&[b'x'; 10_000_000])),
            5_000,
            LostBecause::BrokenBody,
            true,
        ),
    ];
    for (number, (reply, total_ms, because, has_head)) in cases.into_iter().enumerate() {
        assert_eq!(lost(reply, total_ms).await, (because, has_head), "case {number}");
    }
}

#[tokio::test]
async fn an_endless_body_without_a_length_is_cut_off() {
    let mut bytes = head(200, &[], &[("transfer-encoding", "chunked")]);
    for _ in 0..100 {
        bytes.extend_from_slice(b"40\r\n");
        bytes.extend_from_slice(&[b'x'; 0x40]);
        bytes.extend_from_slice(b"\r\n");
    }
    assert_eq!(lost(Reply::Bytes(bytes), 5_000).await, (LostBecause::BrokenBody, true));
}

#[tokio::test]
async fn a_whole_answer_is_given_out_unpacked_with_its_head() {
    let packed = gzip(b"hello");
    let headers = [("content-encoding", "gzip"), ("x-transaction-id", "abc")];
    let fake = Fake::playing([answer(201, &headers, &packed)]);
    let Exchange::Whole(head, body) = exchange(&fake.url(), 5_000).await else { panic!() };
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
    let Exchange::Whole(head, _) = exchange(&fake.url(), 5_000).await else { panic!() };
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
    let outgoing = Outgoing {
        method: Method::GET,
        url: BaseUrl::parse("http://x.invalid").unwrap().join("/2/users/me"),
        headers: HeaderMap::new(),
        body: None,
        bounds: Bounds { total: Duration::from_secs(5), body_bytes_max: BODY_MAX },
    };
    let exchange = Http::new(&settings).unwrap().exchange(outgoing).await;
    assert!(matches!(exchange, Exchange::Whole(Head { status: 200, .. }, _)), "{exchange:?}");
    assert!(proxy.requests()[0].starts_with("GET http://x.invalid/2/users/me "));
}

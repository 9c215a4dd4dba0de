//! Fetches from a small server on this machine, and what must never be fetched.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Mutex;

use domain::ports::{FeedDocument, Wishes};
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::dns::{Addrs, Name, Resolving};
use testkit::TestClock;

use super::*;
use crate::fake::{Fake, Reply, answer, head, header_of};

const RSS: &[u8] = b"<rss><channel><title>T</title><ttl>60</ttl><item><guid>1</guid><title>One</title><link>/1</link></item></channel></rss>";

fn clock() -> Arc<TestClock> {
    Arc::new(TestClock::at(testkit::at("2026-11-23T09:00:00Z")))
}

fn client(reach: FeedReach) -> FeedClient {
    FeedClient::new(reach, clock()).unwrap()
}

fn url_of(fake: &Fake) -> FeedUrl {
    FeedUrl::parse(&format!("{}/blog/feed.xml", fake.url()), FeedReach::Loopback).unwrap()
}

async fn fetch(fake: &Fake) -> Result<Fetched, FeedFailed> {
    client(FeedReach::Loopback).fetch(&url_of(fake), &Validators::default()).await
}

async fn fetched(reply: Reply) -> Result<Fetched, FeedFailed> {
    fetch(&Fake::playing([reply])).await
}

async fn trouble(reply: Reply) -> FeedTrouble {
    fetched(reply).await.expect_err("no feed").trouble
}

fn whole(fetched: Result<Fetched, FeedFailed>) -> FeedDocument {
    match fetched {
        Ok(Fetched::Whole(document)) => document,
        other => panic!("{other:?}"),
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Says one address after the other, whatever is asked, and counts.
struct Changing(Mutex<Vec<&'static str>>);

impl Resolve for Changing {
    fn resolve(&self, _: Name) -> Resolving {
        let next: SocketAddr = self.0.lock().unwrap().remove(0).parse().unwrap();
        Box::pin(async move { Ok(Box::new(std::iter::once(next)) as Addrs) })
    }
}

#[tokio::test]
async fn a_feed_is_fetched_with_what_the_next_request_needs() {
    let headers = [
        ("etag", "\"v1\""),
        ("last-modified", "Mon, 23 Nov 2026 08:00:00 GMT"),
        ("cache-control", "public, max-age=600"),
        ("content-type", "application/rss+xml"),
    ];
    let fake = Fake::playing([answer(200, &headers, RSS)]);
    let document = whole(fetch(&fake).await);
    assert_eq!((document.title.as_str(), document.items.len(), document.left_out), ("T", 1, 0));
    assert_eq!(document.items[0].link, Some(format!("{}/1", fake.url())));
    assert_eq!(document.validators.etag.as_deref(), Some("\"v1\""));
    assert_eq!(document.validators.last_modified.as_deref(), Some("Mon, 23 Nov 2026 08:00:00 GMT"));
    let secs = |secs| Some(Duration::from_secs(secs));
    assert_eq!(document.wishes, Wishes { max_age: secs(600), ttl: secs(3_600) });

    let request = &fake.requests()[0];
    assert!(request.starts_with("GET /blog/feed.xml HTTP/1.1\r\n"), "{request}");
    assert!(header_of(request, "user-agent").unwrap().starts_with("flockwork/"), "{request}");
    assert!(header_of(request, "accept").unwrap().contains("rss+xml"), "{request}");
    assert_eq!(header_of(request, "if-none-match"), None);
    assert_eq!(header_of(request, "cookie"), None);
}

#[tokio::test]
async fn a_feed_that_did_not_change_is_not_sent_again() {
    let fake = Fake::playing([Reply::Bytes(head(304, &[("cache-control", "max-age=60")], &[]))]);
    let validators = Validators {
        etag: Some("\"v1\"".to_owned()),
        last_modified: Some("Mon, 23 Nov 2026 08:00:00 GMT".to_owned()),
    };
    let fetched = client(FeedReach::Loopback).fetch(&url_of(&fake), &validators).await.unwrap();
    let wishes = Wishes { max_age: Some(Duration::from_mins(1)), ttl: None };
    assert_eq!(fetched, Fetched::NotModified(wishes));
    let request = &fake.requests()[0];
    assert_eq!(header_of(request, "if-none-match"), Some("\"v1\""));
    assert_eq!(header_of(request, "if-modified-since"), Some("Mon, 23 Nov 2026 08:00:00 GMT"));
}

#[tokio::test]
async fn each_status_is_a_decision() {
    assert_eq!(trouble(answer(410, &[], b"")).await, FeedTrouble::Gone);
    for status in [401, 403, 404, 418] {
        assert_eq!(trouble(answer(status, &[], b"")).await, FeedTrouble::Denied { status });
    }
    for (status, header, after) in [
        (429, "120", Some(120)),
        (503, "Mon, 23 Nov 2026 09:01:00 GMT", Some(60)),
        (500, "soon", None),
    ] {
        let headers = [("retry-after", header), ("date", "Mon, 23 Nov 2026 09:00:00 GMT")];
        let trouble = trouble(answer(status, &headers, b"")).await;
        let FeedTrouble::TryLater { after: told, .. } = trouble else { panic!("{trouble:?}") };
        assert_eq!(told, after.map(Duration::from_secs), "{status}");
    }
    let lost = trouble(Reply::CloseAfterRead).await;
    assert!(matches!(lost, FeedTrouble::TryLater { after: None, .. }), "{lost:?}");
}

#[tokio::test]
async fn what_is_no_feed_is_told_with_its_address() {
    let fake = Fake::playing([answer(200, &[], b"<!DOCTYPE html>\n<html><body>Hi</body></html>")]);
    let told = fetch(&fake).await.expect_err("a page").to_string();
    assert!(told.contains(&fake.url()) && told.contains("web page (HTML), not a feed"), "{told}");
    let fake = Fake::playing([answer(200, &[], b"<rss>\n<channel>\n</rss>")]);
    let told = fetch(&fake).await.expect_err("broken").to_string();
    assert!(told.contains(&fake.url()) && told.contains("line 3: "), "{told}");
}

#[tokio::test]
async fn the_charset_of_the_header_counts() {
    let body = b"<rss><channel><item><title>caf\xe9</title></item></channel></rss>";
    let headers = [("content-type", "text/xml; charset=iso-8859-1")];
    assert_eq!(whole(fetched(answer(200, &headers, body)).await).items[0].title, "café");
    let marked = ["\u{FEFF}".as_bytes(), RSS].concat();
    assert_eq!(whole(fetched(answer(200, &[], &marked)).await).items.len(), 1);
}

#[tokio::test]
async fn a_feed_that_is_too_large_is_not_read_packed_or_not() {
    let large = vec![b' '; BODY_BYTES_MAX + 1];
    let too_large = FeedTrouble::TooLarge { bytes_max: BODY_BYTES_MAX };
    assert_eq!(trouble(answer(200, &[], &large)).await, too_large);
    let packed = gzip(&large);
    assert!(packed.len() < 10_000);
    assert_eq!(trouble(answer(200, &[("content-encoding", "gzip")], &packed)).await, too_large);
    let fits = whole(fetched(answer(200, &[("content-encoding", "gzip")], &gzip(RSS))).await);
    assert_eq!(fits.items.len(), 1);
}

#[tokio::test]
async fn a_permanent_redirect_is_told_and_a_temporary_one_followed() {
    let there = Fake::playing([answer(200, &[], RSS)]);
    let to = format!("{}/new", there.url());
    for status in [301, 308] {
        let trouble = trouble(answer(status, &[("location", &to)], b"")).await;
        assert_eq!(trouble, FeedTrouble::Moved(FeedUrl::parse(&to, FeedReach::Loopback).unwrap()));
    }
    assert!(there.requests().is_empty());
    let document = whole(fetched(answer(307, &[("location", &to)], b"")).await);
    assert_eq!(document.items[0].link, Some(format!("{}/1", there.url())));
    assert!(there.requests()[0].starts_with("GET /new "));
}

#[tokio::test]
async fn three_redirects_are_followed_and_no_more() {
    let redirect = |number: &str| answer(302, &[("location", number)], b"");
    let fake = Fake::playing([redirect("1"), redirect("2"), redirect("3"), answer(200, &[], RSS)]);
    assert_eq!(whole(fetch(&fake).await).items.len(), 1);
    let fake = Fake::playing([redirect("1"), redirect("2"), redirect("3"), redirect("4")]);
    let trouble = fetch(&fake).await.expect_err("four").trouble;
    assert_eq!(trouble, FeedTrouble::Refused("over 3 redirects".to_owned()));
    assert_eq!(fake.requests().len(), 4);
}

#[tokio::test]
async fn a_redirect_leads_nowhere_that_the_first_address_may_not() {
    for location in [
        "http://10.0.0.1/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://0x7f.1/",
        "//127.1/",
        "https://user:pass@example.org/",
        "https://localhost./",
        "https://example.org:22/",
        "http://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "/blog/feed.xml",
    ] {
        for status in [301, 302, 303, 307, 308] {
            let trouble = trouble(answer(status, &[("location", location)], b"")).await;
            assert!(matches!(trouble, FeedTrouble::Refused(_)), "{location}: {trouble:?}");
        }
    }
    assert!(matches!(trouble(answer(302, &[], b"")).await, FeedTrouble::Refused(_)));
}

#[tokio::test]
async fn without_the_switch_this_machine_is_not_fetched_from() {
    let fake = Fake::playing([answer(200, &[], RSS)]);
    for reach in [FeedReach::Https, FeedReach::Http] {
        let failed = client(reach).fetch(&url_of(&fake), &Validators::default()).await;
        let trouble = failed.expect_err("this machine").trouble;
        assert!(matches!(trouble, FeedTrouble::Refused(_)), "{trouble:?}");
    }
    assert!(fake.requests().is_empty());
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_before_anything_is_sent() {
    let url = FeedUrl::parse("https://feeds.example.org/", FeedReach::Https).unwrap();
    for address in ["127.0.0.1:0", "10.1.2.3:0", "169.254.169.254:0", "[::1]:0", "[fd00::1]:0"] {
        let names = Arc::new(Changing(Mutex::new(vec![address])));
        let client = FeedClient::with_names(names, FeedReach::Https, clock()).unwrap();
        let trouble = client.fetch(&url, &Validators::default()).await.expect_err(address).trouble;
        let FeedTrouble::Refused(why) = trouble else { panic!("{address}: {trouble:?}") };
        assert!(why.contains("`feeds.example.org` leads to"), "{why}");
    }
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_asked_once_a_connection_and_checked_each_time() {
    let fake = Fake::playing([answer(302, &[("location", "2")], b""), answer(200, &[], RSS)]);
    let port = fake.host().rsplit_once(':').unwrap().1.to_owned();
    let url = format!("http://localhost:{port}/1");
    let url = FeedUrl::parse(&url, FeedReach::Loopback).unwrap();
    let names = Arc::new(Changing(Mutex::new(vec!["127.0.0.1:0", "10.0.0.1:0", "127.0.0.1:0"])));
    let client = FeedClient::with_names(names.clone(), FeedReach::Loopback, clock()).unwrap();
    let failed = client.fetch(&url, &Validators::default()).await.expect_err("the second look");
    assert!(matches!(failed.trouble, FeedTrouble::Refused(_)), "{failed:?}");
    assert_eq!(failed.url.as_str(), format!("http://localhost:{port}/2"));
    assert_eq!(names.0.lock().unwrap().len(), 1, "one look for each of two connections");
    assert_eq!(fake.requests().len(), 1);
}

#[tokio::test]
async fn a_silent_server_is_left() {
    let fake = Fake::playing([Reply::Silence]);
    let client = FeedClient { total: fake.patience(), ..client(FeedReach::Loopback) };
    let failed = client.fetch(&url_of(&fake), &Validators::default()).await.expect_err("silence");
    assert!(matches!(failed.trouble, FeedTrouble::TryLater { after: None, .. }), "{failed:?}");
}

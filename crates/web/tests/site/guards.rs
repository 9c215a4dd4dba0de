//! What every answer carries, and who is turned away.

use std::net::SocketAddr;
use std::num::NonZeroU32;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use jiff::SignedDuration;

use web::WebSettings;

use crate::common::{Rows, TOKEN, house};
use crate::site::{Site, now, settings};

#[tokio::test]
async fn every_answer_tells_the_browser_what_not_to_do() {
    let site = Site::with(house::busy(now()));
    for path in ["/", "/stats", "/slots/1", "/nowhere", "/static/nothing.css"] {
        let reply = site.get(path).await;
        let policy = reply.header("content-security-policy");
        for rule in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(reply.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(reply.header("cache-control"), "no-store", "{path}");
    }
}

#[tokio::test]
async fn a_foreign_host_gets_nothing() {
    let site = Site::with(house::busy(now()));
    for path in ["/", "/stats", "/events", "/health", "/static/x"] {
        let reply = site.send(Request::get(path).header("host", "evil.example:3000"), "").await;
        assert_eq!(reply.status, 421, "{path}");
        assert!(!reply.body.contains("lighthouse"), "{path}");
    }
    let nameless = Request::get("/stats").body(Body::empty()).unwrap();
    assert_eq!(site.raw(nameless).await.status, 421);
}

#[tokio::test]
async fn a_request_for_two_hosts_is_refused_whichever_comes_first() {
    let site = Site::with(house::busy(now()));
    for hosts in [["localhost", "evil.example"], ["evil.example", "localhost"], ["localhost"; 2]] {
        for path in ["/", "/stats", "/health", "/static/x"] {
            let [one, two] = hosts;
            let request = Request::get(path).header("host", one).header("host", two);
            let reply = site.raw(request.body(Body::empty()).unwrap()).await;
            assert_eq!(reply.status, 400, "{hosts:?} {path}");
            assert!(!reply.body.contains("lighthouse"), "{path}");
        }
    }
}

#[tokio::test]
async fn a_foreign_host_is_told_which_setting_is_about_it() {
    let site = Site::with(house::busy(now()));
    let reply = site.send(Request::get("/stats").header("host", "flock.example:3000"), "").await;
    assert!(reply.body.contains("FLOCKWORK_ALLOWED_HOSTS"), "{}", reply.body);
    assert!(!reply.body.contains("BIND_ADDRESS"), "{}", reply.body);
}

#[tokio::test]
async fn a_foreign_page_changes_nothing_even_with_the_token() {
    let site = Site::with(house::busy(now()));
    let before = site.store.rows().slots.len();
    for origin in ["https://evil.example", "null", "http://localhost:9999"] {
        let request = Request::post("/post?bot=lighthouse")
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("origin", origin);
        assert_eq!(site.send(request, "").await.problem(), (403, "foreign_origin".to_owned()));
    }
    assert_eq!(site.store.rows().slots.len(), before);
}

#[tokio::test]
async fn a_client_that_asks_too_often_is_told_when_to_come_back() {
    let mut few = settings();
    few.api_rate_limit = NonZeroU32::new(2).unwrap();
    let site = Site::set_up(house::busy(now()), few);
    let first = site.get("/stats").await;
    assert_eq!((first.header("ratelimit-limit"), first.header("ratelimit-remaining")), ("2", "1"));
    site.get("/").await;
    let refused = site.get("/stats").await;
    assert_eq!(refused.problem(), (429, "too_many_requests".to_owned()));
    assert_eq!((refused.header("retry-after"), refused.header("ratelimit-remaining")), ("30", "0"));

    for path in ["/health", "/livez", "/readyz", "/static/x"] {
        assert_ne!(site.get(path).await.status, 429, "{path} is not counted");
    }
    let mut other = Request::get("/stats").header("host", "localhost").body(Body::empty()).unwrap();
    other.extensions_mut().insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 9], 1))));
    assert_eq!(site.raw(other).await.status, 200, "another client is not held up");
    site.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(site.get("/stats").await.status, 200);
}

#[tokio::test]
async fn wrong_addresses_and_methods_say_the_way_out() {
    let site = Site::with(house::busy(now()));
    assert_eq!(site.get("/nowhere").await.problem(), (404, "not_found".to_owned()));
    for (method, path, allowed) in [
        ("GET", "/post", "POST"),
        ("POST", "/stats", "GET,HEAD"),
        ("DELETE", "/", "GET,HEAD"),
        ("POST", "/health", "GET,HEAD"),
    ] {
        let reply = site.send(Request::builder().method(method).uri(path), "").await;
        assert_eq!(reply.problem(), (405, "method_not_allowed".to_owned()), "{method} {path}");
        assert_eq!(reply.header("allow"), allowed, "{method} {path}");
    }
}

#[tokio::test]
async fn a_browser_gets_its_errors_as_pages() {
    let site = Site::with(house::busy(now()));
    let reply = site.send(Request::get("/nowhere").header("accept", "text/html"), "").await;
    assert_eq!(reply.status, 404);
    assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
    assert!(reply.body.contains("Nothing has this address."), "{}", reply.body);
}

#[tokio::test]
async fn a_browser_keeps_to_tls_where_the_proxy_says_that_it_came_by_it() {
    let ask = |scheme: &'static str| Request::get("/").header("x-forwarded-proto", scheme);
    let behind = WebSettings { is_behind_proxy: true, ..settings() };
    let site = Site::set_up(Rows::default(), behind);
    let kept = "max-age=31536000; includeSubDomains";
    for (scheme, wanted) in [("https", kept), ("http, https", kept), ("https, http", ""), ("", "")]
    {
        let reply = site.send(ask(scheme), "").await;
        assert_eq!(reply.header("strict-transport-security"), wanted, "{scheme}");
    }
    let alone = Site::with(Rows::default());
    let reply = alone.send(ask("https"), "").await;
    assert_eq!(reply.header("strict-transport-security"), "", "nobody may say so but the proxy");
}

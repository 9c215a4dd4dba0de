//! The router in-process, with its fakes at hand.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode};
use domain::model::Secret;
use domain::ports::Seen;
use http_body_util::BodyExt;
use jiff::Timestamp;
use testkit::{TestClock, at};
use tower::ServiceExt;
use web::{Doors, WebBounds, WebSettings, WebState, router};

use crate::common::{FakeNode, FakeStore, NoDeclarer, Rows, TOKEN};

/// A site and what it is made of.
pub(crate) struct Site {
    pub(crate) store: Arc<FakeStore>,
    pub(crate) node: Arc<FakeNode>,
    pub(crate) clock: TestClock,
    router: Router,
}

/// An answer, read to its end.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// As text; what is packed is not readable.
    pub(crate) body: String,
    /// Bytes of the body as it travelled.
    pub(crate) length: usize,
}

/// 14:02:31 on a Monday.
pub(crate) fn now() -> Timestamp {
    at("2026-11-23T14:02:31Z")
}

/// Loopback, a token, 100 requests a minute.
pub(crate) fn settings() -> WebSettings {
    WebSettings {
        version: "0.1.0".to_owned(),
        started_at: at("2026-11-23T14:02:00Z"),
        api_rate_limit: NonZeroU32::new(100).unwrap(),
        api_token: Some(Secret::new(TOKEN)),
        notes: vec!["sandbox".to_owned()],
        is_behind_proxy: false,
        doors: Doors::Local,
        allowed_hosts: WebSettings::LOOPBACK_HOSTS.map(str::to_owned).to_vec(),
        bounds: WebBounds::default(),
    }
}

impl Site {
    /// A well node with these rows.
    pub(crate) fn with(rows: Rows) -> Self {
        Self::set_up(rows, settings())
    }

    /// The same, set up otherwise.
    pub(crate) fn set_up(rows: Rows, settings: WebSettings) -> Self {
        let store = Arc::new(FakeStore::with(rows));
        let node = Arc::new(FakeNode::default());
        let clock = TestClock::at(now());
        node.set().ticked_at = Some(now());
        node.set().x = Seen { ok_at: Some(now()), error: None };
        let router = router(WebState {
            store: store.clone(),
            people: store.clone(),
            alerts: store.clone(),
            told: Vec::new(),
            clock: Arc::new(clock.clone()),
            node: node.clone(),
            sandbox: None,
            metrics: prometheus_client::registry::Registry::default(),
            declarer: Arc::new(NoDeclarer),
            settings,
        });
        Self { store, node, clock, router }
    }

    /// Sends a request as a client on this machine would.
    pub(crate) async fn send(&self, request: axum::http::request::Builder, body: &str) -> Reply {
        let mut request = request.body(Body::from(body.to_owned())).unwrap();
        request.headers_mut().entry("host").or_insert("localhost:3000".parse().unwrap());
        self.raw(request).await
    }

    /// Sends exactly this.
    pub(crate) async fn raw(&self, mut request: Request<Body>) -> Reply {
        let peer = SocketAddr::from(([127, 0, 0, 1], 50_000));
        request.extensions_mut().get_or_insert_with(|| ConnectInfo(peer));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let length = body.len();
        let body = String::from_utf8_lossy(&body).into_owned();
        Reply { status: parts.status, headers: parts.headers, body, length }
    }

    /// An answer whose body is not read: a stream.
    pub(crate) async fn open(&self, path: &str) -> axum::response::Response {
        let request = Request::get(path).header("host", "localhost").body(Body::empty()).unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// `GET path`.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Request::get(path), "").await
    }

    /// `POST path` with the token and perhaps a JSON body.
    pub(crate) async fn post(&self, path: &str, body: &str) -> Reply {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("content-type", "application/json");
        self.send(request, body).await
    }
}

impl Reply {
    /// A header as text, empty where it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e} in {}", self.body))
    }

    /// Status and problem code.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.body);
        let json = self.json();
        assert_eq!(json["status"], self.status.as_u16());
        assert!(json["detail"].as_str().unwrap().ends_with('.'), "{json}");
        (self.status.as_u16(), json["code"].as_str().unwrap().to_owned())
    }
}

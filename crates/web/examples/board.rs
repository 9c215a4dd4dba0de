//! The overview with a made-up house, to look at while one works on it:
//! `cargo run -p web --example board`, then <http://127.0.0.1:4100>.
//!
//! `cargo run -p web --example board -- 4101 empty` shows it before anything is declared, `-- 4102
//! broken` without its database.

#![expect(clippy::unwrap_used, reason = "an example that cannot go on shall stop")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{FakeNode, FakeStore, NoDeclarer, Rows, TOKEN, house};
use domain::model::Secret;
use domain::ports::store::StoreError;
use domain::ports::{Clock, Seen};
use jiff::{SignedDuration, Timestamp};
use web::{Doors, WebBounds, WebSettings, WebState, router};

/// Time that passes, from a fixed start.
struct DemoClock(Instant);

impl Clock for DemoClock {
    fn now(&self) -> Timestamp {
        let start: Timestamp = "2026-11-23T14:02:31Z".parse().unwrap();
        start + SignedDuration::try_from(self.0.elapsed()).unwrap()
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed() + Duration::from_secs(1000)
    }
}

#[tokio::main]
#[expect(clippy::disallowed_methods, reason = "an example has no engine to take the time from")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().map_or(4100, |port| port.parse().unwrap());
    let kind = arguments.next().unwrap_or_default();
    let clock = DemoClock(Instant::now());
    let now = clock.now();
    let store = FakeStore::with(if kind == "empty" { Rows::default() } else { house::busy(now) });
    if kind == "well" {
        let mut rows = store.rows();
        rows.slots.retain(|slot| !matches!(slot.slot.0, 2 | 7 | 8));
        rows.bots.iter_mut().for_each(|bot| bot.last_error = None);
    }
    if kind == "broken" {
        store.break_with(Some(StoreError::Unavailable("gone".to_owned())));
    }
    let node = FakeNode::default();
    {
        let seen = |secs| Seen { ok_at: Some(now - SignedDuration::from_secs(secs)), error: None };
        let mut vitals = node.set();
        vitals.ticked_at = Some(now + SignedDuration::from_hours(8));
        (vitals.database, vitals.x, vitals.model) = (seen(0), seen(12), seen(610));
    }
    assert_eq!(node.wakes(), 0, "nobody asked yet");
    let state = WebState {
        store: Arc::new(store.clone()),
        people: Arc::new(store.clone()),
        alerts: Arc::new(store),
        told: Vec::new(),
        clock: Arc::new(clock),
        node: Arc::new(node),
        sandbox: None,
        metrics: prometheus_client::registry::Registry::default(),
        declarer: Arc::new(NoDeclarer),
        settings: WebSettings {
            version: "0.1.0".to_owned(),
            started_at: now - SignedDuration::from_hours(50),
            api_rate_limit: NonZeroU32::new(100).unwrap(),
            api_token: Some(Secret::new(TOKEN)),
            notes: vec!["sandbox".to_owned()],
            is_behind_proxy: false,
            doors: Doors::Local,
            allowed_hosts: WebSettings::LOOPBACK_HOSTS.map(str::to_owned).to_vec(),
            bounds: WebBounds::default(),
        },
    };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let service = router(state).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).await.unwrap();
}

//! The event stream.

use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt;
use jiff::SignedDuration;
use serde_json::Value;
use web::{WebBounds, WebSettings};

use crate::common::house;
use crate::site::{Site, now, settings};

/// The next event of a stream: the parts it replaces. `None` at its end.
async fn event(body: &mut Body) -> Option<Value> {
    loop {
        let frame = body.frame().await?.unwrap().into_data().unwrap();
        let text = String::from_utf8(frame.to_vec()).unwrap();
        if let Some(data) = text.lines().find_map(|line| line.strip_prefix("data: ")) {
            assert!(text.contains("event: board"), "{text}");
            return Some(serde_json::from_str(data).unwrap());
        }
    }
}

fn ids(parts: &Value) -> Vec<&String> {
    parts.as_object().unwrap().keys().collect()
}

#[tokio::test(start_paused = true)]
async fn a_listener_is_sent_everything_once_and_then_what_changes() {
    let site = Site::with(house::busy(now()));
    let response = site.open("/events").await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.into_body();
    let all = event(&mut body).await.unwrap();
    let parts = ["count-approvals", "count-attention", "foot", "gone", "needs", "next"];
    assert_eq!(ids(&all), [&parts[..], &["runway", "spend", "summary"]].concat());

    site.clock.advance(SignedDuration::from_secs(1));
    let silence = tokio::time::timeout(Duration::from_secs(5), event(&mut body)).await;
    assert!(silence.is_err(), "that time passes is no change");

    site.store.rows().bots[0].stats.remaining_posts = 4;
    site.clock.advance(SignedDuration::from_secs(1));
    let changed = event(&mut body).await.unwrap();
    assert_eq!(ids(&changed), ["next", "runway", "summary"]);
    assert!(changed["runway"].as_str().unwrap().contains("4 posts"));
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_the_node_stops() {
    let site = Site::with(house::busy(now()));
    let mut body = site.open("/events").await.into_body();
    event(&mut body).await.unwrap();
    site.node.set().is_stopping = true;
    assert_eq!(event(&mut body).await, None);
}

#[tokio::test(start_paused = true)]
async fn listeners_are_bounded_and_leave_their_seat() {
    let bounds = WebBounds { listeners_max: 3, ..WebBounds::default() };
    let site = Site::set_up(house::busy(now()), WebSettings { bounds, ..settings() });
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(site.open("/events").await);
    }
    let refused = site.get("/events").await;
    assert_eq!(refused.problem(), (503, "too_many_listeners".to_owned()));
    assert_eq!(refused.header("retry-after"), "30");
    streams.pop();
    assert_eq!(site.open("/events").await.status(), 200);
}

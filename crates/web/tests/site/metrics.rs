//! `/metrics`.

use axum::http::{Request, StatusCode};

use domain::model::{RateLimits, RateWindow, SlotState};
use domain::ports::store::SlotLine;
use jiff::SignedDuration;

use crate::common::Rows;
use crate::common::house::{bot, busy, slot};
use crate::site::{Site, now};

async fn scrape(site: &Site) -> String {
    let reply = site.get("/metrics").await;
    assert_eq!(reply.status, StatusCode::OK);
    reply.body
}

/// The value of a series.
fn value(text: &str, series: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

#[tokio::test]
async fn the_house_and_the_node_are_shown() {
    let site = Site::with(busy(now()));
    let text = scrape(&site).await;
    for (series, expected) in [
        ("flockwork_bots", 5.0),
        ("flockwork_bots_active", 4.0),
        ("flockwork_queues_empty", 1.0),
        ("flockwork_up{part=\"database\"}", 1.0),
        ("flockwork_audit_findings{kind=\"duplicate_on_x\"}", 0.0),
        ("flockwork_stopped", 0.0),
    ] {
        assert_eq!(value(&text, series), Some(expected), "{series}\n{text}");
    }
    for (name, _) in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')) {
        assert!(text.contains(&format!("# HELP {name} ")), "{name} says what it means");
    }
}

#[tokio::test]
async fn requests_are_counted_by_route_and_no_address_makes_a_series() {
    let site = Site::with(busy(now()));
    for path in ["/slots/1", "/slots/2", "/slots/none", "/nowhere/1", "/nowhere/2"] {
        site.get(path).await;
    }
    let text = scrape(&site).await;
    assert_eq!(
        value(&text, "flockwork_http_requests_total{route=\"/slots/{id}\",status=\"2xx\"}"),
        Some(2.0)
    );
    assert_eq!(
        value(&text, "flockwork_http_requests_total{route=\"/slots/{id}\",status=\"4xx\"}"),
        Some(1.0)
    );
    assert_eq!(
        value(&text, "flockwork_http_requests_total{route=\"none\",status=\"4xx\"}"),
        Some(2.0),
        "{text}"
    );
}

#[tokio::test]
async fn bots_make_no_series() {
    let few = Site::with(busy(now()));
    let mut rows = busy(now());
    rows.bots.extend((0..90).map(|n| bot(&format!("bot-{n}"), 3, 10)));
    let many = Site::with(rows);
    let series = |text: String| text.lines().filter(|line| !line.starts_with('#')).count();
    assert_eq!(series(scrape(&few).await), series(scrape(&many).await));
}

#[tokio::test]
async fn a_scrape_counts_as_no_request_of_a_client() {
    let site = Site::with(busy(now()));
    for _ in 0..300 {
        let reply = site.send(Request::get("/metrics"), "").await;
        assert_eq!(reply.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn the_first_queue_that_runs_dry_and_what_x_allows_are_shown() {
    let hour = SignedDuration::from_hours(1);
    let planned = |id, bot, hours: i32| {
        let line = slot(id, bot, now() + hour * hours, SlotState::Planned);
        SlotLine { post: None, ..line }
    };
    let mut rows = Rows { bots: vec![bot("ada", 2, 9), bot("bob", 1, 9)], ..Rows::default() };
    rows.slots = (1..=4)
        .flat_map(|n| [planned(n.into(), "ada", n), planned(i64::from(n) + 9, "bob", n)])
        .collect();
    let site = Site::with(rows);
    let limit = |remaining| RateLimits {
        user_day: Some(RateWindow {
            limit: Some(100),
            remaining: Some(remaining),
            resets_at: Some(now() + hour),
        }),
        ..RateLimits::default()
    };
    site.node.set().quotas.note(&limit(40), now());
    let text = scrape(&site).await;
    let runway = value(&text, "flockwork_queue_runway_seconds");
    assert_eq!(runway, Some(7_200.0), "bob has one post, and two slots\n{text}");
    let left = |window: &str| {
        value(&text, &format!("flockwork_x_quota_left_ratio{{window=\"{window}\"}}")).unwrap()
    };
    assert!((left("user_day") - 0.4).abs() < 1e-9 && left("quarter_hour").is_nan(), "{text}");
    let site = Site::with(Rows { bots: vec![bot("ada", 2, 9)], ..Rows::default() });
    let text = scrape(&site).await;
    assert_eq!(value(&text, "flockwork_queue_runway_seconds"), Some(f64::INFINITY), "{text}");
}

#[tokio::test]
async fn how_often_a_backup_is_due_is_shown_where_one_is() {
    let site = Site::with(busy(now()));
    let every = |text: &str| value(text, "flockwork_backup_interval_seconds").unwrap();
    assert!(every(&scrape(&site).await).is_nan());
    let site = Site::with(busy(now()));
    site.node.set().backup_every = Some(SignedDuration::from_hours(6));
    assert!((every(&scrape(&site).await) - 21_600.0).abs() < 1e-9);
}

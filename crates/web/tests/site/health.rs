//! Probes and `/health`.

use std::time::Duration;

use domain::model::{FindingId, FindingKind, OpenFinding};
use domain::ports::store::StoreError;
use domain::ports::{Drill, LoopSeen, Seen, WriterSeen};
use jiff::SignedDuration;
use serde_json::json;
use web::{WebBounds, WebSettings};

use crate::common::{Rows, house};
use crate::site::{Site, now, settings};

#[tokio::test]
async fn health_says_how_the_node_and_each_bot_is() {
    let mut rows = Rows { bots: vec![house::bot("ada", 7, 12)], ..Rows::default() };
    rows.bots[0].last_error = Some(("X asks us to wait".to_owned(), now()));
    rows.bots[0].next_slot_at = Some(now() + SignedDuration::from_mins(5));
    let reply = Site::with(rows).get("/health").await;

    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(
        reply.json(),
        json!({
            "status": "ok",
            "reasons": [],
            "version": "0.1.0",
            "started_at": "2026-11-23T14:02:00Z",
            "uptime_seconds": 31,
            "time": "2026-11-23T14:02:31Z",
            "notes": ["sandbox"],
            "database": { "ok_at": "2026-11-23T14:02:31Z", "error": null },
            "x": { "ok_at": "2026-11-23T14:02:31Z", "error": null },
            "model": { "ok_at": null, "error": null },
            "moderation": { "ok_at": null, "error": null },
            "bulk": { "open": 0, "ok_at": null, "error": null },
            "writers": [],
            "backup": null,
            "backup_off_site": null,
            "backup_drill": null,
            "channels": [],
            "engine": {
                "ticked_at": "2026-11-23T14:02:31Z", "is_stopping": false, "clock_suspect": null,
                "lag_ms": 0, "lease_renewed_at": null, "loops": {}
            },
            "nodes": [{
                "node": "host-1:42", "lease_until": "2026-11-23T14:03:31Z", "declares": null
            }],
            "counts": {
                "bots": 1, "bots_active": 1, "posts_queued": 7, "posts_published": 12,
                "slots_unknown": 0, "slots_needing_attention": 0, "spend_usd": 0.1848,
                "is_stopped": false
            },
            "findings": { "open": 0, "oldest_at": null, "kinds": {} },
            "bots": { "ada": {
                "state": "active", "reason": null, "is_dry_run": false, "last_post_at": null,
                "next_slot_at": "2026-11-23T14:07:31Z", "remaining_posts": 7,
                "last_error": { "message": "X asks us to wait", "at": "2026-11-23T14:02:31Z" }
            } },
            "bots_truncated": false
        })
    );
}

#[tokio::test]
async fn attention_is_degraded_and_still_200() {
    let reply = Site::with(house::busy(now())).get("/health").await;
    assert_eq!((reply.status.as_u16(), &reply.json()["status"]), (200, &json!("degraded")));
    assert_eq!(reply.json()["reasons"][0]["code"], "needs_attention");
}

fn finding(id: i64, kind: FindingKind) -> OpenFinding {
    OpenFinding {
        id: FindingId(id),
        kind,
        subject: format!("thing {id}"),
        bot: Some("ada".try_into().unwrap()),
        slot: None,
        detail: "ada shows post 3 again as 18".to_owned(),
        first_seen: now() - SignedDuration::from_mins(id),
        last_seen: now(),
    }
}

#[tokio::test]
async fn what_the_audit_found_is_counted_and_only_what_a_restart_may_mend_is_503() {
    let double = finding(2, FindingKind::DuplicateOnX);
    let site = Site::with(Rows { findings: vec![double], ..Rows::default() });
    let reply = site.get("/health").await;
    assert_eq!((reply.status.as_u16(), &reply.json()["status"]), (200, &json!("degraded")));
    assert_eq!(reply.json()["reasons"][0]["code"], "audit_findings");
    let page = site.get("/").await.body;
    assert!(page.contains("Ada shows post 3 again as 18.") || page.contains("ada shows"), "{page}");
    assert!(page.contains("<code>flockwork bot resume ada</code>"), "{page}");

    site.store.rows().findings.push(finding(1, FindingKind::OverdueSlot));
    site.clock.advance(SignedDuration::from_secs(1));
    let reply = site.get("/health").await;
    assert_eq!((reply.status.as_u16(), &reply.json()["status"]), (503, &json!("down")));
    assert_eq!(reply.json()["reasons"][0]["code"], "audit_failed");
    let expected = json!({
        "open": 2,
        "oldest_at": "2026-11-23T14:00:31Z",
        "kinds": { "duplicate_on_x": 1, "overdue_slot": 1 }
    });
    assert_eq!(reply.json()["findings"], expected);
}

#[tokio::test]
async fn loops_that_hang_a_late_lease_and_a_moved_file_are_told() {
    let site = Site::with(Rows::default());
    let late = now() - SignedDuration::from_secs(1);
    site.node.set().loops =
        vec![LoopSeen { name: "reconciler", ended_at: None, due_by: Some(late) }];
    site.node.set().lease_renewed_at = Some(now() - SignedDuration::from_secs(36));
    site.node.set().lag = SignedDuration::from_millis(5_001);
    let reply = site.get("/health").await;
    let reasons = reply.json()["reasons"].clone();
    let codes: Vec<&str> =
        reasons.as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["loop_stalled", "lease_late", "engine_slow"]);
    assert_eq!(reply.json()["engine"]["loops"]["reconciler"]["is_stalled"], true);
    assert_eq!(reply.json()["engine"]["lag_ms"], 5_001);

    let site = Site::with(Rows::default());
    site.store.break_with(Some(StoreError::Moved("/var/lib/flockwork.db".to_owned())));
    let reply = site.get("/health").await;
    assert_eq!(
        (reply.status.as_u16(), &reply.json()["reasons"][0]["code"]),
        (503, &json!("database_moved"))
    );
    assert!(!reply.body.contains("/var"), "{}", reply.body);
}

#[tokio::test]
async fn a_dead_database_is_503_and_its_inner_words_stay_inside() {
    let site = Site::with(house::busy(now()));
    let detail = "SQLITE_IOERR at /var/lib/flockwork.db".to_owned();
    site.store.break_with(Some(StoreError::Failed(detail)));

    let reply = site.get("/health").await;
    assert_eq!((reply.status.as_u16(), &reply.json()["status"]), (503, &json!("down")));
    assert!(!reply.body.contains("SQLITE") && !reply.body.contains("/var"), "{}", reply.body);
    assert_eq!(site.get("/readyz").await.status, 503);
    assert_eq!(site.get("/livez").await.status, 200, "a restart does not mend a database");
    assert_eq!(site.get("/stats").await.problem(), (500, "internal".to_owned()));

    site.store.break_with(None);
    site.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(site.get("/health").await.status, 200);
    assert_eq!(site.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn each_writer_that_was_asked_is_told_and_who_stands_in() {
    let site = Site::with(house::busy(now()));
    let away = Some("the model server cannot be reached".to_owned());
    let model = Seen { ok_at: None, error: away.clone() };
    let grammar = Seen { ok_at: Some(now()), error: None };
    site.node.set().model = model.clone();
    site.node.set().writers = vec![
        WriterSeen { name: "gpt-6-luna".to_owned(), seen: model },
        WriterSeen { name: "grammar".to_owned(), seen: grammar },
    ];
    let reply = site.get("/health").await.json();
    assert_eq!(
        reply["writers"],
        json!([
            { "name": "gpt-6-luna", "ok_at": null, "error": away },
            { "name": "grammar", "ok_at": "2026-11-23T14:02:31Z", "error": null },
        ])
    );
    let codes = reply["reasons"].to_string();
    assert!(codes.contains("model_failing"), "{codes}");
}

#[tokio::test]
async fn what_the_engine_heard_from_the_database_stays_inside_too() {
    let site = Site::with(house::busy(now()));
    site.node.set().database.error = Some("disk I/O error: /var/lib/flockwork.db".to_owned());
    let reply = site.get("/health").await;
    assert_eq!(reply.status, 503);
    assert_eq!(reply.json()["reasons"][0]["code"], "database_down");
    for body in [reply.body, site.get("/").await.body] {
        assert!(!body.contains("/var/lib"), "{body}");
    }
    assert_eq!(site.get("/readyz").await.status, 503, "it answers, and cannot be used");
    site.node.set().database.error = None;
    assert_eq!(site.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn copies_elsewhere_and_drills_are_told_and_what_fails_is_degraded() {
    let site = Site::with(house::busy(now()));
    site.store.rows().slots.clear();
    let at = now() - SignedDuration::from_hours(30);
    let drill = |problem: Option<&str>| Drill {
        backup: "flockwork-20261122T080000-000Z.db".to_owned(),
        at,
        good_at: Some(at),
        problem: problem.map(str::to_owned),
    };
    site.node.set().off_site = Some(Seen { ok_at: Some(at), error: None });
    site.node.set().drill = Some(drill(None));
    let reply = site.get("/health").await.json();
    assert_eq!(reply["status"], "ok", "{reply}");
    assert_eq!(reply["backup_off_site"]["age_seconds"], 108_000);
    assert_eq!(reply["backup_drill"]["age_seconds"], 108_000);
    let error = Some("rclone did not carry /mnt/x.db: canary".to_owned());
    site.node.set().off_site = Some(Seen { ok_at: Some(at), error });
    site.node.set().drill = Some(drill(Some("/mnt/x.db is damaged: canary")));
    site.clock.advance(SignedDuration::from_secs(1));
    let reply = site.get("/health").await;
    assert!(!reply.body.contains("canary") && !reply.body.contains("/mnt"), "{}", reply.body);
    let json = reply.json();
    let codes: Vec<&str> = json["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|reason| reason["code"].as_str())
        .collect();
    assert_eq!(codes, ["off_site_failing", "drill_failed"], "{json}");
}

#[tokio::test]
async fn the_age_of_the_last_backup_is_told_and_a_failing_one_is_degraded() {
    let site = Site::with(house::busy(now()));
    site.store.rows().slots.clear();
    let ok_at = Some(now() - SignedDuration::from_hours(25));
    site.node.set().backup = Some(Seen { ok_at, error: None });
    let reply = site.get("/health").await.json();
    assert_eq!((&reply["status"], &reply["backup"]["age_seconds"]), (&json!("ok"), &json!(90_000)));

    site.clock.advance(SignedDuration::from_secs(1));
    let error = Some("/mnt/backups/x.db could not be written".to_owned());
    site.node.set().backup = Some(Seen { ok_at, error });
    let reply = site.get("/health").await;
    assert_eq!((reply.status.as_u16(), &reply.json()["status"]), (200, &json!("degraded")));
    assert_eq!(reply.json()["reasons"][0]["code"], "backup_failing");
    assert!(!reply.body.contains("/mnt"), "{}", reply.body);
}

#[tokio::test]
async fn a_stopping_or_stalled_node_is_not_ready() {
    let site = Site::with(house::busy(now()));
    site.node.set().is_stopping = true;
    assert_eq!(site.get("/readyz").await.status, 503);
    assert_eq!(site.get("/health").await.status, 503);

    let site = Site::with(house::busy(now()));
    site.clock.advance(SignedDuration::from_secs(61));
    assert_eq!(site.get("/readyz").await.status, 200);
    let reply = site.get("/health").await;
    assert_eq!(reply.status, 503);
    assert_eq!(reply.json()["reasons"][0]["code"], "engine_stalled");
}

#[tokio::test]
async fn one_rendering_serves_everybody_for_half_a_second() {
    let site = Site::with(house::busy(now()));
    let first = site.get("/health").await.body;
    site.store.rows().is_stopped = true;
    site.clock.advance(SignedDuration::from_millis(499));
    assert_eq!(site.get("/health").await.body, first);
    site.clock.advance(SignedDuration::from_millis(1));
    assert_eq!(site.get("/health").await.json()["counts"]["is_stopped"], true);
}

#[tokio::test]
async fn where_nothing_is_kept_every_request_counts_anew() {
    let bounds = WebBounds { cache_age_max: Duration::ZERO, ..WebBounds::default() };
    let site = Site::set_up(house::busy(now()), WebSettings { bounds, ..settings() });
    assert_eq!(site.get("/health").await.json()["counts"]["is_stopped"], false);
    site.store.rows().is_stopped = true;
    assert_eq!(site.get("/health").await.json()["counts"]["is_stopped"], true);
}

#[tokio::test]
async fn a_hundred_bots_are_named_and_any_can_be_asked_for() {
    let bots = (0..150).map(|n| house::bot(&format!("bot-{n:03}"), n, 0)).collect();
    let site = Site::with(Rows { bots, ..Rows::default() });

    let all = site.get("/health").await.json();
    assert_eq!(all["bots"].as_object().unwrap().len(), 100);
    assert_eq!((&all["bots_truncated"], &all["counts"]["bots"]), (&json!(true), &json!(150)));

    let one = site.get("/health?bot=bot-149").await.json();
    assert_eq!(one["bots"].as_object().unwrap().len(), 1);
    assert_eq!(one["bots"]["bot-149"]["remaining_posts"], 149);
    assert_eq!(one["bots_truncated"], false);
    assert_eq!(site.get("/health?bot=nobody").await.problem(), (404, "no_such_bot".to_owned()));
}

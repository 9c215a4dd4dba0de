//! `/stats`, `/post` and `/slots/{id}`.

use axum::http::Request;
use domain::model::{BotState, SlotState, StateReason};
use serde_json::json;

use crate::common::{Rows, house};
use crate::site::{Site, now, settings};

fn two_bots() -> Rows {
    Rows { bots: vec![house::bot("ada", 7, 12), house::bot("bob", 0, 3)], ..Rows::default() }
}

#[tokio::test]
async fn stats_count_each_bot_and_all_of_them() {
    let reply = Site::with(two_bots()).get("/stats").await;
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(
        reply.json(),
        json!({
            "time": "2026-11-23T14:02:31Z",
            "totals": {
                "bots": 2, "bots_active": 2, "total_posts": 15, "remaining_posts": 7,
                "unknown_slots": 0, "attention_slots": 0, "spend_usd": 0.231
            },
            "bots": {
                "ada": {
                    "total_posts": 12, "remaining_posts": 7, "last_post_at": null,
                    "last_replenishment_at": null, "spend_usd": 0.1848
                },
                "bob": {
                    "total_posts": 3, "remaining_posts": 0, "last_post_at": null,
                    "last_replenishment_at": null, "spend_usd": 0.0462
                }
            },
            "next": null
        })
    );
}

#[tokio::test]
async fn stats_come_in_pages_that_cover_every_bot_once() {
    let bots = (0..25).map(|n| house::bot(&format!("bot-{n:02}"), n, 0)).collect();
    let site = Site::with(Rows { bots, ..Rows::default() });
    let mut path = "/stats?limit=10".to_owned();
    let mut names: Vec<String> = Vec::new();
    loop {
        let page = site.get(&path).await.json();
        names.extend(page["bots"].as_object().unwrap().keys().cloned());
        let Some(next) = page["next"].as_str() else { break };
        path = next.to_owned();
    }
    assert_eq!(names, (0..25).map(|n| format!("bot-{n:02}")).collect::<Vec<_>>());
    assert_eq!(site.get("/stats?bot=bot-07").await.json()["bots"]["bot-07"]["remaining_posts"], 7);
    assert_eq!(site.get("/stats?bot=nobody").await.problem(), (404, "no_such_bot".to_owned()));
    assert_eq!(site.get("/stats?order=up").await.problem(), (400, "bad_query".to_owned()));
}

#[tokio::test]
async fn post_writes_a_slot_wakes_the_node_and_says_where_to_look() {
    let site = Site::with(two_bots());
    let reply = site.post("/post?bot=ada", "").await;
    assert_eq!((reply.status.as_u16(), reply.header("location")), (202, "/slots/1"));
    assert_eq!(
        reply.json(),
        json!({
            "slot": 1, "bot": "ada", "state": "planned", "due_at": "2026-11-23T14:02:31Z",
            "location": "/slots/1",
            "detail": "It leaves at the engine's next step. Follow it at `location`."
        })
    );
    assert_eq!(site.node.wakes(), 1);
    assert_eq!(site.store.rows().slots.len(), 1);

    let again = site.post("/post", r#"{"bot": "ada"}"#).await.json();
    assert_eq!(again["slot"], 1, "a double click makes one post");
    let empty = site.post("/post?bot=bob", "").await.json();
    assert!(empty["detail"].as_str().unwrap().starts_with("The queue is empty"), "{empty}");
}

#[tokio::test]
async fn a_slot_can_be_followed_to_its_end() {
    let site = Site::with(two_bots());
    site.post("/post?bot=ada", "").await;
    let waiting = site.get("/slots/1").await.json();
    assert_eq!((&waiting["state"], &waiting["is_final"]), (&json!("planned"), &json!(false)));

    let line = house::slot(1, "ada", now(), SlotState::Posted);
    site.store.rows().slots[0] = house::out("hello", 300, line);
    let out = site.get("/slots/1").await.json();
    assert_eq!((&out["state"], &out["is_final"]), (&json!("posted"), &json!(true)));
    assert_eq!(out["text"], "hello");
    assert_eq!(out["url"], "https://x.com/i/web/status/186040000000000001");
    for path in ["/slots/2", "/slots/-1", "/slots/x", "/slots/99999999999999999999"] {
        assert_eq!(site.get(path).await.problem(), (404, "no_such_slot".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn with_one_bot_its_name_may_be_left_out() {
    let site = Site::with(Rows { bots: vec![house::bot("ada", 7, 12)], ..Rows::default() });
    assert_eq!(site.post("/post", "").await.json()["bot"], "ada");
    let many = Site::with(two_bots());
    assert_eq!(many.post("/post", "{}").await.problem(), (400, "which_bot".to_owned()));
    let none = Site::with(Rows::default());
    assert_eq!(none.post("/post", "").await.problem(), (400, "which_bot".to_owned()));
}

#[tokio::test]
async fn nothing_is_written_for_a_request_that_cannot_be_served() {
    let mut rows = two_bots();
    rows.bots[1].state = BotState::NeedsLogin;
    rows.bots[1].state_reason = Some(StateReason::Auth);
    let site = Site::with(rows);
    for (path, body, status, code) in [
        ("/post?bot=carl", "", 404, "no_such_bot"),
        ("/post?bot=../etc", "", 404, "no_such_bot"),
        ("/post?bot=bob", "", 409, "bot_not_active"),
        ("/post?bot=ada&x=1", "", 400, "which_bot"),
        ("/post", "{\"bot\": 3}", 422, "unprocessable_body"),
        ("/post", "{\"bot\"", 422, "unprocessable_body"),
        ("/post", "{\"bto\": \"ada\"}", 422, "unprocessable_body"),
        ("/post", &"x".repeat(65 * 1024), 413, "body_too_large"),
    ] {
        assert_eq!(
            site.post(path, body).await.problem(),
            (status, code.to_owned()),
            "{path} {body:.20}"
        );
    }
    for (body, words) in [
        ("{\"bot\": 3}", "The body holds something else up to line 1, column 9. Write {"),
        ("{\"bot\"", "The body is JSON without its end. Write {"),
        ("bot", "The body is not JSON from line 1, column 1 on. Write {"),
    ] {
        let reply = site.post("/post", body).await.json();
        assert!(reply["detail"].as_str().unwrap().starts_with(words), "{reply}");
    }
    site.store.rows().is_stopped = true;
    assert_eq!(site.post("/post?bot=ada", "").await.problem(), (409, "stopped".to_owned()));
    site.node.set().is_stopping = true;
    let stopping = site.post("/post?bot=ada", "").await;
    assert_eq!(stopping.problem(), (503, "stopping".to_owned()));
    assert_eq!(stopping.header("retry-after"), "30");
    assert!(site.store.rows().slots.is_empty());
    assert_eq!(site.node.wakes(), 0);
}

#[tokio::test]
async fn without_the_token_nothing_changes() {
    let site = Site::with(two_bots());
    let bare = site.send(Request::post("/post?bot=ada"), "").await;
    assert_eq!(bare.problem(), (401, "login_required".to_owned()));
    assert_eq!(bare.header("www-authenticate"), r#"Bearer realm="flockwork""#);
    let request = Request::post("/post?bot=ada").header("authorization", "Bearer wrong");
    assert_eq!(site.send(request, "").await.problem(), (401, "token_unknown".to_owned()));
    let form = Request::post("/post?bot=ada")
        .header("authorization", format!("Bearer {}", crate::common::TOKEN))
        .header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(
        site.send(form, "bot=ada").await.problem(),
        (415, "unsupported_media_type".to_owned())
    );
    assert!(site.store.rows().slots.is_empty());

    let mut open = settings();
    open.api_token = None;
    let site = Site::set_up(two_bots(), open);
    let reply = site.post("/post?bot=ada", "").await;
    assert_eq!(reply.problem(), (401, "token_unknown".to_owned()));
    assert!(reply.body.contains("FLOCKWORK_API_TOKEN"));
    assert!(site.store.rows().slots.is_empty());
}

#[tokio::test]
async fn what_is_asked_for_is_asked_in_a_name() {
    let site = Site::with(two_bots());
    assert_eq!(site.post("/post?bot=ada", "").await.status, 202);
    let acts = site.store.rows().acts.clone();
    let said: Vec<(&str, &str, &str)> =
        acts.iter().map(|act| (act.actor.name.as_str(), act.action, act.object.as_str())).collect();
    assert_eq!(said, [("FLOCKWORK_API_TOKEN", "bot.post_now", "bot ada")]);
}

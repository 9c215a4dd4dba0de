//! The doors through which people and scripts reach a node that runs.

use serde_json::json;

use crate::harness::node::ask_to_post;
use crate::harness::{Home, Sandbox, millis_now, until};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
/// Nothing is due while these tests run.
const RARELY: &str = "0 0 29 2 *";

#[test]
fn posting_by_http_takes_the_token_and_says_what_became_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &[]);
    let mut home = Home::with_bot(&sandbox, "ada", RARELY);

    let node = home.serve();
    let closed = ask_to_post(home.port, Some(TOKEN));
    assert_eq!((closed.status, &closed.json()["code"]), (401, &json!("token_unknown")));
    node.stop();

    let node = home.set("FLOCKWORK_API_TOKEN", TOKEN).serve();
    for (wrong, code) in
        [(None, "login_required"), (Some("0123456789abcdef0123456789abcdee"), "token_unknown")]
    {
        let refused = ask_to_post(home.port, wrong);
        assert_eq!((refused.status, &refused.json()["code"]), (401, &json!(code)));
        assert!(refused.head.contains("content-type: application/problem+json"), "{refused:?}");
        assert!(refused.head.contains("www-authenticate: bearer"), "{refused:?}");
    }
    assert_eq!(sandbox.accepted("ada"), 0, "a refused request posts nothing");

    let taken = ask_to_post(home.port, Some(TOKEN));
    assert_eq!(taken.status, 202, "{taken:?}");
    let taken = taken.json();
    let place = taken["location"].as_str().expect("where to follow it").to_owned();
    assert_eq!(place, format!("/slots/{}", taken["slot"]));
    let slot = until("its outcome", 20, || {
        let slot = home.get(&place)?.json();
        (slot["state"] == "posted").then_some(slot)
    });
    let truth = sandbox.truth();
    assert_eq!(truth.len(), 1);
    assert_eq!((&slot["text"], &slot["x_post_id"]), (&json!(truth[0].text), &json!(truth[0].id)));
    node.stop();
}

#[test]
fn health_tells_what_a_monitor_needs() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &[]);
    let hour = (millis_now() / 3_600_000 + 12) % 24;
    let mut home = Home::with_bot(&sandbox, "ada", &format!("0 {hour} * * *"));
    let node = home.set("FLOCKWORK_API_TOKEN", TOKEN).serve();
    assert_eq!(ask_to_post(home.port, Some(TOKEN)).status, 202);
    until("a post", 20, || (home.record().receipts.len() == 1).then_some(()));
    let health = until("a health that knows of it", 5, || {
        let health = home.health();
        (health["bots"]["ada"]["last_post_at"].is_string()).then_some(health)
    });
    assert_eq!((&health["status"], &health["reasons"]), (&json!("ok"), &json!([])), "{health:#}");
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    assert!(health["uptime_seconds"].is_u64());
    for door in ["database", "x", "model"] {
        assert!(health[door]["ok_at"].is_string(), "{door}: {health:#}");
        assert!(health[door]["error"].is_null(), "{door}: {health:#}");
    }
    let bot = &health["bots"]["ada"];
    assert_eq!((&bot["state"], &bot["last_error"]), (&json!("active"), &json!(null)));
    assert!(bot["next_slot_at"].is_string() && bot["remaining_posts"].is_u64(), "{bot:#}");

    let well = home.run(&["health"]);
    assert_eq!((well.code, well.out.as_str()), (Some(0), "well\n"), "{well:?}");
    node.stop();
    let gone = home.run(&["health"]);
    assert!(gone.code == Some(1) && gone.err.contains("no node answers"), "{gone:?}");
}

#[test]
fn post_now_posts_through_the_node_that_runs_or_without_one() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &[]);
    let home = Home::with_bot(&sandbox, "ada", RARELY);

    // What was posted stands in the database, so a path without one is not posted from.
    let slip = home.run(&["post", "now"]);
    assert!(slip.code == Some(66) && slip.err.contains("no database"), "{slip:?}");
    assert_eq!(home.run(&["queue", "add", "The lamp is lit."]).code, Some(0));
    let alone = home.run(&["post", "now", "--format", "json"]);
    assert_eq!(alone.code, Some(0), "{alone:?}");
    let told: serde_json::Value = serde_json::from_str(&alone.out).expect("JSON");
    assert_eq!(
        (&told["state"], &told["x_post_id"]),
        (&json!("posted"), &json!(sandbox.truth()[0].id))
    );

    let node = home.serve();
    let beside = home.run(&["post", "now"]);
    assert_eq!(beside.code, Some(0), "{beside:?}");
    let truth = sandbox.truth();
    assert_eq!(truth.len(), 2, "each asked for one");
    assert!(beside.out.starts_with(&format!("ada: posted {}", truth[1].id)), "{beside:?}");
    node.stop();
    assert_eq!(home.record().receipts.len(), 2);
}

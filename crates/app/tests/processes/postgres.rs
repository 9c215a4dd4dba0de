//! The same on PostgreSQL, where several nodes may share the work.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use testkit::postgres::cluster;

use crate::harness::oracle::{gaps, objections};
use crate::harness::{Home, Sandbox, millis_now, pause, say, until};

#[test]
fn a_node_on_postgresql_posts_on_schedule_and_survives_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &[]);
    let mut home = Home::with_bot(&sandbox, "ada", "*/2 * * * * *");
    home.set("DATABASE_URL", &cluster().create_database());
    let node = home.serve();
    until("two posts", 30, || (sandbox.accepted("ada") >= 2).then_some(()));
    node.stop();
    let before = home.record();
    let accepted = sandbox.accepted("ada");
    assert_eq!(before.receipts.len(), accepted);

    let node = home.serve();
    until("two more posts", 30, || (sandbox.accepted("ada") >= accepted + 2).then_some(()));
    let settled_by = millis_now() - 1_000;
    home.settle(settled_by, 10);
    node.stop();
    let after = home.record();
    assert_eq!(after.posts[..before.posts.len()], before.posts, "the queue was kept");
    let mut found = objections(&sandbox.truth(), &after, settled_by);
    found.extend(gaps(&after, "ada", 2_000, settled_by));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn two_nodes_on_one_postgresql_post_each_slot_once() {
    const BOTS: [&str; 4] = ["ada", "bob", "cyd", "dan"];
    let mut home = Home::new();
    let sandbox = Sandbox::start(home.path(), &["--no-duplicate-filter", "--latency", "30ms"]);
    home.set_sandbox(&sandbox);
    home.set("DATABASE_URL", &cluster().create_database());
    home.set("FLOCKWORK_RECONCILE_PROFILE", "fast");
    for bot in BOTS {
        home.add_bot(&sandbox, bot, "* * * * * *");
    }
    sandbox.set_rates(&json!({ "send": [
        [150, { "kind": "accept_then_close" }], [60, { "kind": "close_before_accept" }],
    ]}));
    sandbox.order(&json!({ "door": "send", "fault": { "kind": "accept_then_close" } }));
    let (one, two) = (home.serve(), home.twin().serve());
    until("each knowing of the other", 10, || {
        (home.health()["nodes"].as_array()?.len() == 2).then_some(())
    });
    pause(Duration::from_secs(14));
    // The work of one that leaves is the other's.
    one.stop();
    let accepted = sandbox.truth().len();
    sandbox.calm();
    until("the other going on", 10, || (sandbox.truth().len() > accepted + 8).then_some(()));
    let settled_by = millis_now();
    home.settle(settled_by, 20);
    two.stop();

    let (truth, record) = (sandbox.truth(), home.record());
    let mut found = objections(&truth, &record, settled_by);
    found.extend(BOTS.iter().flat_map(|bot| gaps(&record, bot, 1_000, settled_by)));
    assert!(found.is_empty(), "{}", found.join("\n"));
    let fences: BTreeSet<i64> = record.attempts.iter().map(|attempt| attempt.fence).collect();
    let (posts, adopted) = (truth.len(), record.adopted());
    say(&format!("two nodes on PostgreSQL: {posts} posts, {adopted} of them adopted"));
    assert_eq!(fences.len(), 2, "both sent");
    assert!(adopted > 0, "no answer was lost");
}

//! How a node ends while X is about to answer (faults 9 and 10).

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use crate::harness::oracle::objections;
use crate::harness::{Home, Process, Sandbox, pause, until};

/// A node whose next post X took and has not answered.
fn amid_a_send(sandbox: &Sandbox, answer_after_secs: u32) -> (Home, Process) {
    let mut home = Home::with_bot(sandbox, "ada", "*/2 * * * * *");
    home.set("FLOCKWORK_RECONCILE_PROFILE", "fast");
    sandbox.order(&json!({
        "door": "send", "fault": { "kind": "accept_slow", "secs": answer_after_secs },
    }));
    let node = home.serve();
    until("a post that X has", 20, || (sandbox.accepted("ada") == 1).then_some(()));
    (home, node)
}

#[test]
fn a_stop_amid_a_send_waits_for_the_answer_and_records_it() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &[]);
    let (home, mut node) = amid_a_send(&sandbox, 4);
    assert_eq!(home.get("/readyz").unwrap().status, 200);
    node.terminate();
    let ready =
        until("/readyz saying so", 3, || home.get("/readyz").filter(|reply| reply.status != 200));
    assert_eq!((ready.status, ready.body.as_str()), (503, "stopping\n"));
    let health =
        until("/health saying so", 3, || home.get("/health").filter(|reply| reply.status != 200));
    assert_eq!((health.status, &health.json()["status"]), (503, &json!("down")));
    assert_eq!(home.get("/livez").unwrap().status, 200, "a stopping node is alive");
    assert!(node.is_running(), "it did not wait for the answer");

    assert_eq!(node.code_within(30), Some(0));
    let record = home.record();
    assert_eq!((record.receipts.len(), record.adopted(), record.open()), (1, 0, 0), "{record:?}");
    let found = objections(&sandbox.truth(), &record, record.slots[0].due_at);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_stop_ends_in_time_even_if_x_never_answers() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &[]);
    let (home, mut node) = amid_a_send(&sandbox, 120);
    node.terminate();
    assert_eq!(node.code_within(30), Some(0));
    let record = home.record();
    assert_eq!((record.receipts.len(), record.slots_in("unknown")), (0, 1), "{record:?}");
    assert_eq!(sandbox.accepted("ada"), 1);
}

#[test]
fn a_second_signal_ends_at_once_and_the_next_start_finds_the_post() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &["--no-duplicate-filter"]);
    let (home, mut node) = amid_a_send(&sandbox, 60);
    node.terminate();
    until("/readyz saying so", 3, || home.get("/readyz").filter(|reply| reply.status == 503));
    node.terminate();
    assert_eq!(node.code_within(5), Some(130));
    assert!(node.log().contains("Ending at once"), "{}", node.log());
    let left = home.record();
    assert_eq!((left.receipts.len(), left.slots_in("sending")), (0, 1), "{left:?}");

    let node = home.serve();
    until("the post being found", 10, || (home.record().adopted() == 1).then_some(()));
    node.stop();
    let (truth, record) = (sandbox.truth(), home.record());
    let found = objections(&truth, &record, left.slots[0].due_at);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The node has its answer and a busy database, is told to stop, and gets the database back.
#[test]
fn a_stop_waits_for_a_busy_database_and_records_the_answer() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &[]);
    let (home, mut node) = amid_a_send(&sandbox, 2);
    let path = home.database();
    let holder = std::thread::spawn(move || {
        hold_sqlite(&path, || pause(Duration::from_secs(11)));
    });
    pause(Duration::from_millis(500));
    node.terminate();
    assert_eq!(node.code_within(30), Some(0));
    holder.join().unwrap();
    assert!(node.log().contains("trying again"), "{}", node.log());
    let record = home.record();
    assert_eq!((record.receipts.len(), record.adopted(), record.open()), (1, 0, 0), "{record:?}");
}

/// Writes nothing to an SQLite file, and lets nobody else, as long as `meanwhile` takes.
fn hold_sqlite(path: &Path, meanwhile: impl FnOnce()) {
    let options = SqliteConnectOptions::new().filename(path);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime for one file");
    runtime.block_on(async {
        let mut connection = options.connect().await.expect("the node made the file");
        sqlx::query("BEGIN IMMEDIATE")
            .execute(&mut connection)
            .await
            .expect("nobody else holds it for long");
        meanwhile();
        sqlx::query("ROLLBACK")
            .execute(&mut connection)
            .await
            .expect("nobody else holds it for long");
    });
}

//! One SQLite file, and who works on it: two processes (fault 21), or one whose file is taken away
//! (fault 20).

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::harness::oracle::objections;
use crate::harness::{Home, Sandbox, millis_now, pause, until};

#[test]
fn a_second_node_on_one_file_ends_with_75_and_the_first_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &[]);
    let mut home = Home::with_bot(&sandbox, "ada", "* * * * * *");
    // The kill below may fall into a send.
    home.set("FLOCKWORK_RECONCILE_PROFILE", "fast");
    let first = home.serve();

    let twin = home.twin();
    let mut second = twin.launch();
    assert_eq!(second.code_within(10), Some(75));
    let log = second.log();
    let said: Vec<&str> = log.lines().filter(|line| line.starts_with("error")).collect();
    assert_eq!(said.len(), 1, "{log}");
    assert!(said[0].contains("in use by another Flockwork process"), "{log}");

    let accepted = sandbox.accepted("ada");
    until("the first going on", 20, || (sandbox.accepted("ada") >= accepted + 2).then_some(()));
    // A killed node holds nothing: the file is free at once.
    first.kill();
    let third = twin.serve();
    let accepted = sandbox.accepted("ada");
    until("the third taking over", 20, || (sandbox.accepted("ada") > accepted).then_some(()));
    let settled_by = millis_now();
    home.settle(settled_by, 20);
    third.stop();
    let found = objections(&sandbox.truth(), &home.record(), settled_by);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Somebody deleted the lock, so a second node starts on the file of a first that lives. Each takes
/// the lease from the other; the fences and the one slot in flight for each bot are what is left.
#[test]
fn with_the_lock_defeated_each_slot_is_still_posted_once() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &["--no-duplicate-filter"]);
    let mut home = Home::with_bot(&sandbox, "ada", "* * * * * *");
    home.set("FLOCKWORK_RECONCILE_PROFILE", "fast");
    let first = home.serve();
    until("a post", 20, || (sandbox.accepted("ada") >= 1).then_some(()));
    let mut lock = home.database().into_os_string();
    lock.push(".lock");
    std::fs::remove_file(lock).unwrap();
    let second = home.twin().serve();
    let accepted = sandbox.accepted("ada");
    until("both going on", 90, || (sandbox.accepted("ada") >= accepted + 8).then_some(()));
    first.stop();
    second.stop();

    let third = home.serve();
    let settled_by = millis_now();
    home.settle(settled_by, 60);
    third.stop();
    let found = objections(&sandbox.truth(), &home.record(), settled_by);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_node_whose_file_was_deleted_or_moved_sends_nothing_more_and_says_so() {
    taken_away(|database| std::fs::remove_file(database));
    taken_away(|database| std::fs::rename(database, database.with_extension("moved")));
}

fn taken_away(take_away: impl Fn(&Path) -> std::io::Result<()>) {
    let dir = tempfile::tempdir().expect("a folder");
    let sandbox = Sandbox::start(dir.path(), &[]);
    let home = Home::with_bot(&sandbox, "ada", "* * * * * *");
    let node = home.serve();
    until("two posts", 20, || (sandbox.accepted("ada") >= 2).then_some(()));
    take_away(&home.database()).expect("the file was there");
    let health =
        until("/health saying so", 10, || home.get("/health").filter(|reply| reply.status == 503));
    assert_eq!(health.json()["reasons"][0]["code"], json!("database_moved"));
    until("the log saying why", 5, || {
        node.log().contains("deleted, moved or replaced").then_some(())
    });
    let accepted = sandbox.accepted("ada");
    pause(Duration::from_secs(4));
    assert_eq!(sandbox.accepted("ada"), accepted, "an intent that nobody can find is none");
    assert!(!home.database().exists(), "nothing is put in its place");
    node.stop();
}

//! Two processes on one SQLite file (fault 21).

use crate::harness::oracle::objections;
use crate::harness::{Home, Sandbox, until};

#[test]
fn a_second_node_on_one_file_ends_with_75_and_the_first_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &[]);
    let home = Home::with_bot(&sandbox, "ada", "* * * * * *");
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
    third.stop();
    let record = home.record();
    let settled_by = record.slots.iter().filter(|slot| slot.state == "posted").map(|s| s.due_at);
    let found = objections(&sandbox.truth(), &record, settled_by.max().unwrap() - 1);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

//! A server's database is set back with the server's own tools while bots post: what X has since is found on
//! the timelines, and nothing goes out twice.

use std::process::Command;

use testkit::postgres::{cluster, program};

use crate::harness::oracle::objections;
use crate::harness::{Home, Sandbox, millis_now, until};

const BOTS: [&str; 2] = ["ada", "bob"];

fn posts_of_all(sandbox: &Sandbox, at_least: usize) -> Option<()> {
    BOTS.iter().all(|bot| sandbox.accepted(bot) >= at_least).then_some(())
}

/// One of the server's programs, told as docs/backup.md has it.
fn tell(name: &str, args: &[&str]) {
    let ended = Command::new(program(name)).args(args).output().expect("it starts");
    assert!(ended.status.success(), "{name}: {}", String::from_utf8_lossy(&ended.stderr));
}

#[test]
fn a_dump_that_is_put_back_posts_nothing_twice() {
    let mut home = Home::new();
    let sandbox = Sandbox::start(home.path(), &["--no-duplicate-filter", "--no-limits"]);
    home.set_sandbox(&sandbox);
    let url = cluster().create_database();
    home.set("DATABASE_URL", &url);
    home.set("FLOCKWORK_RECONCILE_PROFILE", "drill");
    for bot in BOTS {
        home.add_bot(&sandbox, bot, "* * * * * *");
    }
    let node = home.serve();
    until("posts", 60, || posts_of_all(&sandbox, 3));
    let dump = home.path().join("flockwork.dump").display().to_string();
    tell("pg_dump", &["--format=custom", "--file", &dump, &url]);
    let copied = sandbox.truth().len();
    // A history that the copy does not have.
    until("more posts", 60, || (sandbox.truth().len() >= copied + 8).then_some(()));
    node.stop();
    let lost = sandbox.truth().len() - copied;
    assert!(lost > 4, "a run of nothing: {lost} posts since the copy");

    let into = format!("--dbname={url}");
    tell("pg_restore", &["--clean", "--if-exists", "--single-transaction", &into, &dump]);
    let marked = home.run(&["restore", "--mark-only"]);
    assert_eq!(marked.code, Some(0), "{}{}", marked.out, marked.err);
    let before = sandbox.truth().len();
    let node = home.serve();
    until("posts after it", 90, || (sandbox.truth().len() > before + 8).then_some(()));
    let settled_by = millis_now();
    home.settle(settled_by, 60);
    node.stop();

    let record = home.record();
    let twice: Vec<String> = objections(&sandbox.truth(), &record, settled_by)
        .into_iter()
        .filter(|objection| objection.contains("posted") && objection.contains("times"))
        .collect();
    assert!(twice.is_empty(), "{}", twice.join("\n"));
    assert!(record.adopted() > 0, "of {lost} posts since the copy none was found on X");
}

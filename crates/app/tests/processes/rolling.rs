//! An update without a break: nodes of the version before and of this one share a database, the new
//! one brings the schema up to date under the old ones, and each slot goes out once (faults 75, 76).
//!
//! The short tier replaces nodes by nodes of the same version. The long one begins with the binary that
//! `FLOCKWORK_OLD_BINARY` names; `.ci/old-binary` builds it from the commit before the newest step of
//! the schema.

use std::time::Duration;

use serde_json::json;
use testkit::Proof;
use testkit::postgres::cluster;

use crate::harness::oracle::{gaps, objections};
use crate::harness::{Home, Sandbox, millis_now, pause, say};

const BOTS: usize = 12;
/// How often each is due.
const EVERY_SECS: i64 = 3;
/// A node that is older than the database does not start.
const NEWER: i32 = 76;

/// The program of the version before; this one's in the short tier.
fn old_binary(proof: &Proof) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "only who runs the proof knows where it is")]
    let given = std::env::var("FLOCKWORK_OLD_BINARY").ok();
    assert!(!proof.is_long() || given.is_some(), "run .ci/old-binary and name its program");
    given.filter(|_| proof.is_long())
}

/// Becomes another program than the one under test, with the same words.
fn through(program: Option<&str>) -> Vec<String> {
    let Some(program) = program else { return Vec::new() };
    let script = format!("shift; exec '{program}' \"$@\"");
    ["sh", "-c", script.as_str(), "sh"].map(str::to_owned).to_vec()
}

#[test]
fn nodes_are_replaced_one_after_the_other_and_no_slot_notices() {
    let proof = Proof::of("rolling-upgrade", 0);
    let old = old_binary(&proof);
    let mut home = Home::new();
    let args = ["--no-duplicate-filter", "--no-limits", "--latency", "40ms", "--seed", "7"];
    let sandbox = Sandbox::start(home.path(), &args);
    home.set_sandbox(&sandbox);
    home.set("DATABASE_URL", &cluster().create_database());
    home.set("FLOCKWORK_RECONCILE_PROFILE", "fast");
    let names: Vec<String> = (0..BOTS).map(|number| format!("bot-{number}")).collect();
    for name in &names {
        home.add_bot(&sandbox, name, &format!("*/{EVERY_SECS} * * * * *"));
    }
    sandbox.set_rates(&json!({ "send": [[60, { "kind": "accept_then_close" }]] }));
    let mut before = [home.twin(), home.twin()];
    for one in &mut before {
        one.through = through(old.as_deref());
    }
    let after = [home.twin(), home.twin()];
    let mixed = Duration::from_secs(proof.count(4, 300) as u64);

    // Two old ones; a new one joins them and one of them leaves; then the other is replaced.
    let [one, two] = before.each_ref().map(Home::serve);
    pause(mixed / 2);
    let three = after[0].serve();
    pause(mixed);
    one.stop();
    pause(mixed);
    let four = after[1].serve();
    two.stop();
    pause(mixed / 2);
    sandbox.calm();
    let settled_by = millis_now();
    after[0].settle(settled_by, 40);
    three.stop();
    four.stop();

    let (truth, record) = (sandbox.truth(), home.record());
    let mut found = objections(&truth, &record, settled_by);
    found.extend(names.iter().flat_map(|bot| gaps(&record, bot, EVERY_SECS * 1_000, settled_by)));
    assert!(found.is_empty(), "{} objections:\n{}", found.len(), found.join("\n"));
    if old.is_some() {
        let mut late = before[0].launch();
        assert_eq!(late.code_within(30), Some(NEWER), "{}", late.log());
        say("the version before does not start on the newer schema");
    }
    assert!(truth.len() > BOTS && record.adopted() > 0, "a run of nothing");
    proof.report(&[
        ("posts", &truth.len()),
        ("adopted", &record.adopted()),
        ("twice", &0),
        ("lost", &0),
        ("mixed_s", &(mixed.as_secs() * 2)),
    ]);
}

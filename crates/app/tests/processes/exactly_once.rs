//! Each slot exactly once: the node is killed again and again while X loses answers and nothing but
//! Flockwork stands between a post and its double (faults 1 to 6).

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use crate::harness::oracle::{gaps, objections};
use crate::harness::{Chance, Home, Record, Sandbox, moment, pause, say, until};

const KILLS: usize = 60;
const SEED: u64 = 20_261_123;
/// How often each bot is due, in seconds.
const BOTS: [(&str, i64); 6] =
    [("ada", 1), ("bob", 1), ("cyd", 2), ("dan", 2), ("eve", 2), ("fay", 3)];

#[test]
fn a_node_killed_sixty_times_amid_lost_answers_posts_each_slot_once() {
    let started = moment();
    let mut home = Home::new();
    // An answer takes a moment, so that a kill is likely to fall between the send and its answer.
    let args = ["--no-duplicate-filter", "--no-limits", "--latency", "120ms", "--seed", "7"];
    let sandbox = Sandbox::start(home.path(), &args);
    home.set_sandbox(&sandbox);
    home.set("FLOCKWORK_RECONCILE_PROFILE", "fast");
    for (bot, secs) in BOTS {
        home.add_bot(&sandbox, bot, &format!("*/{secs} * * * * *"));
    }
    sandbox.set_rates(&json!({ "send": [
        [120, { "kind": "accept_then_close" }],
        [100, { "kind": "close_before_accept" }],
        [80, { "kind": "accept_then_status", "status": 503 }],
    ]}));

    let mut chance = Chance::of(SEED);
    for kill in 0..KILLS {
        let node = home.launch();
        // Every third life is so short that it hardly starts.
        let millis =
            if kill % 3 == 0 { chance.between(20, 400) } else { chance.between(400, 1_300) };
        pause(Duration::from_millis(millis));
        node.kill();
    }
    let killed = started.elapsed();

    let node = home.serve();
    sandbox.calm();
    let settled_by = now();
    until("an outcome of every slot", 30, || {
        let unsettled = Record::of_sqlite(&home.database()).unsettled_by(settled_by);
        (unsettled == 0).then_some(())
    });
    node.stop();

    let (truth, record) = (sandbox.truth(), Record::of_sqlite(&home.database()));
    report(&truth, &record, killed, started.elapsed());
    let mut found = objections(&truth, &record, settled_by);
    for (bot, secs) in BOTS {
        found.extend(gaps(&record, bot, secs * 1_000, settled_by));
    }
    assert!(found.is_empty(), "{} objections:\n{}", found.len(), found.join("\n"));
    assert_eq!(record.open(), 0, "something is on its way after a clean stop");
    // Without work and losses in it the run would prove nothing.
    let lost = truth.iter().filter(|post| post.hidden_by.is_some()).count();
    let adopted = record.receipts.iter().filter(|receipt| receipt.is_adopted == 1).count();
    let absent = record.attempts.iter().filter(|state| *state == "absent").count();
    assert!(truth.len() > 50 && lost > 10 && adopted > lost / 2 && absent > 3, "a run of nothing");
}

#[expect(clippy::disallowed_methods, reason = "the node under test lives in real time")]
fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

fn report(
    truth: &[crate::harness::sandbox::Truth],
    record: &Record,
    killed: Duration,
    all: Duration,
) {
    let of_slots = |state: &str| record.slots.iter().filter(|slot| slot.state == state).count();
    say(&format!(
        "{KILLS} kills in {killed:.0?} of {all:.0?}: X took {} posts, {} answers lost by faults; \
         {} receipts, {} of them adopted; {} attempts, {} proven absent; slots: {} posted, \
         {} skipped, {} failed, {} need attention",
        truth.len(),
        truth.iter().filter(|post| post.hidden_by.is_some()).count(),
        record.receipts.len(),
        record.receipts.iter().filter(|receipt| receipt.is_adopted == 1).count(),
        record.attempts.len(),
        record.attempts.iter().filter(|state| *state == "absent").count(),
        of_slots("posted"),
        of_slots("skipped"),
        of_slots("failed"),
        of_slots("needs_attention"),
    ));
}

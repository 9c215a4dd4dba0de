//! A slow X holds up nobody else (fault 38).

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use crate::harness::{Home, Record, Sandbox, pause, say, until};

/// How late a post may go out while another hangs; far below how long that one hangs.
const LATE_MILLIS_MAX: i64 = 4_000;

#[test]
fn a_bot_whose_sends_hang_holds_up_no_other() {
    let mut home = Home::new();
    let sandbox = Sandbox::start(home.path(), &[]);
    home.set_sandbox(&sandbox);
    for bot in ["slow", "ada", "bob", "cyd"] {
        home.add_bot(&sandbox, bot, "*/2 * * * * *");
    }
    sandbox.order(&json!({
        "door": "send", "account": "slow", "times": 100,
        "fault": { "kind": "accept_slow", "secs": 20 },
    }));
    let node = home.serve();
    until("a send that hangs", 20, || (sandbox.accepted("slow") == 1).then_some(()));
    let before = sandbox.truth().len();
    pause(Duration::from_secs(12));
    assert_eq!(sandbox.accepted("slow"), 1, "one on its way per bot");
    let truth = sandbox.truth();
    // Three bots, six slots each, less what the edges of the stretch cost.
    assert!(truth.len() >= before + 12, "only {} posts went out", truth.len() - before);

    let due = due_by_post(&home.record());
    let lateness = truth
        .iter()
        .filter(|post| post.account != "slow")
        .filter_map(|post| Some(post.at.as_millisecond() - due.get(&post.id)?));
    // Before the first batch of texts is written, posts are late for another reason.
    let latest = lateness.skip(3).max().expect("posts went out");
    say(&format!("with one bot hanging, the latest of the others went out {latest} ms late"));
    assert!(latest < LATE_MILLIS_MAX, "{latest} ms late");
    node.kill();
}

/// When the slot of each post on X was due.
fn due_by_post(record: &Record) -> BTreeMap<String, i64> {
    let due: BTreeMap<i64, i64> = record.slots.iter().map(|slot| (slot.id, slot.due_at)).collect();
    let of_receipt = |receipt: &crate::harness::record::Receipt| {
        (receipt.x_post_id.clone(), due[&receipt.slot_id.expect("no history was lost")])
    };
    record.receipts.iter().map(of_receipt).collect()
}

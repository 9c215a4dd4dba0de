//! The oracle itself: it must be able to object, or its silence says nothing.

use serde_json::json;

use crate::harness::oracle::{gaps, objections};
use crate::harness::record::{Receipt, Record, Slot};
use crate::harness::sandbox::Truth;
use crate::harness::{Home, Sandbox, until};

fn truth(id: &str, text: &str) -> Truth {
    Truth {
        at: jiff::Timestamp::UNIX_EPOCH,
        account: "ada".to_owned(),
        id: id.to_owned(),
        text: text.to_owned(),
        hidden_by: None,
    }
}

fn slot(id: i64, state: &str) -> Slot {
    Slot {
        id,
        bot_id: "ada".to_owned(),
        due_at: id * 1_000,
        state: state.to_owned(),
        reason: None,
        detail: None,
        wake_at: None,
    }
}

fn receipt(slot_id: i64, x_post_id: &str, content: &str) -> Receipt {
    Receipt {
        bot_id: "ada".to_owned(),
        x_post_id: x_post_id.to_owned(),
        slot_id: Some(slot_id),
        content: content.to_owned(),
        is_adopted: 0,
    }
}

/// Two posts, as they should be.
fn well() -> (Vec<Truth>, Record) {
    let record = Record {
        receipts: vec![receipt(1, "11", "hello"), receipt(2, "12", "again")],
        slots: vec![slot(1, "posted"), slot(2, "posted"), slot(3, "skipped"), slot(4, "planned")],
        ..Record::default()
    };
    (vec![truth("11", "hello"), truth("12", "again")], record)
}

/// What the oracle says after `spoil` had its way.
fn said(spoil: impl FnOnce(&mut Vec<Truth>, &mut Record)) -> String {
    let (mut truth, mut record) = well();
    spoil(&mut truth, &mut record);
    objections(&truth, &record, 3_000).join("\n")
}

#[test]
fn the_oracle_is_silent_where_all_is_well() {
    assert_eq!(said(|_, _| {}), "");
}

#[test]
fn the_oracle_objects_to_a_post_that_x_has_twice() {
    let said = said(|truth, record| {
        truth.push(Truth { id: "13".to_owned(), ..truth[0].clone() });
        // Even with a receipt for each it is a double.
        record.slots[2].state = "posted".to_owned();
        record.receipts.push(receipt(3, "13", "hello"));
    });
    assert_eq!(said, "@ada posted \"hello\" 2 times");
}

#[test]
fn the_oracle_objects_to_what_was_lost_or_made_up() {
    for (spoiled, word) in [
        (said(|_, record| drop(record.receipts.remove(0))), "has no receipt"),
        (said(|truth, _| drop(truth.remove(0))), "X never had 11"),
        (said(|_, record| record.receipts[0].content = "other".to_owned()), "is not of"),
        (said(|_, record| record.receipts[0].bot_id = "eve".to_owned()), "is not of"),
        (said(|_, record| record.slots[2].state = "planned".to_owned()), "has no outcome"),
        (said(|_, record| record.slots[2].state = "sending".to_owned()), "has no outcome"),
        (said(|_, record| record.slots[2].state = "posted".to_owned()), "has 0 receipts"),
        (said(|_, record| record.slots[1].due_at = 1_000), "stands there twice"),
    ] {
        assert!(spoiled.contains(word), "{word:?} is not in {spoiled:?}");
    }
    let two_open = said(|_, record| {
        record.slots[2].state = "sending".to_owned();
        record.slots[3].state = "unknown".to_owned();
    });
    assert!(two_open.contains("2 posts on their way"), "{two_open}");
}

#[test]
fn the_oracle_objects_to_a_moment_without_a_slot() {
    let (_, mut record) = well();
    assert!(gaps(&record, "ada", 1_000, 4_500).is_empty());
    assert_eq!(gaps(&record, "ada", 1_000, 5_000).len(), 1);
    record.slots.remove(1);
    assert_eq!(gaps(&record, "ada", 1_000, 4_500).len(), 1);
    assert_eq!(gaps(&record, "eve", 1_000, 4_500).len(), 1);
}

/// The fast profile is only for an X that shows a post at once. Here X takes it later than the last
/// vote, which nothing can know, so a real double comes about and must be seen.
#[test]
fn the_oracle_sees_a_double_that_a_real_node_was_tricked_into() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &["--no-duplicate-filter"]);
    let mut home = Home::with_bot(&sandbox, "ada", "*/2 * * * * *");
    home.set("FLOCKWORK_RECONCILE_PROFILE", "fast");
    sandbox.order(&json!({ "door": "send", "fault": { "kind": "late_accept", "secs": 12 } }));
    let node = home.serve();
    let said = until("a double", 60, || {
        let found = objections(&sandbox.truth(), &home.record(), 0);
        found.into_iter().find(|objection| objection.starts_with("@ada posted"))
    });
    assert!(said.ends_with("2 times"), "{said}");
    node.kill();
}

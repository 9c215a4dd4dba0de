//! One bot's life, from the seed's variables alone.

use crate::harness::oracle::{gaps, objections};
use crate::harness::{Home, Sandbox, mentions, millis_now, until};

#[test]
fn the_seeds_variables_alone_make_a_bot_that_writes_posts_refills_and_survives_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &[]);
    let mut home = Home::with_bot(&sandbox, "ada", "*/2 * * * * *");
    home.set("TIMEZONE", "Europe/Lisbon").set("BOT_PERSONALITY", "You keep a lighthouse.");

    let node = home.serve();
    until("four posts", 30, || (sandbox.accepted("ada") >= 4).then_some(()));
    until("a refilled queue", 30, || (home.record().posts.len() > 20).then_some(()));
    let health = home.health();
    assert_eq!(health["bots"]["ada"]["state"], "active", "{health:#}");
    assert!(health["model"]["ok_at"].is_string() && health["model"]["error"].is_null());
    let stats = home.get("/stats").unwrap().json();
    assert!(stats["bots"]["ada"]["total_posts"].as_u64() >= Some(4), "{stats:#}");
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
    assert!(after.slots.iter().map(|slot| slot.id).is_sorted(), "slots were kept in their order");
    let mut found = objections(&sandbox.truth(), &after, settled_by);
    found.extend(gaps(&after, "ada", 2_000, settled_by));
    assert!(found.is_empty(), "{}", found.join("\n"));
    for slot in before.slots.iter().filter(|slot| slot.has_outcome()) {
        let same = after.slots.iter().find(|later| later.id == slot.id).unwrap();
        assert_eq!((&same.state, same.due_at), (&slot.state, slot.due_at));
    }
}

#[test]
fn a_pattern_of_five_fields_is_meant_in_its_own_zone() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &[]);
    let mut home = Home::with_bot(&sandbox, "ada", "30 9 * * *");
    home.set("TIMEZONE", "Asia/Tokyo");
    let node = home.serve();
    let next = until("a plan", 10, || {
        home.health()["bots"]["ada"]["next_slot_at"].as_str().map(str::to_owned)
    });
    assert!(next.ends_with("T00:30:00Z"), "{next}");
    node.stop();
    assert_eq!(sandbox.accepted("ada"), 0, "nothing was due");
}

/// Points at which a node dies when told are another program; this one holds not a word of them.
#[test]
fn the_binary_that_people_run_has_no_failpoints() {
    let program = std::path::Path::new(crate::PROGRAM);
    assert!(mentions(program, "POSTING_SCHEDULE"), "words cannot be found in it at all");
    assert!(!mentions(program, "FAILPOINT") && !mentions(program, "told to at"));
}

//! A row that nobody can read stands in nobody else's way, and goes on once it is mended.

use domain::model::{Fence, Share};
use domain::ports::store::{AttemptStore, PostStore, SlotStore};
use jiff::{SignedDuration, Timestamp};

use crate::steps::{
    claimed, declare, id, lost, nine, outcome_unknown, plan, queue, secs, sending, settle, start,
    state,
};
use crate::world::{World, on_both};

/// How long a row is set aside.
fn a_while() -> SignedDuration {
    SignedDuration::from_mins(10)
}

const BROKEN_PAST: i64 = i64::MIN;
const BROKEN_FUTURE: i64 = i64::MAX;

async fn a_corrupt_attempt_holds_up_no_other_look(world: &World) {
    let sent = sending(world, &["ada", "bob"]).await;
    let all: Vec<_> = sent.iter().map(|one| lost(one, nine())).collect();
    settle(world, &all).await;
    let (ada, fence) = (sent[0].0.slot, sent[0].0.fence);
    let take = async |now| -> Vec<String> {
        let open = world.db.take_open_attempts(now, fence, 10).await.unwrap();
        open.iter().map(|one| one.attempt.bot.as_str().to_owned()).collect()
    };
    let break_it = format!("UPDATE attempts SET looks = -1 WHERE slot_id = {}", ada.0);
    world.execute(&break_it).await;
    assert_eq!(take(nine()).await, ["bob"]);
    // Whether X has it is as unknown as before, so nothing may be sent for it.
    assert_eq!(state(world, ada).await, "unknown");
    let detail = world.words(&format!("SELECT detail FROM slots WHERE id = {}", ada.0)).await;
    assert_eq!(detail, ["a row it needs is corrupt; the log names it"]);

    assert!(take(nine() + a_while() - secs(1)).await.is_empty());
    assert!(take(nine() + a_while()).await.is_empty(), "it is still corrupt");
    world.execute("UPDATE attempts SET looks = 0").await;
    assert_eq!(take(nine() + a_while() * 2).await, ["ada"]);
    assert_eq!(state(world, ada).await, "reconciling");
}

async fn a_slot_whose_attempt_is_gone_holds_up_no_other_look(world: &World) {
    let sent = sending(world, &["ada", "bob"]).await;
    let all: Vec<_> = sent.iter().map(|one| lost(one, nine())).collect();
    settle(world, &all).await;
    let ada = sent[0].0.slot;
    world.execute(&format!("UPDATE attempts SET number = 7 WHERE slot_id = {}", ada.0)).await;
    let open = world.db.take_open_attempts(nine(), sent[0].0.fence, 10).await.unwrap();
    assert_eq!((open.len(), &open[0].attempt.bot), (1, &id("bob")));
    assert_eq!(state(world, ada).await, "unknown");
}

async fn where_a_person_was_called_a_corrupt_attempt_changes_only_the_next_look(world: &World) {
    let sent = sending(world, &["ada"]).await.remove(0);
    let mut called = lost(&sent, nine());
    called.change.to = outcome_unknown();
    settle(world, &[called]).await;
    world.execute("UPDATE attempts SET looks = -1").await;
    let fence = sent.0.fence;
    assert!(world.db.take_open_attempts(nine(), fence, 10).await.unwrap().is_empty());
    assert_eq!(state(world, sent.0.slot).await, "needs_attention/outcome_unknown");
    assert_eq!(world.words("SELECT detail FROM slots").await, ["so it went"]);
    world.execute("UPDATE attempts SET looks = 0").await;
    let early = nine() + a_while() - secs(1);
    assert!(world.db.take_open_attempts(early, fence, 10).await.unwrap().is_empty());
    let open = world.db.take_open_attempts(nine() + a_while(), fence, 10).await.unwrap();
    assert_eq!(open.len(), 1);
}

async fn a_corrupt_schedule_holds_up_no_other_plan(world: &World) {
    declare(world, &["ada", "bob", "carl"]).await;
    let list = async |now: Timestamp| -> Vec<String> {
        let due = world.db.list_unplanned(now, Share::ALL, 10).await.unwrap();
        let mut bots: Vec<_> = due.iter().map(|one| one.bot.as_str().to_owned()).collect();
        bots.sort();
        bots
    };
    world.execute("UPDATE schedules SET timezone = 'Mars/Base' WHERE bot_id = 'ada'").await;
    world
        .execute(&format!("UPDATE schedules SET jitter_ms = {BROKEN_FUTURE} WHERE bot_id = 'carl'"))
        .await;
    assert_eq!(list(start()).await, ["bob"]);
    assert_eq!(list(start()).await, ["bob"]);
    let asleep = "SELECT count(*) FROM schedules WHERE replan_at > planned_until";
    assert_eq!(world.number(asleep).await, 2, "they are set aside");

    world.execute("UPDATE schedules SET timezone = 'UTC', jitter_ms = 0").await;
    assert_eq!(list(start() + a_while() - secs(1)).await, ["bob"]);
    assert_eq!(list(start() + a_while()).await, ["ada", "bob", "carl"]);
}

async fn a_corrupt_slot_holds_up_no_other_assignment(world: &World) {
    declare(world, &["ada", "bob", "carl", "dora"]).await;
    plan(world, nine()).await;
    for bot in ["ada", "bob", "carl", "dora"] {
        queue(world, bot, bot, None).await;
    }
    let list = async |now: Timestamp| -> Vec<String> {
        let open = world.db.list_open_slots(now, Share::ALL, 10).await.unwrap();
        open.iter().map(|one| one.bot.as_str().to_owned()).collect()
    };
    let broken_slot = format!("UPDATE slots SET due_at = {BROKEN_PAST} WHERE bot_id = 'ada'");
    world.execute(&broken_slot).await;
    world
        .execute(&format!(
            "UPDATE schedules SET catch_up_ms = {BROKEN_FUTURE} WHERE bot_id = 'carl'"
        ))
        .await;
    // Of dora's queue nobody can say which topic comes next.
    world
        .execute(&format!(
            "INSERT INTO topic_use (bot_id, topic, last_used_at) VALUES ('dora', '', {BROKEN_PAST})"
        ))
        .await;
    assert_eq!(list(nine()).await, ["bob"]);
    assert_eq!(list(nine()).await, ["bob"]);
    let aside = "SELECT DISTINCT detail FROM slots WHERE bot_id <> 'bob' AND state = 'planned'";
    assert_eq!(world.words(aside).await, ["a row it needs is corrupt; the log names it"]);

    let mended = format!("UPDATE slots SET due_at = {}", nine().as_millisecond());
    world.execute(&mended).await;
    world.execute("UPDATE schedules SET catch_up_ms = 1800000").await;
    world.execute("DELETE FROM topic_use").await;
    assert_eq!(list(nine() + a_while() - secs(1)).await, ["bob"]);
    let mut all = list(nine() + a_while()).await;
    all.sort();
    assert_eq!(all, ["ada", "bob", "carl", "dora"]);
}

async fn a_corrupt_persona_holds_up_no_other_writing(world: &World) {
    declare(world, &["ada", "bob", "carl"]).await;
    queue(world, "carl", "carl", None).await;
    let list = async |now: Timestamp| -> Vec<String> {
        let refills = world.db.take_refills(now, Fence(1), 10).await.unwrap();
        let mut bots: Vec<_> = refills.iter().map(|one| one.bot.as_str().to_owned()).collect();
        let free = "UPDATE bot_stats SET refill_fence = NULL, refill_not_before = 5
            WHERE refill_fence IS NOT NULL";
        world.execute(free).await;
        bots.sort();
        bots
    };
    world.execute("UPDATE bot_configs SET topics = '[oops' WHERE bot_id = 'ada'").await;
    world
        .execute(&format!(
            "INSERT INTO topic_use (bot_id, topic, last_used_at) VALUES ('carl', '', {BROKEN_PAST})"
        ))
        .await;
    assert_eq!(list(start()).await, ["bob"]);
    assert_eq!(list(start()).await, ["bob"]);
    let errors = "SELECT bot_id || ': ' || last_error FROM bot_stats
         WHERE last_error IS NOT NULL ORDER BY bot_id";
    let errors = world.words(errors).await;
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors[0].starts_with("ada: the database is corrupt: table bot_configs, row ada"));

    world.execute("UPDATE bot_configs SET topics = '[\"ships\"]'").await;
    world.execute("DELETE FROM topic_use").await;
    assert_eq!(list(start() + a_while() - secs(1)).await, ["bob"]);
    assert_eq!(list(start() + a_while()).await, ["ada", "bob", "carl"]);
}

async fn a_wake_time_that_is_none_stops_no_clockwork(world: &World) {
    let due = claimed(world, &["ada"]).await.remove(0);
    for (broken, next) in [(BROKEN_PAST, Some(Timestamp::MIN)), (BROKEN_FUTURE, None)] {
        world.execute("UPDATE bot_stats SET low_water = 0").await;
        world.execute("UPDATE schedules SET replan_at = NULL").await;
        world.execute(&format!("UPDATE slots SET state = 'assigned', wake_at = {broken}")).await;
        assert_eq!(world.db.next_wake().await.unwrap(), next, "slot {:?}", due.slot);
    }
}

/// SQLite stores what is no text in a column of text; PostgreSQL refuses it.
#[tokio::test]
async fn a_text_that_is_none_holds_up_no_other() {
    let world = &World::sqlite().await;
    let sent = sending(world, &["ada", "bob"]).await;
    let all: Vec<_> = sent.iter().map(|one| lost(one, nine())).collect();
    settle(world, &all).await;
    let (ada, fence) = (sent[0].0.slot, sent[0].0.fence);
    let no_text = "CAST(X'FF' AS TEXT)";
    world
        .execute(&format!("UPDATE attempts SET payload = {no_text} WHERE slot_id = {}", ada.0))
        .await;
    let open = world.db.take_open_attempts(nine(), fence, 10).await.unwrap();
    assert_eq!((open.len(), &open[0].attempt.bot), (1, &id("bob")));
    assert_eq!(state(world, ada).await, "unknown");

    world.execute(&format!("UPDATE schedules SET name = {no_text} WHERE bot_id = 'ada'")).await;
    let due = world
        .db
        .list_unplanned(nine() + SignedDuration::from_hours(48), Share::ALL, 10)
        .await
        .unwrap();
    assert_eq!((due.len(), &due[0].bot), (1, &id("bob")));
}

on_both! {
    a_corrupt_attempt_holds_up_no_other_look,
    a_slot_whose_attempt_is_gone_holds_up_no_other_look,
    where_a_person_was_called_a_corrupt_attempt_changes_only_the_next_look,
    a_corrupt_schedule_holds_up_no_other_plan,
    a_corrupt_slot_holds_up_no_other_assignment,
    a_corrupt_persona_holds_up_no_other_writing,
    a_wake_time_that_is_none_stops_no_clockwork,
}

//! Slots by the time at which they are due, and a person's hand on one of them.

use domain::model::{ScheduleId, Share, SlotId, SlotPhase};
use domain::ports::store::{
    AuditStore, BotStore, CalendarStore, Extension, FigureStore, PlannedSlot, ReadStore, SlotMove,
    SlotSkip, SlotStore, SlotsAsked, Span,
};
use jiff::{SignedDuration, Timestamp, civil};

use crate::steps::{
    assign_all, claim_all, declare, id, lease, nine, plan, planned_slot, post_state, posted, queue,
    remaining, secs, send_all, sending, settle, start, state,
};
use crate::world::{World, on_both};

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// From the first hour to the other, counted from nine.
fn span(from: i64, until: i64) -> Span {
    Span { from: nine() + hours(from), until: nine() + hours(until) }
}

/// The one slot of that bot, at nine.
async fn slot_of(world: &World, bot: &str) -> SlotId {
    let found = world.db.list_slots_due(span(-1, 100), Some(&id(bot)), 10).await.unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].slot
}

async fn put(world: &World, slot: SlotId, due_at: Timestamp, now: Timestamp) -> bool {
    let version = world.db.find_held(slot).await.unwrap().unwrap().version;
    let moved = SlotMove { slot, version, due_at, who: "eve".to_owned() };
    world.db.move_slot(&moved, now).await.unwrap()
}

async fn skip(world: &World, slot: SlotId) -> SlotSkip {
    let version = world.db.find_held(slot).await.unwrap().unwrap().version;
    SlotSkip { slot, version, who: "eve".to_owned() }
}

async fn due_at(world: &World, slot: SlotId) -> Timestamp {
    world.db.find_slot(slot).await.unwrap().unwrap().due_at
}

async fn slots_of_a_span_in_every_state(world: &World) {
    let sent = sending(world, &["ada", "bob", "cleo"]).await;
    settle(world, &[posted(&sent[0], "101")]).await;
    world
        .execute(&format!(
            "UPDATE slots SET state = 'needs_attention', reason = 'poison' WHERE id = {}",
            sent[1].0.slot.0
        ))
        .await;
    declare(world, &["ada", "bob", "cleo", "dora"]).await;
    plan(world, nine() + hours(1)).await;
    let list = async |span, bot: Option<&str>, max| {
        let bot = bot.map(id);
        let found = world.db.list_slots_due(span, bot.as_ref(), max).await.unwrap();
        found.into_iter().map(|line| (line.bot.to_string(), line.state.phase())).collect::<Vec<_>>()
    };
    let at_nine = list(span(0, 1), None, 10).await;
    let expected = [
        ("ada".to_owned(), SlotPhase::Posted),
        ("bob".to_owned(), SlotPhase::NeedsAttention),
        ("cleo".to_owned(), SlotPhase::Sending),
    ];
    assert_eq!(at_nine, expected);
    assert_eq!(list(span(1, 2), None, 10).await, [("dora".to_owned(), SlotPhase::Planned)]);
    assert_eq!(list(span(0, 2), None, 2).await.len(), 2, "no more than are asked for");
    assert_eq!(list(span(0, 2), Some("bob"), 10).await, expected[1..2]);
    assert_eq!(list(span(2, 9), None, 10).await, []);

    let count = async |bot: Option<&str>, max| {
        let (spans, bot) = ([span(0, 1), span(1, 2), span(2, 3)], bot.map(id));
        let mut counts = world.db.count_slots_due(&spans, bot.as_ref(), max).await.unwrap();
        for count in &mut counts {
            count.sort_unstable();
        }
        counts
    };
    let one = |phase| (phase, 1);
    let expected = [SlotPhase::Sending, SlotPhase::Posted, SlotPhase::NeedsAttention].map(one);
    assert_eq!(count(None, 10).await, [expected.to_vec(), vec![one(SlotPhase::Planned)], vec![]]);
    let of_ada = count(Some("ada"), 10).await;
    assert_eq!(of_ada, [vec![one(SlotPhase::Posted)], vec![], vec![]]);
}

async fn a_moved_slot_keeps_its_name_and_is_due_at_its_new_time(world: &World) {
    declare(world, &["ada"]).await;
    plan(world, nine()).await;
    queue(world, "ada", "hello", None).await;
    let slot = slot_of(world, "ada").await;
    let (now, later) = (start(), nine() + hours(3));
    assert!(put(world, slot, later, now).await);
    let line = world.db.find_slot(slot).await.unwrap().unwrap();
    assert_eq!((line.due_at, line.moved_from), (later, Some(nine())));
    assert_eq!(line.wake_at, Some(later - secs(60)));
    // Its schedule is planned once more: nothing comes in its place, and it stays where it is.
    world.execute("UPDATE schedules SET replan_at = 0").await;
    assert_eq!(plan(world, nine()).await, 0);
    assert_eq!(due_at(world, slot).await, later);
    let open = world.db.list_open_slots(nine() + hours(1), Share::ALL, 10).await.unwrap();
    assert_eq!(open, []);
    // It leaves at its new time.
    assert_eq!(assign_all(world, later - secs(60)).await, [slot]);
    let fence = lease(world, later).await.fence;
    assert_eq!(claim_all(&world.db, later - secs(1), fence, 10).await, []);
    assert_eq!(claim_all(&world.db, later, fence, 10).await.len(), 1);
    assert!(!put(world, slot, later + hours(1), now).await, "a node has it");
    let moved = "SELECT kind || ' ' || detail FROM events WHERE kind = 'slot.moved'";
    assert_eq!(world.words(moved).await, ["slot.moved by eve"]);
}

async fn back_at_its_own_time_a_slot_is_as_any_other(world: &World) {
    declare(world, &["ada"]).await;
    plan(world, nine()).await;
    let slot = slot_of(world, "ada").await;
    for (to, from) in [(5, Some(nine())), (2, Some(nine())), (0, None)] {
        assert!(put(world, slot, nine() + hours(to), start()).await);
        assert_eq!(world.db.find_held(slot).await.unwrap().unwrap().moved_from, from, "{to}");
    }
}

async fn a_held_post_goes_with_its_slot(world: &World) {
    declare(world, &["ada"]).await;
    plan(world, nine()).await;
    let post = queue(world, "ada", "hello", None).await;
    let slot = slot_of(world, "ada").await;
    assert_eq!(assign_all(world, nine() - secs(30)).await, [slot]);
    assert!(put(world, slot, nine() + secs(1800), nine() - secs(30)).await);
    assert_eq!(post_state(world, post).await, "assigned");
    let fence = lease(world, nine()).await.fence;
    assert!(send_all(&world.db, nine() + secs(1799), fence, 10).await.is_empty());
    let sent = send_all(&world.db, nine() + secs(1800), fence, 10).await;
    assert_eq!(sent[0].0.post, post);
    assert!(!put(world, slot, nine() + hours(9), nine()).await, "it is on its way");
}

async fn what_is_due_or_seen_otherwise_stays(world: &World) {
    declare(world, &["ada"]).await;
    plan(world, nine()).await;
    let slot = slot_of(world, "ada").await;
    assert!(!put(world, slot, nine() + hours(1), nine()).await, "its time has come");
    let version = world.db.find_held(slot).await.unwrap().unwrap().version;
    let moved =
        SlotMove { slot, version: version + 1, due_at: nine() + hours(1), who: "eve".to_owned() };
    assert!(!world.db.move_slot(&moved, start()).await.unwrap());
    assert!(world.db.find_held(SlotId(999)).await.unwrap().is_none());
    let asked = world.db.ask_for_slot(&id("ada"), start()).await.unwrap().unwrap();
    assert!(
        !put(world, asked, nine(), start() - secs(60)).await,
        "one that was asked for is for now"
    );
}

async fn of_a_move_and_a_claim_at_once_one_counts(world: &World) {
    declare(world, &["ada"]).await;
    plan(world, nine()).await;
    queue(world, "ada", "hello", None).await;
    let slot = slot_of(world, "ada").await;
    assign_all(world, nine()).await;
    let fence = lease(world, nine()).await.fence;
    // The mover's clock is a little behind.
    let (moved, claimed) = tokio::join!(
        put(world, slot, nine() + hours(1), nine() - secs(1)),
        claim_all(&world.db, nine(), fence, 10)
    );
    assert_eq!(moved, claimed.is_empty());
    let expected = if moved { "assigned" } else { "claimed" };
    assert_eq!(state(world, slot).await, expected);
}

async fn a_person_skips_a_slot_and_takes_it_back(world: &World) {
    declare(world, &["ada"]).await;
    plan(world, nine()).await;
    let post = queue(world, "ada", "hello", None).await;
    let slot = slot_of(world, "ada").await;
    assign_all(world, nine() - secs(30)).await;
    let (early, now) = (skip(world, slot).await, nine() - secs(20));
    assert!(world.db.skip_slot(&early, now).await.unwrap());
    assert_eq!(state(world, slot).await, "skipped/operator");
    assert_eq!(
        (post_state(world, post).await.as_str(), remaining(world, "ada").await),
        ("queued", 1)
    );
    assert!(!world.db.skip_slot(&skip(world, slot).await, now).await.unwrap(), "once");
    assert!(!world.db.unskip_slot(&early, now).await.unwrap(), "it is another version now");
    assert!(world.db.unskip_slot(&skip(world, slot).await, now).await.unwrap());
    assert_eq!(state(world, slot).await, "planned");
    assert_eq!(world.db.list_endings(None, start(), 10).await.unwrap(), [], "counted no more");
    assert_eq!(assign_all(world, now).await, [slot]);
    assert!(world.db.skip_slot(&skip(world, slot).await, now).await.unwrap());
    assert_eq!(world.db.list_endings(None, start(), 10).await.unwrap().len(), 1);
    let late = skip(world, slot).await;
    assert!(!world.db.unskip_slot(&late, nine()).await.unwrap(), "its time has come");
}

async fn a_changed_schedule_forgets_moves_of_what_is_to_come_and_of_nothing_else(world: &World) {
    declare(world, &["ada"]).await;
    let schedules = world.db.list_unplanned(nine(), Share::ALL, 10).await.unwrap();
    let slots: Vec<PlannedSlot> = (0..3).map(|n| planned_slot(nine() + hours(n))).collect();
    let extension = Extension {
        schedule: schedules[0].id,
        bot: id("ada"),
        slots,
        planned_until: nine() + hours(24),
        replan_at: nine() + hours(24),
    };
    assert_eq!(world.db.extend_plans(&[extension], start()).await.unwrap(), 3);
    let slots = world.db.list_slots_due(span(0, 9), None, 9).await.unwrap();
    let [owed, early, plain] = [0, 1, 2].map(|n| slots[n].slot);
    // One is put off, one is brought forward; then it is half past nine.
    assert!(put(world, owed, nine() + hours(5), start()).await);
    assert!(put(world, early, nine() + secs(2400), start()).await);
    let now = nine() + secs(1800);
    let mut changed = testkit::bot("ada");
    changed.schedules[0].catch_up_window = secs(7);
    changed.schedules[0].jitter_max = secs(9);
    world.db.sync_bots(&[changed], &[], now).await.unwrap();
    assert_eq!(due_at(world, owed).await, nine() + hours(5), "nothing would be planned at nine");
    for slot in [early, plain] {
        assert!(world.db.find_slot(slot).await.unwrap().is_none(), "it is planned anew");
    }
}

async fn the_audit_knows_when_a_moved_slot_was_to_be(world: &World) {
    declare(world, &["ada"]).await;
    plan(world, nine()).await;
    let slot = slot_of(world, "ada").await;
    assert!(put(world, slot, nine() - secs(1200), start()).await);
    let midnight = civil::date(2026, 11, 23).at(0, 0, 0, 0);
    let asked = SlotsAsked {
        schedule: ScheduleId(world.number("SELECT id FROM schedules").await),
        from: midnight,
        until: civil::date(2026, 11, 24).at(0, 0, 0, 0),
    };
    let rows = world.db.list_slot_rows(&[asked]).await.unwrap();
    assert_eq!((rows[0].slot, rows[0].due_at), (slot, nine()));
}

async fn plans_say_how_far_they_reach(world: &World) {
    declare(world, &["ada", "bob"]).await;
    plan(world, nine()).await;
    let plans = world.db.list_plans(&id("ada")).await.unwrap();
    let [one] = &plans[..] else { panic!("{plans:?}") };
    assert_eq!((&one.bot, one.planned_until), (&id("ada"), nine() + secs(1)));
    assert_eq!(world.db.list_plans(&id("nobody")).await.unwrap(), []);
}

on_both! {
    slots_of_a_span_in_every_state,
    a_moved_slot_keeps_its_name_and_is_due_at_its_new_time,
    back_at_its_own_time_a_slot_is_as_any_other,
    a_held_post_goes_with_its_slot,
    what_is_due_or_seen_otherwise_stays,
    of_a_move_and_a_claim_at_once_one_counts,
    a_person_skips_a_slot_and_takes_it_back,
    a_changed_schedule_forgets_moves_of_what_is_to_come_and_of_nothing_else,
    the_audit_knows_when_a_moved_slot_was_to_be,
    plans_say_how_far_they_reach,
}

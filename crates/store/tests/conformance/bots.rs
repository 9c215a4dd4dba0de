//! Bots: what is declared is what there is.

use domain::model::{
    BotState, Cron, LinkPolicy, ManagedBy, OnMiss, Policy, QuietHours, Share, SlotId, StateReason,
};
use domain::ports::store::{BotStore, SlotStore};
use jiff::Timestamp;
use jiff::civil::time;
use jiff::tz::TimeZone;

use crate::steps::{
    assign_all, claim_all, claimed, declare, id, nine, plan, queue, remaining, secs, start, state,
    x_id,
};
use crate::world::{World, on_both};

async fn a_declared_bot_is_found_as_it_was_declared(world: &World) {
    let mut bot = testkit::bot("ada");
    let mut second = testkit::schedule("*/5 8-18 * * MON-FRI");
    "office".clone_into(&mut second.name);
    second.zone = TimeZone::get("Europe/Berlin").expect("a zone");
    second.skips_gaps = true;
    second.catch_up_window = secs(90);
    second.on_miss = OnMiss::NextFreeSlot;
    second.jitter_max = secs(30);
    second.quiet_hours = Some(QuietHours { from: time(23, 0, 0, 0), until: time(7, 30, 0, 0) });
    bot.schedules.push(second);
    bot.persona.content_sources = vec!["the \"sea\"".to_owned()];
    bot.persona.policy = Policy {
        max_length: 200,
        languages: vec!["de".to_owned()],
        links: LinkPolicy::Hosts(vec!["example.org".to_owned()]),
        emoji_max: Some(0),
        banned_words: vec!["free \"money\"".to_owned()],
        disclosure: Some("🤖".to_owned()),
        ..Policy::default()
    };
    bot.is_rehearsal = true;
    bot.looks_first = true;
    let report = world.db.sync_bots(&[bot.clone()], &[ManagedBy::File], start()).await.unwrap();
    assert_eq!(report.added, [id("ada")]);

    let (found, state, reason) = world.db.find_bot(&id("ada")).await.unwrap().unwrap();
    assert_eq!(found, bot);
    assert_eq!((state, reason), (BotState::Active, None));
    assert_eq!(world.db.find_bot(&id("bob")).await.unwrap(), None);
}

async fn an_unchanged_declaration_writes_nothing(world: &World) {
    declare(world, &["ada", "bob"]).await;
    let before = world.words("SELECT bot_id || version FROM bots ORDER BY bot_id").await;
    let bots = [testkit::bot("ada"), testkit::bot("bob")];
    let later = start() + secs(60);
    let report = world.db.sync_bots(&bots, &[ManagedBy::File], later).await.unwrap();
    assert!(report.added.is_empty() && report.changed.is_empty() && report.closed.is_empty());
    assert_eq!(world.words("SELECT bot_id || version FROM bots ORDER BY bot_id").await, before);
}

async fn a_changed_schedule_gives_its_future_slots_back_and_is_planned_anew(world: &World) {
    declare(world, &["ada"]).await;
    plan(world, nine()).await;
    queue(world, "ada", "hello", Some("ships")).await;
    let slot = assign_all(world, nine()).await[0];
    assert_eq!((state(world, slot).await.as_str(), remaining(world, "ada").await), ("assigned", 0));

    let mut bot = testkit::bot("ada");
    bot.schedules[0].cron = Cron::parse("0 10 * * *").unwrap();
    let report = world.db.sync_bots(&[bot], &[ManagedBy::File], start() + secs(1)).await.unwrap();
    assert_eq!(report.changed, [id("ada")]);
    assert_eq!(world.number("SELECT count(*) FROM slots").await, 0);
    assert_eq!(remaining(world, "ada").await, 1);
    let unplanned = world.db.list_unplanned(start() + secs(1), Share::ALL, 10).await.unwrap();
    assert_eq!(unplanned.len(), 1);
    assert_eq!(unplanned[0].planned_until, start() + secs(1));
    assert_eq!(unplanned[0].schedule.cron.as_str(), "0 10 * * *");
}

async fn a_slot_that_was_worked_on_survives_a_changed_schedule(world: &World) {
    let due = claimed(world, &["ada"]).await.remove(0);
    let mut bot = testkit::bot("ada");
    bot.schedules[0].cron = Cron::parse("0 10 * * *").unwrap();
    world.db.sync_bots(&[bot], &[ManagedBy::File], start()).await.unwrap();
    assert_eq!(state(world, due.slot).await, "claimed");
}

async fn an_undeclared_bot_is_closed_and_one_of_another_place_is_not(world: &World) {
    let mut handmade = testkit::bot("carl");
    handmade.managed_by = ManagedBy::Dashboard;
    let bots = [testkit::bot("ada"), testkit::bot("bob"), handmade];
    world.db.sync_bots(&bots, &[], start()).await.unwrap();
    plan(world, nine()).await;
    let places = [ManagedBy::Environment, ManagedBy::File];
    let report = world.db.sync_bots(&bots[..1], &places, start()).await.unwrap();
    assert_eq!(report.closed, [id("bob")]);
    let (_, state, reason) = world.db.find_bot(&id("bob")).await.unwrap().unwrap();
    assert_eq!((state, reason), (BotState::Closed, Some(StateReason::Undeclared)));
    assert_eq!(world.db.list_bot_ids(None, 10).await.unwrap(), [id("ada"), id("carl")]);
    assert_eq!(world.number("SELECT count(*) FROM slots WHERE bot_id = 'bob'").await, 0);
    let later = nine() + secs(100_000);
    let unplanned = world.db.list_unplanned(later, Share::ALL, 10).await.unwrap();
    assert!(unplanned.iter().all(|one| one.bot != id("bob")), "{unplanned:?}");

    let report = world.db.sync_bots(&bots[..2], &places, start()).await.unwrap();
    assert_eq!(report.changed, [id("bob")]);
    let (_, state, reason) = world.db.find_bot(&id("bob")).await.unwrap().unwrap();
    assert_eq!((state, reason), (BotState::Active, None));
    let unplanned = world.db.list_unplanned(start(), Share::ALL, 10).await.unwrap();
    assert!(unplanned.iter().any(|one| one.bot == id("bob")));
}

async fn a_paused_bot_stays_paused_when_it_is_declared_again(world: &World) {
    declare(world, &["ada"]).await;
    let reason = Some(StateReason::Operator);
    assert!(world.db.set_bot_state(&id("ada"), BotState::Paused, reason, start()).await.unwrap());
    let mut bot = testkit::bot("ada");
    "stern".clone_into(&mut bot.persona.tone);
    world.db.sync_bots(&[bot], &[ManagedBy::File], start()).await.unwrap();
    let (bot, state, found) = world.db.find_bot(&id("ada")).await.unwrap().unwrap();
    assert_eq!((bot.persona.tone.as_str(), state, found), ("stern", BotState::Paused, reason));
}

async fn a_removed_schedule_is_retired_with_its_slots(world: &World) {
    let mut bot = testkit::bot("ada");
    let mut second = testkit::schedule("0 9 * * *");
    "second".clone_into(&mut second.name);
    bot.schedules.push(second);
    world.db.sync_bots(&[bot], &[], start()).await.unwrap();
    assert_eq!(plan(world, nine()).await, 2);
    world.db.sync_bots(&[testkit::bot("ada")], &[], start()).await.unwrap();
    assert_eq!(world.number("SELECT count(*) FROM slots").await, 1);
    let (bot, _, _) = world.db.find_bot(&id("ada")).await.unwrap().unwrap();
    assert_eq!(bot.schedules.len(), 1);
}

async fn resuming_wakes_waiting_slots_and_unblocks(world: &World) {
    let due = claimed(world, &["ada"]).await.remove(0);
    world
        .execute(&format!(
            "UPDATE slots SET state = 'retry_wait', wake_at = {} WHERE id = {}",
            (nine() + secs(9000)).as_millisecond(),
            due.slot.0
        ))
        .await;
    world.execute("UPDATE bots SET blocked_until = 99, refusals_in_row = 3").await;
    let set = |state, reason| {
        let db = world.db.clone();
        async move { db.set_bot_state(&id("ada"), state, reason, nine()).await.unwrap() }
    };
    assert!(set(BotState::Paused, Some(StateReason::Operator)).await);
    assert!(set(BotState::Active, None).await);
    let again = claim_all(&world.db, nine(), due.fence, 10).await;
    assert_eq!(again.len(), 1);
    assert_eq!((again[0].facts.blocked_until, again[0].facts.refusals_in_row), (None, 0));
    let events = world.words("SELECT kind FROM events WHERE bot_id = 'ada' ORDER BY id").await;
    assert_eq!(events, ["bot.paused", "bot.active"]);
    assert!(!world.db.set_bot_state(&id("nobody"), BotState::Paused, None, nine()).await.unwrap());
}

/// A slot that a person asked for, and that X refused.
async fn refused(world: &World, text: &str, now: Timestamp) -> SlotId {
    queue(world, "ada", text, None).await;
    let slot = world.db.ask_for_slot(&id("ada"), now).await.unwrap().unwrap();
    assign_all(world, now).await;
    let call = format!(
        "UPDATE slots SET state = 'needs_attention', reason = 'auth', wake_at = NULL
         WHERE id = {} AND state = 'assigned'",
        slot.0
    );
    world.execute(&call).await;
    slot
}

async fn resume(world: &World) {
    world.db.set_bot_state(&id("ada"), BotState::Active, None, start()).await.unwrap();
}

async fn resuming_frees_the_latest_slot_that_a_person_asked_for(world: &World) {
    declare(world, &["ada"]).await;
    let first = refused(world, "one", start()).await;
    let second = refused(world, "two", start() + secs(60)).await;
    resume(world).await;
    let states = async || (state(world, first).await, state(world, second).await);
    let held = || "needs_attention/auth".to_owned();
    assert_eq!(states().await, (held(), "assigned".to_owned()));
    // While that one is there, or X may have it, the other stays.
    for there in ["assigned", "sending", "unknown"] {
        world.execute(&format!("UPDATE slots SET state = '{there}' WHERE id = {}", second.0)).await;
        resume(world).await;
        assert_eq!(states().await, (held(), there.to_owned()));
    }
    world.execute(&format!("UPDATE slots SET state = 'posted' WHERE id = {}", second.0)).await;
    resume(world).await;
    assert_eq!(states().await, ("assigned".to_owned(), "posted".to_owned()));
}

async fn resuming_frees_no_slot_that_x_may_have(world: &World) {
    declare(world, &["ada"]).await;
    let slot = refused(world, "one", start()).await;
    world.execute("UPDATE slots SET reason = 'outcome_unknown'").await;
    resume(world).await;
    assert_eq!(state(world, slot).await, "needs_attention/outcome_unknown");
}

async fn names_are_listed_in_order_a_page_at_a_time(world: &World) {
    declare(world, &["b", "a", "Z", "c-1", "c_1"]).await;
    let page = world.db.list_bot_ids(None, 2).await.unwrap();
    assert_eq!(page, [id("Z"), id("a")]);
    let page = world.db.list_bot_ids(Some(&id("a")), 10).await.unwrap();
    assert_eq!(page, [id("b"), id("c-1"), id("c_1")]);
}

async fn the_account_is_remembered(world: &World) {
    let due = claimed(world, &["ada"]).await.remove(0);
    assert_eq!(due.facts.x_user, None);
    world.db.set_x_user(&id("ada"), &x_id("42"), nine()).await.unwrap();
    assert_eq!(world.words("SELECT x_user_id FROM bots").await, ["42"]);
}

async fn ten_thousand_bots_are_declared_in_seconds_and_again_in_less(world: &World) {
    let mut bots: Vec<_> = (0..10_000).map(|n| testkit::bot(&format!("bot-{n}"))).collect();
    let places = [ManagedBy::File];
    let report = world.db.sync_bots(&bots, &places, start()).await.unwrap();
    assert_eq!(report.added.len(), 10_000);
    "new".clone_into(&mut bots[5].persona.tone);
    bots.pop();
    let report = world.db.sync_bots(&bots, &places, start()).await.unwrap();
    assert_eq!(report.changed, [id("bot-5")]);
    assert_eq!(report.closed, [id("bot-9999")]);
}

on_both! {
    a_declared_bot_is_found_as_it_was_declared,
    an_unchanged_declaration_writes_nothing,
    a_changed_schedule_gives_its_future_slots_back_and_is_planned_anew,
    a_slot_that_was_worked_on_survives_a_changed_schedule,
    an_undeclared_bot_is_closed_and_one_of_another_place_is_not,
    a_paused_bot_stays_paused_when_it_is_declared_again,
    a_removed_schedule_is_retired_with_its_slots,
    resuming_wakes_waiting_slots_and_unblocks,
    resuming_frees_the_latest_slot_that_a_person_asked_for,
    resuming_frees_no_slot_that_x_may_have,
    names_are_listed_in_order_a_page_at_a_time,
    the_account_is_remembered,
    ten_thousand_bots_are_declared_in_seconds_and_again_in_less,
}

//! Alerts and the outbox: each thing is told once over all nodes, and nothing that was to be told is lost.

use std::collections::BTreeSet;

use domain::model::{
    AlertRule, FailReason, News, Raised, Severity, SkipReason, SlotState, TargetName, Wanted,
};
use domain::ports::alerts::{
    AlertStore, Channel, Delivered, DeliveryId, DeliveryView, GivenUp, Hook, Parcel,
};
use domain::ports::people::PeopleStore;
use domain::ports::store::{BotStore, NodeStore, PostMove};
use domain::rules::alerts::courier::{GAP_MAX, Next, TRIED_FOR};
use domain::rules::alerts::envelope::AlertsEnvelope;
use domain::rules::alerts::follow;
use jiff::{SignedDuration, Timestamp};
use store::Db;

use crate::shared::{FIVE, silence};
use crate::steps::{claimed, declare, id, moved, nine, plan, secs, settle, start};
use crate::world::{World, on_both};

const REPEAT: SignedDuration = SignedDuration::from_hours(6);

fn name(text: &str) -> TargetName {
    TargetName::parse(text).unwrap()
}

fn channel(text: &str, at_least: Severity) -> Channel {
    Channel { name: name(text), at_least }
}

fn raised(rule: AlertRule, subject: &str, severity: Severity) -> Raised {
    Raised { rule, subject: subject.to_owned(), severity, detail: "so it is".to_owned() }
}

/// One node's look at the house.
async fn look(db: &Db, holds: &[Raised], channels: &[Channel], now: Timestamp) -> u64 {
    let known = db.list_open_alerts(100).await.unwrap();
    let changes = follow(&known, holds, |_| true, (now, REPEAT));
    db.note_alerts(&changes, channels, now).await.unwrap()
}

async fn take(db: &Db, target: &str, now: Timestamp) -> Vec<Parcel> {
    db.take_deliveries(&name(target), (10, now + secs(120)), now).await.unwrap()
}

fn told(parcel: &Parcel) -> Vec<(String, String)> {
    let envelope: AlertsEnvelope = serde_json::from_str(&parcel.body).unwrap();
    assert_eq!(envelope.id, parcel.key);
    envelope.alerts.into_iter().map(|one| (one.what, one.subject)).collect()
}

fn pair(news: News, subject: &str) -> (String, String) {
    (news.as_str().to_owned(), subject.to_owned())
}

async fn an_alert_is_told_when_it_opens_repeats_and_ends_and_several_are_one_message(
    world: &World,
) {
    let db = &world.db;
    let ops = [channel("ops", Severity::Warning)];
    let ada = raised(AlertRule::Silence, "ada", Severity::Warning);
    let bob = raised(AlertRule::LoginNeeded, "bob", Severity::Critical);
    let note = raised(AlertRule::TokenMade, "1", Severity::Info);
    assert_eq!(look(db, &[ada.clone(), note.clone()], &ops, nine()).await, 2);
    assert_eq!(look(db, &[ada.clone(), bob.clone(), note], &ops, nine() + secs(30)).await, 1);
    let minute = secs(60);
    assert!(!db.gather_notices(&name("ops"), minute, nine() + secs(59)).await.unwrap());
    assert!(db.gather_notices(&name("ops"), minute, nine() + secs(60)).await.unwrap());
    assert!(!db.gather_notices(&name("ops"), minute, nine() + secs(600)).await.unwrap(), "once");
    let first = take(db, "ops", nine() + secs(60)).await;
    assert_eq!(first.len(), 1, "one message");
    assert_eq!(told(&first[0]), [pair(News::Opened, "ada"), pair(News::Opened, "bob")]);

    let later = nine() + REPEAT;
    look(db, std::slice::from_ref(&ada), &ops, later).await;
    db.gather_notices(&name("ops"), SignedDuration::ZERO, later).await.unwrap();
    let second = take(db, "ops", later).await;
    let of_second = second.iter().find(|one| one.key != first[0].key).unwrap();
    let said: BTreeSet<_> = told(of_second).into_iter().collect();
    assert_eq!(said, [pair(News::Repeated, "ada"), pair(News::Resolved, "bob")].into());
    let open: Vec<String> =
        db.list_open_alerts(9).await.unwrap().into_iter().map(|one| one.raised.subject).collect();
    assert_eq!(open, ["ada"]);
}

async fn two_nodes_that_see_the_same_tell_it_once(world: &World) {
    let db = &world.db;
    let ops = [channel("ops", Severity::Info)];
    let holds: Vec<Raised> = (0..20)
        .map(|n| raised(AlertRule::Silence, &format!("bot-{n}"), Severity::Warning))
        .collect();
    // Both decide on what they saw before either wrote.
    for (round, now) in [nine(), nine() + REPEAT].into_iter().enumerate() {
        let known = db.list_open_alerts(100).await.unwrap();
        let changes = follow(&known, &holds, |_| true, (now, REPEAT));
        assert_eq!(changes.len(), 20);
        let (one, other) =
            tokio::join!(db.note_alerts(&changes, &ops, now), db.note_alerts(&changes, &ops, now));
        assert_eq!(one.unwrap() + other.unwrap(), 20, "round {round}");
        let target = name("ops");
        let gather = || db.gather_notices(&target, SignedDuration::ZERO, now);
        let (one, other) = tokio::join!(gather(), gather());
        assert!(one.unwrap() != other.unwrap(), "one of the two");
        let (one, other) = tokio::join!(take(db, "ops", now), take(db, "ops", now));
        let all: Vec<Parcel> = one.into_iter().chain(other).collect();
        assert_eq!(all.len(), 1, "one delivery");
        assert_eq!(told(&all[0]).len(), 20);
        assert!(db.end_delivery(&all[0], &Delivered::Yes, now).await.unwrap());
    }
}

async fn of_all_nodes_one_judges_the_house(world: &World) {
    let db = &world.db;
    let every = secs(29);
    let (one, other) =
        tokio::join!(db.take_alert_turn(every, nine()), db.take_alert_turn(every, nine()));
    assert!(one.unwrap() != other.unwrap());
    assert!(!db.take_alert_turn(every, nine() + secs(28)).await.unwrap());
    assert!(db.take_alert_turn(every, nine() + secs(29)).await.unwrap());
}

fn hook() -> Hook {
    let wanted = Wanted::parse(["post.*", "bot.paused"]).unwrap();
    Hook { name: name("site"), wanted }
}

async fn relay(db: &Db, now: Timestamp) {
    while db.relay_events(&hook(), 50, now).await.unwrap() {}
}

async fn an_event_is_told_once_with_what_it_is_about(world: &World) {
    let due = claimed(world, &["ada", "bob"]).await;
    let db = &world.db;
    relay(db, nine()).await;
    assert_eq!(take(db, "site", nine()).await, [], "a webhook that is new begins now");
    let failed = SlotState::Failed(FailReason::RefusedByX);
    settle(world, &[moved(&due[0], failed, PostMove::Rejected)]).await;
    db.set_kill_switch(true, nine()).await.unwrap();
    let hook = hook();
    let (one, other) =
        tokio::join!(db.relay_events(&hook, 50, nine()), db.relay_events(&hook, 50, nine()));
    one.unwrap();
    other.unwrap();
    relay(db, nine()).await;
    let told = take(db, "site", nine()).await;
    assert_eq!(told.len(), 1, "{told:?}");
    let body: serde_json::Value = serde_json::from_str(&told[0].body).unwrap();
    assert_eq!((&*told[0].kind, body["kind"].as_str()), ("post.failed", Some("post.failed")));
    assert_eq!(body["bot"], due[0].bot.as_str());
    assert_eq!(body["slot"], due[0].slot.0);
    assert_eq!(body["id"], told[0].key.as_str());
    assert!(body["post"]["text"].is_string(), "{body}");
}

/// The node that died had it: its numbers come late, and after later ones.
async fn what_a_slow_transaction_brings_behind_a_gap_is_told_too(world: &World) {
    declare(world, &["ada"]).await;
    let db = &world.db;
    relay(db, nine()).await;
    let at = nine().as_millisecond();
    let newest = world.number("SELECT COALESCE(max(id), 0) FROM events").await;
    let insert = |number: i64| {
        let sql = format!(
            "INSERT INTO events (id, at, kind, bot_id) VALUES ({number}, {at}, 'bot.paused', 'ada')"
        );
        async move { world.execute(&sql).await }
    };
    insert(newest + 2).await;
    relay(db, nine()).await;
    assert_eq!(take(db, "site", nine()).await.len(), 1, "what is there is told at once");
    insert(newest + 1).await;
    relay(db, nine()).await;
    assert_eq!(take(db, "site", nine()).await.len(), 1, "and what came late, once");
    insert(newest + 4).await;
    let later = nine() + GAP_MAX;
    relay(db, later).await;
    insert(newest + 3).await;
    relay(db, later).await;
    let told = take(db, "site", later + secs(1)).await;
    let new = told.iter().filter(|one| one.tries == 1).count();
    assert_eq!(new, 1, "nothing comes so late: the gap was passed");
}

async fn put(world: &World, key: &str) {
    let at = nine().as_millisecond();
    world
        .execute(&format!(
            "INSERT INTO deliveries (target, key, kind, body, state, made_at, tried_since, next_at)
             VALUES ('site', '{key}', 'post.failed', '{{}}', 'waiting', {at}, {at}, {at})"
        ))
        .await;
}

async fn what_a_node_died_over_is_tried_by_another_and_counts_once(world: &World) {
    let db = &world.db;
    put(world, "one").await;
    let dead = take(db, "site", nine()).await;
    assert_eq!((dead.len(), dead[0].tries), (1, 1));
    assert_eq!(take(db, "site", nine() + secs(119)).await, [], "it is being tried");
    let again = take(db, "site", nine() + secs(120)).await;
    assert_eq!((again.len(), again[0].tries, &again[0].key), (1, 2, &dead[0].key));
    let late = Delivered::No("no answer".to_owned(), Next::Dead);
    assert!(!db.end_delivery(&dead[0], &late, nine() + secs(121)).await.unwrap(), "not its own");
    assert!(db.end_delivery(&again[0], &Delivered::Yes, nine() + secs(122)).await.unwrap());
    assert_eq!(take(db, "site", nine() + secs(9_999)).await, []);
    let site = db.list_targets().await.unwrap().remove(0);
    assert_eq!((site.ok_at, site.failures), (Some(nine() + secs(122)), 0));
}

async fn a_failure_waits_a_dead_letter_is_shown_and_can_be_sent_again(world: &World) {
    let db = &world.db;
    put(world, "one").await;
    put(world, "two").await;
    let both = take(db, "site", nine()).await;
    let at = nine() + secs(50);
    let again = Delivered::No("HTTP 500".to_owned(), Next::Again(at));
    assert!(db.end_delivery(&both[0], &again, nine()).await.unwrap());
    let gone = Delivered::No("HTTP 410".to_owned(), Next::Dead);
    assert!(db.end_delivery(&both[1], &gone, nine()).await.unwrap());
    assert_eq!(take(db, "site", nine() + secs(49)).await, []);
    let dead = db.list_deliveries(DeliveryView::Dead, 9).await.unwrap();
    assert_eq!((dead.len(), dead[0].error.as_deref()), (1, Some("HTTP 410")));
    let waiting = db.list_deliveries(DeliveryView::Waiting, 9).await.unwrap();
    assert_eq!((waiting.len(), waiting[0].next_at), (1, Some(at)));
    let site = db.list_targets().await.unwrap().remove(0);
    assert_eq!((site.failures, site.waiting, site.dead), (2, 1, 1));
    assert_eq!(site.error.as_deref(), Some("HTTP 410"));

    assert!(!db.send_again(DeliveryId(999), nine()).await.unwrap());
    assert!(!db.send_again(waiting[0].id, nine()).await.unwrap(), "it is no dead letter");
    assert!(db.send_again(dead[0].id, nine() + secs(10)).await.unwrap());
    let revived = take(db, "site", nine() + secs(10)).await;
    assert_eq!((revived.len(), revived[0].made_at), (1, nine() + secs(10)), "three days anew");
    // One that was taken after failures brings forward what waits.
    assert!(db.end_delivery(&revived[0], &Delivered::Yes, nine() + secs(11)).await.unwrap());
    assert_eq!(take(db, "site", nine() + secs(11)).await.len(), 1);
}

async fn a_target_that_says_when_to_come_back_is_left_alone_until_then(world: &World) {
    let db = &world.db;
    put(world, "one").await;
    put(world, "two").await;
    let both = take(db, "site", nine()).await;
    let (again, until) = (nine() + secs(60), nine() + secs(60));
    let held = Delivered::No("HTTP 429".to_owned(), Next::Held { again, until });
    assert!(db.end_delivery(&both[0], &held, nine()).await.unwrap());
    let sooner = Next::Held { again: nine() + secs(10), until: nine() + secs(10) };
    let sooner = Delivered::No("HTTP 429".to_owned(), sooner);
    assert!(db.end_delivery(&both[1], &sooner, nine()).await.unwrap());
    put(world, "three").await;
    assert_eq!(take(db, "site", nine() + secs(59)).await, [], "nothing at all goes there");
    world
        .execute(
            "INSERT INTO deliveries (target, key, kind, body, state, made_at, tried_since, next_at)
             VALUES ('other', 'one', 'post.failed', '{}', 'waiting', 0, 0, 0)",
        )
        .await;
    assert_eq!(take(db, "other", nine()).await.len(), 1, "others do not wait");
    assert_eq!(take(db, "site", until).await.len(), 3);
}

async fn what_waits_is_not_brought_forward_while_its_target_is_to_be_left_alone(world: &World) {
    let db = &world.db;
    put(world, "one").await;
    put(world, "two").await;
    let both = take(db, "site", nine()).await;
    let (again, until) = (nine() + secs(60), nine() + secs(60));
    let held = Delivered::No("HTTP 503".to_owned(), Next::Held { again, until });
    assert!(db.end_delivery(&both[0], &held, nine()).await.unwrap());
    // The other one was on its way already.
    assert!(db.end_delivery(&both[1], &Delivered::Yes, nine() + secs(1)).await.unwrap());
    assert_eq!(take(db, "site", nine() + secs(59)).await, []);
    assert_eq!(take(db, "site", until).await.len(), 1);
}

async fn three_failures_in_a_row_are_an_alert_and_what_nobody_takes_is_given_up(world: &World) {
    let db = &world.db;
    put(world, "one").await;
    for n in 0..3 {
        assert!(db.alert_facts(9, nine()).await.unwrap().targets.is_empty(), "{n} failures");
        let now = nine() + secs(n * 200);
        let parcel = take(db, "site", now).await.remove(0);
        let again = Delivered::No("no answer".to_owned(), Next::Again(now + secs(1)));
        assert!(db.end_delivery(&parcel, &again, now).await.unwrap());
    }
    let failing = db.alert_facts(9, nine()).await.unwrap().targets;
    assert_eq!((failing.len(), failing[0].failures), (1, 3));

    // It waits behind the other, and was never tried.
    put(world, "two").await;
    assert_eq!(db.tidy_deliveries(9, nine() + TRIED_FOR).await.unwrap(), []);
    assert_eq!(db.list_deliveries(DeliveryView::Dead, 9).await.unwrap(), []);
    let late = nine() + TRIED_FOR + SignedDuration::from_hours(8);
    let given_up = db.tidy_deliveries(9, late).await.unwrap();
    let why = |one: &GivenUp| (one.target.to_string(), one.why.clone());
    let expected = ("site".to_owned(), "no answer".to_owned());
    assert_eq!(given_up.iter().map(why).collect::<Vec<_>>(), [expected.clone(), expected]);
    assert_eq!(db.list_deliveries(DeliveryView::Dead, 9).await.unwrap().len(), 2);
    db.tidy_deliveries(9, late + SignedDuration::from_hours(31 * 24)).await.unwrap();
    assert_eq!(db.list_deliveries(DeliveryView::Dead, 9).await.unwrap(), []);
}

async fn a_bot_is_silent_from_a_slot_that_passed_to_one_that_posted(world: &World) {
    let due = claimed(world, &["ada", "bob"]).await;
    let db = &world.db;
    assert_eq!(db.alert_facts(9, nine()).await.unwrap().missed, [], "no slot is over yet");
    let none = SlotState::Skipped(SkipReason::NoContent);
    settle(world, &[moved(&due[0], none, PostMove::BackToQueue)]).await;
    let missed = db.alert_facts(9, nine()).await.unwrap().missed;
    assert_eq!(missed.len(), 1);
    assert_eq!((&missed[0].bot, missed[0].state), (&due[0].bot, none));
    let reason = domain::model::StateReason::Operator;
    let paused = domain::model::BotState::Paused;
    db.set_bot_state(&due[0].bot, paused, Some(reason), nine()).await.unwrap();
    assert_eq!(db.alert_facts(9, nine()).await.unwrap().missed, [], "a paused bot is not silent");
}

async fn a_short_queue_is_told_with_what_the_day_needs(world: &World) {
    declare(world, &["ada"]).await;
    plan(world, nine()).await;
    let low = world.db.alert_facts(9, start()).await.unwrap().runways;
    assert_eq!(low.len(), 1, "{low:?}");
    assert_eq!((&low[0].bot, low[0].queued, low[0].ahead), (&id("ada"), 0, 1));
}

/// A queue that is refilled in good time is no news, however often its bot posts.
async fn a_queue_is_short_under_its_low_water_alone(world: &World) {
    declare(world, &["ada"]).await;
    plan(world, nine()).await;
    let short = async |queued: u32, low_water: u32| {
        let to = format!("remaining_posts = {queued}, low_water = {low_water}");
        world.execute(&format!("UPDATE bot_stats SET {to} WHERE bot_id = 'ada'")).await;
        let low = world.db.alert_facts(9, start()).await.unwrap().runways;
        low.into_iter().map(|one| (one.queued, one.ahead)).collect::<Vec<_>>()
    };
    assert_eq!(short(10, 11).await, [(10, 1)], "under its low water");
    assert_eq!(short(10, 10).await, [], "the next post brings a refill");
    assert_eq!(short(0, 0).await.len(), 1, "an empty one, whatever it wants");
}

async fn an_app_that_x_does_not_answer_is_told_until_it_does(world: &World) {
    let silent = async || world.db.alert_facts(9, nine()).await.unwrap().silent_apps.len();
    assert_eq!(silent().await, 0);
    silence(world, &FIVE).await;
    let apps = world.db.alert_facts(9, nine()).await.unwrap().silent_apps;
    assert_eq!(apps.len(), 1, "{apps:?}");
    assert_eq!(apps[0].1, nine() + secs(3), "since the fifth request without an answer");
    world.execute("DELETE FROM breakers").await;
    assert_eq!(silent().await, 0);
}

async fn the_audit_log_says_what_is_about_security(world: &World) {
    use domain::model::access::{Act, Actor, ActorKind};
    let db = &world.db;
    let act = |action: &'static str, address: &str, at| Act {
        actor: Actor { kind: ActorKind::User, name: "eve".to_owned() },
        action,
        object: "user eve".to_owned(),
        detail: None,
        address: Some(address.to_owned()),
        at,
    };
    let old = nine() - SignedDuration::from_hours(5);
    for one in [
        act("session.open", "10.0.0.1", old),
        act("session.open", "10.0.0.1", nine()),
        act("post.approve", "10.0.0.1", nine()),
        act("session.open", "10.0.0.2", nine()),
        act("session.refuse", "10.0.0.3", nine()),
    ] {
        db.note_act(&one).await.unwrap();
    }
    let lines = db.alert_facts(9, nine()).await.unwrap().security;
    let said: Vec<(&str, bool)> =
        lines.iter().map(|line| (line.action.as_str(), line.is_new_address)).collect();
    let wanted = [("session.refuse", false), ("session.open", true), ("session.open", false)];
    assert_eq!(said, wanted, "newest first; what is older than an hour is over");
}

on_both! {
    an_alert_is_told_when_it_opens_repeats_and_ends_and_several_are_one_message,
    two_nodes_that_see_the_same_tell_it_once,
    of_all_nodes_one_judges_the_house,
    an_event_is_told_once_with_what_it_is_about,
    what_a_slow_transaction_brings_behind_a_gap_is_told_too,
    what_a_node_died_over_is_tried_by_another_and_counts_once,
    a_failure_waits_a_dead_letter_is_shown_and_can_be_sent_again,
    a_target_that_says_when_to_come_back_is_left_alone_until_then,
    what_waits_is_not_brought_forward_while_its_target_is_to_be_left_alone,
    three_failures_in_a_row_are_an_alert_and_what_nobody_takes_is_given_up,
    a_bot_is_silent_from_a_slot_that_passed_to_one_that_posted,
    a_short_queue_is_told_with_what_the_day_needs,
    a_queue_is_short_under_its_low_water_alone,
    an_app_that_x_does_not_answer_is_told_until_it_does,
    the_audit_log_says_what_is_about_security,
}

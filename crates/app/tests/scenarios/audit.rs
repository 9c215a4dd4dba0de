//! The auditor: what is not as it should be is found, said, and ends by itself when it is mended.

use domain::model::{BotState, FindingKind, SlotState, StateReason, XUserId};
use domain::ports::store::{AuditStore as _, BotStore as _, ReadStore as _};
use domain::rules::audit::pace;
use jiff::SignedDuration;
use sandbox::{DuplicateFilter, Lag, ReadFault, SandboxSettings, SendFault};
use testkit::{Proof, schedule};

use crate::world::{World, bot};

fn no_second_barrier() -> SandboxSettings {
    SandboxSettings { duplicate_filter: DuplicateFilter::Off, ..SandboxSettings::default() }
}

async fn kinds(world: &World) -> Vec<FindingKind> {
    let findings = world.db.list_findings(100).await.unwrap();
    findings.into_iter().map(|found| found.kind).collect()
}

/// Lets time pass to just after the bot's own time of the day, and audits then.
async fn compare(world: &World, name: &str) {
    world.audit().await;
    let at = pace::next_comparison(&name.try_into().unwrap(), world.now());
    world.advance_to(&at.to_string()).await;
    world.audit().await;
}

async fn state(world: &World, name: &str) -> (BotState, Option<StateReason>) {
    let (_, state, reason) = world.db.find_bot(&name.try_into().unwrap()).await.unwrap().unwrap();
    (state, reason)
}

#[tokio::test]
async fn a_slot_whose_row_is_gone_is_found() {
    let world = World::new().await;
    let mut ada = bot("ada");
    ada.schedules = vec![schedule("0 * * * *")];
    world.given(ada, &["one", "two"]).await;
    world.given_also(bot("bob")).await;
    world.advance_to("2026-11-23T12:30:00Z").await;
    world.audit().await;
    assert_eq!(kinds(&world).await, []);

    let gone = world.slots("ada").await[2].slot;
    world.execute(&format!("DELETE FROM slots WHERE id = {}", gone.0)).await;
    world.audit().await;
    assert_eq!(kinds(&world).await, [FindingKind::MissingSlot]);
    let found = world.db.list_findings(1).await.unwrap().remove(0);
    assert_eq!(
        found.detail,
        "schedule `main` of ada yields a slot at 2026-11-23T10:00:00 and there is none"
    );

    // After a week nobody looks at that day any more.
    world.advance_to("2026-11-30T12:30:00Z").await;
    world.audit().await;
    assert_eq!(kinds(&world).await, []);
    world.finish().await;
}

/// A tick takes its share, and the next one goes on where it stopped, also after a restart.
#[tokio::test]
async fn a_large_house_is_gone_through_in_shares() {
    let mut world = World::new().await;
    let bots: Vec<_> = (0..450)
        .map(|n| {
            let mut one = bot(&format!("bot-{n:03}"));
            one.schedules = vec![schedule("0 * * * *")];
            one
        })
        .collect();
    world.db.sync_bots(&bots, &[], world.now()).await.unwrap();
    // The first start with a zone plans it anew, and what was planned before is not judged.
    world = world.crash_and_restart().await;
    world.advance_to("2026-11-23T10:50:00Z").await;
    let last = world.slots("bot-449").await[1].slot;
    world.execute(&format!("DELETE FROM slots WHERE id = {}", last.0)).await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        let report = world.engine.tick_auditor(world.now()).await.unwrap();
        seen.push((report.firings, kinds(&world).await.len()));
        world = world.crash_and_restart().await;
    }
    // Three slots of each bot, of two hundred. That the slot is gone shows twice: at once in the count of
    // its hour, which is set right, and when its schedule's turn comes.
    assert_eq!(seen, [(600, 1), (600, 1), (150, 2), (600, 2)]);
    assert_eq!(kinds(&world).await, [FindingKind::CounterDrift, FindingKind::MissingSlot]);
}

#[tokio::test]
async fn changed_paused_closed_and_new_bots_are_no_gaps() {
    let world = World::new().await;
    world.given(bot("ada"), &[]).await;
    world.given(bot("ada"), &[]).await;
    world.given_also(bot("bob")).await;
    world.advance_to("2026-11-23T09:30:00Z").await;
    let mut changed = bot("ada");
    changed.schedules = vec![schedule("15 * * * *")];
    world.given(changed, &[]).await;
    let id = bot("ada").id;
    world.advance_to("2026-11-23T11:00:00Z").await;
    let paused = Some(StateReason::Operator);
    world.db.set_bot_state(&id, BotState::Paused, paused, world.now()).await.unwrap();
    world.advance_to("2026-11-23T13:00:00Z").await;
    world.db.set_bot_state(&id, BotState::Closed, None, world.now()).await.unwrap();
    world.advance_to("2026-11-23T15:00:00Z").await;
    world.db.set_bot_state(&id, BotState::Active, None, world.now()).await.unwrap();
    world.advance_to("2026-11-23T17:00:00Z").await;
    world.audit().await;
    assert_eq!(kinds(&world).await, []);
    world.finish().await;
}

#[tokio::test]
async fn a_counter_that_drifted_is_found_and_set_right() {
    let world = World::new().await;
    world.given(bot("ada"), &["one", "two"]).await;
    world.advance_to("2026-11-23T09:01:00Z").await;
    world.execute("UPDATE bot_stats SET remaining_posts = 9, total_posts = 0").await;
    world.audit().await;
    let line = world.db.find_bot_line(&bot("ada").id).await.unwrap().unwrap();
    assert_eq!((line.stats.total_posts, line.stats.remaining_posts), (1, 1));
    assert_eq!(kinds(&world).await, [FindingKind::CounterDrift], "it stays to be read");
    world.advance_to("2026-11-23T09:10:00Z").await;
    world.audit().await;
    assert_eq!(kinds(&world).await, []);
    world.finish().await;
}

#[tokio::test]
async fn a_slot_that_nobody_looks_after_is_found_when_its_time_is_over() {
    let world = World::new().await;
    world.given(bot("ada"), &["one"]).await;
    world.advance_to("2026-11-23T08:59:30Z").await;
    // The engine stands still, and only the auditor goes on.
    world.clock.advance(SignedDuration::from_mins(45));
    world.engine.tick_janitor(world.now()).await.unwrap();
    world.audit().await;
    assert_eq!(kinds(&world).await, []);
    world.clock.advance(SignedDuration::from_mins(10));
    world.audit().await;
    assert_eq!(kinds(&world).await, [FindingKind::OverdueSlot]);
    world.advance_to("2026-11-23T10:00:00Z").await;
    world.audit().await;
    assert_eq!(kinds(&world).await, []);
    world.finish().await;
}

/// T4: outside the assumptions of the promise. X shows what it took only after the quiet time, and does
/// not filter duplicates, so that a lost answer becomes a second post: the auditor sees each.
#[tokio::test]
async fn outside_the_assumptions_every_duplicate_is_detected() {
    let proof = Proof::of("duplicates_detected", 1);
    let (mut doubled, mut detected) = (0, 0);
    for n in 0..proof.count(6, 200) {
        let world = World::on(no_second_barrier()).await;
        let name = format!("bot-{}-{n}", proof.seed);
        world.given(bot(&name), &["hello from the lighthouse", "another one"]).await;
        // Some post stands there already, so that a page without the new one proves something.
        world.x.post_by_hand(&name, "long before any bot").unwrap();
        let lag = 11 + i64::try_from(n % 20).unwrap();
        world.x.set_lag(Lag::fixed(SignedDuration::from_mins(lag)));
        world.x.next_send(SendFault::AcceptThenClose);
        world.advance_to("2026-11-23T09:45:00Z").await;
        let twice = world.timeline(&name);
        let ours = twice.iter().filter(|text| *text == "hello from the lighthouse").count();
        assert_eq!(ours, 2, "lag of {lag} min: {twice:?}");
        doubled += 1;
        world.x.set_lag(Lag::default());
        compare(&world, &name).await;
        let paused = (BotState::Paused, Some(StateReason::DuplicateObserved));
        let is_found = kinds(&world).await == [FindingKind::DuplicateOnX];
        detected += u32::from(is_found && state(&world, &name).await == paused);
        // Nothing more goes out until a person has looked.
        let before = world.timeline(&name).len();
        world.advance_to("2026-11-26T09:05:00Z").await;
        assert!(world.timeline(&name).len() <= before);
    }
    proof.report(&[("duplicates", &doubled), ("detected", &detected)]);
    assert_eq!(doubled, detected, "each of them");
}

#[tokio::test]
async fn a_duplicate_ends_when_one_of_the_two_is_deleted() {
    let world = World::on(no_second_barrier()).await;
    let mut ada = bot("ada");
    ada.schedules = vec![schedule("0 9,21 * * *")];
    world.given(ada, &["one", "two", "three", "four"]).await;
    world.advance_to("2026-11-23T09:01:00Z").await;
    let again = world.x.post_by_hand("ada", "one").unwrap();
    compare(&world, "ada").await;
    assert_eq!(kinds(&world).await, [FindingKind::DuplicateOnX]);
    let id = bot("ada").id;
    // A person looks, and lets it post on; what is known stops it no more.
    world.db.set_bot_state(&id, BotState::Active, None, world.now()).await.unwrap();
    compare(&world, "ada").await;
    assert_eq!(state(&world, "ada").await, (BotState::Active, None));
    world.x.remove_post("ada", &again);
    compare(&world, "ada").await;
    assert_eq!(kinds(&world).await, []);
}

#[tokio::test]
async fn what_somebody_else_posts_of_ours_is_found_and_not_sent_again() {
    let world = World::on(no_second_barrier()).await;
    world.given(bot("ada"), &["one", "two"]).await;
    world.advance_to("2026-11-23T09:01:00Z").await;
    // A copied machine posts what this one still has in its queue.
    world.x.post_by_hand("ada", "two").unwrap();
    world.audit().await;
    world.execute(&format!("UPDATE bots SET compare_at = {}", world.now().as_millisecond())).await;
    world.audit().await;
    assert_eq!(kinds(&world).await, [FindingKind::UnclaimedOnX]);
    world.advance_to("2026-11-24T09:01:00Z").await;
    assert_eq!(world.timeline("ada"), ["one", "two"], "its timeline was read before the next send");
    compare(&world, "ada").await;
    assert_eq!(kinds(&world).await, [], "by now it has its receipt");
    world.finish().await;
}

#[tokio::test]
async fn a_post_that_is_gone_from_x_is_noted_and_stays_posted() {
    let world = World::new().await;
    let mut ada = bot("ada");
    ada.schedules = vec![schedule("0 9,10 * * *")];
    world.given(ada, &["one", "two"]).await;
    world.advance_to("2026-11-23T10:01:00Z").await;
    let first = world.slots("ada").await[0].x_post_id.clone().unwrap();
    world.x.remove_post("ada", &first);
    let spent = async || {
        let line = world.db.find_bot_line(&bot("ada").id).await.unwrap().unwrap();
        line.stats.spend.0
    };
    let before = spent().await;
    compare(&world, "ada").await;
    assert_eq!(kinds(&world).await, []);
    assert!(spent().await > before, "X is paid for what it shows");
    let removed = "SELECT count(*) FROM receipts WHERE removed_at IS NOT NULL";
    assert_eq!(world.number(removed).await, 1);
    assert_eq!(world.states("ada").await[..2], [SlotState::Posted; 2]);
    world.advance_to("2026-11-25T10:01:00Z").await;
    assert!(!world.timeline("ada").contains(&"one".to_owned()), "and is never posted again");
}

#[tokio::test]
async fn x_is_not_asked_about_bots_that_it_would_refuse_or_that_have_nothing_there() {
    let world = World::new().await;
    world.given(bot("ada"), &[]).await;
    world.given_also(bot("bob")).await;
    compare(&world, "ada").await;
    let spent = "SELECT CAST(COALESCE(sum(amount_micro_usd), 0) AS INTEGER) FROM ledger";
    assert_eq!(world.number(spent).await, 0, "nobody posted");

    let world = World::new().await;
    world.given(bot("ada"), &["one"]).await;
    world.advance_to("2026-11-23T09:01:00Z").await;
    world.x.next_timeline(ReadFault::Unauthorized);
    compare(&world, "ada").await;
    assert_eq!(state(&world, "ada").await, (BotState::NeedsLogin, Some(StateReason::Auth)));
    let reads = "SELECT count(*) FROM ledger WHERE kind = 'read'";
    let before = world.number(reads).await;
    compare(&world, "ada").await;
    assert_eq!(world.number(reads).await, before);
}

/// More posts by others than a page holds do not hide whether ours arrived.
#[tokio::test]
async fn a_lost_answer_is_found_behind_a_page_of_others() {
    let world = World::new().await;
    let mut ada = bot("ada");
    ada.schedules = vec![schedule("0 9,10 * * *")];
    world.given(ada, &["one", "two"]).await;
    world.advance_to("2026-11-23T09:59:00Z").await;
    world.x.next_send(SendFault::AcceptThenClose);
    world.x.next_timeline(ReadFault::Status { status: 503 });
    world.advance_to("2026-11-23T10:00:01Z").await;
    for n in 0..250 {
        world.x.post_by_hand("ada", &format!("by hand, number {n}")).unwrap();
        world.clock.advance(SignedDuration::from_millis(20));
    }
    world.advance_to("2026-11-23T10:02:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Posted; 2]);
    let ours = world.timeline("ada").into_iter().filter(|text| !text.starts_with("by hand"));
    assert_eq!(ours.collect::<Vec<_>>(), ["one", "two"]);
}

/// Whose account a look asks for is paid for, too.
#[tokio::test]
async fn a_look_for_a_lost_answer_costs_what_it_asks() {
    let world = World::new().await;
    world.given(bot("ada"), &["one"]).await;
    world.x.next_send(SendFault::CloseBeforeAccept);
    world.advance_to("2026-11-23T09:00:04Z").await;
    let user: Option<XUserId> = world.x.account("ada").map(|account| account.id().clone());
    assert!(user.is_some());
    // The account was asked for once for its id, and once for how many posts it has.
    assert_eq!(world.number("SELECT count(*) FROM ledger WHERE kind = 'read'").await, 2);
}

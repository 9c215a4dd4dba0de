//! Timelines that are read before a send: bounded, paid for, and over all that is in doubt.

use domain::model::{AttentionReason, BotState, ManagedBy, SlotState, StateReason, XUserId};
use domain::ports::store::{BotStore as _, NodeStore as _, ReadStore as _};
use sandbox::{DuplicateFilter, ReadFault, SandboxSettings, SendFault};
use testkit::schedule;

use crate::world::{World, bot};

fn no_second_barrier() -> SandboxSettings {
    SandboxSettings { duplicate_filter: DuplicateFilter::Off, ..SandboxSettings::default() }
}

async fn spend(world: &World, bot: &str) -> i64 {
    let id = bot.try_into().unwrap();
    world.db.find_bot_line(&id).await.unwrap().expect("it is declared").stats.spend.0
}

#[tokio::test]
async fn more_than_a_page_since_the_history_was_lost_is_read_to_its_end() {
    let world = World::on(no_second_barrier()).await;
    let mut ada = bot("ada");
    ada.schedules = vec![schedule("0 9,10,11 * * *")];
    world.given(ada, &["one", "two"]).await;
    world.advance_to("2026-11-23T09:01:00Z").await;
    let backup = world.back_up();
    world.advance_to("2026-11-23T10:01:00Z").await;
    assert_eq!(world.timeline("ada"), ["one", "two"]);
    for n in 0..250 {
        world.x.post_by_hand("ada", &format!("by hand, number {n}")).unwrap();
        world.clock.advance(jiff::SignedDuration::from_secs(1));
    }

    let world = world.restore(&backup).await;
    world.queue(&bot("ada").id, &["three"]).await;
    world.advance_to("2026-11-23T11:01:00Z").await;
    let ours = world.timeline("ada").into_iter().filter(|text| !text.starts_with("by hand"));
    assert_eq!(ours.collect::<Vec<_>>(), ["one", "two", "three"]);
    assert_eq!(world.states("ada").await, [SlotState::Posted; 3]);
}

#[tokio::test]
async fn what_a_look_adopts_costs_what_it_cost_when_it_was_sent() {
    let world = World::on(no_second_barrier()).await;
    world.given(bot("ada"), &["hello from the lighthouse"]).await;
    let backup = world.back_up();
    world.advance_to("2026-11-23T09:02:00Z").await;
    let sent = spend(&world, "ada").await;
    assert!(sent > 0);

    let world = world.restore(&backup).await;
    world.advance_to("2026-11-23T09:05:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Posted]);
    assert!(spend(&world, "ada").await > sent, "the post, and what was read to find it");
    world.finish().await;
}

#[tokio::test]
async fn a_look_that_needs_a_person_stops_the_bot_or_its_app() {
    for (fault, expected) in [
        (ReadFault::Unauthorized, (BotState::NeedsLogin, StateReason::Auth)),
        (ReadFault::OutOfCredit, (BotState::Paused, StateReason::Billing)),
        (ReadFault::Suspended, (BotState::Paused, StateReason::NotPermitted)),
    ] {
        let world = World::new().await;
        let mut ada = bot("ada");
        ada.looks_first = true;
        let id = ada.id.clone();
        world.given(ada, &["hello from the lighthouse"]).await;
        world.x.next_timeline(fault);
        world.advance_to("2026-11-23T09:01:00Z").await;
        let (_, state, reason) = world.db.find_bot(&id).await.unwrap().expect("it is declared");
        assert_eq!((state, reason), (expected.0, Some(expected.1)), "{fault:?}");
        assert!(world.timeline("ada").is_empty());

        world.db.set_bot_state(&id, BotState::Active, None, world.now()).await.unwrap();
        world.advance_to("2026-11-23T09:02:00Z").await;
        assert_eq!(world.states("ada").await, [SlotState::Posted], "{fault:?}");
        world.finish().await;
    }
}

/// The same of a look for a lost answer; what became of the post stays open until X can be read.
#[tokio::test]
async fn a_look_for_a_lost_answer_that_needs_a_person_stops_the_bot_and_decides_nothing() {
    for (fault, expected) in [
        (ReadFault::Unauthorized, (BotState::NeedsLogin, StateReason::Auth)),
        (ReadFault::OutOfCredit, (BotState::Paused, StateReason::Billing)),
        (ReadFault::Suspended, (BotState::Paused, StateReason::NotPermitted)),
    ] {
        let world = World::new().await;
        let ada = bot("ada");
        let id = ada.id.clone();
        world.given(ada, &["hello from the lighthouse"]).await;
        world.x.next_send(SendFault::AcceptThenClose);
        world.x.next_timeline(fault);
        world.advance_to("2026-11-23T09:00:04Z").await;
        let (_, state, reason) = world.db.find_bot(&id).await.unwrap().expect("it is declared");
        assert_eq!((state, reason), (expected.0, Some(expected.1)), "{fault:?}");
        assert_eq!(
            world.states("ada").await,
            [SlotState::NeedsAttention(AttentionReason::OutcomeUnknown)],
            "{fault:?}"
        );

        world.db.set_bot_state(&id, BotState::Active, None, world.now()).await.unwrap();
        world.advance_to("2026-11-23T09:10:00Z").await;
        assert_eq!(world.states("ada").await, [SlotState::Posted], "{fault:?}");
        assert_eq!(world.timeline("ada").len(), 1, "{fault:?}");
        world.finish().await;
    }
}

#[tokio::test]
async fn a_bot_whose_token_became_another_accounts_reads_that_accounts_timeline() {
    let world = World::on(no_second_barrier()).await;
    let id_of = |name: &str| -> XUserId { world.x.account(name).expect("an account").id().clone() };
    let mut ada = bot("ada");
    ada.schedules = vec![schedule("0 9,10 * * *")];
    ada.account = Some(XUserId::try_from("41").unwrap());
    world.given(ada.clone(), &["one", "two"]).await;
    // Under the old token its account was another one.
    world.db.set_x_user(&ada.id, &id_of("bea"), world.now()).await.unwrap();
    world.advance_to("2026-11-23T09:01:00Z").await;
    world.x.post_by_hand("ada", "two").unwrap();
    ada.account = Some(id_of("ada"));
    let declared = [ada.clone()];
    world.db.sync_bots(&declared, &[ManagedBy::File], world.now()).await.unwrap();
    world.advance_to("2026-11-23T10:01:00Z").await;
    assert_eq!(world.timeline("ada"), ["one", "two"], "what stands there is not sent again");
    world.finish().await;
}

#[tokio::test]
async fn an_account_that_was_silent_since_the_doubt_may_post_again() {
    let world = World::new().await;
    world.x.post_by_hand("ada", "long before any bot").unwrap();
    world.given(bot("ada"), &["hello from the lighthouse"]).await;
    world.advance_to("2026-11-23T08:30:00Z").await;
    world.db.distrust_history(world.now(), world.now()).await.unwrap();
    world.advance_to("2026-11-23T09:01:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Posted]);
}

//! An answer that is lost is unknown, never failed, and never sent again blindly.

use domain::model::{Bot, FailReason, ManagedBy, SkipReason, SlotState};
use domain::ports::store::{BotStore as _, ReadStore as _, SlotView};
use sandbox::{DuplicateFilter, ReadFault, SandboxSettings, SendFault};

use crate::world::{World, bot};

#[tokio::test]
async fn an_accepted_post_whose_answer_is_lost_is_found_and_not_sent_again() {
    let world = World::new().await;
    world.given(bot("ada"), &["hello from the lighthouse"]).await;
    world.x.next_send(SendFault::AcceptThenClose);

    world.advance_to("2026-11-23T09:00:01Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Unknown]);

    world.advance_to("2026-11-23T09:00:04Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Posted]);
    assert_eq!(world.timeline("ada"), ["hello from the lighthouse"]);
    world.finish().await;
}

/// The first look of a bot remembers its account, so looks wait for the database while others store
/// what they found: none may wait for another that nobody drives.
#[tokio::test]
async fn many_lost_answers_at_once_are_all_found() {
    let world = World::new().await;
    let bots: Vec<Bot> = (0..12).map(|n| bot(&format!("bot-{n}"))).collect();
    world.db.sync_bots(&bots, &[ManagedBy::File], world.now()).await.unwrap();
    for bot in &bots {
        world.queue(&bot.id, &[&format!("{} says hello", bot.id)]).await;
        world.x.next_send(SendFault::AcceptThenClose);
    }
    world.advance_to("2026-11-23T09:00:04Z").await;
    for bot in &bots {
        assert_eq!(world.states(bot.id.as_str()).await, [SlotState::Posted], "{}", bot.id);
    }
    world.finish().await;
}

#[tokio::test]
async fn every_answer_that_proves_nothing_is_looked_up() {
    for fault in [
        SendFault::AcceptThenStatus { status: 500 },
        SendFault::AcceptThenStatus { status: 503 },
        SendFault::Html { status: 502, accepts: true },
        SendFault::Html { status: 200, accepts: true },
        SendFault::BrokenJson,
        SendFault::CutBody,
        SendFault::NoId,
        SendFault::AcceptSlow { secs: 40 },
    ] {
        let world = World::new().await;
        world.given(bot("ada"), &["hello from the lighthouse"]).await;
        world.x.next_send(fault);
        world.advance_to("2026-11-23T09:05:00Z").await;
        assert_eq!(world.states("ada").await, [SlotState::Posted], "{fault:?}");
        assert_eq!(world.timeline("ada").len(), 1, "{fault:?}");
        world.finish().await;
    }
}

#[tokio::test]
async fn what_x_never_took_is_proven_absent_in_ten_minutes_and_sent_once_more() {
    let world = World::new().await;
    world.given(bot("ada"), &["hello from the lighthouse"]).await;
    world.x.next_send(SendFault::StatusBeforeAccept { status: 503 });

    world.advance_to("2026-11-23T09:09:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Unknown]);
    assert!(world.timeline("ada").is_empty());

    world.advance_to("2026-11-23T09:11:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Posted]);
    assert_eq!(world.timeline("ada"), ["hello from the lighthouse"]);
    world.finish().await;
}

#[tokio::test]
async fn two_lost_answers_with_nothing_on_x_end_as_failed_and_not_in_a_third_send() {
    let world = World::new().await;
    world.given(bot("ada"), &["hello from the lighthouse"]).await;
    world.x.next_send(SendFault::CloseBeforeAccept);
    world.x.next_send(SendFault::CloseBeforeAccept);
    world.advance_to("2026-11-23T09:25:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Failed(FailReason::AnswerLostTwice)]);
    assert!(world.timeline("ada").is_empty());
    world.finish().await;
}

#[tokio::test]
async fn a_timeline_that_lags_behind_does_not_make_a_second_post() {
    let settings = SandboxSettings {
        lag: sandbox::Lag::fixed(jiff::SignedDuration::from_mins(9)),
        duplicate_filter: DuplicateFilter::Off,
        ..SandboxSettings::default()
    };
    let world = World::on(settings).await;
    world.given(bot("ada"), &["hello from the lighthouse"]).await;
    world.x.next_send(SendFault::AcceptThenClose);
    world.advance_to("2026-11-23T09:20:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Posted]);
    assert_eq!(world.timeline("ada").len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn errors_and_pages_without_the_anchor_never_count_as_absence() {
    let world = World::new().await;
    let mut ada = bot("ada");
    ada.schedules = vec![testkit::schedule("0 9,10 * * *")];
    world.given(ada, &["hello from the lighthouse", "the fog has a colour"]).await;
    world.advance_to("2026-11-23T09:30:00Z").await;
    world.x.next_send(SendFault::AcceptThenClose);
    for _ in 0..40 {
        world.x.next_timeline(ReadFault::EmptyPage);
    }
    world.advance_to("2026-11-23T10:55:00Z").await;
    let attention = world.db.list_slots(SlotView::Attention, None, 10).await.unwrap();
    let open = world.db.list_slots(SlotView::Open, None, 10).await.unwrap();
    assert_eq!(attention.len() + open.len(), 1, "unknown stays unknown while nothing can be read");
    assert_eq!(world.timeline("ada").len(), 2);

    // Once the timeline can be read again, it settles itself.
    world.x.clear_faults();
    world.advance_to("2026-11-23T12:30:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Posted, SlotState::Posted]);
    world.finish().await;
}

#[tokio::test]
async fn a_send_that_arrives_after_it_was_given_up_is_found_before_the_next() {
    let settings =
        SandboxSettings { duplicate_filter: DuplicateFilter::Off, ..SandboxSettings::default() };
    let world = World::on(settings).await;
    let mut ada = bot("ada");
    ada.schedules[0].catch_up_window = jiff::SignedDuration::from_mins(5);
    world.given(ada, &["hello from the lighthouse"]).await;
    // X takes it after twelve minutes; by then it was proven absent and its slot skipped.
    world.x.next_send(SendFault::LateAccept { secs: 720 });
    world.advance_to("2026-11-23T09:30:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Skipped(SkipReason::Late)]);
    world.advance_to("2026-11-24T09:01:00Z").await;
    assert_eq!(world.timeline("ada"), ["hello from the lighthouse"]);
    assert_eq!(world.states("ada").await[1], SlotState::Posted);
    world.finish().await;
}

#[tokio::test]
async fn what_is_proven_absent_too_late_is_skipped_and_its_post_goes_back() {
    let world = World::new().await;
    let mut ada = bot("ada");
    ada.schedules[0].catch_up_window = jiff::SignedDuration::from_mins(5);
    world.given(ada, &["hello from the lighthouse"]).await;
    world.x.next_send(SendFault::CloseBeforeAccept);
    world.advance_to("2026-11-23T09:15:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Skipped(SkipReason::Late)]);
    world.advance_to("2026-11-24T09:01:00Z").await;
    assert_eq!(world.timeline("ada"), ["hello from the lighthouse"]);
    world.finish().await;
}

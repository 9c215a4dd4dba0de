//! Lost history: a restore or a long stop may have lost intents that X acted on, so the timeline is
//! read before anything is sent.

use domain::model::{Bot, Schedule, SkipReason, SlotState};
use domain::ports::Clock as _;
use domain::ports::store::PostStore as _;
use jiff::SignedDuration;
use sandbox::{DuplicateFilter, Lag, ReadFault, SandboxSettings, SendFault};
use testkit::schedule;

use crate::world::{World, bot};

fn no_second_barrier() -> SandboxSettings {
    SandboxSettings { duplicate_filter: DuplicateFilter::Off, ..SandboxSettings::default() }
}

#[tokio::test]
async fn a_restored_database_adopts_what_x_already_has() {
    let world = World::on(no_second_barrier()).await;
    world.given(bot("ada"), &["hello from the lighthouse"]).await;
    world.advance_to("2026-11-23T08:59:30Z").await;
    let backup = world.back_up();
    world.advance_to("2026-11-23T09:02:00Z").await;
    assert_eq!(world.timeline("ada").len(), 1);

    let world = world.restore(&backup).await;
    world.advance_to("2026-11-23T09:05:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Posted]);
    assert_eq!(world.timeline("ada"), ["hello from the lighthouse"]);
    world.finish().await;
}

#[tokio::test]
async fn after_a_restore_a_slot_that_went_out_with_another_post_is_not_filled_again() {
    let world = World::on(no_second_barrier()).await;
    world.given(bot("ada"), &["the first text"]).await;
    let backup = world.back_up();
    world.advance_to("2026-11-23T09:02:00Z").await;
    assert_eq!(world.timeline("ada"), ["the first text"]);

    // In the backup a new post is put in front before the slot is due again.
    let world = world.restore(&backup).await;
    world.queue(&bot("ada").id, &["a second text"]).await;
    world.advance_to("2026-11-23T09:20:00Z").await;
    assert_eq!(world.timeline("ada"), ["the first text"]);
    assert_eq!(world.states("ada").await, [SlotState::Posted]);
    world.finish().await;
}

/// Found by the simulator: what X dated before its slot, by a clock behind ours, was neither in the page
/// that was asked for nor taken for the slot's.
#[tokio::test]
async fn after_a_restore_the_clocks_may_be_apart_either_way() {
    for minutes in [-45, -1, 1, 45] {
        let by = SignedDuration::from_mins(minutes);
        let world = World::on_a_clock_behind(no_second_barrier(), by).await;
        world.given(bot("ada"), &["the first text"]).await;
        let backup = world.back_up();
        world.advance_to("2026-11-23T09:02:00Z").await;
        assert_eq!(world.timeline("ada"), ["the first text"], "{minutes}");

        // In the backup a new post is put in front before the slot is due again.
        let world = world.restore(&backup).await;
        world.queue(&bot("ada").id, &["a second text"]).await;
        world.advance_to("2026-11-23T09:29:00Z").await;
        assert_eq!(world.timeline("ada"), ["the first text"], "{minutes}");
        assert_eq!(world.states("ada").await, [SlotState::Posted], "{minutes}");

        world.advance_to("2026-11-24T09:01:00Z").await;
        assert_eq!(world.timeline("ada").len(), 2, "{minutes}: the next day's is made");
        world.finish().await;
    }
}

#[tokio::test]
async fn after_a_restore_nothing_is_sent_before_a_lagging_timeline_must_show_it() {
    let world = World::on(SandboxSettings {
        lag: Lag::fixed(SignedDuration::from_mins(9)),
        ..no_second_barrier()
    })
    .await;
    world.given(bot("ada"), &["hello from the lighthouse"]).await;
    world.advance_to("2026-11-23T08:59:30Z").await;
    let backup = world.back_up();
    world.advance_to("2026-11-23T09:00:05Z").await;
    assert_eq!(world.timeline("ada").len(), 1);

    let world = world.restore(&backup).await;
    world.advance_to("2026-11-23T09:22:00Z").await;
    assert_eq!(world.timeline("ada"), ["hello from the lighthouse"]);
    assert_eq!(world.states("ada").await, [SlotState::Posted]);
    world.finish().await;
}

/// Found by the simulator: a page that came back empty by mistake was believed, because the account
/// shows a post: the very one that the page should have shown.
#[tokio::test]
async fn after_a_restore_an_empty_page_is_not_believed_where_the_account_has_posts_of_that_time() {
    let world = World::on(no_second_barrier()).await;
    world.given(bot("ada"), &["hello from the lighthouse"]).await;
    let backup = world.back_up();
    world.advance_to("2026-11-23T17:00:00Z").await;
    assert_eq!(world.timeline("ada").len(), 1);

    let world = world.restore(&backup).await;
    world.advance_to("2026-11-24T08:59:59Z").await;
    world.x.next_timeline(ReadFault::EmptyPage);
    world.advance_to("2026-11-24T09:29:00Z").await;
    assert_eq!(world.timeline("ada"), ["hello from the lighthouse"]);
    world.finish().await;
}

/// Found by the simulator: the text stands twice, and the copy that somebody posted by hand before was
/// taken for the bot's own, so that its slot seemed to have none.
#[tokio::test]
async fn after_a_restore_a_slot_whose_text_also_stands_by_hand_is_not_filled_again() {
    let lag = Lag::fixed(SignedDuration::from_mins(9));
    let world = World::on(SandboxSettings { lag, ..no_second_barrier() }).await;
    world.given(bot("ada"), &["another text", "hello from the lighthouse"]).await;
    let backup = world.back_up();
    // So the slot's post is one that it does not have in the backup.
    let first = world.db.list_queue(&bot("ada").id, 1).await.unwrap().remove(0);
    world.db.remove_post(first.id, world.clock.now()).await.unwrap();
    world.advance_to("2026-11-23T08:30:00Z").await;
    world.x.post_by_hand("ada", "hello from the lighthouse").unwrap();
    world.advance_to("2026-11-23T09:02:00Z").await;
    assert_eq!(world.timeline("ada").len(), 2);

    let world = world.restore(&backup).await;
    world.advance_to("2026-11-23T09:29:00Z").await;
    assert_eq!(world.timeline("ada"), ["hello from the lighthouse", "hello from the lighthouse"]);
    assert_eq!(world.states("ada").await, [SlotState::Skipped(SkipReason::Duplicate)]);
    // The text stands twice because a person put it there: `finish` would take that for a double.
}

/// Found by the simulator: a text whose first send was lost went out at a later slot; restored to before, the
/// first slot took the post for its own, so that the later one seemed to have none.
#[tokio::test]
async fn after_a_restore_a_slot_whose_post_an_earlier_one_claims_is_not_filled_again() {
    // The second hours later, or before the time is over in which X might accept the first.
    for (pattern, seen, end) in
        [("0 9,13 * * *", "13:01:00", "13:29:00"), ("0,14 9 * * *", "09:14:30", "09:44:00")]
    {
        let on = |time: &str| format!("2026-11-23T{time}Z");
        let world = World::on(no_second_barrier()).await;
        let catch_up_window = SignedDuration::from_mins(5);
        let schedules = vec![Schedule { catch_up_window, ..schedule(pattern) }];
        world.given(Bot { schedules, ..bot("ada") }, &["the first text", "a second text"]).await;
        world.x.next_send(SendFault::CloseBeforeAccept);
        world.advance_to("2026-11-23T09:00:05Z").await;
        let backup = world.back_up();
        // The slot ends without a post, and the next one has its text.
        world.advance_to(&on(seen)).await;
        assert_eq!(world.timeline("ada"), ["the first text"], "{pattern}");
        assert_eq!(world.states("ada").await[1], SlotState::Posted, "{pattern}");

        let world = world.restore(&backup).await;
        world.advance_to(&on(end)).await;
        assert_eq!(world.timeline("ada"), ["the first text"], "{pattern}");
        let states = world.states("ada").await;
        let wanted = [SlotState::Posted, SlotState::Skipped(SkipReason::Duplicate)];
        assert_eq!(states, wanted, "{pattern}");
        world.finish().await;
    }
}

#[tokio::test]
async fn a_stop_of_hours_makes_every_bot_read_before_it_posts() {
    let mut world = World::on(no_second_barrier()).await;
    let mut ada = bot("ada");
    ada.schedules = vec![schedule("0 9,13 * * *")];
    world.given(ada, &["one", "two"]).await;
    world.advance_to("2026-11-23T09:00:30Z").await;
    world.clock.advance(SignedDuration::from_mins(239));
    // The timeline cannot be read at first, so nothing is sent.
    world.x.next_timeline(ReadFault::Status { status: 503 });
    world = world.crash_and_restart().await;
    world.advance_to("2026-11-23T13:00:01Z").await;
    assert_eq!(world.timeline("ada").len(), 1);
    world.advance_to("2026-11-23T13:10:00Z").await;
    assert_eq!(world.timeline("ada").len(), 2);
    world.finish().await;
}

#[tokio::test]
async fn a_lost_answer_survives_a_restart_and_is_found() {
    let mut world = World::on(no_second_barrier()).await;
    world.given(bot("ada"), &["hello from the lighthouse"]).await;
    world.x.next_send(SendFault::AcceptThenClose);
    world.advance_to("2026-11-23T09:00:01Z").await;
    world = world.crash_and_restart().await;
    world.advance_to("2026-11-23T09:00:10Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Posted]);
    assert_eq!(world.timeline("ada").len(), 1);
    world.finish().await;
}

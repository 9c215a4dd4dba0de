//! The engine dies at every await point of a publish and of a reconciliation, and another takes
//! over: X has the post once, and the slot has its outcome.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use domain::model::SlotState;
use sandbox::{DuplicateFilter, SandboxSettings, SendFault};

use crate::evergreens::keep;
use crate::world::{World, bot, round};

/// No publish has more await points than this.
pub(crate) const POINTS_MAX: u32 = 500;

/// Runs `future` until it has waited `points` times, then drops it there. Whether it came to its
/// end.
pub(crate) async fn run_until(points: u32, future: impl Future) -> bool {
    let mut future = pin!(future);
    let mut waited = 0;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(true),
        Poll::Pending if waited + 1 >= points => Poll::Ready(false),
        Poll::Pending => {
            waited += 1;
            Poll::Pending
        }
    })
    .await
}

fn no_second_barrier() -> SandboxSettings {
    SandboxSettings { duplicate_filter: DuplicateFilter::Off, ..SandboxSettings::default() }
}

/// Dies at each point in turn; `prepare` brings the world to where the deaths begin.
async fn die_everywhere(fault: Option<SendFault>, lost_first: bool) -> u32 {
    for point in 1..POINTS_MAX {
        let mut world = World::on(no_second_barrier()).await;
        world.given(bot("ada"), &["hello from the lighthouse"]).await;
        if let Some(fault) = fault {
            world.x.next_send(fault);
        }
        let start = if lost_first { "2026-11-23T09:00:02Z" } else { "2026-11-23T08:59:59Z" };
        world.advance_to(start).await;
        world.clock.advance(jiff::SignedDuration::from_secs(2));
        let came_to_its_end = run_until(point, round(&world.engine)).await;
        world = world.crash_and_restart().await;
        world.advance_to("2026-11-23T09:49:00Z").await;
        assert_eq!(world.states("ada").await, [SlotState::Posted], "died at await point {point}");
        assert_eq!(world.timeline("ada"), ["hello from the lighthouse"], "at {point}");
        world.finish().await;
        if came_to_its_end {
            return point;
        }
    }
    panic!("a round with more than {POINTS_MAX} await points");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publish_that_dies_anywhere_posts_once() {
    let points = die_everywhere(None, false).await;
    assert!(points > 10, "only {points} await points were visited");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publish_whose_answer_is_lost_and_that_dies_anywhere_posts_once() {
    let points = die_everywhere(Some(SendFault::AcceptThenClose), false).await;
    assert!(points > 10, "only {points} await points were visited");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reconciliation_that_dies_anywhere_posts_once() {
    let points = die_everywhere(Some(SendFault::AcceptThenClose), true).await;
    assert!(points > 5, "only {points} await points were visited");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_kept_aside_goes_out_once_wherever_the_round_that_takes_it_dies() {
    const KEPT: [&str; 2] = ["hello from the lighthouse", "gulls know the timetable of the ferry"];
    for point in 1..POINTS_MAX {
        let mut world = World::on(no_second_barrier()).await;
        let ada = bot("ada");
        world.given(ada.clone(), &[]).await;
        keep(&world, &ada, &KEPT).await;
        world.advance_to("2026-11-23T08:59:59Z").await;
        world.clock.advance(jiff::SignedDuration::from_secs(2));
        let came_to_its_end = run_until(point, round(&world.engine)).await;
        world = world.crash_and_restart().await;
        world.advance_to("2026-11-23T09:49:00Z").await;
        assert_eq!(world.timeline("ada"), KEPT[..1], "died at await point {point}");
        let left = world.number("SELECT count(*) FROM evergreens WHERE post_id IS NULL").await;
        assert_eq!(left, 1, "died at await point {point}");
        world.finish().await;
        if came_to_its_end {
            assert!(point > 10, "only {point} await points were visited");
            return;
        }
    }
    panic!("a round with more than {POINTS_MAX} await points");
}

//! Refills that can wait are ordered in bulk: whatever becomes of an order, nothing is paid twice
//! unknowingly, nothing is lost, and no queue runs dry because of it.

use domain::model::{Bot, BotId, Budgets, BulkStage, Caps, MicroUsd, Post, PurseCaps, QueueLimits};
use domain::ports::Node as _;
use domain::ports::store::{
    BudgetStore as _, BulkOrder, BulkStore as _, PostStore as _, StoreError,
};
use jiff::SignedDuration;
use sandbox::{BulkFault, FaultOrder};

use crate::world::{Spans, World, bot};

/// Three posts last for two days of one post, so the queue can wait; what is missing takes three requests.
const QUEUED: [&str; 3] = ["the tide is in", "fog since four", "ten ships are in the bay"];

fn ada() -> Bot {
    Bot { queue: QueueLimits { low_water: 5, high_water: 21, batch: 6 }, ..bot("ada") }
}

async fn world() -> World {
    let world = World::ordering().await;
    world.given(ada(), &QUEUED).await;
    world
}

/// Lets time pass in strides of five minutes.
async fn pass(world: &World, length: SignedDuration) {
    let end = world.now() + length;
    while world.now() < end {
        let next = (world.now() + SignedDuration::from_mins(5)).min(end);
        world.advance_to(&next.to_string()).await;
    }
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

async fn queue(world: &World) -> Vec<Post> {
    world.db.list_queue(&BotId::try_from("ada").unwrap(), 100).await.unwrap()
}

async fn orders(world: &World) -> Vec<BulkOrder> {
    world.db.list_bulk(10).await.unwrap()
}

async fn spent(world: &World) -> i64 {
    let sum = "SELECT CAST(COALESCE(sum(amount_micro_usd), 0) AS INTEGER) FROM ledger
        WHERE kind = 'model'";
    world.number(sum).await
}

/// What the sandbox's batches took, at half of the list price of gpt-6-luna: written apart from the
/// product's own prices.
fn bill(world: &World) -> i64 {
    let of = |(prompt, answer): (u64, u64)| {
        let whole = (prompt * 100_000 + answer * 500_000).div_ceil(1_000_000);
        i64::try_from(whole.div_ceil(2)).unwrap()
    };
    world.x.bulk_tokens().into_iter().map(of).sum()
}

async fn written(world: &World) -> usize {
    let by_hand = |post: &Post| post.generation_model.as_deref() == Some("import");
    queue(world).await.iter().filter(|post| !by_hand(post)).count()
}

#[tokio::test]
async fn a_queue_that_lasts_is_filled_for_half_the_price() {
    let world = world().await;
    world.advance_to("2026-11-23T08:00:30Z").await;
    let [order] = &orders(&world).await[..] else { panic!("one order") };
    assert!(matches!(order.stage, BulkStage::Running { .. }), "{order:?}");
    assert_eq!(order.requests.len(), 3);
    assert_eq!((written(&world).await, world.x.batches()), (0, 1));
    assert_eq!(spent(&world).await, order.amount.0, "reserved at its most");
    assert_eq!(world.engine.vitals().bulk.open, 0, "it was not looked at yet");

    pass(&world, SignedDuration::from_mins(20)).await;
    assert_eq!((written(&world).await, world.x.batches()), (0, 1), "it works on it");
    assert_eq!(world.engine.vitals().bulk.open, 1);
    pass(&world, hours(1)).await;
    assert_eq!(orders(&world).await, []);
    assert!(written(&world).await >= 14, "{}", written(&world).await);
    assert!(bill(&world) > 0);
    assert_eq!(spent(&world).await, bill(&world), "the ledger is the bill");
    assert_eq!(world.number("SELECT count(*) FROM reservations").await, 0);
    let prompts = "SELECT count(DISTINCT batch_prompt) FROM post_origins";
    assert!(world.number(prompts).await >= 3, "each post knows what it was asked for");
    assert_eq!(world.engine.vitals().bulk.seen.error, None);
    world.finish().await;
}

#[tokio::test]
async fn an_order_is_one_trace_over_a_crash_and_its_first_span_is_told_once_at_its_end() {
    let spans = Spans::default();
    let _told = spans.hear();
    let world = world().await;
    world.advance_to("2026-11-23T08:00:30Z").await;
    let made_at = orders(&world).await[0].made_at;
    let before = spans.named("follow");
    assert!(!before.is_empty() && spans.named("order").is_empty());
    let world = world.crash_and_restart().await;
    pass(&world, hours(2)).await;
    assert_eq!(orders(&world).await, []);
    let [order] = &spans.named("order")[..] else { panic!("{:?}", spans.named("order")) };
    assert_eq!(order["is_first"], "true");
    assert_eq!(order["starts_at_ms"], made_at.as_millisecond().to_string());
    assert_eq!(order["posts.queued"], written(&world).await.to_string());
    let after = spans.named("follow");
    assert!(after.len() > before.len(), "nobody looked after the crash");
    assert!(after.iter().all(|span| span["trace_id"] == order["trace_id"]), "{after:?}");
    world.finish().await;
}

#[tokio::test]
async fn a_queue_that_does_not_last_is_written_for_at_once() {
    let world = World::ordering().await;
    world.given(ada(), &QUEUED[..2]).await;
    world.advance_to("2026-11-23T08:00:30Z").await;
    assert_eq!((orders(&world).await, world.x.batches()), (vec![], 0));
    assert!(written(&world).await >= 5);
    world.finish().await;
}

#[tokio::test]
async fn a_crash_before_the_server_was_told_to_begin_begins_later_and_once() {
    let world = world().await;
    world.x.next_bulk("create", BulkFault::Status { status: 429 });
    world.advance_to("2026-11-23T08:00:30Z").await;
    let [order] = &orders(&world).await[..] else { panic!("one order") };
    assert!(matches!(order.stage, BulkStage::Uploaded { .. }), "{order:?}");
    let world = world.crash_and_restart().await;
    pass(&world, hours(2)).await;
    assert_eq!((orders(&world).await, world.x.batches()), (vec![], 1));
    assert!(written(&world).await >= 14);
    assert_eq!(spent(&world).await, bill(&world));
    world.finish().await;
}

#[tokio::test]
async fn a_file_whose_name_was_not_kept_is_handed_over_again_and_one_batch_made() {
    let world = world().await;
    world.faults.fail("note_bulk", 1, &StoreError::Unavailable("a cut".to_owned()));
    let now = world.now();
    let refills = world.db.take_refills(now, domain::model::Fence(1), 1).await.unwrap();
    assert!(world.engine.refill(&refills[0]).await.is_err());
    let [order] = &orders(&world).await[..] else { panic!("one order") };
    assert_eq!(order.stage, BulkStage::Made);
    let world = world.crash_and_restart().await;
    pass(&world, hours(2)).await;
    assert_eq!((orders(&world).await, world.x.batches()), (vec![], 1));
    assert_eq!(spent(&world).await, bill(&world));
    world.finish().await;
}

#[tokio::test]
async fn a_batch_whose_answer_was_lost_is_found_and_not_made_again() {
    let world = world().await;
    world.x.next_bulk("create", BulkFault::CloseAfter);
    world.advance_to("2026-11-23T08:00:05Z").await;
    let [order] = &orders(&world).await[..] else { panic!("one order") };
    assert!(matches!(order.stage, BulkStage::Creating { .. }), "{order:?}");
    let world = world.crash_and_restart().await;
    pass(&world, hours(2)).await;
    assert_eq!((orders(&world).await, world.x.batches()), (vec![], 1));
    assert!(written(&world).await >= 14);
    assert_eq!(spent(&world).await, bill(&world));
    world.finish().await;
}

#[tokio::test]
async fn a_batch_that_cannot_be_found_counts_as_spent_and_is_not_made_again() {
    let world = world().await;
    world.x.next_bulk("create", BulkFault::CloseBefore);
    world.advance_to("2026-11-23T08:00:05Z").await;
    let most = orders(&world).await[0].amount.0;
    // From here on the server takes no orders, so that what is spent stays what was reserved.
    let fault = BulkFault::Missing;
    world.x.order(FaultOrder::Bulk { fault, step: Some("upload".to_owned()), times: u32::MAX });
    pass(&world, SignedDuration::from_mins(20)).await;
    assert_eq!((orders(&world).await.len(), spent(&world).await), (1, most), "still looked for");
    pass(&world, SignedDuration::from_mins(20)).await;
    assert_eq!((orders(&world).await, world.x.batches()), (vec![], 0));
    assert!(spent(&world).await >= most);
    assert!(written(&world).await > 0, "the queue is filled as usual");
    world.x.clear_faults();
    world.finish().await;
}

#[tokio::test]
async fn a_batch_that_ends_badly_brings_and_costs_what_was_done() {
    for (fault, posts) in [
        (BulkFault::Expires, 8..=12),
        (BulkFault::PartialErrors, 8..=12),
        (BulkFault::Fails, 0..=0),
    ] {
        let world = world().await;
        world.x.next_bulk("create", fault);
        world.advance_to("2026-11-23T08:00:30Z").await;
        assert_eq!(world.x.batches(), 1);
        // Nothing is ordered after it.
        let missing = BulkFault::Missing;
        let step = Some("upload".to_owned());
        world.x.order(FaultOrder::Bulk { fault: missing, step, times: u32::MAX });
        while !orders(&world).await.is_empty() {
            assert_eq!(written(&world).await, 0, "{fault:?}");
            let id = BotId::try_from("ada").unwrap();
            // The queue rests, so that what it holds is what the order brought.
            world.db.await_bulk(&id, world.now() + hours(30), world.now()).await.unwrap();
            let report = world.engine.tick_bulk(world.now()).await.unwrap();
            if report.queued == 0 {
                world.clock.advance(SignedDuration::from_mins(10));
                world.engine.tick_janitor(world.now()).await.unwrap();
            }
        }
        let found = written(&world).await;
        assert!(posts.contains(&found), "{fault:?}: {found}");
        assert_eq!(spent(&world).await, bill(&world), "{fault:?}");
        assert_eq!(world.number("SELECT count(*) FROM reservations").await, 0);
        world.x.clear_faults();
    }
}

#[tokio::test]
async fn a_server_without_the_endpoint_is_remembered_and_writes_at_once() {
    let world = world().await;
    world.x.order(FaultOrder::Bulk { fault: BulkFault::Missing, step: None, times: u32::MAX });
    world.advance_to("2026-11-23T08:01:00Z").await;
    assert_eq!(orders(&world).await, []);
    assert!(written(&world).await >= 5, "{}", written(&world).await);
    world.x.clear_faults();
    let id = BotId::try_from("ada").unwrap();
    for post in queue(&world).await.iter().skip(4) {
        world.db.remove_post(post.id, world.now()).await.unwrap();
    }
    world.advance_to("2026-11-23T08:05:00Z").await;
    assert_eq!(world.x.batches(), 0, "it is not asked again for a day");
    assert!(world.db.find_bulk(&id).await.unwrap().is_none());
    world.finish().await;
}

#[tokio::test]
async fn a_queue_that_runs_dry_does_not_wait_for_its_order() {
    let world = world().await;
    world.x.next_bulk("create", BulkFault::Stuck);
    world.advance_to("2026-11-23T08:00:30Z").await;
    let most = orders(&world).await[0].amount.0;
    for post in &queue(&world).await[1..] {
        world.db.remove_post(post.id, world.now()).await.unwrap();
    }
    pass(&world, SignedDuration::from_mins(15)).await;
    assert!(written(&world).await >= 5, "{}", written(&world).await);
    assert_eq!((orders(&world).await.len(), world.x.batches()), (1, 1));
    // An order that never ends is given up, and counts as spent.
    let step = Some("upload".to_owned());
    world.x.order(FaultOrder::Bulk { fault: BulkFault::Missing, step, times: u32::MAX });
    let before = spent(&world).await;
    assert!(before > most, "what was written at once is paid for as well");
    pass(&world, hours(49)).await;
    assert_eq!(orders(&world).await, []);
    assert!(spent(&world).await >= before);
    assert_eq!(world.number("SELECT count(*) FROM reservations").await, 0);
    world.x.clear_faults();
    world.finish().await;
}

#[tokio::test]
async fn an_order_for_which_no_money_is_left_is_not_handed_in() {
    let world = world().await;
    let day = Caps { day: Some(MicroUsd(10)), month: None };
    let all = PurseCaps { model: day, ..PurseCaps::default() };
    let budgets = Budgets { all, ..Budgets::default() };
    world.db.sync_budgets(&budgets, world.now()).await.unwrap();
    world.advance_to("2026-11-23T08:01:00Z").await;
    assert_eq!((orders(&world).await, world.x.batches()), (vec![], 0));
    assert_eq!((written(&world).await, spent(&world).await), (0, 0));
    assert!(world.engine.vitals().model.error.is_some());
    let day = Caps { day: Some(MicroUsd(1_000_000)), month: None };
    let all = PurseCaps { model: day, ..PurseCaps::default() };
    let budgets = Budgets { all, ..Budgets::default() };
    world.db.sync_budgets(&budgets, world.now()).await.unwrap();
    pass(&world, hours(2)).await;
    assert!(written(&world).await >= 14);
    assert_eq!(spent(&world).await, bill(&world));
    world.finish().await;
}

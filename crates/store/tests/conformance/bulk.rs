//! Orders in bulk: one a bot, in the hands of one node, and their money waits for the bill.

use domain::model::{BulkStage, Fence, MicroUsd, Purse};
use domain::ports::store::{
    BULK_STEP_MAX, BudgetStore, BulkNote, BulkOrder, BulkStore, NewBulk, NodeStore, OpenedBulk,
    PostStore, ReadStore,
};
use domain::ports::{BulkRequest, TopicWish};
use domain::rules::prompt::Prompt;
use jiff::Timestamp;
use serde_json::json;

use crate::budgets::{cap_all, demand_sums, gone};
use crate::steps::{declare, id, lease, nine, secs};
use crate::world::{World, on_both};

fn request(topic: &str) -> BulkRequest {
    let wish = TopicWish {
        angle: Some("the \"sound\" of it".to_owned()),
        format: Some("a question".to_owned()),
        ..TopicWish::on(topic, 1)
    };
    BulkRequest {
        wishes: vec![wish, TopicWish::on("tea", 2)],
        prompt: Prompt {
            system: "You keep a light.\n".to_owned(),
            user: format!("1. on {topic}"),
            schema: json!({"type": "object", "required": ["posts"]}),
            completion_tokens_max: 400,
        },
    }
}

fn new(bot: &str, fence: Fence, amount: i64) -> NewBulk {
    NewBulk {
        bot: id(bot),
        fence,
        persona_version: 3,
        model: "gpt-6-luna".to_owned(),
        requests: vec![request("fog"), request("ships")],
        amount: MicroUsd(amount),
        is_unpriced: false,
        refill_at: nine() + secs(600),
    }
}

async fn made(world: &World, bot: &str, fence: Fence, amount: i64) -> BulkOrder {
    match world.db.open_bulk(&new(bot, fence, amount), nine()).await.unwrap() {
        OpenedBulk::Made(order) => *order,
        other => panic!("{other:?}"),
    }
}

fn note(order: &BulkOrder, fence: Fence, stage: BulkStage, look_at: Timestamp) -> BulkNote {
    BulkNote { id: order.id, fence, stage, look_at, detail: Some("HTTP 503".to_owned()) }
}

async fn an_order_is_made_once_and_found_whole(world: &World) {
    declare(world, &["ada", "bob"]).await;
    let fence = lease(world, nine()).await.fence;
    let order = made(world, "ada", fence, 900).await;
    assert_eq!(order.look_at, nine() + BULK_STEP_MAX);
    let again = world.db.open_bulk(&new("ada", fence, 900), nine()).await.unwrap();
    assert_eq!(again, OpenedBulk::Exists);
    assert_eq!(world.db.find_bulk(&id("ada")).await.unwrap(), Some(order.id));
    assert_eq!(world.db.find_bulk(&id("bob")).await.unwrap(), None);
    assert_eq!(world.db.list_bulk(10).await.unwrap(), std::slice::from_ref(&order));
    made(world, "bob", fence, 0).await;
    assert_eq!(world.db.list_bulk(1).await.unwrap(), [order], "the oldest first");
    let until = "SELECT refill_not_before FROM bot_stats WHERE bot_id = 'ada'";
    assert_eq!(world.number(until).await, (nine() + secs(600)).as_millisecond());
    demand_sums(world).await;
}

async fn its_money_is_reserved_with_it_and_waits_for_the_bill(world: &World) {
    declare(world, &["ada"]).await;
    cap_all(world, 0, 1_000).await;
    let node = lease(world, nine()).await;
    let refused = world.db.open_bulk(&new("ada", node.fence, 1_001), nine()).await.unwrap();
    assert!(matches!(refused, OpenedBulk::Refused(_)), "{refused:?}");
    assert_eq!(world.db.list_bulk(10).await.unwrap(), []);
    let order = made(world, "ada", node.fence, 900).await;
    assert_eq!(gone(world, Purse::Model).await, 900);

    // Neither a dead node nor a long time makes it a loss.
    world.db.end_lease(&node, nine()).await.unwrap();
    let late = nine() + secs(20 * 3_600);
    let written_off = world.db.write_off_reservations(late, 10, late).await.unwrap();
    assert_eq!(written_off, []);
    let other = Fence(node.fence.0 + 1);
    assert_eq!(world.db.take_bulk(late, other, 10).await.unwrap().len(), 1);
    assert!(world.db.end_bulk(order.id, other, MicroUsd(420), late).await.unwrap());
    assert_eq!(gone(world, Purse::Model).await, 420);
    let line = world.db.find_bot_line(&id("ada")).await.unwrap().unwrap();
    assert_eq!(line.stats.spend, MicroUsd(420));
    assert!(!world.db.end_bulk(order.id, other, MicroUsd(420), late).await.unwrap());
    assert_eq!(gone(world, Purse::Model).await, 420, "a bill counts once");
    let until = "SELECT refill_not_before FROM bot_stats WHERE bot_id = 'ada'";
    assert_eq!(world.number(until).await, late.as_millisecond());

    let nothing = made(world, "ada", other, 500).await;
    assert!(world.db.end_bulk(nothing.id, other, MicroUsd::ZERO, late).await.unwrap());
    assert_eq!(gone(world, Purse::Model).await, 420, "all of it goes back");
    demand_sums(world).await;
}

async fn one_node_has_it_at_a_time(world: &World) {
    declare(world, &["ada"]).await;
    let (one, two) = (Fence(7), Fence(8));
    let order = made(world, "ada", one, 10).await;
    assert_eq!(world.db.take_bulk(nine(), two, 10).await.unwrap(), [], "it is in hands");
    let uploaded = BulkStage::Uploaded { file: "file-1".to_owned() };
    let soon = nine() + secs(5);
    assert!(!world.db.note_bulk(&note(&order, two, uploaded.clone(), soon)).await.unwrap());
    assert!(world.db.note_bulk(&note(&order, one, uploaded.clone(), soon)).await.unwrap());
    assert_eq!(world.db.take_bulk(nine(), two, 10).await.unwrap(), [], "it is not time");
    let taken = world.db.take_bulk(soon, two, 10).await.unwrap().remove(0);
    assert_eq!((&taken.stage, taken.detail.as_deref()), (&uploaded, Some("HTTP 503")));
    assert_eq!(taken.requests, order.requests);
    assert_eq!(taken.look_at, soon + BULK_STEP_MAX);
    // Whoever had it before is too late.
    let creating = BulkStage::Creating { file: "file-1".to_owned(), looks: 0 };
    assert!(!world.db.note_bulk(&note(&order, one, creating.clone(), soon)).await.unwrap());
    assert!(!world.db.end_bulk(order.id, one, MicroUsd::ZERO, soon).await.unwrap());
    for stage in [
        creating,
        BulkStage::Creating { file: "file-1".to_owned(), looks: 3 },
        BulkStage::Running { batch: "batch_1".to_owned() },
        BulkStage::Made,
    ] {
        assert!(world.db.note_bulk(&note(&order, two, stage.clone(), soon)).await.unwrap());
        assert_eq!(world.db.list_bulk(10).await.unwrap()[0].stage, stage);
    }
}

async fn a_queue_waits_for_its_order_without_counting_it_as_a_try(world: &World) {
    declare(world, &["ada"]).await;
    let fence = lease(world, nine()).await.fence;
    let refill = world.db.take_refills(nine(), fence, 10).await.unwrap().remove(0);
    let until = nine() + secs(60);
    world.db.await_bulk(&id("ada"), until, nine()).await.unwrap();
    assert_eq!(world.db.take_refills(nine() + secs(59), fence, 10).await.unwrap(), []);
    let again = world.db.take_refills(until, fence, 10).await.unwrap().remove(0);
    assert_eq!((again.refills, again.fruitless), (refill.refills, refill.fruitless));
}

on_both! {
    an_order_is_made_once_and_found_whole,
    its_money_is_reserved_with_it_and_waits_for_the_bill,
    one_node_has_it_at_a_time,
    a_queue_waits_for_its_order_without_counting_it_as_a_try,
}

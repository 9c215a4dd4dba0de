//! Posts, queues and refills.

use domain::model::{ContentHash, Fence, MicroUsd, PostState};
use domain::ports::store::{
    ClosedAt, NodeStore, OriginStore, PostStore, REFILL_MAX, ReadStore, RefillNote, SlotStore,
    Spend, SpendKind, StoredPost,
};

use crate::steps::{
    assign_all, declare, id, lease, new_post, nine, plan, queue, remaining, secs, start,
};
use crate::world::{World, on_both};

async fn posts_are_queued_in_order_and_found_whole(world: &World) {
    declare(world, &["ada"]).await;
    let posts: Vec<_> =
        (0..300).map(|n| new_post("ada", &format!("post {n}"), Some("ships"))).collect();
    let stored = world.db.store_posts(&posts, start()).await.unwrap();
    let ids: Vec<_> = stored
        .iter()
        .map(|one| match one {
            StoredPost::Queued(id) => *id,
            StoredPost::Draft(_) | StoredPost::Duplicate { .. } => panic!("{one:?}"),
        })
        .collect();
    assert!(ids.is_sorted());
    assert_eq!(remaining(world, "ada").await, 300);
    let post = world.db.find_post(ids[7]).await.unwrap().unwrap();
    assert_eq!((post.content.as_str(), post.topic.as_deref()), ("post 7", Some("ships")));
    assert_eq!((post.state, post.slot, post.created_at), (PostState::Queued, None, start()));
    assert_eq!((post.generation_cost, post.generation_tokens), (MicroUsd(400), 7));
    assert_eq!(post.generation_model.as_deref(), Some("grammar"));
    assert_eq!(post.content_hash, ContentHash::of_normal_form("post 7"));
    let queue = world.db.list_queue(&id("ada"), 10).await.unwrap();
    assert_eq!(queue.iter().map(|post| post.id).collect::<Vec<_>>(), ids[..10]);
    let recent = world.db.list_recent_posts(&id("ada"), 2).await.unwrap();
    let recent: Vec<&str> = recent.iter().map(|post| post.text.as_str()).collect();
    assert_eq!(recent, ["post 299", "post 298"]);
}

async fn one_text_is_stored_once_over_all_bots(world: &World) {
    declare(world, &["ada", "bob"]).await;
    let older = queue(world, "ada", "hello", None).await;
    let posts = [
        new_post("bob", "hello", None),
        new_post("bob", "new", None),
        new_post("bob", "new", None),
    ];
    let stored = world.db.store_posts(&posts, start()).await.unwrap();
    assert_eq!(stored[0], StoredPost::Duplicate { of: older, bot: id("ada") });
    let StoredPost::Queued(new) = stored[1] else { panic!("{stored:?}") };
    assert_eq!(stored[2], StoredPost::Duplicate { of: new, bot: id("bob") });
    assert_eq!(remaining(world, "bob").await, 1);
    let hashes = ["hello", "absent"].map(ContentHash::of_normal_form);
    let found = world.db.find_hashes(&hashes).await.unwrap();
    assert_eq!(found, [(hashes[0].clone(), older, id("ada"))]);
    assert!(world.db.store_posts(&[], start()).await.unwrap().is_empty());
}

async fn any_text_survives_the_way_through_the_database(world: &World) {
    declare(world, &["ada"]).await;
    let text = "\"quotes\", \\back\\, 'single', {braces}, $1, \u{1f469}\u{200d}\u{1f692}\nnew line";
    let post = queue(world, "ada", text, Some("it's \"a\" topic")).await;
    let post = world.db.find_post(post).await.unwrap().unwrap();
    assert_eq!((post.content.as_str(), post.topic.as_deref()), (text, Some("it's \"a\" topic")));
}

async fn a_removed_post_does_not_come_back(world: &World) {
    declare(world, &["ada"]).await;
    let post = queue(world, "ada", "hello", None).await;
    world.execute("UPDATE bots SET distrusted_since = 1").await;
    assert!(!world.db.remove_post(post, start()).await.unwrap(), "X may have it");
    world.execute("UPDATE bots SET distrusted_since = NULL").await;
    assert!(world.db.remove_post(post, start()).await.unwrap());
    assert!(!world.db.remove_post(post, start()).await.unwrap());
    assert_eq!(remaining(world, "ada").await, 0);
    let again = world.db.store_posts(&[new_post("ada", "hello", None)], start()).await.unwrap();
    assert!(matches!(again[0], StoredPost::Duplicate { .. }));
}

async fn a_post_that_a_slot_holds_is_shown_and_not_removed(world: &World) {
    declare(world, &["ada"]).await;
    plan(world, nine()).await;
    let held = queue(world, "ada", "one", None).await;
    let queued = queue(world, "ada", "two", None).await;
    let slot = assign_all(world, nine()).await[0];
    assert!(!world.db.remove_post(held, start()).await.unwrap());
    let queue = world.db.list_queue(&id("ada"), 10).await.unwrap();
    let shown: Vec<_> = queue.iter().map(|post| (post.id, post.slot)).collect();
    assert_eq!(shown, [(held, Some(slot)), (queued, None)]);
}

async fn a_refill_is_asked_for_below_low_water_and_noted(world: &World) {
    declare(world, &["ada", "bob"]).await;
    for n in 0..5 {
        queue(world, "bob", &format!("bob {n}"), None).await;
    }
    queue(world, "ada", "ada", Some("ships")).await;
    let refills = world.db.take_refills(start(), Fence(1), 10).await.unwrap();
    assert_eq!(refills.len(), 1);
    let refill = &refills[0];
    assert_eq!((refill.bot.clone(), refill.remaining, refill.refills), (id("ada"), 1, 0));
    assert_eq!((refill.limits.low_water, refill.persona.tone.as_str()), (5, "calm"));
    assert_eq!(refill.stock.topics.len(), 1);

    let note = RefillNote {
        bot: id("ada"),
        not_before: start() + secs(600),
        error: None,
        spend: Some(Spend { kind: SpendKind::Model, amount: MicroUsd(900) }),
        reservation: None,
        drops: Vec::new(),
    };
    let posts = [new_post("ada", "more", None)];
    world.db.store_refill(&posts, &note, start() + secs(1)).await.unwrap();
    assert!(world.db.take_refills(start() + secs(599), Fence(1), 10).await.unwrap().is_empty());
    let again = world.db.take_refills(start() + secs(600), Fence(1), 10).await.unwrap();
    assert_eq!((again[0].refills, again[0].remaining, again[0].fruitless), (1, 2, 0));
    let line = world.db.find_bot_line(&id("ada")).await.unwrap().unwrap();
    assert_eq!(line.stats.last_replenishment_at, Some(start() + secs(1)));
    assert_eq!((line.stats.spend, line.last_error), (MicroUsd(900), None));
    assert_eq!(world.number("SELECT amount_micro_usd FROM ledger WHERE kind = 'model'").await, 900);
}

async fn a_refill_that_brought_nothing_says_why(world: &World) {
    declare(world, &["ada"]).await;
    let mut note = RefillNote {
        bot: id("ada"),
        not_before: start() + secs(60),
        error: Some("the model does not answer".to_owned()),
        spend: None,
        reservation: None,
        drops: Vec::new(),
    };
    world.db.store_refill(&[], &note, start()).await.unwrap();
    let line = world.db.find_bot_line(&id("ada")).await.unwrap().unwrap();
    assert_eq!(line.last_error, Some(("the model does not answer".to_owned(), start())));
    assert_eq!(line.stats.last_replenishment_at, None);
    note.error = None;
    world.db.store_refill(&[], &note, start()).await.unwrap();
    let line = world.db.find_bot_line(&id("ada")).await.unwrap().unwrap();
    assert_eq!(line.last_error, None);
}

async fn queues_longest_below_come_first(world: &World) {
    declare(world, &["ada", "bob"]).await;
    world.execute("UPDATE bot_stats SET refill_not_before = 5 WHERE bot_id = 'bob'").await;
    assert_eq!(world.db.next_wake().await.unwrap().unwrap().as_millisecond(), 5);
    let refills = world.db.take_refills(start(), Fence(1), 1).await.unwrap();
    assert_eq!(refills[0].bot, id("bob"));
}

/// Two nodes never pay for the same texts, and a queue whose node has died is anybody's.
async fn a_queue_is_filled_by_one_node_at_a_time(world: &World) {
    declare(world, &["ada", "bob"]).await;
    let fence = lease(world, start()).await.fence;
    let taken = world.db.take_refills(start(), fence, 1).await.unwrap();
    let others = world.db.take_refills(start(), Fence(fence.0 + 1), 10).await.unwrap();
    assert_eq!((taken.len(), others.len()), (1, 1));
    assert_ne!(taken[0].bot, others[0].bot);
    // The other node does not live, the first does.
    world.db.recover_abandoned(start(), ClosedAt::At(start())).await.unwrap();
    let again = world.db.take_refills(start(), fence, 10).await.unwrap();
    assert_eq!(again.iter().map(|one| &one.bot).collect::<Vec<_>>(), [&others[0].bot]);
    let later = start() + REFILL_MAX;
    assert_eq!(world.db.take_refills(later, fence, 10).await.unwrap().len(), 2);
}

on_both! {
    posts_are_queued_in_order_and_found_whole,
    one_text_is_stored_once_over_all_bots,
    any_text_survives_the_way_through_the_database,
    a_removed_post_does_not_come_back,
    a_post_that_a_slot_holds_is_shown_and_not_removed,
    a_refill_is_asked_for_below_low_water_and_noted,
    a_refill_that_brought_nothing_says_why,
    queues_longest_below_come_first,
    a_queue_is_filled_by_one_node_at_a_time,
}

//! The order of a queue, and a person's hand on it.

use domain::model::PostId;
use domain::ports::store::{Assignment, PostStore, SlotStore};

use crate::steps::{declare, id, nine, plan, queue, remaining, start};
use crate::world::{World, on_both};

async fn placed(world: &World) -> Vec<PostId> {
    world.db.find_order(&id("ada")).await.unwrap().placed
}

async fn posts_have_the_places_that_a_person_gives_them(world: &World) {
    declare(world, &["ada", "bob"]).await;
    let mut posts = Vec::new();
    for text in ["one", "two", "three"] {
        posts.push(queue(world, "ada", text, Some("ships")).await);
    }
    let other = queue(world, "bob", "four", None).await;
    let order = world.db.find_order(&id("ada")).await.unwrap();
    assert_eq!((order.front, order.placed), (vec![], vec![]));
    assert_eq!(order.stock.topics[0].count, 3);
    let put =
        async |posts: &[PostId]| world.db.order_queue(&id("ada"), posts, start()).await.unwrap();
    // A post of another bot, and one that is none, have no place in it.
    assert_eq!(put(&[posts[2], other, PostId(99), posts[0]]).await, 2);
    assert_eq!(placed(world).await, [posts[2], posts[0]]);
    let listed = world.db.list_queue(&id("ada"), 9).await.unwrap();
    let listed: Vec<PostId> = listed.iter().map(|post| post.id).collect();
    assert_eq!(listed, [posts[2], posts[0], posts[1]]);
    assert_eq!(put(&[posts[1]]).await, 1);
    assert_eq!(placed(world).await, [posts[1]], "an order takes the place of the one before");
    assert_eq!(put(&[]).await, 0);
    assert_eq!(placed(world).await, []);
    assert_eq!(remaining(world, "ada").await, 3);
}

async fn what_has_a_place_goes_out_first(world: &World) {
    declare(world, &["ada"]).await;
    plan(world, nine()).await;
    let first = queue(world, "ada", "one", Some("ships")).await;
    let second = queue(world, "ada", "two", Some("weather")).await;
    world.db.order_queue(&id("ada"), &[second, first], start()).await.unwrap();
    let share = domain::model::Share::ALL;
    let open = world.db.list_open_slots(nine(), share, 10).await.unwrap().remove(0);
    assert_eq!((open.stock.front, open.stock.placed), (None, Some(second)));
    let post = domain::rules::pick::pick(&open.stock, &[]).unwrap();
    let given = Assignment { slot: open.slot, version: open.version, post };
    assert_eq!(world.db.assign(&[given], nine()).await.unwrap(), [open.slot]);
    assert_eq!(placed(world).await, [first], "a slot holds the other");
}

on_both! { posts_have_the_places_that_a_person_gives_them, what_has_a_place_goes_out_first, }

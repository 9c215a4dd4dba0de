//! The sandbox's page: what X really has, and the switches.

use std::sync::Arc;

use axum::http::StatusCode;
use domain::model::access::Role;
use sandbox::World;
use testkit::{TestClock, at};

use crate::house::House;

fn world() -> Arc<World> {
    World::calm(Arc::new(TestClock::at(at("2026-11-23T14:02:31Z"))))
}

#[tokio::test]
async fn where_x_is_the_real_one_there_is_no_sandbox() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    assert!(!eve.get("/").await.body.contains("href=\"/sandbox\""));
    assert_eq!(eve.get("/sandbox").await.status, StatusCode::NOT_FOUND);
    let order = eve.post("/sandbox/order", &[("trouble", "lost_answer")]).await;
    assert_eq!(order.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_trouble_is_ordered_for_the_next_post_and_taken_back() {
    let world = world();
    let house = House::on(&world).await;
    let eve = house.visitor("eve", Role::Owner).await;
    assert!(eve.get("/").await.body.contains("href=\"/sandbox\""));
    let reply = eve.post("/sandbox/order", &[("trouble", "lost_answer"), ("account", "")]).await;
    assert_eq!(reply.location(), "/sandbox");
    assert_eq!(world.waiting_faults().send, 1);
    assert!(eve.get("/sandbox").await.body.contains("Waits for the next one."));
    let reply = eve.post("/sandbox/end", &[("trouble", "lost_answer"), ("account", "")]).await;
    assert_eq!((reply.status, world.waiting_faults().send), (StatusCode::SEE_OTHER, 0));
    eve.post("/sandbox/order", &[("trouble", "x_away")]).await;
    let waiting = world.waiting_faults();
    assert_eq!((waiting.send, waiting.timeline), (1, 1), "one standing order at each door");
    let unknown = eve.post("/sandbox/order", &[("trouble", "earthquake")]).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn posts_by_hand_are_shown_and_taken_away() {
    let world = world();
    world.account("ada").unwrap();
    let house = House::on(&world).await;
    let eve = house.visitor("eve", Role::Owner).await;
    let text = "<b>by hand</b>";
    let reply = eve.post("/sandbox/post", &[("account", "ada"), ("text", text)]).await;
    assert_eq!(reply.location(), "/sandbox?account=ada");
    let page = eve.get("/sandbox").await.body;
    assert!(page.contains("by hand") && !page.contains(text), "it is escaped");
    let id = world.posts("ada", 1).remove(0).id;
    let fields = [("account", "ada"), ("id", id.as_str()), ("shown", "ada")];
    assert_eq!(eve.post("/sandbox/remove", &fields).await.location(), "/sandbox?account=ada");
    assert_eq!(world.posts("ada", 1), []);
    let vic = house.visitor("vic", Role::Viewer).await;
    assert!(vic.get("/sandbox").await.body.contains("Make it fail"));
    let refused = vic.post("/sandbox/post", &[("account", "ada"), ("text", text)]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

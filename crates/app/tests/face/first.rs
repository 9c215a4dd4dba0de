//! The first start: three steps, in any order, and none of them in the way.

use domain::model::ManagedBy;
use domain::model::access::Role;
use domain::ports::store::BotStore as _;

use crate::house::{House, PASSWORD};

#[tokio::test]
async fn who_owns_a_new_house_is_shown_three_steps_and_each_knows_when_it_is_done() {
    let house = House::new().await;
    house.db.sync_bots(&[], &[ManagedBy::File], house.now()).await.unwrap();
    let link = house.link(Role::Owner).await;
    let eve = house.browser([192, 0, 2, 7]);
    let fields = [("name", "eve"), ("password", PASSWORD), ("again", PASSWORD)];
    assert_eq!(eve.post(&link, &fields).await.location(), "/first");
    let page = eve.get("/first").await.body;
    for part in ["0 of 3 done", "/settings/second", "/new-bot", "flockwork sandbox"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // Each may wait: nothing else is closed meanwhile.
    assert!(eve.get("/bots").await.body.contains("No bot yet."));
    house.db.sync_bots(&[testkit::bot("ada")], &[ManagedBy::File], house.now()).await.unwrap();
    let page = eve.get("/first").await.body;
    for part in ["1 of 3 done", "href=\"/bots/ada\"", "TWITTER_ACCESS_TOKEN__ADA", "missing"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let link = house.link(Role::Editor).await;
    let bob = house.browser([192, 0, 2, 8]);
    let fields = [("name", "bob"), ("password", PASSWORD), ("again", PASSWORD)];
    assert_eq!(bob.post(&link, &fields).await.location(), "/settings/second");
}

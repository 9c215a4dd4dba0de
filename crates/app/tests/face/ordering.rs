//! The queue in its order, and a person's hand on it.

use axum::http::StatusCode;
use domain::model::access::Role;
use domain::model::{BotId, PostId};
use domain::ports::store::{BotStore as _, PostStore as _, StoredPost};

use crate::house::{Browser, House};

const FOG: &str = "Fog since four, and the horn every thirty seconds.";
const SNOW: &str = "Snow on the antenna; the sparrow was only guessing.";
const TIDE: &str = "The tide took the bucket, and brought back another.";

async fn three(house: &House) -> [PostId; 3] {
    let mut posts = [PostId(0); 3];
    for (post, text) in posts.iter_mut().zip([FOG, SNOW, TIDE]) {
        let StoredPost::Queued(id) = house.post("ada", text).await else { panic!("{text}") };
        *post = id;
    }
    posts
}

/// The posts of the page, from the top.
async fn rows(eve: &Browser<'_>) -> Vec<i64> {
    let page = eve.get("/queue?bot=ada").await.body;
    let rows = page.split("<li id=\"post-").skip(1);
    rows.map(|row| row.split('"').next().unwrap().parse().unwrap()).collect()
}

async fn put(eve: &Browser<'_>, post: PostId, way: &str) -> String {
    let fields = [("post", post.0.to_string()), ("way", way.to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let reply = eve.post("/queue/ada/order", &fields).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.body);
    reply.location().to_owned()
}

#[tokio::test]
async fn a_queue_says_why_each_comes_when_it_does_and_is_put_into_another_order() {
    let house = House::new().await;
    let [fog, snow, tide] = three(&house).await;
    let eve = house.visitor("eve", Role::Editor).await;
    let page = eve.get("/queue?bot=ada").await.body;
    assert!(page.contains("only topic in the queue: weather"), "{page}");
    assert_eq!(rows(&eve).await, [fog.0, snow.0, tide.0]);

    let place = put(&eve, tide, "up").await;
    assert_eq!(place, format!("/queue?did=placed&n={}&bot=ada#post-{}", tide.0, tide.0));
    assert_eq!(rows(&eve).await, [fog.0, tide.0, snow.0]);
    let page = eve.get("/queue?bot=ada").await.body;
    assert!(
        page.contains("put here by hand") && page.contains("Let topics decide again"),
        "{page}"
    );
    put(&eve, fog, "down").await;
    assert_eq!(rows(&eve).await, [tide.0, fog.0, snow.0]);
    put(&eve, snow, "first").await;
    assert_eq!(rows(&eve).await, [snow.0, tide.0, fog.0]);
    // Nothing goes above the first or below the last.
    put(&eve, snow, "up").await;
    put(&eve, fog, "down").await;
    put(&eve, PostId(99), "up").await;
    assert_eq!(rows(&eve).await, [snow.0, tide.0, fog.0]);
    assert_eq!(house.acts().await.last().unwrap(), "eve queue.order bot ada");

    put(&eve, fog, "free").await;
    assert_eq!(rows(&eve).await, [fog.0, snow.0, tide.0]);
    let ada = BotId::try_from("ada").unwrap();
    assert_eq!(house.db.find_order(&ada).await.unwrap().placed, []);
    let ann = house.visitor("ann", Role::Viewer).await;
    let no = ann.post("/queue/ada/order", &[("post", "1"), ("way", "up")]).await;
    assert_eq!(no.status, StatusCode::FORBIDDEN);
    assert!(!ann.get("/queue?bot=ada").await.body.contains("data-up"));
}

#[tokio::test]
async fn a_post_is_edited_in_its_queue() {
    let house = House::new().await;
    let [fog, ..] = three(&house).await;
    let eve = house.visitor("eve", Role::Editor).await;
    let page = eve.get("/queue?bot=ada").await;
    let bytes = page.after("name=\"bytes\" value=\"").unwrap();
    assert!(
        page.body.contains("class=\"ring\"") && page.body.contains("50 of 280"),
        "{}",
        page.body
    );
    let words = [("text", TIDE), ("bytes", &bytes), ("back", "/queue?bot=ada")];
    let path = format!("/approvals/{}/edit", fog.0);
    let same = eve.post(&path, &words).await;
    assert_eq!(same.status, StatusCode::CONFLICT, "another post has this text");
    let text = "Fog since five; nobody hears the horn any more.";
    let words = [("text", text), words[1], words[2]];
    let reply = eve.post(&path, &words).await;
    assert_eq!(reply.location(), format!("/queue?did=saved&n={}&bot=ada", fog.0));
    assert_eq!(house.state_of(fog).await.1, text);
    let trial = eve.post(&format!("/approvals/{}/try", fog.0), &[("text", "See x.com/a")]).await;
    assert!(trial.body.contains("27 of 280"), "a link is 23: {}", trial.body);
    let evil = [("text", FOG), ("bytes", ""), ("back", "https://evil.example/queue?bot=ada")];
    assert_eq!(eve.post(&path, &evil).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_house_of_many_bots_names_the_first_and_takes_a_name() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Editor).await;
    let few = eve.get("/queue").await.body;
    assert!(!few.contains("All bots</a>") && !few.contains("<input name=\"bot\""), "{few}");

    let bots: Vec<_> = (0..101).map(|n| testkit::bot(&format!("bot-{n:03}"))).collect();
    house.db.sync_bots(&bots, &[], house.now()).await.unwrap();
    let many = eve.get("/queue?bot=bot-100").await.body;
    assert_eq!(many.matches("class=\"pick\"").count(), 100);
    assert!(many.contains("The first 100. <a href=\"/bots\">All bots</a>"), "{many}");
    assert!(many.contains("<input name=\"bot\"") && many.contains("<h2>bot-100"), "{many}");
}

//! Credentials of a bot of the dashboard: set after the password, sealed, and never shown again.

use axum::http::StatusCode;
use domain::model::access::Role;
use domain::model::{Bot, BotId, ManagedBy};
use domain::ports::CredentialStore as _;
use domain::ports::people::PeopleStore as _;
use domain::ports::store::BotStore as _;
use jiff::SignedDuration;

use crate::house::{House, PASSWORD};

const TYPED: [(&str, &str); 4] = [
    ("api_key", "app-key-canary-0001"),
    ("api_secret", "app-secret-canary-0002"),
    ("access_token", "11-token-canary-0003"),
    ("access_secret", "token-secret-canary-4"),
];

fn fog() -> BotId {
    BotId::try_from("fog").unwrap()
}

async fn house() -> House {
    let house = House::sealing().await;
    let bot = Bot { managed_by: ManagedBy::Dashboard, ..testkit::bot("fog") };
    house.db.save_bot(&bot, None, house.now()).await.unwrap();
    house
}

#[tokio::test]
async fn credentials_are_set_after_the_password_and_never_shown() {
    let house = house().await;
    let eve = house.visitor("eve", Role::Owner).await;
    // A while later the page asks who it is.
    house.wait(SignedDuration::from_mins(20));
    let page = eve.get("/bots/fog/keys").await.body;
    assert!(page.contains("/prove?next=%2Fbots%2Ffog%2Fkeys"), "{page}");
    assert!(!page.contains("name=\"api_key\""), "{page}");
    let reply = eve.post("/bots/fog/keys", &TYPED).await;
    assert!(reply.location().starts_with("/prove?"), "{reply:?}");
    assert!(house.db.find_credentials(&fog()).await.unwrap().is_none());
    eve.post("/prove", &[("password", PASSWORD), ("next", "/bots/fog/keys")]).await;
    let page = eve.get("/bots/fog/keys").await.body;
    assert!(page.contains("name=\"api_key\" type=\"password\" autocomplete=\"off\""), "{page}");

    let wrong = [TYPED[0], TYPED[1], ("access_token", "two words canary"), TYPED[3]];
    let reply = eve.post("/bots/fog/keys", &wrong).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply.body.contains("has white space in it"), "{}", reply.body);
    assert!(!reply.body.contains("canary"), "{}", reply.body);

    let reply = eve.post("/bots/fog/keys", &TYPED).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.body);
    let page = eve.get(reply.location()).await.body;
    for part in ["They are sealed", "eve set them", "<code>0001</code>", "number 11"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("canary"), "{page}");
    let acts = house.db.list_acts_on("bot fog", 9).await.unwrap();
    assert_eq!(acts[0].action, "bot.credentials_set");

    eve.post("/bots/fog/keys/remove", &[]).await;
    assert!(house.db.find_credentials(&fog()).await.unwrap().is_none());
}

#[tokio::test]
async fn only_the_owner_sets_any_and_only_where_there_is_a_key() {
    let house = house().await;
    let eve = house.visitor("eve", Role::Owner).await;
    let ann = house.visitor("ann", Role::Editor).await;
    let page = ann.get("/bots/fog/keys").await.body;
    assert!(!page.contains("name=\"api_key\"") && !page.contains("/prove?next"), "{page}");
    assert_eq!(ann.post("/bots/fog/keys", &TYPED).await.status, StatusCode::FORBIDDEN);
    // What a file declares is set there.
    let page = eve.get("/bots/ada/keys").await.body;
    assert!(!page.contains("name=\"api_key\""), "{page}");
    let reply = eve.post("/bots/ada/keys", &TYPED).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", reply.body);

    let house = House::new().await;
    let bot = Bot { managed_by: ManagedBy::Dashboard, ..testkit::bot("fog") };
    house.db.save_bot(&bot, None, house.now()).await.unwrap();
    let eve = house.visitor("eve", Role::Owner).await;
    let page = eve.get("/bots/fog/keys").await.body;
    assert!(page.contains("flockwork key new"), "{page}");
    let reply = eve.post("/bots/fog/keys", &TYPED).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        reply.body.contains("no master key") && !reply.body.contains("canary"),
        "{}",
        reply.body
    );
}

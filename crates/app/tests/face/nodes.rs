//! Two nodes on one database: what one was told the other knows, since a node keeps nothing of people.

use axum::http::StatusCode;
use domain::model::access::Role;
use domain::model::{Bot, Persona};
use domain::ports::store::BotStore as _;
use jiff::SignedDuration;

use crate::house::{House, PASSWORD};

/// What pages counted is no older than this.
const CACHE_AGE: SignedDuration = SignedDuration::from_secs(2);

#[tokio::test]
async fn who_came_in_at_one_node_is_known_to_the_other_until_the_end() {
    let here = House::new().await;
    let there = here.beside();
    let eve = here.visitor("eve", Role::Owner).await;

    // The session, and the word that its forms carry.
    let beside = eve.at(&there);
    assert_eq!(beside.get("/settings").await.status, StatusCode::OK);
    let word = eve.word().await.unwrap();
    assert_eq!(beside.word().await.as_deref(), Some(word.as_str()));
    let fields = [("name", "ci"), ("days", "9"), ("read", "yes"), ("csrf", word.as_str())];
    let made = beside.post_as_it_is("/settings/tokens", &fields, "http://localhost:3000").await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);

    // A token made at one opens the other, until it is taken away at either.
    let token = made.after("class=\"key\">").unwrap();
    assert_eq!(here.with_token(&token, "GET", "/api/v1/bots", "").await.status, StatusCode::OK);

    // Who leaves at one is out at both, at once.
    beside.post("/logout", &[]).await;
    assert!(eve.get("/settings").await.location().starts_with("/login"));
}

#[tokio::test]
async fn guesses_at_one_node_are_counted_at_the_other() {
    let here = House::new().await;
    let there = here.beside();
    here.visitor("eve", Role::Owner).await;
    let mut evaluated = 0;
    for guess in 0..60_u8 {
        let house = if guess % 2 == 0 { &here } else { &there };
        let mallory = house.browser([198, 51, 100, guess]);
        let reply = mallory.log_in("eve", "a guess", "").await;
        evaluated += usize::from(reply.status == StatusCode::UNAUTHORIZED);
    }
    let alone = House::new().await;
    alone.visitor("eve", Role::Owner).await;
    let mut at_one = 0;
    for guess in 0..60_u8 {
        let reply = alone.browser([198, 51, 100, guess]).log_in("eve", "a guess", "").await;
        at_one += usize::from(reply.status == StatusCode::UNAUTHORIZED);
    }
    assert_eq!(evaluated, at_one, "two nodes look at no more guesses than one");
    assert!(at_one < 60, "a run of nothing");
}

#[tokio::test]
async fn what_changes_at_one_node_shows_at_the_other() {
    let here = House::new().await;
    let there = here.beside();
    let ann = here.visitor("ann", Role::Viewer).await;
    let beside = ann.at(&there);
    let new = "The gull counts the steps twice.";
    for browser in [&ann, &beside] {
        let page = browser.get("/bots/ada").await.body;
        assert!(!page.contains("dry as salt"), "{page}");
        assert!(!browser.get("/queue").await.body.contains(new));
        assert!(!browser.get("/bots").await.body.contains("/bots/fog"));
    }

    // A persona and a queue are read whenever they are shown, so no time passes.
    let before = testkit::bot("ada");
    let persona = Persona { tone: "dry as salt".to_owned(), ..before.persona.clone() };
    let changed = Bot { persona, ..before };
    here.db.sync_bots(&[changed, testkit::bot("fog")], &[], here.now()).await.unwrap();
    here.post("ada", new).await;
    assert!(beside.get("/bots/ada").await.body.contains("dry as salt"));
    assert!(beside.get("/queue").await.body.contains(new));
    assert!(beside.get("/bots").await.body.contains("/bots/fog"));

    // What is counted for every page is as old as it may be, and no older.
    here.wait(CACHE_AGE);
    assert!(beside.get("/settings").await.body.contains("/bots/fog"), "the rail");

    // Another password at one ends the session at the other.
    let elsewhere = there.browser([203, 0, 113, 5]);
    assert_eq!(elsewhere.log_in("ann", PASSWORD, "").await.location(), "/");
    let new = "a lamp that nobody lit tonight";
    let right = [("password", PASSWORD), ("new", new), ("again", new)];
    assert_eq!(ann.post("/settings/password", &right).await.location(), "/settings");
    assert!(elsewhere.get("/settings").await.location().starts_with("/login"));
}

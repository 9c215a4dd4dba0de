//! The queue, what needs a person, and the stop.

use axum::http::StatusCode;
use domain::model::access::Role;
use domain::model::{BotId, BotState, PostState, StateReason};
use domain::ports::store::{BotStore as _, ReadStore as _, StoredPost};
use jiff::SignedDuration;

use crate::house::House;

const FOG: &str = "Fog since four, and the horn every thirty seconds.";

#[tokio::test]
async fn a_text_of_ones_own_is_reviewed_and_queued() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    assert!(eve.get("/queue?bot=ada").await.body.contains("This queue is empty"));
    let reply = eve.post("/queue/ada", &[("text", FOG)]).await;
    assert_eq!(reply.location(), "/queue?did=queued&n=1&bot=ada");
    assert!(eve.get(reply.location()).await.body.contains("Post 1 is queued."));
    let again = eve.post("/queue/ada", &[("text", FOG)]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(
        again.body.contains("the same text as post 1") && again.body.contains(FOG),
        "{}",
        again.body
    );
    let leak = eve.post("/queue/ada", &[("text", "As an AI language model, I cannot.")]).await;
    assert!(leak.body.contains("This may not go out"), "{}", leak.body);
    let asks = eve.post("/queue/bob", &[("text", "Snow on the antenna this morning.")]).await;
    assert_eq!(asks.location(), "/queue?did=drafted&n=2&bot=bob");
    for path in ["/queue/nobody", "/queue/No%20Name"] {
        assert_eq!(eve.post(path, &[("text", FOG)]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_post_is_taken_out_of_its_queue() {
    let house = House::new().await;
    let StoredPost::Queued(post) = house.post("ada", FOG).await else { panic!("it is queued") };
    let eve = house.visitor("eve", Role::Owner).await;
    let which = post.0.to_string();
    let reply = eve.post("/queue/ada/remove", &[("post", &which)]).await;
    assert!(reply.location().contains("did=removed"), "{}", reply.location());
    assert_eq!(house.state_of(post).await.0, PostState::Rejected);
    let again = eve.post("/queue/ada/remove", &[("post", &which)]).await;
    assert!(again.body.contains("stays"), "{}", again.body);
    let acts = house.acts().await;
    assert_eq!(acts.last().unwrap(), "eve post.remove post 1", "once: the second changed nothing");
    assert_eq!(acts.iter().filter(|act| act.contains("post.remove")).count(), 1);
}

#[tokio::test]
async fn a_stop_is_at_once_and_a_start_asks_for_the_password() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    let ann = house.visitor("ann", Role::Approver).await;
    house.wait(SignedDuration::from_mins(20));
    assert_eq!(ann.post("/stop", &[]).await.location(), "/attention");
    assert!(house.db.counts().await.unwrap().is_stopped);
    assert!(eve.get("/attention").await.body.contains("All sending is stopped by hand"));
    assert_eq!(ann.post("/start", &[]).await.status, StatusCode::FORBIDDEN);
    assert!(eve.post("/start", &[]).await.location().starts_with("/prove"));
    assert!(house.db.counts().await.unwrap().is_stopped);
    eve.post("/prove", &[("password", crate::house::PASSWORD)]).await;
    assert_eq!(eve.post("/start", &[]).await.location(), "/attention");
    assert!(!house.db.counts().await.unwrap().is_stopped);
    let acts = house.acts().await;
    assert!(acts.contains(&"ann kill_switch.on house".to_owned()), "{acts:?}");
    assert!(acts.contains(&"eve kill_switch.off house".to_owned()), "{acts:?}");
}

#[tokio::test]
async fn a_paused_bot_is_listed_and_resumed() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    assert!(eve.get("/attention").await.body.contains("Nothing needs you."));
    let ada = BotId::try_from("ada").unwrap();
    let reason = Some(StateReason::Operator);
    house.db.set_bot_state(&ada, BotState::Paused, reason, house.now()).await.unwrap();
    assert!(eve.get("/attention").await.body.contains("Let it post again"));
    eve.post("/bots/ada/resume", &[]).await;
    let (_, state, _) = house.db.find_bot(&ada).await.unwrap().unwrap();
    assert_eq!(state, BotState::Active);
    assert_eq!(house.acts().await.last().unwrap(), "eve bot.resume bot ada");
    assert_eq!(eve.post("/bots/nobody/resume", &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_text_is_kept_aside_and_taken_away_again() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    let reply = eve.post("/queue/bob", &[("text", FOG), ("aside", "yes")]).await;
    assert_eq!(reply.location(), "/queue?did=kept_aside&n=1&bot=bob");
    let page = eve.get(reply.location()).await.body;
    assert!(page.contains("Evergreen 1 is kept aside.") && page.contains(FOG), "{page}");
    assert!(page.contains("This queue is empty"), "it is in no queue");
    assert!(!page.contains("needs a yes"), "bob asks for a yes, and the owner gave hers");
    assert_eq!(house.acts().await.last().unwrap(), "eve evergreen.add bot bob");

    let again = eve.post("/queue/ada", &[("text", FOG), ("aside", "yes")]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.body.contains("the same as evergreen 1 of bob"), "{}", again.body);

    let doubtful = [("text", "Trust me, I am not a bot."), ("aside", "yes")];
    let shown = eve.post("/queue/ada", &doubtful).await;
    assert_eq!(shown.status, StatusCode::CONFLICT, "nobody was shown what review finds");
    assert!(shown.body.contains("when it is needed nobody is asked. Review: "), "{}", shown.body);
    let of_another = eve.post("/queue/ada/aside/remove", &[("evergreen", "1")]).await;
    assert_eq!(of_another.status, StatusCode::CONFLICT, "it is bob's");

    let which = [("evergreen", "1")];
    let gone = eve.post("/queue/bob/aside/remove", &which).await;
    assert_eq!(gone.location(), "/queue?did=let_go&n=1&bot=bob");
    assert!(!eve.get("/queue?bot=bob").await.body.contains("Kept aside"));
    let twice = eve.post("/queue/bob/aside/remove", &which).await;
    assert!(twice.body.contains("used or gone already"), "{}", twice.body);
}

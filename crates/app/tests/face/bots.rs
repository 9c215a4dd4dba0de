//! A bot tab by tab: what it is, when it posts, what it may spend, and who may stop it.

use axum::http::StatusCode;
use domain::model::access::Role;
use domain::model::{Bot, BotId, BotState, Cron, Persona, Schedule};
use domain::ports::store::BotStore as _;
use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::house::{House, PASSWORD};

fn ada() -> BotId {
    BotId::try_from("ada").unwrap()
}

async fn state(house: &House) -> BotState {
    house.db.find_bot(&ada()).await.unwrap().unwrap().1
}

#[tokio::test]
async fn every_bot_is_listed_with_its_tabs() {
    let house = House::new().await;
    let ann = house.visitor("ann", Role::Viewer).await;
    let list = ann.get("/bots").await;
    for part in ["href=\"/bots/ada\"", "href=\"/bots/bob\"", "approval", "0 posts"] {
        assert!(list.body.contains(part), "{part}: {}", list.body);
    }
    let persona = ann.get("/bots/ada").await;
    assert!(persona.body.contains("<code>bots/ada.toml</code>"), "{}", persona.body);
    assert!(!persona.body.contains("Pause"), "a viewer stops nothing");
    for tab in ["schedule", "limits", "keys", "go-live", "history"] {
        let page = ann.get(&format!("/bots/ada/{tab}")).await;
        assert_eq!(page.status, StatusCode::OK, "{tab}");
        assert!(page.body.contains("aria-current=\"page\""), "{tab}");
    }
    assert_eq!(ann.get("/bots/nobody").await.status, StatusCode::NOT_FOUND);
    assert_eq!(ann.get("/bots/no%20name/keys").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_schedule_says_what_clocks_do_to_it() {
    let house = House::new().await;
    let zone = TimeZone::get("Europe/Lisbon").unwrap();
    let night = Schedule::new("night", Cron::parse("30 1 * * *").unwrap(), zone);
    let bot = Bot { schedules: vec![night], ..testkit::bot("ada") };
    house.db.sync_bots(&[bot], &[], house.now()).await.unwrap();
    let ann = house.visitor("ann", Role::Viewer).await;
    let page = ann.get("/bots/ada/schedule").await.body;
    for part in [
        "The next 20 slots",
        "Tue 24 Nov 2026 01:30:00",
        "clocks go forward by 1h",
        "01:30 does not exist on this day: clocks go forward, moved to 02:30",
        "happens twice: clocks go back, the first counts",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test]
async fn the_history_shows_what_changed() {
    let house = House::new().await;
    let before = testkit::bot("ada");
    let persona = Persona { tone: "dry <b>".to_owned(), ..before.persona.clone() };
    house.db.sync_bots(&[Bot { persona, ..before }], &[], house.now()).await.unwrap();
    let ann = house.visitor("ann", Role::Viewer).await;
    let page = ann.get("/bots/ada/history").await.body;
    for part in ["From 1 to 2", "<td>tone</td>", "<bdi>dry &#60;b&#62;</bdi>", "State 2"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let same = ann.get("/bots/ada/history?old=2&new=2").await.body;
    assert!(same.contains("Nothing differs."), "{same}");
}

#[tokio::test]
async fn credentials_are_named_and_never_shown() {
    let house = House::new().await;
    let ann = house.visitor("ann", Role::Viewer).await;
    let page = ann.get("/bots/ada/keys").await.body;
    for part in ["TWITTER_API_KEY", "TWITTER_ACCESS_TOKEN__ADA", "not yet"] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test]
async fn a_bot_is_paused_at_once_and_resumed_after_the_password() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    let ann = house.visitor("ann", Role::Approver).await;
    house.wait(SignedDuration::from_mins(20));
    assert_eq!(ann.post("/bots/ada/pause", &[]).await.location(), "/bots/ada?did=bot_paused&n=0");
    assert_eq!(state(&house).await, BotState::Paused);
    assert!(ann.get("/bots/ada?did=bot_paused&n=0").await.body.contains("It is paused"));
    let from = [("from", "bot")];
    assert_eq!(ann.post("/bots/ada/resume", &from).await.status, StatusCode::FORBIDDEN);
    let asked = eve.post("/bots/ada/resume", &from).await;
    assert_eq!(asked.location(), "/prove?next=%2Fbots%2Fada");
    eve.post("/prove", &[("password", PASSWORD)]).await;
    let done = eve.post("/bots/ada/resume", &from).await;
    assert_eq!(done.location(), "/bots/ada?did=bot_resumed&n=0");
    assert_eq!(state(&house).await, BotState::Active);
    let acts = house.acts().await;
    for act in ["ann bot.pause bot ada", "eve bot.resume bot ada"] {
        assert!(acts.iter().any(|one| one == act), "{act}: {acts:?}");
    }
}

#[tokio::test]
async fn what_x_demands_is_confirmed_by_a_person() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    let path = "/bots/ada/go-live";
    assert_eq!(eve.get(path).await.body.matches("not confirmed").count(), 4);
    house.wait(SignedDuration::from_mins(20));
    let said = [("label", "true"), ("bio", "true")];
    assert!(eve.post(path, &said).await.location().starts_with("/prove"));
    eve.post("/prove", &[("password", PASSWORD)]).await;
    let done = eve.post(path, &said).await;
    assert_eq!(done.location(), "/bots/ada/go-live?did=confirmed&n=0");
    let page = eve.get(path).await.body;
    assert_eq!(page.matches("eve confirmed it").count(), 2, "{page}");
    assert_eq!(house.db.list_go_live(&ada()).await.unwrap().len(), 2);
    assert_eq!(house.acts().await.last().unwrap(), "eve bot.go_live bot ada");
}

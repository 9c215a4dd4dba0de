//! What people are told, as the page shows it; and what of their doings they are told of.

use axum::http::StatusCode;
use domain::model::access::Role;
use domain::model::{AlertRule, Raised, Severity, TargetName};
use domain::ports::alerts::{AlertStore as _, Channel, Delivered, DeliveryView};
use domain::rules::alerts::courier::Next;
use domain::rules::alerts::{HouseFacts, assess_house, follow};
use jiff::SignedDuration;

use crate::house::House;

fn ops() -> TargetName {
    TargetName::parse("ops").unwrap()
}

/// An alert that was told to nobody who listened.
async fn dead_letter(house: &House) -> i64 {
    let (db, now) = (&house.db, house.now());
    let raised = [Raised {
        rule: AlertRule::LoginNeeded,
        subject: "ada".to_owned(),
        severity: Severity::Critical,
        detail: "@ada: <b>X</b> refused the token".to_owned(),
    }];
    let changes = follow(&[], &raised, |_| true, (now, SignedDuration::from_hours(6)));
    let channels = [Channel { name: ops(), at_least: Severity::Info }];
    assert_eq!(db.note_alerts(&changes, &channels, now).await.unwrap(), 1);
    assert!(db.gather_notices(&ops(), SignedDuration::ZERO, now).await.unwrap());
    let taken = db.take_deliveries(&ops(), (9, now), now).await.unwrap();
    let dead = Delivered::No("HTTP 410".to_owned(), Next::Dead);
    assert!(db.end_delivery(&taken[0], &dead, now).await.unwrap());
    taken[0].id.0
}

#[tokio::test]
async fn the_page_shows_what_is_open_and_sends_again_what_was_given_up() {
    let house = House::new().await;
    let id = dead_letter(&house).await;
    let eve = house.visitor("eve", Role::Owner).await;
    let page = eve.get("/settings/alerts").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for part in [
        "a bot cannot post: X no longer takes its token",
        "&#60;b&#62;X",
        "HTTP 410",
        "Nobody: ",
        "This node keeps none.",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let done = eve.post("/settings/alerts/again", &[("delivery", &id.to_string())]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let page = eve.get(done.location()).await;
    assert!(page.body.contains(&format!("Message {id} is tried for three more days.")));
    assert_eq!(house.db.list_deliveries(DeliveryView::Waiting, 9).await.unwrap().len(), 1);
    let acts = house.acts().await;
    assert!(acts.contains(&format!("eve delivery.send_again delivery {id}")), "{acts:?}");
    let bob = house.visitor("bob", Role::Editor).await;
    assert_eq!(bob.get("/settings/alerts").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_program_that_tries_too_much_and_a_new_token_are_told() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    let fields = [("name", "ci"), ("days", "9"), ("read", "yes")];
    let token = eve.post("/settings/tokens", &fields).await.after("class=\"key\">").unwrap();
    for _ in 0..3 {
        let refused = house.with_token(&token, "POST", "/post?bot=ada", "").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
    let facts = house.db.alert_facts(100, house.now()).await.unwrap();
    let facts = HouseFacts { security: facts.security, ..HouseFacts::default() };
    let told: Vec<(AlertRule, String)> =
        assess_house(&facts, house.now()).into_iter().map(|one| (one.rule, one.detail)).collect();
    let has = |rule: AlertRule, part: &str| {
        told.iter().any(|(one, detail)| *one == rule && detail.contains(part))
    };
    assert!(has(AlertRule::TokenMade, "eve made token ci"), "{told:?}");
    assert!(has(AlertRule::ScopeDenied, "token ci was refused POST /post"), "{told:?}");
    let refusals = house.acts().await.iter().filter(|act| act.contains("token.refuse")).count();
    assert_eq!(refusals, 1, "once an hour");
}

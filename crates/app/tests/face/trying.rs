//! Try it: a page asks, the engine writes, and the page shows what came.

use axum::http::StatusCode;
use domain::model::access::Role;
use domain::model::{MicroUsd, TriedFinding, TriedText};
use domain::ports::store::{NewLease, NodeStore as _, TryOutAnswer, TryOutStore as _};
use jiff::SignedDuration;

use crate::house::House;

fn answer() -> TryOutAnswer {
    let finding =
        TriedFinding { rule: "leak".into(), message: "speaks <b> of itself".into(), blocks: true };
    let text = |text: &str, findings| TriedText { text: text.into(), topic: None, findings };
    TryOutAnswer {
        texts: vec![text("Fog <i>since</i> four.", vec![]), text("As an AI", vec![finding])],
        model: Some("a model".into()),
        cost: MicroUsd(1_200),
        error: None,
    }
}

/// The engine does its part.
async fn write(house: &House, answer: &TryOutAnswer) {
    let length = SignedDuration::from_mins(5);
    let wanted = NewLease { node: "a node", declared: "", length };
    let lease = house.db.take_lease(&wanted, house.now()).await.unwrap();
    for one in house.db.take_try_outs(house.now(), lease.fence, 9).await.unwrap() {
        assert!(house.db.end_try_out(one.id, lease.fence, answer, house.now()).await.unwrap());
    }
    house.db.end_lease(&lease, house.now()).await.unwrap();
}

#[tokio::test]
async fn five_texts_are_asked_for_and_shown_with_what_speaks_against_them() {
    let house = House::new().await;
    let ann = house.visitor("ann", Role::Editor).await;
    assert!(ann.get("/bots/ada").await.body.contains("Try it: five texts now"));
    let asked = ann.post("/bots/ada/try", &[]).await;
    assert_eq!(asked.location(), "/bots/ada/try/1", "{}", asked.body);
    assert_eq!(ann.post("/bots/bob/try", &[]).await.location(), "/bots/ada/try/1", "one at a time");
    let page = ann.get("/bots/ada/try/1").await.body;
    for part in ["are on their way", "data-poll=\"/bots/ada/try/1\"", "http-equiv=\"refresh\""] {
        assert!(page.contains(part), "{part}: {page}");
    }
    write(&house, &answer()).await;
    let page = ann.get("/bots/ada/try/1").await.body;
    for part in [
        "1 of 2 would go out as they are",
        "Written by a model, for $0.0012",
        "Fog &#60;i&#62;since&#60;/i&#62; four.",
        "speaks &#60;b&#62; of itself",
        "Nothing of it is queued",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("data-poll"), "nothing more comes");
    assert_eq!(ann.get("/bots/bob/try/1").await.status, StatusCode::NOT_FOUND);
    assert_eq!(house.acts().await.last().unwrap(), "ann bot.try bot ada");
    let pat = house.visitor("pat", Role::Approver).await;
    assert_eq!(pat.post("/bots/ada/try", &[]).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_did_not_come_says_why() {
    let house = House::new().await;
    let ann = house.visitor("ann", Role::Editor).await;
    ann.post("/bots/ada/try", &[]).await;
    let error = Some("the budget of all bots for the model is spent".to_owned());
    write(&house, &TryOutAnswer { error, ..TryOutAnswer::default() }).await;
    let page = ann.get("/bots/ada/try/1").await.body;
    assert!(page.contains("Nothing came") && page.contains("the model is spent."), "{page}");
}

//! Tokens of programs.

use axum::http::StatusCode;
use domain::model::access::Role;
use jiff::SignedDuration;

use crate::house::{Browser, ENVIRONMENT_TOKEN, House};

async fn make(browser: &Browser<'_>, fields: &[(&str, &str)]) -> String {
    let fields = [&[("name", "ci"), ("days", "9")], fields].concat();
    let reply = browser.post("/settings/tokens", &fields).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    reply.after("class=\"key\">").unwrap()
}

#[tokio::test]
async fn a_token_does_what_it_is_made_for_until_it_ends() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    let reader = make(&eve, &[("read", "yes")]).await;
    let approver = make(&eve, &[("read", "yes"), ("approve", "yes")]).await;
    assert!(reader.starts_with("fw_"), "{reader}");
    assert_eq!(house.with_token(&reader, "GET", "/stats", "").await.status, StatusCode::OK);
    let refused = house.with_token(&reader, "POST", "/post?bot=ada", "").await;
    assert_eq!(
        (refused.status, refused.code()),
        (StatusCode::FORBIDDEN, "right_required".to_owned())
    );
    let done = house.with_token(&approver, "POST", "/post?bot=ada", "").await;
    assert_eq!(done.status, StatusCode::ACCEPTED, "{}", done.body);
    for wrong in ["", "fw_1_x", "fw_9_x", &format!("{reader}x"), "anything"] {
        let refused = house.with_token(wrong, "GET", "/stats", "").await;
        assert_eq!(
            (refused.status, refused.code()),
            (StatusCode::UNAUTHORIZED, "token_unknown".to_owned())
        );
    }
    let page = eve.get("/settings/tokens").await;
    assert!(!page.body.contains(&reader), "it is shown once");
    let newest = page.after("name=\"token\" value=\"").unwrap();
    eve.post("/settings/tokens/revoke", &[("token", &newest)]).await;
    let act = house.acts().await.pop().unwrap();
    assert!(act.starts_with("eve token.revoke token "), "{act}");
    let refused = house.with_token(&approver, "GET", "/stats", "").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    house.wait(SignedDuration::from_hours(24 * 9));
    let refused = house.with_token(&reader, "GET", "/stats", "").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let environment = house.with_token(ENVIRONMENT_TOKEN, "GET", "/stats", "").await;
    assert_eq!(environment.status, StatusCode::OK);
    let acts = house.acts().await;
    assert!(acts.contains(&"ci bot.post_now bot ada".to_owned()), "{acts:?}");
}

#[tokio::test]
async fn a_token_that_makes_no_sense_is_not_made() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    for (fields, part) in [
        (&[("name", ""), ("days", "9"), ("read", "yes")][..], "needs a name"),
        (&[("name", "ci"), ("days", "9")], "Tick what"),
        (&[("name", "ci"), ("days", "0"), ("read", "yes")], "1 to 366 days"),
        (&[("name", "ci"), ("days", "999"), ("read", "yes")], "1 to 366 days"),
    ] {
        let reply = eve.post("/settings/tokens", fields).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{part}");
        assert!(reply.body.contains(part), "{part}: {}", reply.body);
    }
}

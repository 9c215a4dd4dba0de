//! What each role may do.

use axum::http::StatusCode;
use domain::model::access::Role;

use crate::house::House;

#[tokio::test]
async fn each_role_may_do_its_part() {
    let house = House::new().await;
    let owner = house.visitor("eve", Role::Owner).await;
    let people = [
        (house.visitor("ed", Role::Editor).await, true, false),
        (house.visitor("ann", Role::Approver).await, true, false),
        (house.visitor("vic", Role::Viewer).await, false, false),
        (owner, true, true),
    ];
    for (browser, may_approve, may_admin) in &people {
        assert_eq!(browser.get("/").await.status, StatusCode::OK);
        let allowed = |status: StatusCode| status != StatusCode::FORBIDDEN;
        let post = browser.post("/post?bot=ada", &[]).await.status;
        assert_eq!(allowed(post), *may_approve);
        for path in ["/settings/people", "/settings/tokens", "/settings/log"] {
            assert_eq!(allowed(browser.get(path).await.status), *may_admin, "{path}");
        }
        let token = [("name", "ci"), ("days", "9"), ("admin", "yes")];
        let made = browser.post("/settings/tokens", &token).await.status;
        assert_eq!(allowed(made), *may_admin);
    }
}

#[tokio::test]
async fn an_owner_changes_what_others_may_do() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    let vic = house.visitor("vic", Role::Viewer).await;
    assert_eq!(vic.post("/post?bot=ada", &[]).await.status, StatusCode::FORBIDDEN);
    let page = eve.get("/settings/people").await.body;
    // By name: eve, then vic.
    let ids: Vec<&str> = page
        .split("name=\"user\" value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    let [own, other] = ids[..] else { panic!("{ids:?}") };
    eve.post("/settings/people/change", &[("user", other), ("to", "editor")]).await;
    assert_ne!(vic.post("/post?bot=ada", &[]).await.status, StatusCode::FORBIDDEN, "at once");
    let reply = eve.post("/settings/people/change", &[("user", own), ("to", "viewer")]).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    assert!(reply.body.contains("nobody would own"), "{}", reply.body);
    let reply = eve.post("/settings/people/change", &[("user", other), ("to", "reset")]).await;
    assert!(reply.body.contains("/welcome/"), "{}", reply.body);
    eve.post("/settings/people/change", &[("user", other), ("to", "close")]).await;
    assert!(vic.get("/").await.location().starts_with("/login"));
    let acts = house.acts().await;
    let done = ["set_role", "reset_link", "close"].map(|act| format!("eve user.{act} user vic"));
    for act in &done {
        assert_eq!(acts.iter().filter(|one| *one == act).count(), 1, "{act} in {acts:?}");
    }
    let reply = eve.post("/settings/people/change", &[("user", other), ("to", "emperor")]).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
}

//! Sessions: how they end, what their forms carry, and what is asked for once more.

use axum::http::StatusCode;
use domain::model::access::Role;
use jiff::SignedDuration;

use crate::house::{House, PASSWORD};

#[tokio::test]
async fn a_form_of_another_page_changes_nothing() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    let before = house.acts().await.len();
    let word = eve.word().await.unwrap();
    let own = "http://localhost:3000";
    let make = [("name", "ci"), ("days", "9"), ("read", "yes")];
    for (fields, origin) in [
        (&make[..], own),
        (&[&make[..], &[("csrf", "")]].concat(), own),
        (&[&make[..], &[("csrf", "a-word-of-another-session")]].concat(), own),
        (&[&make[..], &[("csrf", &word)]].concat(), "https://evil.example"),
        (&[&make[..], &[("csrf", &word)]].concat(), "null"),
    ] {
        let reply = eve.post_as_it_is("/settings/tokens", fields, origin).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{origin} {fields:?}");
    }
    assert_eq!(house.acts().await.len(), before);
    let fields = [&make[..], &[("csrf", word.as_str())]].concat();
    let reply = eve.post_as_it_is("/settings/tokens", &fields, own).await;
    assert_eq!(reply.status, StatusCode::OK);

    // The word of a session that has ended is worth nothing in the next.
    eve.log_in("eve", PASSWORD, "").await;
    let reply = eve.post_as_it_is("/settings/tokens", &fields, own).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_session_ends_unused_old_or_by_hand() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    house.wait(SignedDuration::from_mins(29));
    assert_eq!(eve.get("/settings").await.status, StatusCode::OK);
    house.wait(SignedDuration::from_mins(31));
    assert!(eve.get("/settings").await.location().starts_with("/login"));

    eve.log_in("eve", PASSWORD, "").await;
    for _ in 0..24 {
        house.wait(SignedDuration::from_mins(29));
        assert_eq!(eve.get("/settings").await.status, StatusCode::OK);
    }
    house.wait(SignedDuration::from_mins(29));
    assert!(eve.get("/settings").await.location().starts_with("/login"), "twelve hours in all");

    eve.log_in("eve", PASSWORD, "").await;
    let telephone = house.browser([203, 0, 113, 5]);
    telephone.log_in("eve", PASSWORD, "").await;
    let page = eve.get("/settings").await;
    let session = page.after("name=\"session\" value=\"").unwrap();
    eve.post("/settings/sessions/end", &[("session", &session)]).await;
    let (here, there) = (eve.get("/settings").await, telephone.get("/settings").await);
    assert_eq!(here.status, StatusCode::OK);
    assert!(there.location().starts_with("/login"), "the newest stands first, and was ended");
}

#[tokio::test]
async fn another_password_ends_all_other_sessions() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    let telephone = house.browser([203, 0, 113, 5]);
    telephone.log_in("eve", PASSWORD, "").await;
    let new = "a lamp that nobody lit tonight";
    let wrong = [("password", "wrong"), ("new", new), ("again", new)];
    let reply = eve.post("/settings/password", &wrong).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    let right = [("password", PASSWORD), ("new", new), ("again", new)];
    assert_eq!(eve.post("/settings/password", &right).await.location(), "/settings");
    assert!(house.acts().await.contains(&"eve user.set_password user eve".to_owned()));
    assert_eq!(eve.get("/settings").await.status, StatusCode::OK);
    assert!(telephone.get("/settings").await.location().starts_with("/login"));
    assert_eq!(telephone.log_in("eve", PASSWORD, "").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(telephone.log_in("eve", new, "").await.location(), "/");
}

#[tokio::test]
async fn what_is_grave_asks_for_the_password_once_more() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    house.wait(SignedDuration::from_mins(11));
    let invite = [("role", "viewer")];
    let reply = eve.post("/settings/people/invite", &invite).await;
    assert_eq!(reply.location(), "/prove?next=%2Fsettings%2Fpeople");
    let wrong = [("password", "wrong"), ("next", "/settings/people")];
    assert_eq!(eve.post("/prove", &wrong).await.status, StatusCode::UNAUTHORIZED);
    let right = [("password", PASSWORD), ("next", "/settings/people")];
    assert_eq!(eve.post("/prove", &right).await.location(), "/settings/people");
    let reply = eve.post("/settings/people/invite", &invite).await;
    assert!(reply.body.contains("http://localhost:3000/welcome/"), "{}", reply.body);
}

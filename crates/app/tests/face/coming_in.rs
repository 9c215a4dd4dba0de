//! The first link, passwords, and guessing.

use axum::http::{StatusCode, header};
use domain::model::access::Role;
use jiff::SignedDuration;
use web::Doors;

use crate::house::{House, PASSWORD};

const SESSION: &str = "__Host-flockwork";
const BROWSER: &str = "__Host-flockwork-browser";

#[tokio::test]
async fn whoever_opens_the_first_link_owns_the_house() {
    let house = House::new().await;
    let link = house.link(Role::Owner).await;
    let eve = house.browser([192, 0, 2, 7]);
    assert_eq!(eve.get("/").await.status, StatusCode::OK, "on this machine anybody may look");
    assert!(eve.get(&link).await.body.contains("Make it yours"));
    for (name, password, again, part) in [
        ("", PASSWORD, PASSWORD, "Not this name"),
        ("eve", PASSWORD, "another", "differ"),
        ("eve", "password1", "password1", "Not this password"),
        ("eve", "short", "short", "5 characters"),
    ] {
        let fields = [("name", name), ("password", password), ("again", again)];
        let reply = eve.post(&link, &fields).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{part}");
        assert!(reply.body.contains(part), "{part}: {}", reply.body);
        assert!(!reply.body.contains(password), "a password never comes back");
    }
    let fields = [("name", "Eve"), ("password", PASSWORD), ("again", PASSWORD)];
    let reply = eve.post(&link, &fields).await;
    assert_eq!((reply.status, reply.location()), (StatusCode::SEE_OTHER, "/first"));
    for set in reply.headers.get_all(header::SET_COOKIE) {
        let set = set.to_str().unwrap();
        for part in ["__Host-", "; Path=/", "; Secure", "; HttpOnly", "; SameSite="] {
            assert!(set.contains(part), "{part}: {set}");
        }
    }
    assert!(eve.get("/settings").await.body.contains("eve"));

    // From now on nobody else looks, and the link is nobody's.
    let mallory = house.browser([192, 0, 2, 66]);
    let reply = mallory.get("/?a=1").await;
    assert_eq!(
        (reply.status, reply.location()),
        (StatusCode::SEE_OTHER, "/login?next=%2F%3Fa%3D1")
    );
    assert_eq!(mallory.get(&link).await.status, StatusCode::GONE);
    assert_eq!(mallory.post(&link, &fields).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn a_locked_house_shows_nothing_from_the_first_moment_on() {
    let house = House::with(Doors::Locked).await;
    let guest = house.browser([192, 0, 2, 7]);
    for path in ["/", "/settings", "/stats", "/events", "/settings/tokens", "/slots/1"] {
        assert!(guest.get(path).await.location().starts_with("/login"), "{path}");
    }
    for path in ["/livez", "/login"] {
        assert_eq!(guest.get(path).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn an_open_house_is_everybodys() {
    let house = House::with(Doors::Open).await;
    let guest = house.browser([127, 0, 0, 1]);
    assert_eq!(guest.get("/settings/tokens").await.status, StatusCode::OK);
    let reply = guest.post("/post", &[]).await;
    assert_ne!(reply.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn name_and_password_have_to_belong_together() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    let first = eve.cookie(SESSION).unwrap();
    assert_eq!(eve.post("/logout", &[]).await.location(), "/login");
    assert_eq!(eve.cookie(SESSION), None);
    eve.set_cookie(SESSION, Some(&first));
    assert!(eve.get("/").await.location().starts_with("/login"), "it has ended for good");

    for (name, password) in [("eve", "wrong"), ("nobody", PASSWORD), ("", PASSWORD)] {
        let reply = eve.log_in(name, password, "").await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{name}");
        assert!(reply.body.contains("That is not right"), "{name}");
    }
    let fields = [("name", "EVE"), ("password", PASSWORD), ("next", "//evil.example")];
    assert_eq!(eve.post("/login", &fields).await.location(), "/");
    assert_ne!(eve.cookie(SESSION), Some(first), "a session that was planted is not kept");
}

#[tokio::test]
async fn guessing_is_slow_and_does_not_lock_out_whom_it_is_about() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    eve.post("/logout", &[]).await;
    assert!(eve.cookie(BROWSER).is_some(), "the browser is remembered");

    let mut evaluated = 0;
    for guess in 0..300_u16 {
        let [high, low] = guess.to_be_bytes();
        let mallory = house.browser([198, 51, high, low]);
        let reply = mallory.log_in("eve", "a guess", "").await;
        evaluated += u32::from(reply.status == StatusCode::UNAUTHORIZED);
        house.wait(SignedDuration::from_secs(2));
    }
    assert!((50..=60).contains(&evaluated), "{evaluated} guesses of ten minutes were looked at");

    // However it stands with the last of these tries: after so many at once nothing is left.
    for guess in 0..12 {
        house.browser([198, 51, 101, guess]).log_in("eve", "a guess", "").await;
    }
    let stranger = house.browser([203, 0, 113, 5]);
    let reply = stranger.log_in("eve", PASSWORD, "").await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(reply.body.contains("nothing is locked"), "{}", reply.body);
    assert_eq!(eve.log_in("eve", PASSWORD, "").await.location(), "/", "the own browser gets in");
}

#[tokio::test]
async fn who_came_in_stands_in_the_log_and_no_secret_does() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    eve.post("/logout", &[]).await;
    eve.log_in("eve", "wrong", "").await;
    eve.log_in("eve", PASSWORD, "").await;
    let acts = house.acts().await;
    let wanted = [
        "eve user.join user eve",
        "eve session.open user eve",
        "eve session.end user eve",
        "eve session.refuse user eve",
        "eve session.open user eve",
    ];
    assert_eq!(acts, wanted);
    let page = eve.get("/settings/log").await.body;
    assert!(page.contains("session.refuse"), "{page}");
    assert!(!page.contains(PASSWORD) && !page.contains(&eve.cookie(SESSION).unwrap()));
}

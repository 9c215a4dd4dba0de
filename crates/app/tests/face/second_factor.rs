//! The second factor.

use axum::http::StatusCode;
use domain::model::access::Role;
use jiff::SignedDuration;
use totp_rs::{Builder, Secret};

use crate::house::{House, PASSWORD};

/// The code that a telephone with this key shows now.
fn code(house: &House, key: &str) -> String {
    let secret = Secret::try_from_base32(key).unwrap();
    let telephone =
        Builder::new().with_secret(secret.as_bytes().to_vec()).with_account_name("eve").build();
    let seconds = u64::try_from(house.now().as_second()).unwrap();
    telephone.unwrap().generate(seconds).to_string()
}

#[tokio::test]
async fn a_code_is_asked_for_and_counts_once() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    let page = eve.get("/settings/second").await;
    let key = page.after("class=\"key\">").unwrap();
    assert!(page.body.contains("<svg"), "a picture for the telephone");
    let wrong = [("key", key.as_str()), ("code", "000000")];
    let reply = eve.post("/settings/second", &wrong).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply.body.contains(&key), "the same key: the telephone has it already");
    let first = code(&house, &key);
    let right = [("key", key.as_str()), ("code", first.as_str())];
    assert_eq!(eve.post("/settings/second", &right).await.location(), "/settings");
    eve.post("/logout", &[]).await;

    let reply = eve.log_in("eve", PASSWORD, "").await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    assert!(reply.body.contains("Now the code"), "{}", reply.body);
    assert_eq!(eve.log_in("eve", PASSWORD, "000000").await.status, StatusCode::UNAUTHORIZED);
    let again = eve.log_in("eve", PASSWORD, &first).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED, "that code was used to set it up");
    house.wait(SignedDuration::from_secs(30));
    let second = code(&house, &key);
    assert_eq!(eve.log_in("eve", PASSWORD, &second).await.location(), "/");
    let thief = house.browser([203, 0, 113, 5]);
    let stolen = thief.log_in("eve", PASSWORD, &second).await;
    assert_eq!(stolen.status, StatusCode::UNAUTHORIZED, "a code that was seen is worth nothing");

    house.wait(SignedDuration::from_mins(11));
    assert!(eve.post("/settings/second/off", &[]).await.location().starts_with("/prove"));
    let third = code(&house, &key);
    let proof = [("password", PASSWORD), ("code", third.as_str())];
    eve.post("/prove", &proof).await;
    assert_eq!(eve.post("/settings/second/off", &[]).await.location(), "/settings");
    let acts = house.acts().await;
    for act in ["eve user.second_on user eve", "eve user.second_off user eve"] {
        assert_eq!(acts.iter().filter(|one| *one == act).count(), 1, "{act} in {acts:?}");
    }
    assert_eq!(thief.log_in("eve", PASSWORD, "").await.location(), "/");
}

//! Every route that changes something, with every credential that must not do: taken from the router's own
//! table, so that a new route is tried without anybody remembering it.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use domain::model::access::{Right, Role};
use domain::ports::store::{ApprovalStore as _, PostStore as _, ReadStore as _};
use web::{Way, ways};

use crate::house::{Browser, House, Reply};

const OWN: &str = "http://localhost:3000";

/// What changes something, and needs a right.
fn changing() -> Vec<Way> {
    let ways: Vec<Way> =
        ways().into_iter().filter(|way| way.method != Method::GET && way.right.is_some()).collect();
    assert!(ways.len() > 15, "{}", ways.len());
    ways
}

/// The path with something that exists in the place of each parameter.
fn address(way: &Way) -> String {
    let parts = way.path.split('/').map(|part| match part {
        "{bot}" => "ada",
        part if part.starts_with('{') => "1",
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// A request as a form or a program sends it.
fn request(way: &Way) -> axum::http::request::Builder {
    let is_api = way.path.starts_with("/api/");
    let kind = if is_api { "application/json" } else { "application/x-www-form-urlencoded" };
    Request::builder().method(&way.method).uri(address(way)).header("content-type", kind)
}

async fn with_session(browser: &Browser<'_>, way: &Way, word: Option<&str>, origin: &str) -> Reply {
    let mut request = request(way).header("origin", origin);
    if let Some(word) = word {
        request = request.header("x-csrf-token", word);
    }
    browser.send(request, "").await
}

/// Everything that somebody could have changed.
async fn state(house: &House) -> String {
    let bots = house.db.list_bots(None, 10).await.unwrap();
    let (mut acts, counts) = (house.acts().await, house.db.counts().await.unwrap());
    // That a program was refused is written down, and changes nothing.
    acts.retain(|act| !act.contains(" token.refuse "));
    let drafts = house.db.list_drafts(None, 10).await.unwrap();
    let mut queues = Vec::new();
    for bot in &bots {
        queues.push(house.db.list_queue(&bot.stats.bot, 10).await.unwrap());
    }
    format!("{acts:?} {counts:?} {bots:?} {drafts:?} {queues:?}")
}

fn all_but(right: Right) -> Vec<(&'static str, &'static str)> {
    let others = Right::ALL.iter().filter(|other| **other != right);
    others.map(|other| (other.as_str(), "yes")).collect()
}

#[tokio::test]
async fn who_shows_nothing_is_told_to_log_in() {
    let house = House::new().await;
    let _eve = house.visitor("eve", Role::Owner).await;
    house.post("ada", "fog over the harbour").await;
    let before = state(&house).await;
    for way in changing() {
        let reply = house.send(request(&way).body(Body::empty()).unwrap(), [127, 0, 0, 1]).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{way:?}: {}", reply.body);
        assert_eq!(reply.code(), "login_required", "{way:?}");
        let unknown = house.with_token("fw_1_wrong", way.method.as_str(), &address(&way), "").await;
        assert_eq!(unknown.status, StatusCode::UNAUTHORIZED, "{way:?}: {}", unknown.body);
    }
    assert_eq!(state(&house).await, before);
}

#[tokio::test]
async fn whose_token_lacks_the_right_is_refused() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    house.post("ada", "fog over the harbour").await;
    let mut tokens = Vec::new();
    for right in Right::ALL {
        let fields = [vec![("name", "ci"), ("days", "9")], all_but(*right)].concat();
        let made = eve.post("/settings/tokens", &fields).await;
        tokens.push((*right, made.after("class=\"key\">").unwrap()));
    }
    let before = state(&house).await;
    for way in changing() {
        let (_, token) = tokens.iter().find(|(right, _)| Some(*right) == way.right).unwrap();
        let reply = house.with_token(token, way.method.as_str(), &address(&way), "").await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{way:?}: {}", reply.body);
        assert_eq!(reply.code(), "right_required", "{way:?}");
    }
    assert_eq!(state(&house).await, before);
}

#[tokio::test]
async fn whose_role_lacks_the_right_is_refused() {
    let house = House::new().await;
    let _eve = house.visitor("eve", Role::Owner).await;
    let people = [
        (Role::Viewer, house.visitor("vic", Role::Viewer).await),
        (Role::Approver, house.visitor("ann", Role::Approver).await),
        (Role::Editor, house.visitor("ed", Role::Editor).await),
    ];
    house.post("ada", "fog over the harbour").await;
    let before = state(&house).await;
    for (role, browser) in &people {
        let word = browser.word().await;
        for way in changing() {
            if way.right.is_some_and(|right| role.rights().has(right)) {
                continue;
            }
            let reply = with_session(browser, &way, word.as_deref(), OWN).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{role:?} {way:?}: {}", reply.body);
            assert_eq!(reply.code(), "right_required", "{role:?} {way:?}");
        }
    }
    assert_eq!(state(&house).await, before);
}

#[tokio::test]
async fn a_session_that_another_page_uses_is_refused() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    house.post("ada", "fog over the harbour").await;
    let replayed = eve.word().await.unwrap();
    eve.log_in("eve", crate::house::PASSWORD, "").await;
    let word = eve.word().await.unwrap();
    assert_ne!(word, replayed);
    let before = state(&house).await;
    for way in changing() {
        for (case, word, origin) in [
            ("a foreign origin", Some(word.as_str()), "https://evil.example"),
            ("no word", None, OWN),
            ("the word of a session before", Some(replayed.as_str()), OWN),
            ("no word at all", Some(""), OWN),
        ] {
            let reply = with_session(&eve, &way, word, origin).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{case}: {way:?}: {}", reply.body);
        }
    }
    assert_eq!(state(&house).await, before);
}

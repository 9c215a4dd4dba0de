//! One post and everything that happened to it, on one page.

use axum::http::StatusCode;
use domain::model::access::Role;
use domain::model::{PostId, PostState};
use domain::ports::store::StoredPost;

use crate::house::House;
use crate::journey::{answered, set_out};

const FOG: &str = "Fog since four, and the horn every thirty seconds.";

/// Whether the page says these, in this order.
fn says(page: &str, words: &[&str]) {
    let mut rest = page;
    for word in words {
        let Some((_, after)) = rest.split_once(word) else { panic!("`{word}` in {page}") };
        rest = after;
    }
}

async fn queued(house: &House) -> PostId {
    match house.post("ada", FOG).await {
        StoredPost::Queued(post) => post,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_post_that_waits_says_first_why_it_did_not_go_out() {
    let house = House::new().await;
    let StoredPost::Draft(post) = house.post("bob", FOG).await else { panic!("bob asks") };
    let eve = house.visitor("eve", Role::Owner).await;
    let path = format!("/posts/{}", post.0);
    let page = eve.get(&path).await.body;
    says(&page, &["It has not gone out: waits for approval.", "Decide", FOG, "Written"]);
    says(&page, &["Reviewed", "Nothing speaks against it", "Each rule"]);

    let words =
        [("bytes", page_bytes(&eve.get(&format!("/approvals?post={}", post.0)).await.body))];
    let words: Vec<(&str, &str)> =
        words.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let no = [words[0], ("reason", "<i>too wet</i>")];
    eve.post(&format!("/approvals/{}/reject", post.0), &no).await;
    assert_eq!(house.state_of(post).await.0, PostState::Rejected);
    let page = eve.get(&path).await.body;
    says(&page, &["It never goes out", "Rejected", "eve", "&#60;i&#62;too wet&#60;/i&#62;"]);
    assert!(!page.contains("<i>too wet"), "{page}");
}

fn page_bytes(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"bytes\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_post_that_went_out_tells_its_way() {
    let house = House::new().await;
    let post = queued(&house).await;
    let eve = house.visitor("eve", Role::Owner).await;
    let path = format!("/posts/{}", post.0);
    says(&eve.get(&path).await.body, &["It has not gone out: waits for a slot."]);
    let sent = set_out(&house, "ada", post).await;
    says(&eve.get(&path).await.body, &["It is on its way to X.", "Intended", "On its way"]);
    answered(&house, &sent, Some("1445880548472328192")).await;
    let page = eve.get(&path).await.body;
    says(
        &page,
        &[
            "It is on X.",
            "Given to a slot",
            &format!("/calendar/{}", sent.0.slot.0),
            "Intended",
            "Sent",
            "X took it.",
            "&#60;b&#62;the line was cut",
            "201",
            "request-4711",
            "0.42 s",
            "On X",
            "1445880548472328192",
            "https://x.com/i/web/status/1445880548472328192",
        ],
    );
}

#[tokio::test]
async fn a_lost_answer_is_told_as_one() {
    let house = House::new().await;
    let post = queued(&house).await;
    let eve = house.visitor("eve", Role::Viewer).await;
    let sent = set_out(&house, "ada", post).await;
    answered(&house, &sent, None).await;
    let page = eve.get(&format!("/posts/{}", post.0)).await.body;
    says(&page, &["Whether it went out is not known yet", "It is not sent again before that"]);
    says(&page, &["When it was last tried, no whole answer came", "the answer was lost"]);
    let page = eve.get(&format!("/calendar/{}", sent.0.slot.0)).await.body;
    says(&page, &["Whether it went out is not known yet", FOG, &format!("/posts/{}", post.0)]);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Viewer).await;
    for path in ["/posts/7", "/posts/x", "/calendar/7", "/calendar/x"] {
        assert_eq!(eve.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

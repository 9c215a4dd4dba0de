//! Yes, no and other words, on the page.

use axum::http::StatusCode;
use domain::model::access::Role;
use domain::model::{PostId, PostState};
use domain::ports::store::StoredPost;

use crate::house::{Browser, House, Reply};

const FOG: &str = "Fog since four, and the horn every thirty seconds.";
const SNOW: &str = "Snow on the antenna; the sparrow was only guessing.";

async fn draft(house: &House, text: &str) -> PostId {
    match house.post("bob", text).await {
        StoredPost::Draft(id) => id,
        other => panic!("{other:?}"),
    }
}

/// What the page binds a yes to.
fn seen(page: &Reply) -> (String, String) {
    let field = |name: &str| page.after(&format!("name=\"{name}\" value=\"")).unwrap();
    (field("bytes"), field("policy"))
}

async fn look(browser: &Browser<'_>, post: PostId) -> Reply {
    browser.get(&format!("/approvals?post={}", post.0)).await
}

#[tokio::test]
async fn a_yes_is_for_what_the_page_showed() {
    let house = House::new().await;
    let (first, second) = (draft(&house, FOG).await, draft(&house, SNOW).await);
    let ann = house.visitor("ann", Role::Owner).await;
    let page = ann.get("/approvals").await;
    assert!(page.body.contains(FOG) && page.body.contains("2 waiting"), "{}", page.body);
    let (bytes, policy) = seen(&page);
    let path = format!("/approvals/{}/approve", first.0);
    let yes = [("bytes", bytes.as_str()), ("policy", policy.as_str())];
    let reply = ann.post(&path, &yes).await;
    assert_eq!(
        reply.location(),
        format!("/approvals?did=approved&n={}&post={}", first.0, second.0)
    );
    assert_eq!(house.state_of(first).await.0, PostState::Queued);
    let next = ann.get(reply.location()).await;
    assert!(
        next.body.contains(&format!("Post {} is approved.", first.0)) && next.body.contains(SNOW)
    );

    // Of the second somebody saw other bytes.
    let path = format!("/approvals/{}/approve", second.0);
    let reply = ann.post(&path, &yes).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    assert!(reply.body.contains("not what you saw any more"), "{}", reply.body);
    assert_eq!(house.state_of(second).await.0, PostState::Draft);
    let acts = house.acts().await;
    let said = format!("ann post.approve post {}", first.0);
    assert_eq!(acts.iter().filter(|act| act.contains("post.approve")).collect::<Vec<_>>(), [&said]);
}

#[tokio::test]
async fn a_no_needs_a_reason() {
    let house = House::new().await;
    let post = draft(&house, FOG).await;
    let ann = house.visitor("ann", Role::Owner).await;
    let (bytes, _) = seen(&look(&ann, post).await);
    let path = format!("/approvals/{}/reject", post.0);
    let reply = ann.post(&path, &[("bytes", &bytes), ("reason", "  ")]).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    assert!(reply.body.contains("Say why"), "{}", reply.body);
    ann.post(&path, &[("bytes", &bytes), ("reason", "too gloomy for a Monday")]).await;
    assert_eq!(house.state_of(post).await.0, PostState::Rejected);
    let again = ann.post(&path, &[("bytes", &bytes), ("reason", "twice")]).await;
    assert!(again.body.contains("rejected already"), "{}", again.body);
}

#[tokio::test]
async fn other_words_are_judged_and_never_lost() {
    let house = House::new().await;
    let post = draft(&house, FOG).await;
    draft(&house, SNOW).await;
    let ann = house.visitor("ann", Role::Owner).await;
    let (bytes, _) = seen(&look(&ann, post).await);
    let path = format!("/approvals/{}/edit", post.0);
    for (text, part) in [
        ("As an AI language model, I cannot see the fog.", "Not these words: the text"),
        (SNOW, "the same text as post 2 of bob"),
    ] {
        let reply = ann.post(&path, &[("bytes", &bytes), ("text", text)]).await;
        assert_eq!(reply.status, StatusCode::CONFLICT, "{text}");
        assert!(reply.body.contains(part) && reply.body.contains(text), "{part}: {}", reply.body);
    }
    let outdated = [("bytes", "of another text"), ("text", "Half typed <b>words</b>")];
    let reply = ann.post(&path, &outdated).await;
    assert!(reply.body.contains("Half typed &#60;b&#62;words"), "{}", reply.body);

    let mended = "Fog since five, and the horn every\r\nthirty seconds.";
    let reply = ann.post(&path, &[("bytes", &bytes), ("text", mended)]).await;
    assert_eq!(reply.location(), format!("/approvals?did=saved&n={0}&post={0}", post.0));
    let (state, text) = house.state_of(post).await;
    assert_eq!(
        (state, text.as_str()),
        (PostState::Draft, "Fog since five, and the horn every\nthirty seconds.")
    );
    let (bytes, _) = seen(&look(&ann, post).await);
    let fields = [("bytes", bytes.as_str()), ("text", FOG), ("approve", "yes")];
    let reply = ann.post(&path, &fields).await;
    assert!(reply.location().starts_with("/approvals?did=mended"), "{}", reply.location());
    assert_eq!(house.state_of(post).await, (PostState::Queued, FOG.to_owned()));
}

#[tokio::test]
async fn words_are_judged_while_one_types() {
    let house = House::new().await;
    let post = draft(&house, FOG).await;
    let ann = house.visitor("ann", Role::Owner).await;
    let path = format!("/approvals/{}/try", post.0);
    let good = ann.post(&path, &[("text", "Fog.")]).await;
    assert!(good.body.contains("Nothing speaks against it"), "{}", good.body);
    assert!(!good.body.contains("<html"), "a part of a page");
    let long = "fog ".repeat(80);
    let bad = ann.post(&path, &[("text", &long)]).await;
    assert!(bad.body.contains("stops it") && bad.body.contains("319 of 280"), "{}", bad.body);
}

#[tokio::test]
async fn several_at_once_are_each_bound_to_their_bytes() {
    let house = House::new().await;
    let (first, second) = (draft(&house, FOG).await, draft(&house, SNOW).await);
    let ann = house.visitor("ann", Role::Owner).await;
    let page = ann.get("/approvals/all").await;
    let name = page.after("name=\"post\" value=\"").unwrap();
    assert!(name.starts_with(&format!("{}@", first.0)), "{name}");
    let stale = format!("{}@{}", second.0, "0".repeat(64));
    let reply = ann.post("/approvals/all", &[("post", &name), ("post", &stale)]).await;
    let page = ann.get(reply.location()).await;
    assert!(page.body.contains("1 approved; 1 stayed"), "{}", page.body);
    assert_eq!(house.state_of(first).await.0, PostState::Queued);
    assert_eq!(house.state_of(second).await.0, PostState::Draft);
    let reply = ann.post("/approvals/all", &[("post", "nonsense")]).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn who_only_looks_sees_no_button_and_who_only_decides_edits_nothing() {
    let house = House::new().await;
    let post = draft(&house, FOG).await;
    house.visitor("eve", Role::Owner).await;
    let (vic, ann) =
        (house.visitor("vic", Role::Viewer).await, house.visitor("ann", Role::Approver).await);
    let (seen_by_vic, seen_by_ann) = (look(&vic, post).await.body, look(&ann, post).await.body);
    assert!(seen_by_vic.contains(FOG) && !seen_by_vic.contains("/approve\""));
    assert!(seen_by_ann.contains("/approve\"") && !seen_by_ann.contains("/edit\""));
    for act in ["approve", "reject", "edit"] {
        let path = format!("/approvals/{}/{act}", post.0);
        assert_eq!(vic.post(&path, &[]).await.status, StatusCode::FORBIDDEN, "{act}");
    }
    let path = format!("/approvals/{}/edit", post.0);
    assert_eq!(ann.post(&path, &[("text", "x")]).await.status, StatusCode::FORBIDDEN);
}

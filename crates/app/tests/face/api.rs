//! The API as programs use it: pages, keys, tags, refusals, and a document that is true.

use std::collections::BTreeSet;

use axum::http::{Method, Request, StatusCode};
use domain::model::access::Role;
use domain::ports::store::StoredPost;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use web::ways;

use crate::house::{Browser, ENVIRONMENT_TOKEN, House, Reply};

/// What a program with an editor's token is answered.
async fn ask(house: &House, method: &str, path: &str, body: &Value) -> Reply {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    house.with_token(ENVIRONMENT_TOKEN, method, path, &body).await
}

async fn get(house: &House, path: &str) -> Value {
    let reply = ask(house, "GET", path, &Value::Null).await;
    assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.body);
    read(&reply)
}

fn read(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap()
}

fn header<'a>(reply: &'a Reply, name: &str) -> &'a str {
    reply.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

async fn with_headers(
    house: &House,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: &Value,
) -> Reply {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {ENVIRONMENT_TOKEN}"))
        .header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = if body.is_null() { String::new() } else { body.to_string() };
    house.send(request.body(body.into()).unwrap(), [127, 0, 0, 1]).await
}

#[tokio::test]
async fn the_document_has_every_route_and_nothing_else() {
    let house = House::new().await;
    let document = get(&house, "/api/v1/openapi.json").await;
    assert_eq!(document["openapi"], "3.1.0");
    let mut told = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            told.insert((method.to_uppercase(), path.clone()));
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} twice");
            assert!(operation["summary"].as_str().is_some_and(|said| !said.is_empty()), "{id}");
            let answers = operation["responses"].as_object().unwrap();
            assert!(answers.keys().any(|status| status.starts_with('2')), "{id}");
            for status in ["401", "403", "429", "500", "503"] {
                assert!(answers.contains_key(status), "{id} {status}");
            }
            assert!(operation["security"].as_array().is_some_and(|ways| ways.len() == 2), "{id}");
        }
    }
    let routes: BTreeSet<(String, String)> = ways()
        .into_iter()
        .filter(|way| way.path.starts_with("/api/v1/"))
        .map(|way| (way.method.to_string(), way.path))
        .collect();
    assert_eq!(told, routes);
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for reference in document.to_string().split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name} is named and not there");
    }
}

#[tokio::test]
async fn a_list_is_read_page_by_page() {
    let house = House::new().await;
    for n in 0..5 {
        house.post("ada", &format!("text number {n}")).await;
    }
    let (mut texts, mut path) = (Vec::new(), "/api/v1/posts?limit=2".to_owned());
    loop {
        let page = get(&house, &path).await;
        for post in page["items"].as_array().unwrap() {
            texts.push(post["text"].as_str().unwrap().to_owned());
        }
        match page["next"].as_str() {
            Some(next) => path = format!("/api/v1/posts?limit=2&cursor={next}"),
            None => break,
        }
    }
    let all: Vec<String> = (0..5).rev().map(|n| format!("text number {n}")).collect();
    assert_eq!(texts, all);
    let none = get(&house, "/api/v1/posts?bot=bob&state=queued").await;
    assert_eq!(none, json!({"items": [], "next": null}));
    let bots = get(&house, "/api/v1/bots?limit=1").await;
    assert_eq!(bots["items"][0]["name"], "ada");
    let next = bots["next"].as_str().unwrap();
    let bots = get(&house, &format!("/api/v1/bots?limit=1&cursor={next}")).await;
    assert_eq!((&bots["items"][0]["name"], &bots["next"]), (&json!("bob"), &Value::Null));
}

#[tokio::test]
async fn what_is_sent_again_under_one_key_is_done_once() {
    let house = House::new().await;
    let new = json!({"bot": "ada", "text": "fog over the harbour"});
    let create = ("POST", "/api/v1/posts");
    let key = [("idempotency-key", "k-1")];
    let first = with_headers(&house, create, &key, &new).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
    assert_eq!(header(&first, "location"), "/api/v1/posts/1");
    assert_eq!(header(&first, "idempotent-replayed"), "");
    let again = with_headers(&house, create, &key, &new).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(header(&again, "location"), "/api/v1/posts/1");
    assert_eq!(header(&again, "idempotent-replayed"), "true");
    let other = json!({"bot": "ada", "text": "another text"});
    let reused = with_headers(&house, create, &key, &other).await;
    assert_eq!(
        (reused.status, reused.code()),
        (StatusCode::UNPROCESSABLE_ENTITY, "key_reused".into())
    );
    let duplicate = with_headers(&house, create, &[("idempotency-key", "k-2")], &new).await;
    assert_eq!(
        (duplicate.status, duplicate.code()),
        (StatusCode::CONFLICT, "blocked_by_review".into())
    );
    let mended = with_headers(&house, create, &[("idempotency-key", "k-2")], &other).await;
    assert_eq!(mended.status, StatusCode::CREATED, "a refusal uses no key up: {}", mended.body);
    for wrong in ["", "a b", &"x".repeat(129)] {
        let bad = with_headers(&house, create, &[("idempotency-key", wrong)], &new).await;
        assert_eq!((bad.status, bad.code()), (StatusCode::BAD_REQUEST, "bad_key".into()));
    }
    let now = ("POST", "/api/v1/bots/ada/slots");
    let slot = with_headers(&house, now, &[("idempotency-key", "k-3")], &Value::Null).await;
    assert_eq!(slot.status, StatusCode::ACCEPTED, "{}", slot.body);
    assert_eq!(get(&house, header(&slot, "location")).await["id"], read(&slot)["id"]);
    let acts = house.acts().await;
    assert_eq!(acts.iter().filter(|act| act.contains("post.add")).count(), 2, "{acts:?}");
}

#[tokio::test]
async fn only_what_was_seen_is_changed() {
    let house = House::new().await;
    let StoredPost::Draft(id) = house.post("bob", "fog over the harbour").await else { panic!() };
    let path = format!("/api/v1/posts/{}", id.0);
    let seen = ask(&house, "GET", &path, &Value::Null).await;
    let tag = header(&seen, "etag").to_owned();
    let words = json!({"text": "fog, and a bell"});
    let blind = ask(&house, "PATCH", &path, &words).await;
    let required = (StatusCode::PRECONDITION_REQUIRED, "if_match_required".to_owned());
    assert_eq!((blind.status, blind.code()), required);
    let edited = with_headers(&house, ("PATCH", &path), &[("if-match", &tag)], &words).await;
    assert_eq!(edited.status, StatusCode::OK, "{}", edited.body);
    assert_eq!(read(&edited)["post"]["text"], "fog, and a bell");
    let new_tag = header(&edited, "etag").to_owned();
    assert_ne!(new_tag, tag);
    let stale = [("if-match", tag.as_str())];
    let changed = (StatusCode::PRECONDITION_FAILED, "changed".to_owned());
    for (method, end, body) in [
        ("PATCH", "", json!({"text": "a third"})),
        ("POST", "/approve", Value::Null),
        ("POST", "/reject", json!({"reason": "dull"})),
        ("DELETE", "", Value::Null),
    ] {
        let reply = with_headers(&house, (method, &format!("{path}{end}")), &stale, &body).await;
        assert_eq!((reply.status, reply.code()), changed, "{method} {end}");
    }
    let fresh = [("if-match", new_tag.as_str())];
    let approve = format!("{path}/approve");
    let approved = with_headers(&house, ("POST", &approve), &fresh, &Value::Null).await;
    assert_eq!(approved.status, StatusCode::OK, "{}", approved.body);
    let story = read(&approved);
    assert_eq!(story["post"]["state"], "queued");
    let verdicts: Vec<&str> = story["approvals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["verdict"].as_str().unwrap())
        .collect();
    assert_eq!(verdicts, ["edited", "approved"]);
    let tag = header(&approved, "etag").to_owned();
    let gone = with_headers(&house, ("DELETE", &path), &[("if-match", &tag)], &Value::Null).await;
    assert_eq!((gone.status, gone.body.as_str()), (StatusCode::NO_CONTENT, ""));
}

#[tokio::test]
async fn several_posts_are_approved_or_rejected_at_once() {
    let house = House::new().await;
    for text in ["one", "two", "three"] {
        house.post("bob", &format!("fog number {text}")).await;
    }
    let drafts = get(&house, "/api/v1/posts?state=draft").await;
    let seen = |n: usize| {
        let post = &drafts["items"][n];
        json!({"id": post["id"], "payload_hash": post["payload_hash"]})
    };
    let stale = json!({"id": drafts["items"][1]["id"], "payload_hash": "0".repeat(64)});
    let act = json!({"action": "approve", "posts": [seen(0), stale, {"id": 99, "payload_hash": "0".repeat(64)}]});
    let reply = ask(&house, "POST", "/api/v1/posts/bulk", &act).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    let outcome = read(&reply);
    let codes: Vec<&Value> =
        outcome["items"].as_array().unwrap().iter().map(|item| &item["code"]).collect();
    assert_eq!(outcome["done"], 1);
    assert_eq!(codes, [&Value::Null, &json!("changed"), &json!("no_such_post")]);
    let act = json!({"action": "reject", "reason": "dull", "posts": [seen(1), seen(2)]});
    assert_eq!(read(&ask(&house, "POST", "/api/v1/posts/bulk", &act).await)["done"], 2);
    for wrong in [
        json!({"action": "approve", "posts": []}),
        json!({"action": "reject", "posts": [seen(0)]}),
        json!({"action": "publish", "posts": [seen(0)]}),
        json!({"action": "approve", "posts": [seen(0)], "more": 1}),
    ] {
        let refused = ask(&house, "POST", "/api/v1/posts/bulk", &wrong).await;
        assert_eq!(refused.code(), "unprocessable_body", "{wrong}");
    }
}

#[tokio::test]
async fn every_refusal_is_a_problem_with_a_code_and_a_way_out() {
    let house = House::new().await;
    for (method, path, body, status, code) in [
        ("GET", "/api/v1/bots?limit=0", Value::Null, 400, "bad_query"),
        ("GET", "/api/v1/bots?limit=x", Value::Null, 400, "bad_query"),
        ("GET", "/api/v1/bots?colour=red", Value::Null, 400, "bad_query"),
        ("GET", "/api/v1/bots?cursor=mine", Value::Null, 422, "bad_cursor"),
        ("GET", "/api/v1/posts?state=queued", Value::Null, 422, "bot_needed"),
        ("GET", "/api/v1/posts?state=lost", Value::Null, 400, "bad_query"),
        ("GET", "/api/v1/slots", Value::Null, 400, "bad_query"),
        ("GET", "/api/v1/bots/nobody", Value::Null, 404, "no_such_bot"),
        ("GET", "/api/v1/posts/99", Value::Null, 404, "no_such_post"),
        ("GET", "/api/v1/posts/x", Value::Null, 404, "not_found"),
        ("GET", "/api/v1/nothing", Value::Null, 404, "not_found"),
        ("PUT", "/api/v1/posts", Value::Null, 405, "method_not_allowed"),
        ("POST", "/api/v1/posts", json!({"bot": "ada"}), 422, "unprocessable_body"),
        ("POST", "/api/v1/posts", json!({"bot": "ada", "text": ""}), 422, "unprocessable_body"),
        ("POST", "/api/v1/posts", json!({"bot": "no", "text": "fog"}), 404, "no_such_bot"),
        ("POST", "/api/v1/bots/ada/resume", Value::Null, 403, "right_required"),
        ("POST", "/api/v1/slots/9/resolve", json!({"answer": "skip"}), 404, "no_such_slot"),
        // Of the framework's own refusals too, wherever they come from.
        ("GET", "/approvals?post=x", Value::Null, 400, "bad_request"),
    ] {
        let reply = ask(&house, method, path, &body).await;
        assert_eq!(
            (reply.status.as_u16(), reply.code().as_str()),
            (status, code),
            "{method} {path}"
        );
        assert_eq!(header(&reply, "content-type"), "application/problem+json", "{method} {path}");
        assert!(!read(&reply)["detail"].as_str().unwrap().is_empty(), "{method} {path}");
        assert!(reply.headers.contains_key("ratelimit-remaining"), "{method} {path}");
    }
    let form = [("content-type", "text/plain")];
    let request = Request::builder().method(Method::POST).uri("/api/v1/review");
    let request = form.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let request = request.header("authorization", format!("Bearer {ENVIRONMENT_TOKEN}"));
    let reply = house.send(request.body("{}".into()).unwrap(), [127, 0, 0, 1]).await;
    assert_eq!(reply.code(), "unsupported_media_type");
}

async fn as_person(browser: &Browser<'_>, method: &str, path: &str, body: &Value) -> Reply {
    let me = browser.send(Request::builder().uri("/api/v1/me"), "").await;
    let word = read(&me)["csrf"].as_str().unwrap().to_owned();
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("x-csrf-token", word)
        .header("content-type", "application/json");
    let body = if body.is_null() { String::new() } else { body.to_string() };
    browser.send(request, &body).await
}

#[tokio::test]
async fn a_bot_is_made_changed_closed_and_opened_again() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    let wrong = json!({"example": "lighthouse", "fields": {"name": "fog horn", "tune": "dry"}});
    let refused = as_person(&eve, "POST", "/api/v1/bots", &wrong).await;
    assert_eq!(refused.code(), "form_refused");
    assert_eq!(read(&refused)["problems"][0]["field"], "tune", "{}", refused.body);
    let wrong = json!({"example": "lighthouse", "fields": {"name": "fog horn", "x_day": "9", "x_month": "2"}});
    let refused = as_person(&eve, "POST", "/api/v1/bots", &wrong).await;
    let problems = read(&refused)["problems"].as_array().unwrap().clone();
    let fields: Vec<&str> = problems.iter().map(|one| one["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["name", "x_day"], "{}", refused.body);
    let none =
        as_person(&eve, "POST", "/api/v1/bots", &json!({"example": "x", "fields": {}})).await;
    assert_eq!(none.code(), "no_such_example");

    let wanted = json!({"example": "lighthouse", "fields": {"name": "fog", "x_day": "0.50"}});
    let made = as_person(&eve, "POST", "/api/v1/bots", &wanted).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let path = header(&made, "location").to_owned();
    assert_eq!(path, "/api/v1/bots/fog/form");
    let form = as_person(&eve, "GET", &path, &Value::Null).await;
    let seen = header(&form, "etag").to_owned();
    let fields = &read(&form)["fields"];
    for (key, value) in
        [("mode", "approval"), ("dry_run", "yes"), ("x_day", "0.5"), ("x_month", "")]
    {
        assert_eq!(fields[key], value, "{key}");
    }

    let change = json!({"fields": {"tone": "dry"}});
    let blind = as_person(&eve, "PATCH", &path, &change).await;
    assert_eq!(blind.code(), "if_match_required");
    let word = read(&as_person(&eve, "GET", "/api/v1/me", &Value::Null).await)["csrf"].clone();
    let with_tag = |tag: String| {
        Request::builder()
            .method("PATCH")
            .uri(&path)
            .header("x-csrf-token", word.as_str().unwrap())
            .header("content-type", "application/json")
            .header("if-match", tag)
    };
    let done = eve.send(with_tag(seen.clone()), &change.to_string()).await;
    assert_eq!(read(&done)["fields"]["tone"], "dry", "{}", done.body);
    let late = eve.send(with_tag(seen), &change.to_string()).await;
    assert_eq!(late.code(), "changed");

    let closed = as_person(&eve, "POST", "/api/v1/bots/fog/close", &Value::Null).await;
    assert_eq!(read(&closed)["state"], "closed");
    let opened = as_person(&eve, "POST", "/api/v1/bots/fog/reopen", &Value::Null).await;
    assert_eq!(read(&opened)["state"], "paused");
    let again = as_person(&eve, "POST", "/api/v1/bots/fog/reopen", &Value::Null).await;
    assert_eq!(again.code(), "not_closed");
    let of_file = as_person(&eve, "POST", "/api/v1/bots/ada/close", &Value::Null).await;
    assert_eq!(of_file.code(), "managed_elsewhere");
}

#[tokio::test]
async fn a_try_out_is_asked_for_and_looked_at() {
    let house = House::new().await;
    let asked = ask(&house, "POST", "/api/v1/bots/ada/try-outs", &json!({})).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.body);
    let path = header(&asked, "location").to_owned();
    let view = get(&house, &path).await;
    assert_eq!(
        (&view["bot"], &view["state"], &view["texts"]),
        (&json!("ada"), &json!("asked"), &json!([]))
    );
    let again = ask(&house, "POST", "/api/v1/bots/bob/try-outs", &json!({})).await;
    assert_eq!(header(&again, "location"), path, "one at a time");
    let other = path.replace("/ada/", "/bob/");
    assert_eq!(ask(&house, "GET", &other, &Value::Null).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn people_make_tokens_and_tokens_make_none() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    let wanted = json!({"name": "ci", "scopes": ["read", "admin"], "days": 9});
    let made = as_person(&eve, "POST", "/api/v1/tokens", &wanted).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let secret = read(&made)["secret"].as_str().unwrap().to_owned();
    let listed = house.with_token(&secret, "GET", "/api/v1/tokens", "").await;
    assert_eq!(read(&listed)["items"][0]["scopes"], json!(["read", "admin"]));
    assert!(!listed.body.contains(&secret));
    let refused = house.with_token(&secret, "POST", "/api/v1/tokens", &wanted.to_string()).await;
    assert_eq!(refused.code(), "person_required");
    let form =
        house.with_token(&secret, "POST", "/settings/tokens", "name=ci&read=on&days=9").await;
    assert_ne!(form.status, StatusCode::OK, "nor on the page: {}", form.body);
    for wrong in [
        json!({"name": " ", "scopes": ["read"], "days": 9}),
        json!({"name": "ci", "scopes": [], "days": 9}),
        json!({"name": "ci", "scopes": ["everything"], "days": 9}),
        json!({"name": "ci", "scopes": ["read"], "days": 367}),
    ] {
        let refused = as_person(&eve, "POST", "/api/v1/tokens", &wrong).await;
        assert_eq!(refused.code(), "unprocessable_body", "{wrong}");
    }
    let me = house.with_token(&secret, "GET", "/api/v1/me", "").await;
    assert_eq!(
        read(&me),
        json!({"name": "ci", "kind": "token", "rights": ["read", "admin"], "csrf": null})
    );
    let gone = house.with_token(&secret, "DELETE", "/api/v1/tokens/1", "").await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let refused = house.with_token(&secret, "GET", "/api/v1/me", "").await;
    assert_eq!(refused.code(), "token_unknown");
}

#[tokio::test]
async fn a_secret_is_told_once_and_never_kept() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    let word = read(&eve.send(Request::builder().uri("/api/v1/me"), "").await)["csrf"].clone();
    let make = async || {
        let request = Request::builder()
            .method("POST")
            .uri("/api/v1/tokens")
            .header("x-csrf-token", word.as_str().unwrap())
            .header("idempotency-key", "k-1")
            .header("content-type", "application/json");
        eve.send(request, r#"{"name": "ci", "scopes": ["read"], "days": 9}"#).await
    };
    let (first, again) = (make().await, make().await);
    assert!(read(&first)["secret"].is_string());
    assert_eq!(read(&again)["secret"], Value::Null, "{}", again.body);
    assert_eq!(read(&again)["token"], read(&first)["token"]);
}

#[tokio::test]
async fn everything_there_is_can_be_read() {
    let house = House::new().await;
    house.post("ada", "fog over the harbour").await;
    let eve = house.visitor("eve", Role::Owner).await;
    for way in ways() {
        let is_read = way.method == Method::GET && way.path.starts_with("/api/v1/");
        if !is_read || way.path.ends_with("/events") {
            continue;
        }
        let path =
            way.path.replace("{bot}", "ada").replace("{post}", "1").replace("{version}", "1");
        let path = path.replace("{feed}", "1").replace("{slot}", "1").replace("{try_out}", "1");
        let path =
            if path == "/api/v1/slots" { "/api/v1/slots?view=next".to_owned() } else { path };
        let reply = eve.send(Request::builder().uri(&path), "").await;
        let is_there = reply.status == StatusCode::OK
            || ["no_such_slot", "no_such_feed", "no_receipt", "no_such_try_out"]
                .contains(&reply.code().as_str());
        assert!(is_there, "{path}: {} {}", reply.status, reply.body);
        assert!(!reply.body.contains(ENVIRONMENT_TOKEN), "{path}");
    }
}

#[tokio::test]
async fn a_queue_is_put_into_an_order() {
    let house = House::new().await;
    for n in 0..3 {
        house.post("ada", &format!("fog in harbour number {n}")).await;
    }
    let places = |queue: &Value| -> Vec<(i64, i64)> {
        let items = queue["items"].as_array().unwrap().iter();
        items
            .map(|one| (one["post"]["id"].as_i64().unwrap(), one["place"].as_i64().unwrap()))
            .collect()
    };
    let path = "/api/v1/bots/ada/queue";
    assert_eq!(places(&get(&house, path).await), [(1, 1), (2, 2), (3, 3)]);
    let reply = ask(&house, "POST", path, &json!({"posts": [3, 99, 1]})).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    assert_eq!(places(&read(&reply)), [(3, 1), (1, 2), (2, 3)]);
    let reply = ask(&house, "POST", path, &json!({"posts": []})).await;
    assert_eq!(places(&read(&reply)), [(1, 1), (2, 2), (3, 3)]);
    let acts = house.acts().await;
    assert!(acts.contains(&"FLOCKWORK_API_TOKEN queue.order bot ada".to_owned()), "{acts:?}");
}

#[tokio::test]
async fn a_slot_is_moved_skipped_and_taken_back_by_who_saw_it() {
    let house = House::new().await;
    house.post("ada", "fog over the harbour").await;
    let made = ask(&house, "POST", "/api/v1/bots/ada/slots", &Value::Null).await;
    let slot = header(&made, "location").to_owned();
    let attempts = get(&house, &format!("{slot}/attempts")).await;
    assert_eq!(attempts, json!({"items": [], "next": null}));
    // It is due already, so nobody moves it any more.
    let seen = ask(&house, "GET", &slot, &Value::Null).await;
    let tag = header(&seen, "etag").to_owned();
    assert!(!tag.is_empty(), "{}", seen.body);
    let wish = json!({"due_at": "2026-11-23T18:00:00Z"});
    for (method, path, body) in [
        ("PATCH", slot.clone(), wish.clone()),
        ("POST", format!("{slot}/skip"), Value::Null),
        ("POST", format!("{slot}/unskip"), Value::Null),
    ] {
        let blind = ask(&house, method, &path, &body).await;
        assert_eq!(blind.code(), "if_match_required", "{path}");
        let stale = [("if-match", "\"00000000000000000000000000000000\"")];
        let reply = with_headers(&house, (method, &path), &stale, &body).await;
        assert_eq!(reply.code(), "changed", "{path}");
        let fresh = [("if-match", tag.as_str())];
        let reply = with_headers(&house, (method, &path), &fresh, &body).await;
        assert_eq!((reply.status, reply.code()), (StatusCode::CONFLICT, "not_movable".into()));
    }
}

#[tokio::test]
async fn a_slot_that_is_not_due_yet_gets_another_time() {
    let house = House::new().await;
    crate::journey::plan_all(&house).await;
    let next = get(&house, "/api/v1/slots?view=next&bot=ada&limit=1").await;
    let (id, due_at) = (next["items"][0]["id"].clone(), next["items"][0]["due_at"].clone());
    let path = format!("/api/v1/slots/{id}");
    let seen = ask(&house, "GET", &path, &Value::Null).await;
    let later =
        due_at.as_str().unwrap().parse::<Timestamp>().unwrap() + SignedDuration::from_mins(7);
    let wish = json!({"due_at": later.to_string()});
    let match_seen = [("if-match", header(&seen, "etag"))];
    let moved = with_headers(&house, ("PATCH", &path), &match_seen, &wish).await;
    assert_eq!(moved.status, StatusCode::OK, "{}", moved.body);
    assert_eq!(read(&moved)["due_at"], wish["due_at"]);
    let again = with_headers(&house, ("PATCH", &path), &match_seen, &wish).await;
    assert_eq!(again.code(), "changed");
    let match_moved = [("if-match", header(&moved, "etag"))];
    let skip = format!("{path}/skip");
    let skipped = with_headers(&house, ("POST", &skip), &match_moved, &Value::Null).await;
    assert_eq!(read(&skipped)["reason"], "operator", "{}", skipped.body);
    let match_skipped = [("if-match", header(&skipped, "etag"))];
    let unskip = format!("{path}/unskip");
    let back = with_headers(&house, ("POST", &unskip), &match_skipped, &Value::Null).await;
    assert_eq!(read(&back)["state"], "planned", "{}", back.body);
}

#[tokio::test]
async fn a_text_is_kept_aside_by_a_program() {
    let house = House::new().await;
    let path = "/api/v1/bots/bob/evergreens";
    let text = "The lamp is older than the road.";
    let unread = ask(&house, "POST", path, &json!({ "text": text })).await;
    assert_eq!((unread.status, unread.code().as_str()), (StatusCode::CONFLICT, "yes_needed"));
    let kept = ask(&house, "POST", path, &json!({ "text": text, "approve": true })).await;
    assert_eq!(kept.status, StatusCode::CREATED, "{}", kept.body);
    let again = ask(&house, "POST", path, &json!({ "text": text, "approve": true })).await;
    assert_eq!((again.status, again.code().as_str()), (StatusCode::CONFLICT, "duplicate"));

    let listed = get(&house, path).await;
    let row = &listed["items"][0];
    assert_eq!(
        (&row["text"], &row["is_ready"], &row["id"]),
        (&json!(text), &json!(true), &json!(1))
    );
    let near = "The lamp is older than the roads.";
    let queued = ask(&house, "POST", "/api/v1/posts", &json!({ "bot": "ada", "text": near })).await;
    assert_eq!(queued.status, StatusCode::CREATED, "{}", queued.body);
    let alike = json!({ "text": "The lamp is older than the roads!", "approve": true });
    let alike = ask(&house, "POST", "/api/v1/bots/ada/evergreens", &alike).await;
    assert_eq!(alike.status, StatusCode::CONFLICT, "{}", alike.body);

    let gone = ask(&house, "DELETE", "/api/v1/evergreens/1", &json!(null)).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let twice = ask(&house, "DELETE", "/api/v1/evergreens/1", &json!(null)).await;
    assert_eq!((twice.status, twice.code().as_str()), (StatusCode::NOT_FOUND, "no_such_evergreen"));
    assert_eq!(get(&house, path).await["items"], json!([]));
}

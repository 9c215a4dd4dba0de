//! Bytes on a socket: connections that end, bodies that break off, headers, and the control door.

mod common;

use common::{Sandbox, start};
use sandbox::{
    DuplicateFilter, Lag, Limits, ModerationFault, ReadFault, SandboxSettings, SendFault, Waiting,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Everything that the server writes until it ends the connection.
async fn raw(sandbox: &Sandbox, method: &str, path: &str, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(sandbox.address).await.expect("a connection");
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {}\r\n{head}\
         content-type: application/json\r\n\r\n{body}",
        sandbox.address,
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("bytes go out");
    let mut answer = Vec::new();
    // A reset is an end, too.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).expect("text")
}

const ADA: &str = "authorization: Bearer sandbox-user-ada\r\n";

async fn send(sandbox: &Sandbox, text: &str) -> String {
    raw(sandbox, "POST", "/2/tweets", ADA, &json!({ "text": text }).to_string()).await
}

async fn get(sandbox: &Sandbox, path: &str) -> String {
    raw(sandbox, "GET", path, ADA, "").await
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

fn body(answer: &str) -> Value {
    let (_, body) = answer.split_once("\r\n\r\n").expect("a whole head");
    serde_json::from_str(body).expect("JSON")
}

#[tokio::test]
async fn a_lost_answer_is_not_one_byte_and_the_truth_knows() {
    let sandbox = start(&SandboxSettings::default()).await;
    sandbox.world.next_send(SendFault::AcceptThenClose);
    sandbox.world.next_send(SendFault::CloseBeforeAccept);
    sandbox.world.next_send(SendFault::LateAccept { secs: 3600 });
    for text in ["one", "two", "three"] {
        assert_eq!(send(&sandbox, text).await, "");
    }
    assert_eq!(sandbox.world.sent_texts("ada"), ["one"]);
    assert_eq!(sandbox.world.late_waiting(), 1);
    sandbox.world.next_timeline(ReadFault::Close);
    let me = body(&get(&sandbox, "/2/users/me").await);
    let id = me["data"]["id"].as_str().expect("an id").to_owned();
    assert_eq!(get(&sandbox, &format!("/2/users/{id}/tweets")).await, "");
}

#[tokio::test]
async fn a_cut_body_ends_in_the_middle_after_a_good_head() {
    let sandbox = start(&SandboxSettings::default()).await;
    sandbox.world.next_send(SendFault::CutBody);
    let answer = send(&sandbox, "hello").await;
    assert_eq!(status(&answer), 201);
    assert!(answer.contains("{\"data\":"), "{answer}");
    assert!(!answer.ends_with("0\r\n\r\n"), "{answer}");
    assert_eq!(sandbox.world.sent_texts("ada"), ["hello"]);
}

#[tokio::test]
async fn success_has_exactly_the_fields_and_headers_of_x() {
    let limits = Limits { posts_per_user_day: Some(17), ..Limits::default() };
    let sandbox = start(&SandboxSettings { limits, ..SandboxSettings::default() }).await;
    let answer = send(&sandbox, "hello").await;
    assert_eq!(status(&answer), 201);
    for header in [
        "x-rate-limit-limit: 100",
        "x-rate-limit-remaining: 99",
        "x-rate-limit-reset: ",
        "x-user-limit-24hour-remaining: 16",
        "x-app-limit-24hour-limit: 10000",
        "x-transaction-id: ",
        "x-access-level: read-write",
        "date: ",
    ] {
        assert!(answer.contains(header), "{header} in {answer}");
    }
    let data = body(&answer)["data"].clone();
    let id = data["id"].as_str().expect("a string");
    assert!((1..=19).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit()));
    assert_eq!(data, json!({ "id": id, "text": "hello", "edit_history_tweet_ids": [id] }));
}

#[tokio::test]
async fn bodies_that_x_would_not_read_are_refused() {
    let sandbox = start(&SandboxSettings::default()).await;
    for bad in [
        "{\"text\":\"a\",\"idempotency_key\":\"1\"}",
        "{\"text\":7}",
        "{}",
        "[]",
        "{\"text\":\"a\"",
        "{\"text\":\"a\",\"media\":{\"media_ids\":[\"1\",\"2\",\"3\",\"4\",\"5\"]}}",
        "{\"text\":\"a\",\"reply\":{}}",
    ] {
        let answer = raw(&sandbox, "POST", "/2/tweets", ADA, bad).await;
        assert_eq!(status(&answer), 400, "{bad}: {answer}");
        assert_eq!(body(&answer)["title"], "Invalid Request", "{bad}");
    }
    assert!(sandbox.world.truth().is_empty());
}

#[tokio::test]
async fn tokens_that_are_no_users_are_refused() {
    let sandbox = start(&SandboxSettings::default()).await;
    let body_text = "{\"text\":\"a\"}";
    let app = "authorization: Bearer AAAAAAAA\r\n";
    let answer = raw(&sandbox, "POST", "/2/tweets", app, body_text).await;
    assert_eq!(status(&answer), 403);
    assert_eq!(body(&answer)["title"], "Unsupported Authentication");
    assert_eq!(status(&raw(&sandbox, "POST", "/2/tweets", "", body_text).await), 401);
}

/// In an open world an unknown token needs no valid signature, but time and nonce still count.
#[tokio::test]
async fn old_timestamps_and_used_nonces_are_refused() {
    let sandbox = start(&SandboxSettings::default()).await;
    let oauth = |nonce: &str, timestamp: i64| {
        format!(
            "authorization: OAuth oauth_consumer_key=\"k\", oauth_nonce=\"{nonce}\", \
             oauth_signature=\"c2ln\", oauth_signature_method=\"HMAC-SHA1\", \
             oauth_timestamp=\"{timestamp}\", oauth_token=\"bob\", oauth_version=\"1.0\"\r\n"
        )
    };
    let me = async |head: String| raw(&sandbox, "GET", "/2/users/me", &head, "").await;
    let posted = sandbox.world.post_by_hand("clock", "what time is it").expect("an open world");
    let now = posted.created_at().expect("a snowflake").as_second();
    assert_eq!(body(&me(oauth("n1", now)).await)["data"]["username"], "bob");
    assert_eq!(status(&me(oauth("n1", now)).await), 401);
    let late = me(oauth("n2", now - 400)).await;
    assert_eq!(status(&late), 401);
    assert_eq!(body(&late)["errors"][0]["code"], 135);
    assert_eq!(status(&me(oauth("n3", now + 400)).await), 401);
    assert_eq!(status(&me(oauth("n4", now - 200)).await), 200);
}

#[tokio::test]
async fn timelines_can_be_asked_for_a_range_and_strangers_are_a_200_with_errors() {
    let sandbox = start(&SandboxSettings::default()).await;
    for n in 0..3 {
        send(&sandbox, &format!("post {n}")).await;
    }
    let me = body(&get(&sandbox, "/2/users/me?user.fields=public_metrics").await);
    assert_eq!(me["data"]["public_metrics"]["tweet_count"], 3);
    let id = me["data"]["id"].as_str().expect("an id").to_owned();
    let page = body(&get(&sandbox, &format!("/2/users/{id}/tweets?max_results=5")).await);
    assert_eq!(page["meta"]["result_count"], 3);
    assert!(page["data"][0].get("created_at").is_none(), "nobody asked for it");
    let oldest = page["meta"]["oldest_id"].as_str().expect("an id").to_owned();
    let since = get(&sandbox, &format!("/2/users/{id}/tweets?since_id={oldest}")).await;
    assert_eq!(body(&since)["meta"]["result_count"], 2);
    let future = format!("/2/users/{id}/tweets?start_time=2999-01-01T00:00:00Z");
    assert_eq!(body(&get(&sandbox, &future).await), json!({ "meta": { "result_count": 0 } }));
    let stranger = get(&sandbox, "/2/users/1/tweets").await;
    assert_eq!(status(&stranger), 200);
    assert_eq!(body(&stranger)["errors"][0]["title"], "Not Found Error");
}

#[tokio::test]
async fn the_control_door_orders_faults_and_tells_the_truth() {
    let sandbox = start(&SandboxSettings::default()).await;
    let post = async |path: &str, wish: Value| {
        status(&raw(&sandbox, "POST", path, "", &wish.to_string()).await)
    };
    let put = async |path: &str, wish: Value| {
        status(&raw(&sandbox, "PUT", path, "", &wish.to_string()).await)
    };
    let orders = json!([
        { "door": "send", "fault": { "kind": "accept_then_close" }, "account": "ada" },
        { "door": "timeline", "fault": { "kind": "status", "status": 503 }, "times": 2 },
        { "door": "model", "fault": { "kind": "rate_limited", "after_secs": 7 } },
        { "door": "moderation", "fault": { "kind": "missing" } },
        { "door": "bulk", "fault": { "kind": "expires" }, "step": "create" },
    ]);
    assert_eq!(post("/_sandbox/faults", orders).await, 204);
    let waiting = Waiting { send: 1, timeline: 1, me: 0, model: 1, moderation: 1, bulk: 1 };
    assert_eq!(sandbox.world.waiting_faults(), waiting);
    assert_eq!(post("/_sandbox/faults", json!({ "door": "send", "fault": "nonsense" })).await, 422);

    assert_eq!(put("/_sandbox/duplicate-filter", json!("off")).await, 204);
    assert_eq!(put("/_sandbox/lag", json!({ "least_secs": 60, "most_secs": 60 })).await, 204);
    assert_eq!(send(&sandbox, "same").await, "");
    assert_eq!(status(&send(&sandbox, "same").await), 201);
    let counts = body(&get(&sandbox, "/_sandbox/counts").await);
    assert_eq!(counts["accepted"], 2);
    assert_eq!(counts["hidden_by"], json!({ "accept_then_close": 1 }));
    assert_eq!(counts["twice"], json!([{ "account": "ada", "text": "same", "times": 2 }]));
    let truth = get(&sandbox, "/_sandbox/truth?account=ada").await;
    assert_eq!(truth.matches("\"text\":\"same\"").count(), 2);
    let posts = body(&get(&sandbox, "/_sandbox/accounts/ada/posts").await);
    assert_eq!(posts[0]["is_visible"], false);

    assert_eq!(put("/_sandbox/rates", json!({ "weather": "storm" })).await, 204);
    assert!(!sandbox.world.rates().send.is_empty());
    assert_eq!(status(&raw(&sandbox, "DELETE", "/_sandbox/faults", "", "").await), 204);
    assert_eq!(sandbox.world.waiting_faults(), Waiting::default());
    assert!(sandbox.world.rates().send.is_empty());
    sandbox.world.set_lag(Lag::default());
    sandbox.world.set_duplicate_filter(DuplicateFilter::On);
    let summary = body(&get(&sandbox, "/_sandbox").await);
    assert_eq!(summary["accepted"], 2);
}

#[tokio::test]
async fn the_control_door_registers_posts_removes_and_revokes() {
    let sandbox = start(&SandboxSettings::default()).await;
    let ask = async |method: &str, path: &str, wish: Value| {
        raw(&sandbox, method, path, "", &wish.to_string()).await
    };
    let keys = json!({
        "consumer_key": "a", "consumer_secret": "b", "token": "c", "token_secret": "d",
    });
    let wish = json!({ "username": "eve", "keys": keys, "user_bearer": "eve-token" });
    assert_eq!(status(&ask("POST", "/_sandbox/accounts", wish).await), 201);
    let eve = "authorization: Bearer eve-token\r\n";
    assert_eq!(status(&raw(&sandbox, "GET", "/2/users/me", eve, "").await), 200);
    // An account with keys is not to be had by its name alone.
    let thief = "authorization: Bearer sandbox-user-eve\r\n";
    assert_eq!(status(&raw(&sandbox, "GET", "/2/users/me", thief, "").await), 401);

    let posted = ask("POST", "/_sandbox/accounts/eve/posts", json!({ "text": "by hand" })).await;
    let id = body(&posted)["id"].as_str().expect("an id").to_owned();
    let path = format!("/_sandbox/accounts/eve/posts/{id}");
    assert_eq!(status(&ask("DELETE", &path, Value::Null).await), 204);
    assert_eq!(status(&ask("DELETE", &path, Value::Null).await), 404);
    let revoke = json!({ "is_revoked": true });
    assert_eq!(status(&ask("PUT", "/_sandbox/accounts/eve/revoked", revoke).await), 204);
    assert_eq!(status(&raw(&sandbox, "GET", "/2/users/me", eve, "").await), 401);
    let accounts = body(&get(&sandbox, "/_sandbox/accounts").await);
    assert_eq!(accounts[0]["username"], "eve");
    assert_eq!(accounts[0]["is_signed"], true);
}

#[tokio::test]
async fn the_model_says_when_to_come_back_and_what_it_cannot_read() {
    let sandbox = start(&SandboxSettings::default()).await;
    let ask = async |wish: Value| {
        raw(&sandbox, "POST", "/v1/chat/completions", "", &wish.to_string()).await
    };
    let message = json!([{ "role": "user", "content": "- 1 post on \"tea\", as JSON" }]);
    sandbox.world.next_model(sandbox::ModelFault::RateLimited { after_secs: Some(7) });
    let limited = ask(json!({ "model": "m", "messages": message })).await;
    assert_eq!(status(&limited), 429);
    assert!(limited.contains("retry-after: 7"), "{limited}");
    assert_eq!(body(&limited)["error"]["code"], "rate_limit_exceeded");
    for bad in [
        json!({ "model": "", "messages": message }),
        json!({ "model": "m", "messages": [] }),
        json!({ "model": "m", "messages": message, "stream": true }),
        json!({ "model": "m", "messages": message, "n": 99 }),
        json!({ "model": "m", "messages": message, "response_format": { "type": "xml" } }),
        json!({ "model": "m", "messages": message, "response_format": { "type": "json_schema" } }),
    ] {
        assert_eq!(status(&ask(bad.clone()).await), 400, "{bad}");
    }
    let short = ask(json!({ "model": "m", "messages": message, "max_tokens": 2 })).await;
    assert_eq!(body(&short)["choices"][0]["finish_reason"], "length");
}

#[tokio::test]
async fn the_moderation_endpoint_flags_what_it_was_told_to() {
    let sandbox = start(&SandboxSettings::default()).await;
    let ask = async |input: Value| {
        let question = json!({ "model": "omni-moderation-2024-09-26", "input": input });
        raw(&sandbox, "POST", "/v1/moderations", "", &question.to_string()).await
    };
    let flag = json!({ "word": "Storm", "category": "violence" }).to_string();
    assert_eq!(status(&raw(&sandbox, "POST", "/_sandbox/moderation", "", &flag).await), 204);
    let said = body(&ask(json!(["fog", "a STORM comes"])).await);
    assert_eq!(said["results"][0]["flagged"], false);
    assert_eq!(said["results"][0]["categories"].as_object().map(serde_json::Map::len), Some(13));
    assert_eq!(said["results"][1]["flagged"], true);
    assert_eq!(said["results"][1]["categories"]["violence"], true);
    assert_eq!(said["model"], "omni-moderation-2024-09-26");
    assert_eq!(body(&ask(json!("one text")).await)["results"][0]["flagged"], false);
    assert_eq!(status(&ask(json!([])).await), 400);
    sandbox.world.next_moderation(ModerationFault::Missing);
    assert_eq!(status(&ask(json!(["fog"])).await), 404);
    sandbox.world.next_moderation(ModerationFault::Close);
    assert_eq!(ask(json!(["fog"])).await, "");
    sandbox.world.next_moderation(ModerationFault::Miscounted);
    assert_eq!(
        body(&ask(json!(["fog", "sun"])).await)["results"].as_array().map(Vec::len),
        Some(1)
    );
    let shown = body(&get(&sandbox, "/_sandbox/moderation").await);
    assert_eq!(shown, json!({ "questions": 5, "texts": ["fog", "a STORM comes", "one text"] }));
    raw(&sandbox, "DELETE", "/_sandbox/moderation", "", "").await;
    assert_eq!(body(&ask(json!(["a storm"])).await)["results"][0]["flagged"], false);
}

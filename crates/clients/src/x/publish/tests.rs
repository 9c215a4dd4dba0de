//! Sends against recorded answers: what is reported, and that there was one request.

use domain::model::XPostId;
use domain::ports::{LostBecause, XApi};
use serde_json::{Value, json};

use super::super::FieldSpelling;
use super::super::stage::{ada, client};
use super::*;
use crate::fake::{Fake, Reply, body_of, header_of};

async fn send(reply: Reply) -> (SendReport, Vec<String>) {
    let fake = Fake::playing([reply]);
    let report = client(&fake, FieldSpelling::Post).create_post(&ada(), "Hello, \"world\"").await;
    (report, fake.requests())
}

async fn answered(status: u16, body: &[u8]) -> HttpAnswer {
    let (report, requests) = send(crate::fake::answer(status, &[], body)).await;
    assert_eq!(requests.len(), 1);
    match report.answer {
        Answer::Http(answer) => answer,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn one_signed_request_carries_the_text_alone() {
    let (_, requests) = send(crate::fake::answer(201, &[], b"{}")).await;
    let [request] = &requests[..] else { panic!("{requests:?}") };
    assert!(request.starts_with("POST /2/tweets HTTP/1.1\r\n"));
    assert_eq!(header_of(request, "content-type"), Some("application/json"));
    let authorization = header_of(request, "authorization").unwrap();
    assert!(authorization.starts_with("OAuth oauth_consumer_key=\"the-api-key\", oauth_nonce=\""));
    assert!(authorization.contains("oauth_timestamp=\"1795424400\""), "{authorization}");
    let body: Value = serde_json::from_str(body_of(request)).unwrap();
    assert_eq!(body, json!({"text": "Hello, \"world\""}));
}

#[tokio::test]
async fn a_post_is_reported_with_all_that_x_told() {
    let headers = [
        ("date", "Mon, 23 Nov 2026 09:00:01 GMT"),
        ("x-transaction-id", "7f0a"),
        ("x-rate-limit-limit", "100"),
        ("x-rate-limit-remaining", "99"),
        ("x-rate-limit-reset", "1795425300"),
    ];
    let body = br#"{"data":{"id":"1445880548472328192","text":"Hello &amp;","edit_history_tweet_ids":[""]}}"#;
    let (report, _) = send(crate::fake::answer(201, &headers, body)).await;
    let expected = HttpAnswer {
        status: 201,
        post_id: Some(XPostId::try_from("1445880548472328192").unwrap()),
        text: Some("Hello &amp;".to_owned()),
        problem: Problem::default(),
    };
    assert_eq!(report.answer, Answer::Http(expected));
    assert_eq!(report.request_id.as_deref(), Some("7f0a"));
    assert_eq!(report.server_date, Some(testkit::at("2026-11-23T09:00:01Z")));
    assert_eq!(report.limits.quarter_hour.unwrap().remaining, Some(99));
}

#[tokio::test]
async fn the_id_is_read_wherever_it_can_be_understood() {
    for (body, id) in [
        (&br#"{"data":{"id":1445880548472328192}}"#[..], Some("1445880548472328192")),
        (br#"{"data":{"id":"1"},"errors":[{"message":"a field is missing"}]}"#, Some("1")),
        (br#"{"data":{"id":""}}"#, None),
        (br#"{"data":{"text":"x"}}"#, None),
        (br#"{"data":[{"id":"1"}]}"#, None),
        (br#"{"data":null}"#, None),
        (br#"{"data":{"id":"14458"#, None),
        (b"", None),
        (b"\xff\xfe", None),
        (b"<html>Just a moment...</html>", None),
    ] {
        let answer = answered(201, body).await;
        assert_eq!(answer.post_id.as_ref().map(XPostId::as_str), id, "{body:?}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_tells_only_its_status() {
    for status in [200, 307, 403, 429, 500, 502, 520] {
        let answer = answered(status, b"<html><h1>Bad gateway</h1></html>").await;
        let nothing = HttpAnswer { status, post_id: None, text: None, problem: Problem::default() };
        assert_eq!(answer, nothing);
    }
}

#[tokio::test]
async fn a_refusal_comes_with_xs_words_and_without_our_keys() {
    let body = br#"{"title":"Forbidden","type":"about:blank","status":403,
        "detail":"You are not allowed to create a Tweet with duplicate content. the-access-token"}"#;
    let problem = answered(403, body).await.problem;
    assert_eq!(
        problem.detail.as_deref(),
        Some("You are not allowed to create a Tweet with duplicate content. ***")
    );
    assert_eq!(problem.kind, None);
}

#[tokio::test]
async fn a_lost_answer_is_lost_and_keeps_what_its_head_told() {
    let broken =
        crate::fake::head(201, &[("x-transaction-id", "7f0a")], &[("content-length", "9")]);
    let too_large = crate::fake::answer(201, &[], &vec![b' '; ANSWER_BYTES_MAX + 1]);
    for (reply, because, request_id) in [
        (Reply::CloseAfterRead, LostBecause::Disconnected, None),
        (Reply::Silence, LostBecause::TimedOut, None),
        (Reply::Bytes(broken), LostBecause::BrokenBody, Some("7f0a")),
        (too_large, LostBecause::BrokenBody, None),
    ] {
        let (report, requests) = send(reply).await;
        assert!(matches!(&report.answer, Answer::Lost(b, _) if *b == because), "{report:?}");
        assert_eq!(report.request_id.as_deref(), request_id);
        assert_eq!(requests.len(), 1);
    }
}

#[tokio::test]
async fn without_credentials_nothing_is_sent() {
    let fake = Fake::playing([]);
    let bea = BotId::try_from("bea").unwrap();
    let report = client(&fake, FieldSpelling::Post).create_post(&bea, "hello").await;
    let Answer::NotSent(NotSentBecause::NoCredentials, words) = report.answer else { panic!() };
    assert!(words.contains("bea"), "{words}");
    assert_eq!(report.limits, RateLimits::default());
}

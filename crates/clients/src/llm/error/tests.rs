//! Refusals as servers word them.

use std::time::Duration;

use reqwest::header::{HeaderValue, RETRY_AFTER};
use serde_json::json;

use super::*;

fn classified(status: u16, json: &Value) -> WriterError {
    let headers = HeaderMap::new();
    classify(&Refusal { status, headers: &headers, json, key: None })
}

fn kind(error: &WriterError) -> &'static str {
    match error {
        WriterError::RateLimited { .. } => "rate_limited",
        WriterError::OutOfCredit(_) => "out_of_credit",
        WriterError::Unauthorized(_) => "unauthorized",
        WriterError::BadRequest(_) => "bad_request",
        WriterError::Refused(_) => "refused",
        WriterError::Unusable(_) => "unusable",
        WriterError::Unavailable(_) => "unavailable",
        WriterError::NotSent(_) => "not sent",
    }
}

#[test]
fn each_refusal_means_one_thing() {
    let coded =
        |code: &str| json!({"error": {"message": "m", "type": "t", "param": null, "code": code}});
    for (status, json, expected) in [
        (429, coded("rate_limit_exceeded"), "rate_limited"),
        (429, coded("slow_down"), "rate_limited"),
        (429, json!(null), "rate_limited"),
        (429, coded("insufficient_quota"), "out_of_credit"),
        (429, coded("credit_balance_exhausted"), "out_of_credit"),
        (429, coded("organization_spend_limit_exceeded"), "out_of_credit"),
        (429, coded("project_spend_limit_exceeded"), "out_of_credit"),
        (429, coded("organization_usage_limit_exceeded"), "out_of_credit"),
        (429, json!({"error": {"type": "insufficient_quota", "code": null}}), "out_of_credit"),
        (400, coded("billing_hard_limit_reached"), "out_of_credit"),
        (402, json!({"error": {"code": 402, "message": "Insufficient credits"}}), "out_of_credit"),
        (401, coded("invalid_api_key"), "unauthorized"),
        (403, json!({"error": "forbidden"}), "unauthorized"),
        (403, json!({"error": {"code": 403, "metadata": {"reasons": ["x"]}}}), "refused"),
        (400, coded("content_filter"), "refused"),
        (400, json!({"error": {"code": 400, "message": "bad"}}), "bad_request"),
        (404, coded("model_not_found"), "bad_request"),
        (422, json!({"detail": "no"}), "bad_request"),
        (308, json!(null), "bad_request"),
        (408, json!(null), "unavailable"),
        (500, json!({"error": {"message": "oops"}}), "unavailable"),
        (503, json!({"error": {"code": 503, "message": "Loading model"}}), "unavailable"),
        (503, coded("slow_down"), "rate_limited"),
        (529, json!(null), "unavailable"),
    ] {
        assert_eq!(kind(&classified(status, &json)), expected, "{status} {json}");
    }
}

#[test]
fn an_error_inside_a_200_counts_by_its_own_number() {
    for (json, expected) in [
        (json!({"error": {"code": 429, "message": "m"}}), "rate_limited"),
        (json!({"error": {"code": "402"}}), "out_of_credit"),
        (json!({"error": {"code": 502, "message": "provider down"}}), "unavailable"),
        (json!({"error": {"code": "invalid_api_key", "status": 401}}), "unavailable"),
        (json!({"error": {"status": 401}}), "unauthorized"),
        (json!({"error": "something"}), "unavailable"),
    ] {
        assert_eq!(kind(&classified(200, &json)), expected, "{json}");
    }
}

#[test]
fn the_servers_own_wait_is_kept() {
    let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("20"))]);
    for status in [429, 503] {
        let refusal = Refusal { status, headers: &headers, json: &Value::Null, key: None };
        let after = Some(Duration::from_secs(20));
        assert_eq!(classify(&refusal), WriterError::RateLimited { after });
    }
}

#[test]
fn the_key_is_never_repeated() {
    let key = Secret::new("sk-proj-abcdef123456");
    let headers = HeaderMap::new();
    let json =
        json!({"error": {"message": "Incorrect API key provided: sk-proj-abcdef123456.\u{7}"}});
    let refusal = Refusal { status: 401, headers: &headers, json: &json, key: Some(&key) };
    assert_eq!(
        classify(&refusal),
        WriterError::Unauthorized("Incorrect API key provided: ***. (HTTP 401)".to_owned())
    );
}

#[test]
fn words_are_found_wherever_they_stand() {
    for (json, words) in [
        (json!({"error": {"message": "a"}}), "a (HTTP 500)"),
        (json!({"error": "b"}), "b (HTTP 500)"),
        (json!({"detail": "c"}), "c (HTTP 500)"),
        (json!({"message": "d"}), "d (HTTP 500)"),
        (json!({"error": {"message": " "}}), "HTTP 500"),
        (json!(null), "HTTP 500"),
    ] {
        assert_eq!(classified(500, &json), WriterError::Unavailable(words.to_owned()), "{json}");
    }
}

//! What is asked, what of an answer counts, and that nothing else does.

use super::*;
use crate::fake::{Fake, Reply, answer, body_of, header_of};
use crate::http::HttpSettings;

const KEY: &str = "sk-test-12345678";

fn client(fake: &Fake) -> ModerationClient {
    let http = Http::new(&HttpSettings::default()).unwrap();
    let base = BaseUrl::parse(&format!("{}/v1/", fake.url())).unwrap();
    let key = Some(Secret::new(KEY));
    ModerationClient::new(http, base, key, "omni-moderation-2024-09-26", fake.patience())
}

fn said(json: &Value) -> Reply {
    answer(200, &[], json.to_string().as_bytes())
}

fn status(status: u16, message: &str) -> Reply {
    answer(status, &[], json!({"error": {"message": message}}).to_string().as_bytes())
}

#[tokio::test]
async fn every_text_is_shown_in_one_request_and_has_its_opinion() {
    let fake = Fake::playing([said(&json!({"id": "modr-1", "results": [
        {"flagged": false, "categories": {"hate": false, "violence": false}},
        {"flagged": true, "categories": {"hate": false, "violence": true, "harassment": true}},
    ]}))]);
    let client = client(&fake);
    let moderated = client.moderate(&["Fog.", "I will hurt you."]).await.unwrap();
    assert_eq!(moderated.opinions[0], Opinion::default());
    let flagged = &moderated.opinions[1];
    assert!(flagged.is_flagged);
    assert_eq!(flagged.categories, ["harassment", "violence"]);
    assert_eq!(moderated.usage.cost, None);
    let [http] = &fake.requests()[..] else { panic!() };
    assert!(http.starts_with("POST /v1/moderations HTTP/1.1\r\n"), "{http}");
    assert_eq!(header_of(http, "authorization"), Some("Bearer sk-test-12345678"));
    let body: Value = serde_json::from_str(body_of(http)).unwrap();
    let asked = json!({
        "model": "omni-moderation-2024-09-26", "input": ["Fog.", "I will hurt you."],
    });
    assert_eq!(body, asked);
    let now = testkit::at("2026-11-27T12:00:00Z");
    assert_eq!(client.ceiling(&["Fog."], now), Some(MicroUsd::ZERO), "it is listed as free");
}

#[test]
fn an_answer_counts_only_where_it_speaks_of_every_text() {
    for (body, why) in [
        (json!({}), "it holds no list of results"),
        (json!({"results": {}}), "it holds no list of results"),
        (json!({"results": []}), "it holds 0 results about 1 texts"),
        (
            json!({"results": [{"flagged": false}, {"flagged": false}]}),
            "it holds 2 results about 1 texts",
        ),
        (
            json!({"results": [{"flagged": "no"}]}),
            "a result does not say whether its text is flagged",
        ),
        (json!({"results": [{}]}), "a result does not say whether its text is flagged"),
    ] {
        assert_eq!(read(&body, 1), Err(why.to_owned()), "{body}");
    }
    let odd = json!({"results": [{"flagged": false, "categories": {"violence": true, "x": 1}}]});
    let opinion = read(&odd, 1).unwrap().remove(0);
    assert!(opinion.is_flagged, "a category that is hit counts whatever the flag says");
    let nameless = json!({"results": [{"flagged": true, "categories": null}]});
    assert!(read(&nameless, 1).unwrap()[0].is_flagged);
}

#[tokio::test]
async fn what_was_lost_is_asked_once_more_and_a_refusal_is_not() {
    let good = json!({"results": [{"flagged": false}]});
    let fake = Fake::playing([status(503, "busy"), said(&good)]);
    assert!(client(&fake).moderate(&["Fog."]).await.is_ok());
    let fake = Fake::playing([Reply::CloseAfterRead, Reply::CloseAfterRead]);
    let lost = client(&fake).moderate(&["Fog."]).await.unwrap_err();
    assert!(matches!(lost, ModeratorError::Unavailable(_)) && lost.may_be_billed(), "{lost}");
    let fake = Fake::playing([status(404, "no such route")]);
    let refused = client(&fake).moderate(&["Fog."]).await.unwrap_err();
    assert!(matches!(refused, ModeratorError::Refused(_)) && !refused.may_be_billed(), "{refused}");
    assert_eq!(fake.requests().len(), 1);
}

#[tokio::test]
async fn nothing_that_is_said_of_a_failure_holds_the_key() {
    let fake = Fake::playing([status(401, &format!("Incorrect API key provided: {KEY}"))]);
    let error = client(&fake).moderate(&["Fog."]).await.unwrap_err();
    assert!(matches!(error, ModeratorError::Unauthorized(_)), "{error}");
    assert!(!error.to_string().contains("12345678"), "{error}");
}

#[tokio::test]
async fn a_server_that_names_a_price_is_believed() {
    let body =
        json!({"results": [{"flagged": false}], "usage": {"prompt_tokens": 3, "cost": 0.00002}});
    let fake = Fake::playing([said(&body)]);
    assert_eq!(client(&fake).moderate(&["Fog."]).await.unwrap().usage.cost, Some(MicroUsd(20)));
}

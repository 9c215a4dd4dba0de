//! Whole exchanges: what is asked, what is dropped when refused, what is remembered.

use domain::model::BotId;
use domain::ports::TopicWish;
use domain::rules::prompt::Prompt;
use serde_json::{Value, json};

use super::*;
use crate::fake::{Fake, Reply, answer, body_of, header_of};
use crate::http::HttpSettings;
use crate::llm::server::ANSWER_BYTES_MAX;

const KEY: &str = "sk-test-12345678";

fn client(fake: &Fake, model: &str) -> ModelClient {
    with_key(fake, model, Some(KEY))
}

fn with_key(fake: &Fake, model: &str, key: Option<&str>) -> ModelClient {
    let http = Http::new(&HttpSettings::default()).unwrap();
    let base = BaseUrl::parse(&format!("{}/v1/", fake.url())).unwrap();
    let settings = ModelSettings { timeout: fake.patience(), ..ModelSettings::default() };
    ModelClient::new(http, base, key.map(Secret::new), model, settings)
}

fn request() -> WriteRequest {
    WriteRequest {
        bot: BotId::try_from("ada").unwrap(),
        persona: testkit::persona(),
        wishes: vec![TopicWish::on("ships", 1)],
        prompt: Prompt {
            system: "You are a lighthouse keeper.".to_owned(),
            user: "Write 1 post on ships.".to_owned(),
            schema: json!({"type": "object"}),
            completion_tokens_max: 400,
        },
        seed: 1,
        is_thrifty: false,
        is_urgent: false,
        needs_model: false,
    }
}

fn good() -> Reply {
    let content = r#"{"posts":[{"topic":"ships","text":"A sail."}]}"#;
    let body = json!({"choices": [{"message": {"content": content}}]});
    answer(200, &[], body.to_string().as_bytes())
}

fn refused(message: &str) -> Reply {
    answer(400, &[], json!({"error": {"message": message}}).to_string().as_bytes())
}

fn bodies(fake: &Fake) -> Vec<Value> {
    fake.requests().iter().map(|request| serde_json::from_str(body_of(request)).unwrap()).collect()
}

#[tokio::test]
async fn a_batch_is_asked_for_with_everything_a_good_server_takes() {
    let fake = Fake::playing([good()]);
    let answer = client(&fake, "gpt-6-luna").write(&request()).await.unwrap();
    assert_eq!(answer.candidates[0].text, "A sail.");
    let [http] = &fake.requests()[..] else { panic!() };
    assert!(http.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"));
    assert_eq!(header_of(http, "authorization"), Some("Bearer sk-test-12345678"));
    assert_eq!(
        bodies(&fake)[0],
        json!({
            "model": "gpt-6-luna",
            "messages": [
                {"role": "system", "content": "You are a lighthouse keeper."},
                {"role": "user", "content": "Write 1 post on ships."},
            ],
            "response_format": {"type": "json_schema", "json_schema": {
                "name": "posts", "strict": true, "schema": {"type": "object"},
            }},
            "max_completion_tokens": 400,
            "reasoning_effort": "none",
            "temperature": 1.0,
        })
    );
}

#[tokio::test]
async fn what_a_server_refuses_is_dropped_and_not_asked_for_again() {
    let fake = Fake::playing([
        refused("json_schema is not supported"),
        refused("unknown field `max_completion_tokens`"),
        refused("response_format is not supported"),
        refused("temperature must be left out"),
        good(),
        good(),
    ]);
    let client = client(&fake, "local");
    for _ in 0..2 {
        assert_eq!(client.write(&request()).await.unwrap().candidates.len(), 1);
    }
    let bodies = bodies(&fake);
    assert_eq!(bodies[1]["response_format"], json!({"type": "json_object"}));
    assert_eq!(bodies[2]["max_tokens"], 400);
    assert_eq!(bodies[4], bodies[5]);
    let keys: Vec<&String> = bodies[5].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["max_tokens", "messages", "model"]);
}

#[tokio::test]
async fn a_server_that_refuses_everything_is_left_alone() {
    let fake = Fake::playing(
        (0..20).map(|_| refused("reasoning_effort temperature response_format max_tokens")),
    );
    let error = client(&fake, "gpt-5-mini").write(&request()).await.unwrap_err();
    assert!(matches!(error, WriterError::BadRequest(_)), "{error}");
    assert_eq!(fake.requests().len(), Capabilities::STEPS_MAX + 1);
}

#[tokio::test]
async fn a_refusal_of_something_else_is_final() {
    let fake = Fake::playing([refused("The model `local` does not exist")]);
    let error = client(&fake, "local").write(&request()).await.unwrap_err();
    assert!(matches!(error, WriterError::BadRequest(_)), "{error}");
    assert_eq!(fake.requests().len(), 1);
}

#[tokio::test]
async fn whatever_goes_wrong_is_an_error_and_never_shows_the_key() {
    let echo = format!(r#"{{"error":{{"message":"bad key {KEY}"}}}}"#);
    for reply in [
        answer(401, &[], echo.as_bytes()),
        answer(200, &[], echo.as_bytes()),
        answer(500, &[], b"<html>"),
        answer(200, &[], b"<html>"),
        answer(200, &[], b""),
        answer(301, &[("location", "http://127.0.0.1:1/")], b""),
        Reply::CloseAfterRead,
        Reply::Silence,
        answer(200, &[], &vec![b' '; ANSWER_BYTES_MAX + 1]),
    ] {
        let fake = Fake::playing([reply]);
        let error = client(&fake, "local").write(&request()).await.unwrap_err();
        assert!(!error.to_string().contains("12345678"), "{error}");
        assert_eq!(fake.requests().len(), 1, "{error}");
    }
}

#[tokio::test]
async fn an_absent_key_sends_no_header_and_a_broken_one_nothing_at_all() {
    let fake = Fake::playing([good()]);
    let keyed = |key: &str| with_key(&fake, "local", Some(key));
    let error = keyed("line\nbreak").write(&request()).await.unwrap_err();
    assert!(matches!(error, WriterError::Unauthorized(_)), "{error}");
    assert_eq!(fake.requests(), [""; 0]);

    let keyless = with_key(&fake, "local", None);
    assert!(keyless.write(&request()).await.is_ok());
    assert_eq!(header_of(&fake.requests()[0], "authorization"), None);
}

#[tokio::test]
async fn the_models_of_a_server_are_listed() {
    let list = br#"{"data":[{"id":"gpt-6-luna","shutdown_date":null},{"id":"gpt-5-mini","shutdown_date":"2026-12-11"}]}"#;
    let fake =
        Fake::playing([answer(200, &[], list), answer(401, &[], b"{}"), answer(200, &[], b"{}")]);
    let client = client(&fake, "gpt-6-luna");
    let models = client.list_models().await.unwrap();
    assert_eq!(models.len(), 2);
    assert_eq!(models[1].shutdown_on, Some(jiff::civil::date(2026, 12, 11)));
    assert!(fake.requests()[0].starts_with("GET /v1/models HTTP/1.1"));
    assert!(matches!(client.list_models().await, Err(WriterError::Unauthorized(_))));
    assert!(matches!(client.list_models().await, Err(WriterError::Unusable(_))));
}

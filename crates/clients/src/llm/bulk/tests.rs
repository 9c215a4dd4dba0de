//! What is handed in, and what of a server's files counts.

use domain::model::Secret;
use domain::ports::TopicWish;
use domain::rules::prompt::Prompt;

use super::*;
use crate::BaseUrl;
use crate::fake::{Fake, Reply, answer as said, body_of, header_of};
use crate::http::{Http, HttpSettings};
use crate::llm::ModelSettings;

const ORDER: BulkId = BulkId(7);

fn client(fake: &Fake) -> ModelClient {
    let http = Http::new(&HttpSettings::default()).unwrap();
    let base = BaseUrl::parse(&format!("{}/v1", fake.url())).unwrap();
    let settings = ModelSettings { timeout: fake.patience(), ..ModelSettings::default() };
    ModelClient::new(http, base, Some(Secret::new("sk-test-12345678")), "gpt-6-luna", settings)
}

fn request(topic: &str) -> BulkRequest {
    BulkRequest {
        wishes: vec![TopicWish::on(topic, 1)],
        prompt: Prompt {
            system: "You are a lighthouse keeper.".to_owned(),
            user: format!("1. on \"{topic}\""),
            schema: json!({"type": "object"}),
            completion_tokens_max: 400,
        },
    }
}

fn json_of(status: u16, body: &Value) -> Reply {
    said(status, &[], body.to_string().as_bytes())
}

#[tokio::test]
async fn an_order_is_a_file_of_requests_and_a_batch_of_it() {
    let fake = Fake::playing([
        json_of(200, &json!({"id": "file-1", "purpose": "batch"})),
        json_of(200, &json!({"id": "batch_1", "status": "validating"})),
    ]);
    let client = client(&fake);
    let requests = [request("fog"), request("ships")];
    let file = client.upload(ORDER, &requests).await.unwrap();
    assert_eq!(client.create(ORDER, &file).await.unwrap(), "batch_1");
    let [upload, create] = &fake.requests()[..] else { panic!() };
    assert!(upload.starts_with("POST /v1/files HTTP/1.1\r\n"), "{upload}");
    let kind = header_of(upload, "content-type").unwrap();
    assert!(kind.starts_with("multipart/form-data; boundary="), "{kind}");
    let lines: Vec<Value> = body_of(upload)
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1]["custom_id"], "flockwork-7-1");
    assert_eq!(lines[1]["url"], "/v1/chat/completions");
    assert_eq!(lines[1]["body"]["model"], "gpt-6-luna");
    assert_eq!(lines[1]["body"]["messages"][1]["content"], "1. on \"ships\"");
    let wish: Value = serde_json::from_str(body_of(create)).unwrap();
    assert_eq!(wish["input_file_id"], "file-1");
    assert_eq!(wish["endpoint"], "/v1/chat/completions");
    assert_eq!(wish["completion_window"], "24h");
    assert_eq!(wish["metadata"]["flockwork_order"], "7");
    let now = testkit::at("2026-11-27T12:00:00Z");
    let one = client.ceiling(&requests[..1], now).unwrap();
    assert!(one > MicroUsd::ZERO && client.ceiling(&requests, now).unwrap() > one);
}

#[tokio::test]
async fn what_a_status_means_decides_what_is_done_next() {
    let error = json!({"error": {"message": "no sk-test-12345678 here"}});
    for (reply, kind) in [
        (json_of(404, &error), "unsupported"),
        (json_of(405, &error), "unsupported"),
        (json_of(400, &error), "refused"),
        (json_of(401, &error), "refused"),
        (json_of(429, &error), "not done"),
        (json_of(500, &error), "lost"),
        (Reply::CloseAfterRead, "lost"),
        (said(200, &[], b"<html>"), "lost"),
        (json_of(200, &json!({"id": "../etc"})), "lost"),
        (json_of(200, &json!({})), "lost"),
    ] {
        let fake = Fake::playing([reply]);
        let failed = client(&fake).create(ORDER, "file-1").await.unwrap_err();
        let said = match &failed {
            BulkError::Unsupported(_) => "unsupported",
            BulkError::Refused(_) => "refused",
            BulkError::NotDone(_) => "not done",
            BulkError::Lost(_) => "lost",
        };
        assert_eq!(said, kind, "{failed}");
        assert!(!failed.to_string().contains("12345678"), "{failed}");
    }
}

#[tokio::test]
async fn a_lost_batch_is_found_by_its_file() {
    let list = json!({"data": [
        {"id": "batch_2", "input_file_id": "file-2"},
        {"id": "batch_1", "input_file_id": "file-1"},
    ]});
    let fake = Fake::playing([json_of(200, &list), json_of(200, &list), json_of(200, &json!({}))]);
    let client = client(&fake);
    assert_eq!(client.find("file-1").await.unwrap().as_deref(), Some("batch_1"));
    assert_eq!(client.find("file-9").await.unwrap(), None);
    assert!(client.find("file-1").await.is_err(), "no list is no proof of anything");
    let asked = &fake.requests()[0];
    assert!(asked.starts_with("GET /v1/batches?limit=100 HTTP/1.1\r\n"), "{asked}");
}

#[tokio::test]
async fn a_batch_ends_with_what_was_done() {
    for (status, files, ended) in [
        ("validating", json!({}), None),
        ("in_progress", json!({}), None),
        ("finalizing", json!({}), None),
        ("cancelling", json!({}), None),
        ("completed", json!({"output_file_id": "file-o", "error_file_id": null}), Some(1)),
        ("expired", json!({"output_file_id": "file-o", "error_file_id": "file-e"}), Some(2)),
        ("failed", json!({}), Some(0)),
        ("cancelled", json!({"output_file_id": "../x"}), Some(0)),
    ] {
        let mut body = files;
        body["status"] = json!(status);
        let fake = Fake::playing([json_of(200, &body)]);
        let progress = client(&fake).look("batch_1").await.unwrap();
        let found = match progress {
            BulkProgress::Running => None,
            BulkProgress::Ended { files, .. } => Some(files.len()),
        };
        assert_eq!(found, ended, "{status}");
    }
}

#[tokio::test]
async fn answers_are_joined_by_their_ids_and_strangers_are_left_out() {
    let content = r#"{"posts":[{"number":1,"text":"A sail."}]}"#;
    let good = json!({
        "model": "gpt-6-luna", "choices": [{"message": {"content": content}}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10},
    });
    let garbage = json!({
        "choices": [{"message": {"content": "what?"}}],
        "usage": {"prompt_tokens": 90, "completion_tokens": 5},
    });
    let line = |id: &str, status: u16, body: &Value| {
        let response = json!({"status_code": status, "body": body});
        json!({"custom_id": id, "response": response, "error": null}).to_string()
    };
    let outputs = [
        line("flockwork-7-2", 200, &garbage),
        line("flockwork-7-0", 200, &good),
        line("flockwork-8-1", 200, &good),
        line("flockwork-7-99", 200, &good),
        line("flockwork-7-0", 200, &garbage),
        "not JSON".to_owned(),
    ]
    .join("\n");
    let refused = json!({"error": {"message": "Unsupported parameter: 'temperature'"}});
    let errors = line("flockwork-7-1", 400, &refused);
    let fake = Fake::playing([
        said(200, &[], outputs.as_bytes()),
        said(200, &[], errors.as_bytes()),
        json_of(200, &json!({"id": "file-3"})),
    ]);
    let client = client(&fake);
    let requests = [request("fog"), request("ships"), request("tea")];
    let files = ["file-o".to_owned(), "file-e".to_owned()];
    let answers = client.fetch(ORDER, &files, &requests).await.unwrap();
    let places: Vec<usize> = answers.iter().map(|one| one.place).collect();
    assert_eq!(places, [0, 1, 2]);
    let texts = answers[0].outcome.as_ref().unwrap();
    assert_eq!((texts[0].text.as_str(), texts[0].topic.as_deref()), ("A sail.", Some("fog")));
    assert_eq!(answers[0].usage.as_ref().map(|usage| usage.prompt_tokens), Some(100));
    assert!(answers[1].outcome.is_err() && answers[1].usage.is_none(), "{:?}", answers[1]);
    assert!(matches!(answers[2].outcome, Err(WriterError::Unusable(_))));
    assert_eq!(answers[2].usage.as_ref().map(|usage| usage.completion_tokens), Some(5));
    // The next order leaves out what this one was refused for.
    client.upload(ORDER, &requests[..1]).await.unwrap();
    let upload = fake.requests().pop().unwrap();
    assert!(!upload.contains("temperature"), "{upload}");
}

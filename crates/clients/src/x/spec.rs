//! Every request this client builds, checked against X's own OpenAPI document (2.173), which ships
//! inside the crate `xdk-rs`. It spells the field parameter `post.fields`; `tweet.fields` is gone
//! from it, and is kept here only as a fallback for servers that did not follow.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use domain::ports::{TimelineQuery, XApi};
use jsonschema::Validator;
use serde_json::{Value, json};
use url::Url;

use super::FieldSpelling;
use super::stage::{ada, client, user};
use crate::fake::{Fake, answer, body_of};

/// The document. `cargo metadata` knows where the crate lies.
fn document() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked", "--filter-platform=host-tuple"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let xdk = packages.iter().find(|package| package["name"] == "xdk-rs").unwrap();
    let manifest = PathBuf::from(xdk["manifest_path"].as_str().unwrap());
    let spec = fs::read(manifest.with_file_name("vendor").join("x-api-openapi.json")).unwrap();
    serde_json::from_slice(&spec).unwrap()
}

/// A validator for the part of the document at `pointer`.
fn validator(document: &Value, pointer: &str) -> Validator {
    let schema = json!({"$ref": format!("#{pointer}"), "components": document["components"], "paths": document["paths"]});
    jsonschema::validator_for(&schema).unwrap()
}

fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

/// Checks every parameter of the first line of `request` against the operation at `path`.
fn check_query(document: &Value, path: &str, request: &str) -> Result<(), String> {
    let target = request.split(' ').nth(1).unwrap();
    let url = Url::parse("http://x.invalid").unwrap().join(target).unwrap();
    let parameters = document["paths"][path]["get"]["parameters"].as_array().unwrap();
    for (name, value) in url.query_pairs() {
        let known = parameters.iter().map(|parameter| resolved(document, parameter));
        let parameter = known
            .clone()
            .find(|parameter| parameter["name"] == *name && parameter["in"] == "query")
            .ok_or_else(|| format!("{path} has no parameter {name}"))?;
        let schema = resolved(document, &parameter["schema"]);
        let value = match schema["type"].as_str().unwrap() {
            "integer" => json!(value.parse::<i64>().unwrap()),
            "array" => json!(value.split(',').collect::<Vec<_>>()),
            _ => json!(value),
        };
        let whole = json!({"allOf": [schema], "components": document["components"]});
        let validator = jsonschema::options().should_validate_formats(true).build(&whole).unwrap();
        validator.validate(&value).map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}

#[tokio::test]
async fn every_send_is_what_the_document_allows() {
    let document = document();
    assert_eq!(document["info"]["version"], "2.173");
    let body = "/paths/~12~1tweets/post/requestBody/content/application~1json/schema";
    let validator = validator(&document, body);
    // The check itself must be able to fail.
    assert!(!validator.is_valid(&json!({"text": "x", "idempotency_key": "1"})));

    for text in ["Hello", "\u{1F469}\u{200D}\u{1F680} \"q\" \\ \n", "日本語 https://example.com"]
    {
        let fake = Fake::playing([answer(201, &[], b"{}")]);
        client(&fake, FieldSpelling::Post).create_post(&ada(), text).await;
        let request = &fake.requests()[0];
        assert!(request.starts_with("POST /2/tweets "));
        let body: Value = serde_json::from_str(body_of(request)).unwrap();
        assert!(validator.is_valid(&body), "{body}");
        assert_eq!(body["text"], text);
    }
}

#[tokio::test]
async fn every_read_is_what_the_document_allows() {
    let document = document();
    let fake = Fake::playing((0..8).map(|_| answer(500, &[], b"{}")));
    let client = client(&fake, FieldSpelling::Post);
    assert!(client.me(&ada()).await.is_err());
    for (max, since, page) in [
        (0, "1970-01-01T00:00:00Z", None),
        (50, "2026-11-23T09:00:00.123Z", Some("7140dibdnow9c7btw481")),
        (u32::MAX, "2030-01-01T00:00:00Z", None),
    ] {
        let page = page.map(str::to_owned);
        let query = TimelineQuery { since: testkit::at(since), max, page };
        assert!(client.timeline(&ada(), &user(), &query).await.is_err());
    }
    let requests = fake.requests();
    assert_eq!(requests.len(), 4);
    assert_eq!(check_query(&document, "/2/users/me", &requests[0]), Ok(()));
    for request in &requests[1..] {
        assert!(request.starts_with("GET /2/users/2244994945/tweets?"));
        assert_eq!(check_query(&document, "/2/users/{id}/tweets", request), Ok(()));
    }
}

#[tokio::test]
async fn the_document_knows_the_new_spelling_only() {
    let document = document();
    let fake = Fake::playing([answer(500, &[], b"{}")]);
    let query = TimelineQuery { since: testkit::at("2026-11-23T09:00:00Z"), max: 10, page: None };
    assert!(client(&fake, FieldSpelling::Tweet).timeline(&ada(), &user(), &query).await.is_err());
    assert_eq!(
        check_query(&document, "/2/users/{id}/tweets", &fake.requests()[0]),
        Err("/2/users/{id}/tweets has no parameter tweet.fields".to_owned())
    );
}

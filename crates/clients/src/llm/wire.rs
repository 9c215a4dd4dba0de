//! The body of a chat completion request.

use domain::rules::prompt::Prompt;
use serde::Serialize;
use serde_json::{Value, json};

use super::capabilities::{Bound, Capabilities, Shape};

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: [Message<'a>; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

/// The request for one batch. Never `n`: some servers refuse it, and one answer holds the batch.
pub(super) fn request_body(
    model: &str,
    prompt: &Prompt,
    temperature: Option<f32>,
    capabilities: Capabilities,
) -> Vec<u8> {
    let tokens = |bound| (capabilities.bound == bound).then_some(prompt.completion_tokens_max);
    let request = Request {
        model,
        messages: [
            Message { role: "system", content: &prompt.system },
            Message { role: "user", content: &prompt.user },
        ],
        response_format: response_format(&prompt.schema, capabilities.shape),
        max_completion_tokens: tokens(Bound::CompletionTokens),
        max_tokens: tokens(Bound::Tokens),
        reasoning_effort: capabilities.sets_reasoning.then_some("none"),
        temperature: temperature.filter(|_| capabilities.sets_temperature),
    };
    serde_json::to_vec(&request).expect("texts, numbers and a JSON value are JSON")
}

fn response_format(schema: &Value, shape: Shape) -> Option<Value> {
    match shape {
        Shape::Schema => Some(json!({
            "type": "json_schema",
            "json_schema": {"name": "posts", "strict": true, "schema": schema},
        })),
        Shape::Object => Some(json!({"type": "json_object"})),
        Shape::InWords => None,
    }
}

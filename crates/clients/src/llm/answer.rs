//! Reading a chat completion, field by field: any of them may be missing or have another type.

use domain::model::{GenerationUsage, MicroUsd, Secret};
use domain::ports::{TopicWish, WriteAnswer, WriterError};
use serde_json::Value;

use super::harvest::harvest;
use crate::redact::printable;

/// The candidates and what they took, or why there are none.
pub(super) fn read(
    json: &Value,
    model: &str,
    wishes: &[TopicWish],
    key: Option<&Secret>,
) -> Result<WriteAnswer, WriterError> {
    let choice = json.pointer("/choices/0").unwrap_or(json);
    let message = choice.get("message").unwrap_or(choice);
    let content = content(message).or_else(|| content(choice)).unwrap_or_default();
    let candidates = harvest(&content, wishes);
    if !candidates.is_empty() {
        return Ok(WriteAnswer { candidates, usage: usage(json, model), ..WriteAnswer::default() });
    }
    let ended = choice.get("finish_reason").and_then(Value::as_str).unwrap_or_default();
    let secrets: Vec<&Secret> = key.into_iter().collect();
    Err(match message.get("refusal").and_then(Value::as_str).filter(|text| !text.is_empty()) {
        Some(refusal) => WriterError::Refused(printable(refusal, &secrets)),
        None => empty_handed(ended, &printable(&content, &secrets)),
    })
}

fn empty_handed(ended: &str, content: &str) -> WriterError {
    if ended == "content_filter" {
        WriterError::Refused("its content filter stopped the answer".to_owned())
    } else if ended == "length" {
        WriterError::Unusable("it ends at the token limit before the first whole post".to_owned())
    } else if content.is_empty() {
        WriterError::Unusable("it is empty".to_owned())
    } else {
        WriterError::Unusable(format!("it holds no list of posts but: {content}"))
    }
}

/// A string, or a list of parts whose texts belong together.
fn content(holder: &Value) -> Option<String> {
    let content = holder.get("content").or_else(|| holder.get("text"))?;
    match content {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => Some(parts.iter().filter_map(part_text).collect()),
        // Asked for JSON, a few servers hand over the object itself.
        Value::Object(_) => Some(content.to_string()),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn part_text(part: &Value) -> Option<&str> {
    part.as_str().or_else(|| part.get("text")?.as_str())
}

/// What a request took, as far as its answer says.
pub(super) fn usage(json: &Value, model: &str) -> GenerationUsage {
    let number = |paths: &[&str]| paths.iter().find_map(|path| count(json.pointer(path)?));
    let named = json.get("model").and_then(Value::as_str).filter(|name| !name.is_empty());
    let prompt_tokens = number(&["/usage/prompt_tokens", "/usage/input_tokens"]).unwrap_or(0);
    let cached = number(&[
        "/usage/prompt_tokens_details/cached_tokens",
        "/usage/input_tokens_details/cached_tokens",
    ]);
    GenerationUsage {
        model: named.map_or_else(|| model.to_owned(), |name| printable(name, &[])),
        prompt_tokens,
        cached_tokens: cached.unwrap_or(0).min(prompt_tokens),
        completion_tokens: number(&["/usage/completion_tokens", "/usage/output_tokens"])
            .unwrap_or(0),
        cost: json.pointer("/usage/cost").and_then(dollars),
    }
}

/// A count, as a number of either kind or as digits.
fn count(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| whole(real(value)?))
}

fn dollars(value: &Value) -> Option<MicroUsd> {
    let micro = whole((real(value)? * 1_000_000.0).round())?;
    i64::try_from(micro).ok().map(MicroUsd)
}

fn real(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Nothing on a bill is as large as 2^53.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
fn whole(number: f64) -> Option<u64> {
    (0.0..9e15).contains(&number).then_some(number as u64)
}

#[cfg(test)]
mod tests;

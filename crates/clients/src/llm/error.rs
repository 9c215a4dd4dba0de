//! What a refusal of a model server means: each variant is a different thing to do next.

use domain::model::Secret;
use domain::ports::WriterError;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::wait;
use crate::redact::printable;

/// What a server says went wrong, and the key that its words must not repeat.
pub(super) struct Refusal<'a> {
    pub(super) status: u16,
    pub(super) headers: &'a HeaderMap,
    pub(super) json: &'a Value,
    pub(super) key: Option<&'a Secret>,
}

/// `error.code` or `error.type` of accounts without money: waiting does not help.
const OUT_OF_CREDIT: [&str; 7] = [
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "billing_hard_limit_reached",
    "billing_not_active",
];

/// `error.code` or `error.type` of a model or a filter that declined.
const DECLINED: [&str; 4] =
    ["content_filter", "content_policy_violation", "moderation_blocked", "responsible_ai_policy"];

/// Classifies a refusal. An error that comes with status 200 carries its own number, if any.
pub(super) fn classify(refusal: &Refusal<'_>) -> WriterError {
    let error = error_object(refusal.json);
    let words = words(refusal, error);
    let is_one_of = |known: &[&str]| {
        ["code", "type"].iter().any(|field| {
            error.get(field).and_then(Value::as_str).is_some_and(|word| known.contains(&word))
        })
    };
    let status = match refusal.status {
        200..=299 => status_in_body(error).unwrap_or(502),
        status => status,
    };
    if is_one_of(&OUT_OF_CREDIT) {
        return WriterError::OutOfCredit(words);
    }
    if is_one_of(&DECLINED) || (status == 403 && error.pointer("/metadata/reasons").is_some()) {
        return WriterError::Refused(words);
    }
    let after = wait::after(refusal.headers);
    let is_busy =
        is_one_of(&["rate_limit_exceeded", "slow_down"]) || (status == 503 && after.is_some());
    match status {
        429 => WriterError::RateLimited { after },
        _ if is_busy => WriterError::RateLimited { after },
        401 | 403 => WriterError::Unauthorized(words),
        402 => WriterError::OutOfCredit(words),
        300..=399 => WriterError::BadRequest(format!(
            "it answers with a redirect; set the base URL to the final address ({words})"
        )),
        408 | 409 | 425 => WriterError::Unavailable(words),
        400..=499 => WriterError::BadRequest(words),
        _ => WriterError::Unavailable(words),
    }
}

/// `{"error": {..}}`, `{"error": ".."}`, or the error without a wrapper.
fn error_object(json: &Value) -> &Value {
    json.get("error").filter(|error| !error.is_null()).unwrap_or(json)
}

/// Some servers write an HTTP status into `error.code`, as a number or as digits.
fn status_in_body(error: &Value) -> Option<u16> {
    let code = error.get("code").or_else(|| error.get("status"))?;
    let number = code.as_u64().or_else(|| code.as_str()?.parse().ok())?;
    u16::try_from(number).ok().filter(|status| (300..=599).contains(status))
}

fn words(refusal: &Refusal<'_>, error: &Value) -> String {
    let message = ["message", "detail"]
        .iter()
        .find_map(|key| error.get(key)?.as_str())
        .or(error.as_str())
        .filter(|text| !text.trim().is_empty());
    let secrets: Vec<&Secret> = refusal.key.into_iter().collect();
    let status = refusal.status;
    match message {
        Some(message) => format!("{} (HTTP {status})", printable(message, &secrets)),
        None => format!("HTTP {status}"),
    }
}

#[cfg(test)]
mod tests;

//! X's JSON, both ways.
//!
//! X renamed its fields in 2026 (`tweet` → `post`, `retweet` → `repost`), endpoint by endpoint and
//! without a new version; some answers carry both spellings. So the keys are brought to the new
//! spelling before anything is looked up.

use domain::model::XPostId;
use serde::Serialize;
use serde_json::{Map, Value};

#[derive(Serialize)]
struct CreatePost<'a> {
    text: &'a str,
}

/// The body of a send: the text and nothing else. X refuses fields it does not know.
pub(super) fn create_post_body(text: &str) -> Vec<u8> {
    serde_json::to_vec(&CreatePost { text }).expect("a string is JSON")
}

/// A JSON object with its keys in the new spelling; `None` for everything else.
pub(super) fn parse(body: &[u8]) -> Option<Value> {
    let value: Value = serde_json::from_slice(body).ok()?;
    value.is_object().then(|| normalised(value))
}

/// An id, which X writes as text; a number is understood too.
pub(super) fn id(value: &Value) -> Option<XPostId> {
    match value {
        Value::String(text) => XPostId::try_from(text.as_str()).ok(),
        Value::Number(number) => XPostId::try_from(number.as_u64()?.to_string()).ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A string that holds something.
pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A whole number, as a number or as digits.
pub(super) fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// The list under `key`; anything else is an empty one.
pub(super) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn normalised(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(normalised_fields(fields)),
        Value::Array(items) => Value::Array(items.into_iter().map(normalised).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

/// Where both spellings stand side by side, the new one wins unless it is null.
fn normalised_fields(fields: Map<String, Value>) -> Map<String, Value> {
    let mut result = Map::new();
    for (key, value) in fields {
        let name = key.replace("retweet", "repost").replace("tweet", "post");
        let value = normalised(value);
        let is_new_spelling = name == key;
        match result.get_mut(&name) {
            None => drop(result.insert(name, value)),
            Some(known) if known.is_null() || (is_new_spelling && !value.is_null()) => {
                *known = value;
            }
            Some(_) => {}
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_brought_to_the_new_spelling_and_values_are_left() {
        for (given, read) in [
            (json!({"edit_history_tweet_ids": [""]}), json!({"edit_history_post_ids": [""]})),
            (json!({"a": [{"retweet_count": 1}]}), json!({"a": [{"repost_count": 1}]})),
            (json!({"text": "tweet"}), json!({"text": "tweet"})),
            (json!({"tweet_count": 1, "post_count": 2}), json!({"post_count": 2})),
            (json!({"post_count": 2, "tweet_count": 1}), json!({"post_count": 2})),
            (json!({"post_count": null, "tweet_count": 1}), json!({"post_count": 1})),
            (json!({"tweet_count": 1, "post_count": null}), json!({"post_count": 1})),
        ] {
            assert_eq!(parse(given.to_string().as_bytes()), Some(read), "{given}");
        }
    }

    #[test]
    fn what_is_not_an_object_is_nothing() {
        for body in ["", "<html>", "[]", "\"x\"", "{", "{\"a\":1}}", "null"] {
            assert_eq!(parse(body.as_bytes()), None, "{body}");
        }
        assert_eq!(parse(&[b'{', 0xFF, b'}']), None);
        assert_eq!(parse("[".repeat(100_000).as_bytes()), None);
    }

    #[test]
    fn ids_may_be_numbers() {
        for (value, read) in [
            (json!("1445880548472328192"), Some("1445880548472328192")),
            (json!(1_445_880_548_472_328_192_u64), Some("1445880548472328192")),
            (json!(1.5), None),
            (json!(-1), None),
            (json!(""), None),
            (json!("12a"), None),
            (json!(null), None),
        ] {
            assert_eq!(id(&value).as_ref().map(XPostId::as_str), read, "{value}");
        }
    }

    #[test]
    fn a_send_carries_the_text_alone() {
        let body = create_post_body("a \"b\" \u{1F44B}\n");
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body, json!({"text": "a \"b\" \u{1F44B}\n"}));
    }
}

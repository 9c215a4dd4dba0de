//! Candidates out of what a model wrote. Asked for `{"posts":[{"number","text"}]}`; models also give
//! a bare list, a list of strings, fences around it, thoughts before it, or half of it.

use domain::model::Candidate;
use domain::ports::TopicWish;
use domain::rules::prompt::wish_of;
use serde_json::{Deserializer, Value};

/// More than any batch asks for; a model that does not stop is not followed.
const CANDIDATES_MAX: usize = 200;

/// Names under which models put the text.
const TEXT_KEYS: [&str; 6] = ["text", "content", "post", "body", "tweet", "message"];

/// Every whole candidate in `content`, in order.
pub(super) fn harvest(content: &str, wishes: &[TopicWish]) -> Vec<Candidate> {
    let json = without_thoughts(content);
    let items = whole(json).unwrap_or_else(|| complete_items(json));
    items
        .iter()
        .filter_map(Item::of)
        .enumerate()
        .take(CANDIDATES_MAX)
        .map(|(position, item)| match wish_of(wishes, item.number, item.topic, position) {
            Some(wish) => wish.fulfilled_by(item.text),
            None => Candidate { text: item.text.to_owned(), ..Candidate::default() },
        })
        .collect()
}

/// Some servers leave the model's thinking in the answer.
fn without_thoughts(content: &str) -> &str {
    content.rsplit_once("</think>").map_or(content, |(_, after)| after)
}

/// The list in the first whole JSON value, whatever stands around it.
fn whole(text: &str) -> Option<Vec<Value>> {
    let start = text.find(['{', '['])?;
    let value = Deserializer::from_str(&text[start..]).into_iter::<Value>().next()?.ok()?;
    list_in(value)
}

fn list_in(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(items) => Some(items),
        Value::Object(mut fields) => {
            if let Some(Value::Array(items)) = fields.remove("posts") {
                return Some(items);
            }
            if text_in(&Value::Object(fields.clone())).is_some() {
                return Some(vec![Value::Object(fields)]);
            }
            fields.into_iter().find_map(|(_, value)| match value {
                Value::Array(items) => Some(items),
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Object(_) => None,
            })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// The items of a list that breaks off: all that are whole.
fn complete_items(text: &str) -> Vec<Value> {
    let from = text.find("\"posts\"").unwrap_or(0);
    let Some(start) = text[from..].find('[') else { return Vec::new() };
    let mut rest = &text[from + start + 1..];
    let mut items = Vec::new();
    while items.len() < CANDIDATES_MAX {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        let mut stream = Deserializer::from_str(rest).into_iter::<Value>();
        let Some(Ok(item)) = stream.next() else { break };
        rest = &rest[stream.byte_offset()..];
        items.push(item);
    }
    items
}

/// One post of an answer.
struct Item<'a> {
    text: &'a str,
    number: Option<u64>,
    topic: Option<&'a str>,
}

impl<'a> Item<'a> {
    fn of(item: &'a Value) -> Option<Self> {
        let text =
            item.as_str().or_else(|| text_in(item)).filter(|text| !text.trim().is_empty())?;
        let number = item
            .get("number")
            .and_then(|number| number.as_u64().or_else(|| number.as_str()?.trim().parse().ok()));
        Some(Self { text, number, topic: item.get("topic").and_then(Value::as_str) })
    }
}

fn text_in(item: &Value) -> Option<&str> {
    TEXT_KEYS.iter().find_map(|key| item.get(key)?.as_str())
}

#[cfg(test)]
mod tests;

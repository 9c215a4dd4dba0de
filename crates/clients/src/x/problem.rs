//! X's four ways of saying that something is wrong, read into one shape: the problem document, the
//! same with `errors[]`, the legacy `errors[]` with numbers, and OAuth's `error`.

use domain::model::Secret;
use domain::ports::Problem;
use serde_json::Value;

use super::wire::{integer, list, text};
use crate::redact::printable;

/// Sentences of `errors[]` that are kept.
const MESSAGES_MAX: usize = 10;

/// Reads what `json` says went wrong; empty where it says nothing. `secrets` are masked.
pub(super) fn read(json: &Value, secrets: &[&Secret]) -> Problem {
    let clean = |value: &Value| text(value).map(|text| printable(&text, secrets));
    let errors = list(json, "errors");
    // Where the document itself has no title, its first error may be a document of its own.
    let sources: Vec<&Value> = std::iter::once(json).chain(errors.first()).collect();
    let first = |keys: &[&str]| {
        sources.iter().find_map(|source| keys.iter().find_map(|key| clean(source.get(key)?)))
    };
    Problem {
        title: first(&["title", "error"]),
        detail: json
            .get("detail")
            .or_else(|| json.get("error_description"))
            .and_then(clean)
            .or_else(|| errors.first()?.get("detail").and_then(clean)),
        kind: sources.iter().find_map(|source| kind(source.get("type")?)),
        messages: messages(json, errors).filter_map(clean).take(MESSAGES_MAX).collect(),
        codes: std::iter::once(json)
            .chain(errors)
            .filter_map(|error| integer(error.get("code")?))
            .take(MESSAGES_MAX)
            .collect(),
        reset_date: json.get("reset_date").and_then(clean),
        period: first(&["period"]),
    }
}

/// One sentence for a person: the most telling part there is.
pub(super) fn sentence(status: u16, problem: &Problem) -> String {
    let words = problem.detail.as_ref().or(problem.messages.first()).or(problem.title.as_ref());
    match words {
        Some(words) => format!("{words} (HTTP {status})"),
        None => format!("HTTP {status}"),
    }
}

/// The last part of `type`; the host before it changed once already.
fn kind(value: &Value) -> Option<String> {
    let address = value.as_str()?.trim().trim_end_matches('/');
    let (_, tail) = address.rsplit_once('/')?;
    (!tail.is_empty()).then(|| printable(tail, &[]))
}

fn messages<'a>(json: &'a Value, errors: &'a [Value]) -> impl Iterator<Item = &'a Value> {
    let own = json.get("message");
    // A list of plain sentences has been seen too.
    own.into_iter().chain(
        errors
            .iter()
            .filter_map(|error| if error.is_string() { Some(error) } else { error.get("message") }),
    )
}

#[cfg(test)]
mod tests;

//! The JSON of a grammar: rules by name, each a text or a list of texts.
//!
//! It is read by hand, because a map would silently keep the second of two rules of one name, and a
//! list of texts would stop at the first that is none.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::error::Category;

use super::mistake::Mistake;

/// A grammar is written by people; a larger file is something else.
pub const FILE_BYTES_MAX: usize = 1024 * 1024;

const SHAPE: &str = r#"{"origin": ["Good #time#!"], "time": ["morning", "night"]}"#;

/// A text of a rule.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OptionText {
    pub(super) path: String,
    pub(super) text: String,
}

/// The rules of a file.
pub(super) type Texts = BTreeMap<String, Vec<OptionText>>;

/// The rules in `json`, without those that cannot be read.
pub(super) fn read(json: &str, mistakes: &mut Vec<Mistake>) -> Texts {
    let mut texts = Texts::new();
    if json.len() > FILE_BYTES_MAX {
        // How large it is in all is not known to one who reads no more than this of a file.
        let found = format!("more than {FILE_BYTES_MAX} bytes");
        let mend = "is it the right file? If it is, leave some rules out";
        mistakes.push(Mistake::new("", found, "a grammar that a person can read", mend));
        return texts;
    }
    let json = json.strip_prefix('\u{feff}').unwrap_or(json);
    let members = match serde_json::from_str::<Members>(json) {
        Ok(Members(members)) => members,
        Err(error) => {
            mistakes.push(unreadable(&error));
            return texts;
        }
    };
    for (rule, value) in members {
        if texts.contains_key(&rule) {
            let found = format!("a second rule `{rule}`");
            let mend = "join their lists, or rename one of the two";
            mistakes.push(Mistake::new(rule, found, "each name once", mend));
            continue;
        }
        let options = options(&rule, value, mistakes);
        texts.insert(rule, options);
    }
    texts
}

fn unreadable(error: &serde_json::Error) -> Mistake {
    let path = format!("line {}, column {}", error.line(), error.column());
    let (found, mend) = match error.classify() {
        Category::Data => ("no JSON object", "write rules by name"),
        Category::Eof => ("JSON without its end", "close what is open"),
        Category::Syntax | Category::Io => {
            ("no JSON from here on", "look for a comma or a quote that is missing or one too many")
        }
    };
    Mistake::new(path, found, SHAPE, mend)
}

fn options(rule: &str, value: Value, mistakes: &mut Vec<Mistake>) -> Vec<OptionText> {
    let mut wrong = |path: String, found: &str| {
        let mend = "put texts into double quotes";
        mistakes.push(Mistake::new(path, found, "a text or a list of texts", mend));
    };
    let values = match value {
        Value::String(text) => return vec![OptionText { path: rule.to_owned(), text }],
        Value::Array(values) if values.is_empty() => {
            wrong(rule.to_owned(), "an empty list");
            return Vec::new();
        }
        Value::Array(values) => values,
        other => {
            wrong(rule.to_owned(), kind(&other));
            return Vec::new();
        }
    };
    let mut options = Vec::with_capacity(values.len());
    for (index, value) in values.into_iter().enumerate() {
        let path = format!("{rule}[{index}]");
        match value {
            Value::String(text) => options.push(OptionText { path, text }),
            other => wrong(path, kind(&other)),
        }
    }
    options
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list in a list",
        Value::Object(_) => "an object",
    }
}

/// The members of an object in their order, doubles included.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rules by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

//! Schemas as rows that a person reads.

use serde_json::Value;

use super::{list, text};
use crate::component::Prose;

const SCHEMAS: &str = "#/components/schemas/";

/// A field, or a parameter.
pub(super) struct Field {
    pub(super) name: String,
    /// Where it stands, for a parameter.
    pub(super) place: String,
    pub(super) kind: String,
    /// The shape that it has, where that has a name.
    pub(super) shape: Option<String>,
    pub(super) is_required: bool,
    pub(super) says: Prose<String>,
}

/// A schema with a name.
pub(super) struct Shape {
    pub(super) name: String,
    pub(super) says: Prose<String>,
    /// Its words, where it is one of some.
    pub(super) words: Vec<String>,
    /// Its fields; several lists where it has several forms.
    pub(super) forms: Vec<Vec<Field>>,
}

impl Field {
    pub(super) fn of_parameter(parameter: &Value) -> Self {
        let schema = &parameter["schema"];
        Self {
            name: text(&parameter["name"]).to_owned(),
            place: text(&parameter["in"]).to_owned(),
            kind: kind(schema),
            shape: name_of(schema),
            is_required: parameter["required"] == true,
            says: Prose(text(&parameter["description"]).to_owned()),
        }
    }
}

/// The shapes of a document, by name.
pub(super) fn shapes(document: &Value) -> Vec<Shape> {
    let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
    schemas
        .map(|(name, schema)| Shape {
            name: name.clone(),
            says: Prose(text(&schema["description"]).to_owned()),
            words: list(&schema["enum"]).iter().map(|word| text(word).to_owned()).collect(),
            forms: match list(&schema["oneOf"]) {
                [] => vec![fields(schema)],
                forms => forms.iter().map(fields).collect(),
            },
        })
        .collect()
}

/// The fields of an object.
pub(super) fn fields(schema: &Value) -> Vec<Field> {
    let required = list(&schema["required"]);
    let fields = schema["properties"].as_object().into_iter().flatten();
    fields
        .map(|(name, field)| Field {
            name: name.clone(),
            place: String::new(),
            kind: kind(field),
            shape: name_of(field).or_else(|| name_of(&field["items"])),
            is_required: required.iter().any(|one| one == name),
            says: Prose(text(&field["description"]).to_owned()),
        })
        .collect()
}

/// The name of a schema that is named; a value that may be absent is one of it and nothing.
pub(super) fn name_of(schema: &Value) -> Option<String> {
    let named = |schema: &Value| text(&schema["$ref"]).strip_prefix(SCHEMAS).map(str::to_owned);
    named(schema).or_else(|| list(&schema["oneOf"]).iter().find_map(named))
}

/// What may stand there, in a few words.
pub(super) fn kind(schema: &Value) -> String {
    if let Some(name) = name_of(schema) {
        let is_open = list(&schema["oneOf"]).iter().any(|one| one["type"] == "null");
        return if is_open { format!("{name} or null") } else { name };
    }
    let words: Vec<&str> = list(&schema["enum"]).iter().map(text).collect();
    if !words.is_empty() {
        return words.join(" | ");
    }
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().map(text).collect::<Vec<_>>().join(" or "),
        kind => text(kind).to_owned(),
    };
    if kinds == "array" {
        return format!("list of {}", kind(&schema["items"]));
    }
    let kinds = match text(&schema["format"]) {
        "date-time" => kinds.replace("string", "time"),
        "date" => kinds.replace("string", "day"),
        _ => kinds,
    };
    format!("{kinds}{}", bounds(schema))
}

/// ` 1 to 100`, ` of at most 80 characters`.
fn bounds(schema: &Value) -> String {
    let number = |name: &str| schema[name].as_i64();
    match (number("minimum"), number("maximum"), number("maxLength")) {
        (Some(from), Some(to), _) => format!(", {from} to {to}"),
        (_, _, Some(max)) => format!(", at most {max} characters"),
        (Some(0) | None, None, None) | (None, Some(_), None) => String::new(),
        (Some(from), None, None) => format!(", {from} or more"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_is_told_in_a_few_words() {
        for (schema, said) in [
            (json!({"type": "string"}), "string"),
            (json!({"type": ["string", "null"], "format": "date-time"}), "time or null"),
            (json!({"type": "integer", "minimum": 1, "maximum": 100}), "integer, 1 to 100"),
            (json!({"type": "integer", "minimum": 0}), "integer"),
            (json!({"type": "string", "maxLength": 80}), "string, at most 80 characters"),
            (json!({"type": "string", "enum": ["a", "b"]}), "a | b"),
            (
                json!({"type": "array", "items": {"$ref": "#/components/schemas/Post"}}),
                "list of Post",
            ),
            (
                json!({"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Slot"}]}),
                "Slot or null",
            ),
        ] {
            assert_eq!(kind(&schema), said);
        }
    }
}

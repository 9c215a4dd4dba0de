//! What a server was found to take. Everything is asked for at first; each refusal that names a
//! parameter takes one step down, and no step is ever taken back, so trying ends.

use serde_json::Value;

/// How the shape of the answer is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// `json_schema`, strict.
    Schema,
    /// `json_object`.
    Object,
    /// Only in words.
    InWords,
}

/// How the length of the answer is bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// `max_completion_tokens`.
    CompletionTokens,
    /// `max_tokens`, its old name.
    Tokens,
    /// Not at all.
    Unbounded,
}

/// What to put into a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Capabilities {
    pub(super) shape: Shape,
    pub(super) bound: Bound,
    pub(super) sets_reasoning: bool,
    pub(super) sets_temperature: bool,
}

impl Capabilities {
    /// Steps down at most: two shapes, two bounds, reasoning, temperature.
    pub(super) const STEPS_MAX: usize = 6;

    /// Everything, for a model of this name.
    pub(super) fn all(model: &str) -> Self {
        Self {
            shape: Shape::Schema,
            bound: Bound::CompletionTokens,
            sets_reasoning: reasons_by_default(model),
            sets_temperature: true,
        }
    }

    /// One step down from what the server refused in `body`; `None` if the refusal is about
    /// something else.
    pub(super) fn without_what_is_refused(self, body: &[u8]) -> Option<Self> {
        let words = refusal_words(body);
        let names = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
        if self.sets_reasoning
            && names(&["reasoning_effort", "reasoning effort", "reasoning.effort"])
        {
            Some(Self { sets_reasoning: false, ..self })
        } else if names(&["max_completion_tokens", "max_tokens"]) && self.bound != Bound::Unbounded
        {
            Some(Self { bound: self.bound.next(), ..self })
        } else if names(&[
            "response_format",
            "json_schema",
            "json_object",
            "structured output",
            "grammar",
        ]) && self.shape != Shape::InWords
        {
            Some(Self { shape: self.shape.next(), ..self })
        } else if self.sets_temperature && names(&["temperature"]) {
            Some(Self { sets_temperature: false, ..self })
        } else {
            None
        }
    }
}

impl Shape {
    fn next(self) -> Self {
        match self {
            Self::Schema => Self::Object,
            Self::Object | Self::InWords => Self::InWords,
        }
    }
}

impl Bound {
    fn next(self) -> Self {
        match self {
            Self::CompletionTokens => Self::Tokens,
            Self::Tokens | Self::Unbounded => Self::Unbounded,
        }
    }
}

/// These think before they write unless told not to: paid tokens that a short post does not need.
/// They take a temperature only while they do not think.
fn reasons_by_default(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model).to_ascii_lowercase();
    ["gpt-5", "gpt-6"].iter().any(|family| name.starts_with(family))
}

/// What the refusal is about: the parameter it names, else its sentence, else the body as it is
/// (servers built on other frameworks list field paths instead).
fn refusal_words(body: &[u8]) -> String {
    const READ_BYTES_MAX: usize = 8 * 1024;
    let raw = || String::from_utf8_lossy(&body[..body.len().min(READ_BYTES_MAX)]).into_owned();
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let error = json.get("error").unwrap_or(&json);
    let text = |key: &str| error.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    text("param").or_else(|| text("message")).map_or_else(raw, str::to_owned).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_takes_the_step_it_names() {
        let all = Capabilities::all("gpt-6-luna");
        let old_bound = Capabilities { bound: Bound::Tokens, ..all };
        for (from, body, to) in [
            (
                all,
                r#"{"error":{"message":"Unsupported parameter: 'max_completion_tokens'"}}"#,
                Some(old_bound),
            ),
            (
                old_bound,
                r#"{"error":{"message":"no","param":"max_tokens"}}"#,
                Some(Capabilities { bound: Bound::Unbounded, ..all }),
            ),
            (
                all,
                r#"{"error":{"code":400,"message":"json_schema or grammar, not both"}}"#,
                Some(Capabilities { shape: Shape::Object, ..all }),
            ),
            (
                all,
                r#"{"error":"response_format.type must be text"}"#,
                Some(Capabilities { shape: Shape::Object, ..all }),
            ),
            (
                all,
                r#"{"detail":[{"loc":["body","reasoning_effort"],"msg":"Extra inputs are not permitted"}]}"#,
                Some(Capabilities { sets_reasoning: false, ..all }),
            ),
            (
                all,
                r#"{"error":{"param":"temperature","message":"Only the default (1) with reasoning_effort"}}"#,
                Some(Capabilities { sets_temperature: false, ..all }),
            ),
            (all, r#"{"error":{"message":"The model `gpt-7` does not exist"}}"#, None),
            (all, "", None),
        ] {
            assert_eq!(from.without_what_is_refused(body.as_bytes()), to, "{body}");
        }
    }

    #[test]
    fn trying_ends_whatever_a_server_refuses() {
        let everything = b"temperature reasoning_effort response_format max_tokens";
        let mut capabilities = Some(Capabilities::all("gpt-5-mini"));
        let mut steps = 0;
        while let Some(next) = capabilities.and_then(|c| c.without_what_is_refused(everything)) {
            capabilities = Some(next);
            steps += 1;
        }
        assert_eq!(steps, Capabilities::STEPS_MAX);
    }

    #[test]
    fn only_models_that_think_by_default_are_told_not_to() {
        for (model, is_told) in [
            ("gpt-6-luna", true),
            ("openai/gpt-5.6-terra", true),
            ("gpt-4.1-mini", false),
            ("llama3.2", false),
            ("gpt-oss:20b", false),
        ] {
            assert_eq!(Capabilities::all(model).sets_reasoning, is_told, "{model}");
        }
    }
}

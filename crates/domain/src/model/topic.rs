//! What a persona writes about.

use serde::{Deserialize, Serialize};

/// The heaviest a topic can be. Beyond a hundred to one the lighter topic would hardly ever come.
pub const WEIGHT_MAX: u32 = 100;

/// A topic of a persona. Its name alone is enough; the rest says how often it comes and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// What it is called, in files, in the queue and to the model. Unique within the persona.
    pub name: String,
    /// How often it comes beside the others, 1 to [`WEIGHT_MAX`].
    #[serde(default = "light", skip_serializing_if = "is_light")]
    pub weight: u32,
    /// Sides from which it can be looked at; they take turns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub angles: Vec<String>,
    /// Forms that a post on it takes, instead of the persona's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formats: Vec<String>,
}

impl Topic {
    /// A topic with the weight 1 and nothing else.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), weight: light(), angles: Vec::new(), formats: Vec::new() }
    }

    /// Whether its name says all there is.
    pub fn is_bare(&self) -> bool {
        is_light(&self.weight) && self.angles.is_empty() && self.formats.is_empty()
    }
}

impl From<&str> for Topic {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

fn light() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes every field like this")]
fn is_light(weight: &u32) -> bool {
    *weight == light()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_says_only_what_is_not_as_usual() {
        let bare: Topic = serde_json::from_str(r#"{"name":"fog"}"#).unwrap();
        assert_eq!(bare, Topic::new("fog"));
        assert!(bare.is_bare());
        assert_eq!(serde_json::to_string(&bare).unwrap(), r#"{"name":"fog"}"#);
        let heavy = Topic { weight: 3, angles: vec!["smell".to_owned()], ..bare };
        assert!(!heavy.is_bare());
        let json = serde_json::to_string(&heavy).unwrap();
        assert_eq!(json, r#"{"name":"fog","weight":3,"angles":["smell"]}"#);
        assert_eq!(serde_json::from_str::<Topic>(&json).unwrap(), heavy);
    }
}

//! What a persona has beyond the seed's columns: one column of JSON, so that the seed's `topics` stays
//! a list of names.

use domain::model::{Persona, ReadingLevel, Topic};
use serde::{Deserialize, Serialize};

/// The column `manner`.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Manner {
    /// The topics that are more than a name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    topics: Vec<Topic>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) formats: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) examples: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) never_say: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reading_level: Option<ReadingLevel>,
}

impl Manner {
    /// What of a persona goes into the column.
    pub(crate) fn of(persona: &Persona) -> Self {
        let more = persona.topics.iter().filter(|topic| !topic.is_bare());
        Self {
            topics: more.cloned().collect(),
            formats: persona.formats.clone(),
            examples: persona.examples.clone(),
            never_say: persona.never_say.clone(),
            reading_level: persona.reading_level,
        }
    }

    /// The topics of these names.
    pub(crate) fn topics(&self, names: Vec<String>) -> Vec<Topic> {
        let more = |name: &String| self.topics.iter().find(|topic| topic.name == *name).cloned();
        names.into_iter().map(|name| more(&name).unwrap_or_else(|| Topic::new(name))).collect()
    }
}

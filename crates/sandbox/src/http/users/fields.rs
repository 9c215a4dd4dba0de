//! Which fields a request asks for. X sends only those, and refuses parameters that it does not know.

use crate::problem;
use crate::reply::WireAnswer;
use crate::{Vocabularies, Vocabulary};

/// Names of fields that were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<String>);

impl Fields {
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|field| field == name)
    }

    pub(super) fn add(&mut self, list: &str) {
        self.0.extend(list.split(',').map(|name| name.trim().to_owned()));
    }
}

/// What `users/me` may be asked.
pub(super) fn of_user(query: &[(String, String)]) -> Result<Fields, WireAnswer> {
    let mut wanted = Fields::default();
    for (name, value) in query {
        match name.as_str() {
            "user.fields" => wanted.add(value),
            "post.fields" | "tweet.fields" | "expansions" => {}
            _ => return Err(problem::unknown_parameter(name, value)),
        }
    }
    Ok(wanted)
}

/// Whether the spelling of a field parameter is understood.
pub(super) fn spelling_is_known(name: &str, vocabularies: Vocabularies) -> bool {
    let own = match vocabularies.timeline {
        Vocabulary::Old => "tweet.fields",
        Vocabulary::New => "post.fields",
    };
    !vocabularies.refuses_other_spelling || name == own
}

//! X renamed `tweet` to `post` in its field names without a version, one endpoint after the other.
//! The sandbox can speak either per endpoint.

use serde::{Deserialize, Serialize};

/// Which names an endpoint answers with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vocabulary {
    /// `edit_history_tweet_ids`, `tweet_count`, `retweet_count`.
    Old,
    /// `edit_history_post_ids`, `post_count`, `repost_count`.
    #[default]
    New,
}

impl Vocabulary {
    /// The name of `old` in this vocabulary.
    pub(crate) fn name(self, old: &'static str) -> String {
        match self {
            Self::Old => old.to_owned(),
            Self::New => old.replace("retweet", "repost").replace("tweet", "post"),
        }
    }
}

/// The vocabulary of each endpoint. The default is what was seen in autumn 2026: timelines renamed,
/// the answer to a new post and the users not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Vocabularies {
    /// `POST /2/tweets`.
    pub send: Vocabulary,
    /// `GET /2/users/:id/tweets`.
    pub timeline: Vocabulary,
    /// `GET /2/users/me`.
    pub me: Vocabulary,
    /// Whether a field parameter in the other spelling is refused with 400 instead of understood.
    pub refuses_other_spelling: bool,
}

impl Default for Vocabularies {
    fn default() -> Self {
        Self {
            send: Vocabulary::Old,
            timeline: Vocabulary::New,
            me: Vocabulary::Old,
            refuses_other_spelling: false,
        }
    }
}

impl Vocabularies {
    /// One spelling everywhere.
    pub fn all(vocabulary: Vocabulary) -> Self {
        Self {
            send: vocabulary,
            timeline: vocabulary,
            me: vocabulary,
            refuses_other_spelling: false,
        }
    }
}

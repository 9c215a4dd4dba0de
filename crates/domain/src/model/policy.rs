//! What a persona lets its bot write.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::MAX_LENGTH_DEFAULT;
use super::post::hex;

/// Fingerprint of a policy. An approval is bound to it: under another policy nobody said yes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PolicyHash(String);

impl PolicyHash {
    /// A hash read from the database; not checked, because a foreign one still must be shown.
    pub fn from_hex(hex: impl Into<String>) -> Self {
        Self(hex.into())
    }

    /// 64 hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PolicyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The review policy of a persona. What X forbids every automated account is no choice and stands
/// in the rules; the default allows everything else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// The longest post, in X's weighted characters, 1 to 280.
    pub max_length: u32,
    /// Languages it writes in, as ISO 639-1 codes (`en`, `pt`); none means any.
    pub languages: Vec<String>,
    /// Which links may stand in a post.
    pub links: LinkPolicy,
    /// Handles that agreed to be mentioned, without their at sign.
    pub mentions_allowed: Vec<String>,
    /// How many hashtags a post may have; none means any number.
    pub hashtags_max: Option<u32>,
    /// The only hashtags that may be used, without their sign; none means any.
    pub hashtags_allowed: Vec<String>,
    /// How many cashtags a post may have. X's own limit stays below, whatever stands here.
    pub cashtags_max: u32,
    /// How many emoji a post may have; none means any number.
    pub emoji_max: Option<u32>,
    /// Words and phrases that it never says.
    pub banned_words: Vec<String>,
    /// What each post must say of its origin (`🤖`, `automated`); none means nothing.
    pub disclosure: Option<String>,
    /// What trends right now beyond the bot's own topics; no hashtag may ride on it.
    pub trends: Vec<String>,
}

/// Which links may stand in a post.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPolicy {
    /// All.
    #[default]
    Any,
    /// None at all; a post with a link costs 13 times one without.
    None,
    /// Those to these hosts and to hosts below them.
    Hosts(Vec<String>),
    /// Exactly the one of the item that the post is about, and it must be there.
    Own(String),
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            max_length: MAX_LENGTH_DEFAULT,
            languages: Vec::new(),
            links: LinkPolicy::Any,
            mentions_allowed: Vec::new(),
            hashtags_max: None,
            hashtags_allowed: Vec::new(),
            cashtags_max: 1,
            emoji_max: None,
            banned_words: Vec::new(),
            disclosure: None,
            trends: Vec::new(),
        }
    }
}

impl Policy {
    /// Its fingerprint. Only what differs from the default counts, so that a version of Flockwork which
    /// knows one more kind of policy undoes no approval.
    pub fn hash(&self) -> PolicyHash {
        let of = |policy: &Self| serde_json::to_value(policy).unwrap_or_default();
        let (own, default) = (of(self), of(&Self::default()));
        let changed: serde_json::Map<String, Value> = match own {
            Value::Object(fields) => {
                let differs = |(name, value): &(String, Value)| default.get(name) != Some(value);
                fields.into_iter().filter(differs).collect()
            }
            _ => serde_json::Map::new(),
        };
        PolicyHash(hex(&Sha256::digest(Value::Object(changed).to_string().as_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_that_allows_something_else_has_another_hash() {
        let default = Policy::default();
        assert_eq!(default.hash(), Policy::default().hash());
        let mut hashes = vec![default.hash()];
        for policy in [
            Policy { max_length: 200, ..default.clone() },
            Policy { links: LinkPolicy::None, ..default.clone() },
            Policy { banned_words: vec!["free".to_owned()], ..default.clone() },
            Policy { disclosure: Some("(bot)".to_owned()), ..default.clone() },
            Policy { hashtags_max: Some(0), ..default },
        ] {
            assert!(!hashes.contains(&policy.hash()), "{policy:?}");
            hashes.push(policy.hash());
        }
        assert_eq!(hashes[0].as_str().len(), 64);
    }

    #[test]
    fn a_policy_names_only_what_it_changes() {
        let policy: Policy =
            serde_json::from_str(r#"{"languages":["de"],"links":{"hosts":["a.org"]}}"#).unwrap();
        assert_eq!(policy.languages, ["de"]);
        assert_eq!(policy.links, LinkPolicy::Hosts(vec!["a.org".to_owned()]));
        assert_eq!((policy.max_length, policy.cashtags_max), (280, 1));
        let none: Policy = serde_json::from_str(r#"{"links":"none"}"#).unwrap();
        assert_eq!(none.links, LinkPolicy::None);
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        assert!(serde_json::from_str::<Policy>(r#"{"link":"none"}"#).is_err());
    }
}

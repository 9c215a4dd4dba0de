//! What a persona lets its bot write.

use serde::{Deserialize, Serialize};

use super::MAX_LENGTH_DEFAULT;

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

#[cfg(test)]
mod tests {
    use super::*;

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

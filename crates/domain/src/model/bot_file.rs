//! What of a bot's file the database keeps as the file says it, to give it back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Feed, PurseCaps};

/// Keys of `bots/NAME.toml` that no other part of a bot remembers. A bot of the dashboard has what its
/// form says of them; one of the environment has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BotFile {
    /// Its own grammar, in Tracery's JSON; `None` for the built-in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grammar: Option<String>,
    /// Where it finds what it signs with: each key of `[twitter]`, and the variable or the path that
    /// stands there. Never a secret.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub twitter: BTreeMap<String, String>,
    /// What it may spend; what it does not say is that of all bots.
    #[serde(skip_serializing_if = "PurseCaps::are_open")]
    pub budget: PurseCaps,
    /// Whether it rehearses by its own word, and not only because its node does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    /// The feeds that it follows, each address once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub feeds: Vec<Feed>,
}

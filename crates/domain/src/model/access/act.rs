//! What somebody did, as the audit log keeps it.

use jiff::Timestamp;

use crate::model::words::words;

words! {
    /// What kind of somebody.
    ActorKind {
        /// At a browser.
        User = "user": "a person who is logged in",
        /// Over the API.
        Token = "token": "a program with a token",
        /// `FLOCKWORK_API_TOKEN`.
        Environment = "environment": "a program with the token of the environment",
        /// On the machine.
        Command = "command": "somebody at the command line of the machine",
        /// Nobody yet.
        Link = "link": "whoever held a link that was good once",
    }
}

/// Somebody who does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Of which kind.
    pub kind: ActorKind,
    /// By name.
    pub name: String,
}

/// What somebody asks for: kept with what it changes, in the same transaction, and not at all where
/// nothing is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Who.
    pub actor: Actor,
    /// What, as noun and verb: `post.approve`.
    pub action: &'static str,
    /// To what: `post 12`, `bot lighthouse`.
    pub object: String,
    /// What else a reader wants to know, without secrets.
    pub detail: Option<String>,
    /// From where.
    pub address: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// A line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActLine {
    /// 1, 2, 3 ..: without a gap.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// Who: `user`, ..
    pub kind: String,
    /// By name.
    pub actor: String,
    /// What.
    pub action: String,
    /// To what.
    pub object: String,
    /// What else.
    pub detail: Option<String>,
    /// From where.
    pub address: Option<String>,
    /// Of this line and the hash before it.
    pub hash: String,
}

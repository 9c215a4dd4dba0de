//! A person's yes or no to a post, bound to its exact bytes.

use jiff::Timestamp;

use super::words::words;
use super::{PayloadHash, PolicyHash};

words! {
    /// Who decides whether a bot's posts go out.
    ApprovalMode {
        /// Review alone.
        Auto = "auto": "what review passes is queued",
        /// A person, each time.
        Approval = "approval": "every post waits for a person's yes",
        /// Review where every rule is green, else a person.
        Risk = "risk": "what every rule passes is queued, the rest waits for a person's yes",
    }
}

words! {
    /// What was said of a post.
    ApprovalVerdict {
        /// These bytes may go out, under this policy.
        Approved = "approved": "approved",
        /// The text is another one now: what was said before is about the old one.
        Edited = "edited": "edited",
        /// It never goes out.
        Rejected = "rejected": "rejected",
        /// Nobody said anything in time.
        Expired = "expired": "expired",
    }
}

/// What a person has to do with a new post.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Consent {
    /// What the bot's mode demands.
    #[default]
    ByMode,
    /// A rule of review wants a person to look, whatever the mode.
    NeedsPerson {
        /// What it found, for that person.
        because: String,
    },
    /// A person wrote it or read it, and says yes with the same act.
    Given {
        /// Who.
        who: String,
        /// A rule of review wanted a person to look.
        needs_person: bool,
    },
}

/// One row of what was said of a post; only ever appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// What was said.
    pub verdict: ApprovalVerdict,
    /// Of which bytes.
    pub payload_hash: PayloadHash,
    /// Under which policy of the persona.
    pub policy_hash: PolicyHash,
    /// By whom.
    pub who: String,
    /// When.
    pub at: Timestamp,
    /// Why, where it was said.
    pub reason: Option<String>,
}

//! One try to publish.

use std::fmt;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::post::hex;
use super::{BotId, Fence, PostId, SlotId, TraceId, XPostId};

/// Row id of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptId(pub i64);

/// SHA-256 of the exact bytes that an attempt sends. A retry must carry the same (invariant I7), and
/// an approval is bound to it (I3).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PayloadHash(String);

impl PayloadHash {
    /// The hash of the bytes of `text`.
    pub fn of(text: &str) -> Self {
        Self(hex(&Sha256::digest(text.as_bytes())))
    }

    /// A hash read from the database; not checked, because a foreign one still must be shown.
    pub fn from_hex(hex: impl Into<String>) -> Self {
        Self(hex.into())
    }

    /// 64 hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PayloadHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is known of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttemptState {
    /// The intent is stored; the answer is not.
    Sending,
    /// X has the post.
    Posted,
    /// X certainly does not have it: it refused, or no byte was written.
    Refused,
    /// The answer was lost. The post may exist; only X can tell.
    Unknown,
    /// The answer was lost, and reconciliation proved that X never took it.
    Absent,
}

impl AttemptState {
    /// Every state, for tables and tests.
    pub const ALL: [Self; 5] =
        [Self::Sending, Self::Posted, Self::Refused, Self::Unknown, Self::Absent];

    /// The word in the database and on pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Posted => "posted",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::Absent => "absent",
        }
    }

    /// The state of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// An attempt whose outcome is still open, as reconciliation needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Row id.
    pub id: AttemptId,
    /// The slot it serves.
    pub slot: SlotId,
    /// The bot whose timeline tells.
    pub bot: BotId,
    /// The post it carries.
    pub post: PostId,
    /// 1 for the first try of this slot.
    pub number: u32,
    /// The node that made it.
    pub fence: Fence,
    /// The exact text that was sent.
    pub payload: String,
    /// The bot's newest own post before this attempt; `None` before its first.
    pub anchor: Option<XPostId>,
    /// When the first attempt of this slot whose answer was lost was intended. A duplicate that X
    /// reports later may be that one, so a match may be as old.
    pub first_intent_at: Timestamp,
    /// When this intent was stored.
    pub intent_at: Timestamp,
    /// No byte is written after this.
    pub send_by: Timestamp,
    /// Since when the socket is known to be closed; absence counts only from here.
    pub closed_at: Timestamp,
    /// X answered "duplicate" instead of nothing.
    pub is_duplicate_answer: bool,
    /// Admissible looks that did not find it.
    pub absence_votes: u32,
    /// Looks of any outcome, for the spacing of the next.
    pub looks: u32,
    /// The trace in which its slot is told; an older version stored none.
    pub trace: Option<TraceId>,
}

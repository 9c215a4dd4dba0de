//! Text that passed review.

use std::fmt;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{BotId, MicroUsd, SlotId};

/// Row id of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostId(pub i64);

/// Row id of a text that is kept aside: another series than that of posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EvergreenId(pub i64);

/// What stands for the model of a post that was kept aside, and in the list of writers.
pub const EVERGREEN: &str = "evergreen";

/// SHA-256 of a post's normal form (`rules::review::normal_form`), in lower-case hex. Unique over
/// all bots, because X forbids the same text on several accounts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ContentHash(String);

impl ContentHash {
    /// The hash of a text already brought to its normal form.
    pub fn of_normal_form(normal_form: &str) -> Self {
        Self(hex(&Sha256::digest(normal_form.as_bytes())))
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

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Where a post is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PostState {
    /// Written, waits for a person's approval.
    Draft,
    /// Waits for a slot.
    Queued,
    /// A slot holds it.
    Assigned,
    /// X has it.
    Published,
    /// It would have gone out, but the bot only rehearses (`DRY_RUN`).
    DryRun,
    /// It will never go out: X refused its content, or a person took it away.
    Rejected,
}

impl PostState {
    /// Every state, for tables and tests.
    pub const ALL: [Self; 6] =
        [Self::Draft, Self::Queued, Self::Assigned, Self::Published, Self::DryRun, Self::Rejected];

    /// The word in the database, in JSON and on pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Queued => "queued",
            Self::Assigned => "assigned",
            Self::Published => "published",
            Self::DryRun => "dry_run",
            Self::Rejected => "rejected",
        }
    }

    /// The state of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// A post as the queue holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Post {
    /// Row id.
    pub id: PostId,
    /// The bot it was written for.
    pub bot: BotId,
    /// The exact text that goes out.
    pub content: String,
    /// Its topic (the seed's `category`); `None` for imported text without one.
    pub topic: Option<String>,
    /// Where it is in its life.
    pub state: PostState,
    /// The slot that holds it or sent it.
    pub slot: Option<SlotId>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// What writing it cost.
    pub generation_cost: MicroUsd,
    /// Tokens that writing it took.
    pub generation_tokens: u64,
    /// Who wrote it: a model's id, `grammar`, or `import`.
    pub generation_model: Option<String>,
    /// Hash of its normal form.
    pub content_hash: ContentHash,
}

//! An X account that we run.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ApprovalMode, BotFile, Persona, Schedule, XUserId};

/// The name of a bot: 1 to 64 ASCII letters, digits, `-` or `_`. It stands in file names, URLs and
/// log lines, so nothing else is allowed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BotId(String);

/// Not the name of a bot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a bot name: 1 to 64 letters, digits, `-` or `_` are")]
pub struct BotIdError(String);

impl BotId {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for BotId {
    type Error = BotIdError;
    fn try_from(name: String) -> Result<Self, BotIdError> {
        let is_name = (1..=64).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if is_name { Ok(Self(name)) } else { Err(BotIdError(name.chars().take(80).collect())) }
    }
}

impl TryFrom<&str> for BotId {
    type Error = BotIdError;
    fn try_from(name: &str) -> Result<Self, BotIdError> {
        Self::try_from(name.to_owned())
    }
}

impl std::str::FromStr for BotId {
    type Err = BotIdError;
    fn from_str(name: &str) -> Result<Self, BotIdError> {
        Self::try_from(name)
    }
}

impl From<BotId> for String {
    fn from(id: BotId) -> Self {
        id.0
    }
}

impl fmt::Display for BotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a bot posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BotState {
    /// It posts.
    Active,
    /// It plans and writes, but does not post until someone resumes it.
    Paused,
    /// X no longer takes its token.
    NeedsLogin,
    /// It is no longer declared anywhere; nothing is planned for it.
    Closed,
}

impl BotState {
    /// Every state, for tables and tests.
    pub const ALL: [Self; 4] = [Self::Active, Self::Paused, Self::NeedsLogin, Self::Closed];

    /// The word in the database, in JSON and on pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::NeedsLogin => "needs_login",
            Self::Closed => "closed",
        }
    }

    /// The state of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// Why a bot does not post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StateReason {
    /// A person paused it.
    Operator,
    /// The app has no credit left, or reached X's spending limit.
    Billing,
    /// X's usage cap for the period is reached.
    UsageCap,
    /// X refused the token.
    Auth,
    /// X says the app or account may not post at all.
    NotPermitted,
    /// X suspended its account.
    Suspended,
    /// X locked its account until a person unlocks it.
    Locked,
    /// X refused a post because it looks automated.
    LooksAutomated,
    /// X did one of these to several accounts of its app.
    AssociatesRestricted,
    /// X refused three posts in a row for good.
    RefusedInRow,
    /// The same post was seen twice on its timeline.
    DuplicateObserved,
    /// It is no longer declared in the configuration.
    Undeclared,
}

impl StateReason {
    /// Every reason, for tables and tests.
    pub const ALL: [Self; 12] = [
        Self::Operator,
        Self::Billing,
        Self::UsageCap,
        Self::Auth,
        Self::NotPermitted,
        Self::Suspended,
        Self::Locked,
        Self::LooksAutomated,
        Self::AssociatesRestricted,
        Self::RefusedInRow,
        Self::DuplicateObserved,
        Self::Undeclared,
    ];

    /// The word in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Billing => "billing",
            Self::UsageCap => "usage_cap",
            Self::Auth => "auth",
            Self::NotPermitted => "not_permitted",
            Self::Suspended => "suspended",
            Self::Locked => "locked",
            Self::LooksAutomated => "looks_automated",
            Self::AssociatesRestricted => "associates_restricted",
            Self::RefusedInRow => "refused_in_row",
            Self::DuplicateObserved => "duplicate_observed",
            Self::Undeclared => "undeclared",
        }
    }

    /// The reason of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }

    /// What happened and what to do, for a person.
    pub fn explain(self) -> &'static str {
        match self {
            Self::Operator => "paused by hand; resume it when it may post again",
            Self::Billing => "X says the account has no credit left; top it up, then resume",
            Self::UsageCap => "X's usage cap for this period is reached; resume after it resets",
            Self::Auth => {
                "X no longer accepts its token; renew the four TWITTER_ values, restart, then resume it"
            }
            Self::NotPermitted => "X does not permit this app to post; see `flockwork doctor`",
            Self::Suspended => {
                "X suspended its account; appeal at help.x.com, and resume it only when X lifted that"
            }
            Self::Locked => "X locked its account; log in on x.com, do what X asks, then resume it",
            Self::LooksAutomated => {
                "X refused a post because it looks automated; see that its \"Automated\" label is set, \
                 let it rest for a day, then resume it"
            }
            Self::AssociatesRestricted => {
                "X suspended or refused several accounts of its app, and ends associated accounts \
                 together; look at those first, then resume it"
            }
            Self::RefusedInRow => "X refused three posts in a row; look at them, then resume",
            Self::DuplicateObserved => {
                "the same post stands twice on its timeline; look, then resume"
            }
            Self::Undeclared => "no longer in the configuration",
        }
    }
}

/// Where a bot is declared. The other two places show it read-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ManagedBy {
    /// The seed's environment variables.
    Environment,
    /// A file in `bots/`.
    File,
    /// The dashboard.
    Dashboard,
}

impl ManagedBy {
    /// Every place, for tables and tests.
    pub const ALL: [Self; 3] = [Self::Environment, Self::File, Self::Dashboard];

    /// The word in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::File => "file",
            Self::Dashboard => "dashboard",
        }
    }

    /// The place of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.as_str() == word)
    }
}

/// How full a queue is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueLimits {
    /// Below this many queued posts, more are written.
    pub low_water: u32,
    /// Up to this many.
    pub high_water: u32,
    /// Posts asked for in one request to the model.
    pub batch: u32,
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self { low_water: 5, high_water: 20, batch: 10 }
    }
}

/// A bot as it is declared.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is declared by itself; no two form a state"
)]
pub struct Bot {
    /// Its name.
    pub id: BotId,
    /// Who speaks.
    pub persona: Persona,
    /// When it posts. Names are unique within the bot.
    pub schedules: Vec<Schedule>,
    /// How full its queue is kept.
    pub queue: QueueLimits,
    /// Where it is declared.
    pub managed_by: ManagedBy,
    /// `DRY_RUN`: everything but the send.
    pub is_rehearsal: bool,
    /// It posts to the real X, and not to a sandbox.
    pub is_live: bool,
    /// A new account of it begins slowly.
    pub warms_up: bool,
    /// Who decides whether its posts go out.
    pub mode: ApprovalMode,
    /// Read the timeline before every send, for accounts that people or other tools post from too.
    pub looks_first: bool,
    /// Fingerprint of the X app it posts with; bots of one app share its credit.
    pub app: String,
    /// The X account it posts as, where its access token names it.
    pub account: Option<XUserId>,
    /// What else its file says.
    pub file: BotFile,
}

impl Bot {
    /// Whether it is to rehearse wherever it runs, and not only because its node sends for nobody.
    pub fn wants_to_rehearse(&self) -> bool {
        self.file.dry_run.unwrap_or(self.is_rehearsal)
    }
}

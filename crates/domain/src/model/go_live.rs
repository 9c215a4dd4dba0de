//! What must be true of an account before a bot posts to the real X, and what only a person can say.

use jiff::Timestamp;

use super::words::words;

words! {
    /// One thing of the checklist.
    GoLiveItem {
        /// X's own label.
        Label = "label": "the account's \"Automated\" label is set (x.com: Settings, Your account, Automation)",
        /// Who answers for it.
        Bio = "bio": "its bio says that it is a bot and who runs it",
        /// A person whom X can reach.
        HumanAccount = "human_account": "an account that a person manages is linked to it",
        /// No bill without end.
        SpendCap = "spend_cap": "a spending limit is set for its app in X's developer console",
    }
}

impl GoLiveItem {
    /// Where X says so.
    pub fn source(self) -> &'static str {
        match self {
            Self::Label | Self::Bio | Self::HumanAccount => {
                "https://docs.x.com/developer-guidelines"
            }
            Self::SpendCap => "https://docs.x.com/x-api/getting-started/pricing",
        }
    }

    /// How it is said on the command line.
    pub fn flag(self) -> &'static str {
        match self {
            Self::Label => "--accept-label",
            Self::Bio => "--accept-bio",
            Self::HumanAccount => "--accept-human-account",
            Self::SpendCap => "--accept-spend-cap",
        }
    }
}

/// What a person confirmed of the account that the bot posts as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoLive {
    /// What.
    pub item: GoLiveItem,
    /// Who.
    pub who: String,
    /// When.
    pub at: Timestamp,
}

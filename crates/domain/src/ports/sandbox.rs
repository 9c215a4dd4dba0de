//! A sandbox that stands in for X and for a model, as a page shows it: what it really has, whatever it
//! answered, and how it is told to fail. Where the real X answers there is none.

use jiff::Timestamp;

use crate::model::XPostId;

/// What a person can make go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// X takes the next post, and the answer is lost.
    LostAnswer,
    /// The next request is lost before X sees it.
    LostRequest,
    /// The answer is lost now, and X takes the post seconds later.
    LateAccept,
    /// X takes the next post and answers with a server error.
    FalseError,
    /// X takes the next post and answers with half a sentence.
    BrokenAnswer,
    /// X refuses the next post because its window is used up.
    RateLimited,
    /// X forbids the next post.
    Forbidden,
    /// X is away, for sending and for reading.
    XAway,
    /// Timelines come back empty.
    EmptyTimelines,
    /// The model answers rubbish.
    ModelRubbish,
    /// The model repeats itself.
    ModelRepeats,
    /// The model's server is away.
    ModelAway,
}

impl Trouble {
    /// Every one, those of one request first.
    pub const ALL: [Self; 12] = [
        Self::LostAnswer,
        Self::LostRequest,
        Self::LateAccept,
        Self::FalseError,
        Self::BrokenAnswer,
        Self::RateLimited,
        Self::Forbidden,
        Self::XAway,
        Self::EmptyTimelines,
        Self::ModelRubbish,
        Self::ModelRepeats,
        Self::ModelAway,
    ];

    /// Whether it holds until it is ended; the others happen once.
    pub fn is_standing(self) -> bool {
        match self {
            Self::LostAnswer
            | Self::LostRequest
            | Self::LateAccept
            | Self::FalseError
            | Self::BrokenAnswer
            | Self::RateLimited
            | Self::Forbidden => false,
            Self::XAway
            | Self::EmptyTimelines
            | Self::ModelRubbish
            | Self::ModelRepeats
            | Self::ModelAway => true,
        }
    }

    /// Its word in forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LostAnswer => "lost_answer",
            Self::LostRequest => "lost_request",
            Self::LateAccept => "late_accept",
            Self::FalseError => "false_error",
            Self::BrokenAnswer => "broken_answer",
            Self::RateLimited => "rate_limited",
            Self::Forbidden => "forbidden",
            Self::XAway => "x_away",
            Self::EmptyTimelines => "empty_timelines",
            Self::ModelRubbish => "model_rubbish",
            Self::ModelRepeats => "model_repeats",
            Self::ModelAway => "model_away",
        }
    }

    /// The trouble of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trouble| trouble.as_str() == word)
    }
}

/// A post that the sandbox's X has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxPost {
    /// X's id of it.
    pub id: XPostId,
    /// Whose it is; in one process the name of the bot.
    pub account: String,
    /// Its text, as X gives it back.
    pub text: String,
    /// When X took it.
    pub at: Timestamp,
    /// Whether the timeline shows it already.
    pub is_shown: bool,
    /// A fault hid or delayed the answer that said so.
    pub was_hidden: bool,
}

/// The sandbox of this process. All of it is in memory and answers at once.
pub trait Sandbox: Send + Sync {
    /// The accounts, in the order in which they came.
    fn accounts(&self) -> Vec<String>;

    /// The newest posts that X really has, newest first, of one account or of all.
    fn posts(&self, account: Option<&str>, max: usize) -> Vec<SandboxPost>;

    /// What was ordered and did not happen yet, or holds on.
    fn troubles(&self) -> Vec<Trouble>;

    /// Makes it happen to the next request, or from now on; to one account or to all. The model has
    /// no accounts.
    fn order(&self, trouble: Trouble, account: Option<&str>);

    /// Ends it, if it was ordered.
    fn end(&self, trouble: Trouble);

    /// Somebody posts by hand, past Flockwork. `None`: there is no such account.
    fn post_by_hand(&self, account: &str, text: &str) -> Option<XPostId>;

    /// Somebody takes a post away. `false`: it was not there.
    fn remove_post(&self, account: &str, id: &XPostId) -> bool;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trouble_has_a_word_of_its_own() {
        for trouble in Trouble::ALL {
            assert_eq!(Trouble::from_word(trouble.as_str()), Some(trouble));
        }
        assert_eq!(Trouble::from_word("x"), None);
    }
}

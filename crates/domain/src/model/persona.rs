//! Who speaks.

use serde::{Deserialize, Serialize};

use super::{Policy, Topic};

/// X's limit for an ordinary account, in weighted characters (`rules::review::weighted_length`).
pub const MAX_LENGTH_DEFAULT: u32 = 280;

/// The voice of a bot, the first fields under the seed's names (table `bot_configs`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Persona {
    /// Who the bot is, told to the model as its instructions.
    pub personality_prompt: String,
    /// What it draws from, told to the model as background.
    pub content_sources: Vec<String>,
    /// How it writes: "short observations", "dry questions".
    pub posting_style: String,
    /// What it writes about, each name once; what is written spreads over them by weight. Never
    /// empty.
    pub topics: Vec<Topic>,
    /// The mood of it: "warm", "laconic".
    pub tone: String,
    /// Forms that its posts take in turn; none leaves the form to the style.
    #[serde(default)]
    pub formats: Vec<String>,
    /// Posts that sound as it should.
    #[serde(default)]
    pub examples: Vec<String>,
    /// What it never says, told to the model. Words that review refuses, whoever wrote them, are
    /// `Policy::banned_words`.
    #[serde(default)]
    pub never_say: Vec<String>,
    /// How easily it reads; `None` leaves that to the style.
    #[serde(default)]
    pub reading_level: Option<ReadingLevel>,
    /// What it may write, and how long.
    pub policy: Policy,
}

impl Persona {
    /// The topic of that name.
    pub fn find_topic(&self, name: &str) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.name == name)
    }

    /// The forms of a post on that topic: its own, else the persona's.
    pub fn formats_of<'a>(&'a self, topic: &'a Topic) -> &'a [String] {
        if topic.formats.is_empty() { &self.formats } else { &topic.formats }
    }
}

/// How easily a persona reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadingLevel {
    /// For whoever reads slowly: children, learners.
    Simple,
    /// For everybody.
    Plain,
    /// For those who know the subject.
    Expert,
}

impl ReadingLevel {
    /// Every level, for tables and tests.
    pub const ALL: [Self; 3] = [Self::Simple, Self::Plain, Self::Expert];

    /// The word in files and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Plain => "plain",
            Self::Expert => "expert",
        }
    }

    /// The level of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == word)
    }
}

/// Which state of a bot's persona: 1 at first, and one more with every change.
pub type PersonaVersion = u32;

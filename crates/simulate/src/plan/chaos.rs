//! What happens to nodes, to the database and at X behind the engine's back, and when.

use crate::executor::Owner;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Chaos {
    /// The node dies at its `awaits`-th await from here, and starts again so much later.
    Crash {
        /// Which.
        node: Owner,
        /// How many.
        awaits: i64,
        /// After so many milliseconds.
        down_ms: i64,
    },
    /// The process stands still, and goes on.
    Freeze {
        /// Which.
        node: Owner,
        /// For so long.
        ms: i64,
    },
    /// Somebody sets the node's wall clock: so far from the truth.
    SetClock {
        /// Which.
        node: Owner,
        /// So far.
        off: i64,
    },
    /// The database is away.
    Away {
        /// From which node; `None`: from all.
        node: Option<Owner>,
        /// For so long.
        ms: i64,
    },
    /// X is away.
    XAway {
        /// From which node; `None`: from all.
        node: Option<Owner>,
        /// For so long.
        ms: i64,
    },
    /// No lease can be renewed.
    Starve {
        /// For so long.
        ms: i64,
    },
    /// A copy of the database is made.
    Copy,
    /// Every node dies, and an earlier copy takes the place of the database.
    Restore {
        /// Which of the copies, counted from the newest, which is 1.
        back: usize,
        /// Until the nodes start again.
        down_ms: i64,
    },
    /// Every node dies, and starts again so much later.
    Stop {
        /// How much.
        ms: i64,
    },
    /// The kill switch is on.
    KillSwitch {
        /// For so long.
        ms: i64,
    },
    /// A person pauses a bot.
    Pause {
        /// Which.
        bot: usize,
        /// For so long.
        ms: i64,
    },
    /// A person comes by: resumes every bot that does not post, and says what became of the posts whose
    /// outcome is unknown.
    Visit,
    /// A person edits the post that the bot sends next.
    Edit {
        /// Which.
        bot: usize,
    },
    /// A person posts by hand what the bot sends next.
    ByHand {
        /// Which.
        bot: usize,
    },
    /// A person takes the bot's newest post away.
    Remove {
        /// Which.
        bot: usize,
    },
    /// A person asks for a post now.
    Ask {
        /// Which.
        bot: usize,
    },
    /// A person says something of what a bot has.
    Say {
        /// Which.
        bot: usize,
        /// What.
        speech: Speech,
    },
}

/// What a person says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speech {
    /// Yes to the oldest drafts.
    Yes,
    /// No to what goes out next.
    No,
    /// Other words for it.
    OtherWords,
    /// The bot has another policy.
    OtherPolicy,
}

/// At a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChaosAt {
    /// True time.
    pub(crate) at: i64,
    /// What.
    pub(crate) chaos: Chaos,
}

impl Chaos {
    /// The class under which it is counted.
    pub(crate) fn class(&self) -> &'static str {
        match self {
            Self::Crash { .. } => "crash at an await",
            Self::Freeze { .. } => "node stands still",
            Self::SetClock { .. } => "clock set",
            Self::Away { node: None, .. } => "database away for a while",
            Self::Away { node: Some(_), .. } => "database away from one node",
            Self::XAway { .. } => "X away for a while",
            Self::Starve { .. } => "lease cannot be renewed",
            Self::Copy => "copy made",
            Self::Restore { .. } => "database restored to an earlier commit",
            Self::Stop { .. } => "long stop",
            Self::KillSwitch { .. } => "kill switch",
            Self::Pause { .. } => "bot paused",
            Self::Visit => "bots resumed",
            Self::Edit { .. } => "post edited before its send",
            Self::ByHand { .. } => "same text posted by hand",
            Self::Remove { .. } => "post removed",
            Self::Ask { .. } => "post asked for",
            Self::Say { speech: Speech::Yes, .. } => "drafts approved",
            Self::Say { speech: Speech::No, .. } => "post rejected",
            Self::Say { speech: Speech::OtherWords, .. } => "approved post edited",
            Self::Say { speech: Speech::OtherPolicy, .. } => "policy changed",
        }
    }
}

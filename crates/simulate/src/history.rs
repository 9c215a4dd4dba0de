//! What happened, in order: what went over the wire to X, what was stored, who was alive. The oracle
//! reads nothing else, and its hash says whether two runs were the same.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::clock::TrueClock;
use crate::executor::Owner;

/// What the answer to a send was, as the engine was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Told {
    /// X has it.
    Posted,
    /// X does not, and says so.
    Refused,
    /// Too many requests: not before this moment, where X said one.
    Wait(Option<i64>),
    /// X says that it has this text already.
    Duplicate,
    /// Nobody knows.
    Lost,
    /// Nothing was written.
    NotSent,
}

/// What a look at a timeline showed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Look {
    /// The ids on all of the page, newest first.
    pub ids: Vec<String>,
    /// X put errors beside them.
    pub has_errors: bool,
    /// X has more than the page holds.
    pub is_cut: bool,
}

/// A stored intent, as the database has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoredAttempt {
    /// Row id.
    pub id: i64,
    /// Its slot.
    pub slot: i64,
    /// When that was due, by the node's clock.
    pub due_at: i64,
    /// How late it may be.
    pub catch_up_ms: i64,
    /// Whether only the latest of several missed slots counts, however late.
    pub is_latest_only: bool,
    /// Its bot.
    pub bot: String,
    /// Which attempt of the slot.
    pub number: i64,
    /// Under which lease.
    pub fence: i64,
    /// The bytes.
    pub payload: String,
    /// Their hash, as stored.
    pub payload_hash: String,
    /// What the post holds now.
    pub content: String,
    /// The bot's newest post before.
    pub anchor: Option<String>,
    /// Nothing is written after this, by the node's clock.
    pub send_by: i64,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A node starts. It must distrust the history if the last sign of life is over ten minutes old or
    /// from another database.
    Starts {
        /// Which.
        node: Owner,
        /// Whether it must.
        must_distrust: bool,
    },
    /// A node died.
    Down {
        /// Which.
        node: Owner,
    },
    /// A node's wall clock is so far ahead now.
    Clock {
        /// Which.
        node: Owner,
        /// Milliseconds.
        off: i64,
    },
    /// A node has its lease until then, in true time.
    Leased {
        /// Which.
        node: Owner,
        /// The fence.
        fence: i64,
        /// Until when.
        until: i64,
    },
    /// An intent stands in the database.
    Intended(StoredAttempt),
    /// One that stood in a restored copy: it may have been sent since, nobody knows when.
    Recalled(StoredAttempt),
    /// The bytes of a send were written.
    Began {
        /// By which node.
        node: Owner,
        /// Whose.
        bot: String,
        /// The bytes.
        text: String,
    },
    /// Its socket was closed, and the engine knows what came back.
    Ended {
        /// By which node.
        node: Owner,
        /// Whose.
        bot: String,
        /// The bytes.
        text: String,
        /// What came back.
        told: Told,
    },
    /// Its node died before.
    Dropped {
        /// Which node.
        node: Owner,
        /// Whose.
        bot: String,
        /// The bytes.
        text: String,
    },
    /// A timeline was read; `None` where X gave no page.
    Looked {
        /// By which node.
        node: Owner,
        /// Whose.
        bot: String,
        /// What it showed.
        look: Option<Look>,
    },
    /// `users/me` said how many posts there are.
    Counted {
        /// Whose.
        bot: String,
        /// How many, where X told.
        posts: Option<u64>,
    },
    /// A slot was settled and the database took it.
    Settled {
        /// By which node.
        node: Owner,
        /// The slot.
        slot: i64,
        /// Its version before.
        version: i64,
        /// The word of its phase before.
        from: &'static str,
        /// And after.
        to: &'static str,
        /// The attempt that this judged, and the word of the verdict.
        verdict: Option<(i64, &'static str)>,
        /// X's id, where there is one.
        x_post: Option<String>,
    },
    /// A node distrusts the history of every bot.
    Distrusted {
        /// Which.
        node: Owner,
    },
    /// The kill switch.
    KillSwitch {
        /// On or off.
        is_on: bool,
    },
    /// A person paused or resumed a bot.
    Paused {
        /// Which.
        bot: String,
        /// Or resumed.
        is_paused: bool,
    },
    /// This bot asks a person each time.
    Asks {
        /// Which.
        bot: String,
    },
    /// A person said yes to these bytes.
    Approved {
        /// Whose.
        bot: String,
        /// The bytes.
        text: String,
    },
    /// That yes does not count any more.
    Unapproved {
        /// Whose.
        bot: String,
        /// The bytes.
        text: String,
    },
    /// No yes of this bot counts any more.
    OtherPolicy {
        /// Which.
        bot: String,
    },
    /// X took a post.
    Accepted {
        /// X's id.
        id: String,
        /// Whose account.
        bot: String,
        /// The bytes.
        text: String,
    },
    /// A person posted by hand. Said before X takes it.
    ByHand {
        /// Whose account.
        bot: String,
        /// X's id.
        id: String,
    },
    /// A person took a post away.
    Removed {
        /// X's id.
        id: String,
    },
    /// The database is another one now: it was restored.
    Restored,
    /// Something else that a reader of the trace wants to know.
    Said(String),
}

/// With its moment, in true time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Milliseconds since 1970.
    pub at: i64,
    /// What.
    pub event: Event,
}

/// The record of one episode; clones share it.
#[derive(Clone)]
pub(crate) struct Chronicle {
    clock: TrueClock,
    pages: Arc<Mutex<Pages>>,
}

#[derive(Default)]
struct Pages {
    entries: Vec<Entry>,
    counts: BTreeMap<&'static str, u64>,
    hash: Fnv,
}

impl Chronicle {
    /// An empty one.
    pub(crate) fn new(clock: TrueClock) -> Self {
        Self { clock, pages: Arc::default() }
    }

    /// Writes down what happened.
    pub(crate) fn note(&self, event: Event) {
        let entry = Entry { at: self.clock.millis(), event };
        let mut pages = self.pages();
        entry.hash(&mut pages.hash);
        pages.entries.push(entry);
    }

    /// Counts a fault that really happened.
    pub(crate) fn count(&self, class: &'static str) {
        *self.pages().counts.entry(class).or_default() += 1;
    }

    /// What was written since the first `read` entries.
    pub(crate) fn since(&self, read: usize) -> Vec<Entry> {
        self.pages().entries[read..].to_vec()
    }

    /// How often each fault happened.
    pub(crate) fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.pages().counts.clone()
    }

    /// The same for the same entries in the same order.
    pub(crate) fn hash(&self) -> u64 {
        self.pages().hash.finish()
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// FNV-1a: the same in every process, which the standard hasher is not.
#[derive(Clone, Debug)]
pub(crate) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes
            .iter()
            .fold(self.0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    }
}

//! What of the engine can be set, with its defaults.

use domain::rules::approval::DRAFTS_EXPIRE_AFTER;
use domain::rules::reconcile::Profile;
use jiff::SignedDuration;

/// The engine's settings. Every bound has a name here.
#[derive(Clone, Debug)]
pub struct Settings {
    /// This node's name: host and process id.
    pub node: String,
    /// Fingerprint of the bots that this node declares.
    pub declared: String,
    /// When a lost answer is looked for, and which looks count.
    pub profile: Profile,
    /// Sends at the same time, all bots together.
    pub sends_max: usize,
    /// Intents without an outcome at the same time: beyond those that are being sent, some wait for
    /// their turn and some for the commit of their outcome, so that no turn is left unused. A crash
    /// leaves so many to be looked for on X.
    pub prepared_max: usize,
    /// Slots claimed in one transaction while others are on their way: a commit costs the same for
    /// one as for hundreds.
    pub claim_max: u32,
    /// And while none are: the first sends need not wait for the claims of the others.
    pub claim_first: u32,
    /// Timelines read at the same time.
    pub reads_max: usize,
    /// Batches written by the model at the same time.
    pub writes_max: usize,
    /// Feeds fetched at the same time.
    pub feeds_max: u32,
    /// Deliveries to one target at the same time.
    pub deliveries_max: u32,
    /// Bytes of the database's disk that are kept for outcomes: with less nothing new is sent, and with little
    /// more nothing new is written. 0: nobody looks.
    pub disk_reserve: u64,
    /// One send, from the first byte to the end of the answer.
    pub send_timeout: SignedDuration,
    /// A lease lasts this long unless it is renewed.
    pub lease: SignedDuration,
    /// It is renewed this often.
    pub lease_renewal: SignedDuration,
    /// And trusted for so much less than it lasts.
    pub lease_margin: SignedDuration,
    /// A restart keeps trusting the history when the last heartbeat is younger than this.
    pub history_gap_max: SignedDuration,
    /// Rows written by other processes are noticed within this.
    pub poll: SignedDuration,
    /// A draft that nobody said anything of for so long is rejected.
    pub drafts_expire_after: SignedDuration,
    /// The auditor looks at its next share this often.
    pub audit: SignedDuration,
    /// Another node may still be sending, cut off from the database, until this long after its
    /// `send_by`. SQLite has no other node: its predecessor is known to be dead.
    pub takeover_quiet: Option<SignedDuration>,
}

impl Settings {
    /// The defaults, for a node of this name on SQLite.
    pub fn new(node: impl Into<String>) -> Self {
        Self {
            node: node.into(),
            declared: String::new(),
            profile: Profile::STANDARD,
            sends_max: 512,
            prepared_max: 2048,
            claim_max: 512,
            claim_first: 128,
            reads_max: 16,
            writes_max: 4,
            feeds_max: 16,
            deliveries_max: 4,
            disk_reserve: 0,
            send_timeout: SignedDuration::from_secs(25),
            lease: SignedDuration::from_secs(60),
            lease_renewal: SignedDuration::from_secs(15),
            lease_margin: SignedDuration::from_secs(10),
            history_gap_max: SignedDuration::from_mins(10),
            poll: SignedDuration::from_secs(2),
            drafts_expire_after: DRAFTS_EXPIRE_AFTER,
            audit: SignedDuration::from_mins(2),
            takeover_quiet: None,
        }
    }
}

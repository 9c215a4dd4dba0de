//! Something that the auditor found and that should not be.

use jiff::Timestamp;

use super::words::words;
use super::{BotId, SlotId};

/// Row id of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingId(pub i64);

words! {
    /// What kind of thing is not as it should be.
    FindingKind {
        /// A schedule yields a slot, and there is no row of it (invariant I2).
        MissingSlot = "missing_slot": "a slot that its schedule yields is not in the database",
        /// A slot of a schedule that does not yield it.
        UnplannedSlot = "unplanned_slot": "a slot is in the database that its schedule does not yield",
        /// A schedule that nobody plans further.
        PlanBehind = "plan_behind": "a schedule is not planned up to now",
        /// No outcome in the time that the promise gives (invariant I2).
        OverdueSlot = "overdue_slot": "a slot has no outcome although its time is over",
        /// A counter says something else than the rows it counts.
        CounterDrift = "counter_drift": "the counters of a bot did not fit its posts",
        /// An attempt of no slot.
        LostAttempt = "lost_attempt": "an attempt belongs to no slot",
        /// A receipt of a slot that is not posted.
        StrayReceipt = "stray_receipt": "a receipt belongs to no posted slot",
        /// A posted slot that no receipt proves.
        MissingReceipt = "missing_receipt": "a slot counts as posted and has no receipt",
        /// A post that waits for a slot which will never send it.
        StrayPost = "stray_post": "a post is held for a slot that does not wait for it",
        /// Two live leases of one node.
        TwinLeases = "twin_leases": "one node holds two leases",
        /// A later lease under a smaller fence.
        ShrinkingFence = "shrinking_fence": "the fences of leases do not grow",
        /// A slot that a dead node holds, and nobody takes over.
        DeadHold = "dead_hold": "a slot is held by a node that has no lease",
        /// A lease that ends later than any node may ask for.
        FarLease = "far_lease": "a lease reaches too far into the future",
        /// A feed that could not be read for a day, or is given up.
        SilentFeed = "silent_feed": "a feed that a bot follows cannot be read",
        /// X shows a text of ours more than once.
        DuplicateOnX = "duplicate_on_x": "the same post of ours stands twice on X",
        /// X shows a text of ours, and no receipt says so.
        UnclaimedOnX = "unclaimed_on_x": "X shows a post with our text that we have no receipt of",
    }
}

impl FindingKind {
    /// The node does not do its work: a restart helps, or does no harm. Everything else is for a
    /// person to look at.
    pub fn is_serious(self) -> bool {
        match self {
            Self::PlanBehind
            | Self::OverdueSlot
            | Self::TwinLeases
            | Self::ShrinkingFence
            | Self::DeadHold
            | Self::FarLease => true,
            Self::MissingSlot
            | Self::UnplannedSlot
            | Self::CounterDrift
            | Self::LostAttempt
            | Self::StrayReceipt
            | Self::MissingReceipt
            | Self::StrayPost
            | Self::SilentFeed
            | Self::DuplicateOnX
            | Self::UnclaimedOnX => false,
        }
    }

    /// Whether its bot posts nothing more until a person has looked.
    pub fn stops_bot(self) -> bool {
        self == Self::DuplicateOnX
    }

    /// What a person can do about it.
    pub fn way_out(self) -> &'static str {
        match self {
            Self::MissingSlot | Self::UnplannedSlot => {
                "compare with `flockwork schedule explain NAME`; it ends by itself after 7 days"
            }
            Self::PlanBehind => "`flockwork check`, then restart the node; the log names the cause",
            Self::OverdueSlot | Self::DeadHold => "restart the node; the log names the cause",
            Self::CounterDrift => "nothing: they were set right, and this ends by itself",
            Self::LostAttempt | Self::StrayReceipt | Self::MissingReceipt | Self::StrayPost => {
                "was the database edited by hand? restore a backup, or mend the row"
            }
            Self::TwinLeases | Self::ShrinkingFence | Self::FarLease => {
                "look at the nodes' clocks, and whether two run under one name"
            }
            Self::SilentFeed => {
                "open its address; change or remove it in the bot's file, then `flockwork apply`"
            }
            Self::DuplicateOnX => "delete one of them on X, then `flockwork bot resume NAME`",
            Self::UnclaimedOnX => {
                "does another copy of Flockwork, or a person, post for this account? it is not \
                 posted again"
            }
        }
    }
}

/// One finding, as a check makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub kind: FindingKind,
    /// With what; unique among the open findings of a kind.
    pub subject: String,
    /// The bot it concerns.
    pub bot: Option<BotId>,
    /// The slot it concerns.
    pub slot: Option<SlotId>,
    /// The row id by which the check went along; 0 where it went along bots or looked at everything.
    pub place: i64,
    /// The moment that it is about; the epoch where it is about none.
    pub at: Timestamp,
    /// One sentence for a person.
    pub detail: String,
}

/// A finding that still holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenFinding {
    /// Row id.
    pub id: FindingId,
    /// What is wrong.
    pub kind: FindingKind,
    /// With what.
    pub subject: String,
    /// The bot it concerns.
    pub bot: Option<BotId>,
    /// The slot it concerns.
    pub slot: Option<SlotId>,
    /// One sentence for a person.
    pub detail: String,
    /// When it was found.
    pub first_seen: Timestamp,
    /// When it was last found again.
    pub last_seen: Timestamp,
}

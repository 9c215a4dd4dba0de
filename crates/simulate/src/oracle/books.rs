//! What the database says at a moment, and what it should say: rows for the judge to read.

/// One slot as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SlotRow {
    /// Row id.
    pub(crate) id: i64,
    /// Its bot.
    pub(crate) bot: String,
    /// When it is due.
    pub(crate) due_at: i64,
    /// How late it may be.
    pub(crate) catch_up_ms: i64,
    /// The latest of several that were missed counts, however late.
    pub(crate) is_latest_only: bool,
    /// A person asked for it; no schedule yields it.
    pub(crate) is_asked_for: bool,
    /// The word of its state.
    pub(crate) state: String,
    /// Why it ended without a post.
    pub(crate) reason: Option<String>,
    /// Its version.
    pub(crate) version: i64,
    /// The text it holds.
    pub(crate) text: Option<String>,
    /// X's id of it.
    pub(crate) x_post: Option<String>,
}

/// A slot that a schedule yields, worked out by hand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ExpectedSlot {
    /// Whose.
    pub(crate) bot: String,
    /// When it is due.
    pub(crate) due_at: i64,
}

/// A whole reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Books {
    /// Slots that are not in the future.
    pub(crate) slots: Vec<SlotRow>,
    /// X's ids that stand as receipts.
    pub(crate) receipts: Vec<String>,
    /// Texts that wait for a look before they may go out: their bot's history is in doubt, or an
    /// earlier send of theirs was lost.
    pub(crate) doubted: Vec<(String, String)>,
}

//! The defects by name, and those that are nothing but a wrong setting.

use domain::rules::reconcile::Profile;
use engine::Settings;
use jiff::SignedDuration;

macro_rules! bugs {
    ($($bug:ident = $name:literal : $what:literal,)+) => {
        /// A defect on purpose.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each is explained by the sentence beside it")]
        pub enum Bug { $($bug,)+ }

        impl Bug {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$bug,)+];

            /// Its name on the command line.
            pub fn name(self) -> &'static str {
                match self { $(Self::$bug => $name,)+ }
            }

            /// What it does wrong.
            pub fn what(self) -> &'static str {
                match self { $(Self::$bug => $what,)+ }
            }
        }
    };
}

bugs! {
    ResendsLost = "resends-lost": "a send whose answer is lost is sent again at once",
    LostIsNotSent = "lost-is-not-sent": "a lost answer is taken for a request that never left",
    ServerErrorIsRefusal = "5xx-is-refusal": "a 5xx is taken for a refusal that may be retried",
    AltersRetry = "alters-retry": "a second send of a post has other words, to get past the filter",
    SendsLate = "sends-late": "the client waits in a queue of its own and sends after send_by",
    SendsBeforeIntent = "sends-before-intent": "the intent is stored after the send",
    ErrorsAreAbsence = "errors-are-absence": "a page that could not be read counts as the page before",
    EmptyIsAbsence = "empty-is-absence": "an empty page counts as absence",
    AdoptsAnything = "adopts-anything": "any post on the timeline is taken for the lost one",
    NoQuietTime = "no-quiet-time": "absence is proven within seconds",
    OneVote = "one-vote": "one look is enough for absence",
    NoAnchorControl = "no-anchor-control": "a page need not show the anchor",
    BlindWrites = "blind-writes": "an outcome is written whatever version and fence the slot has",
    NoLeaseMargin = "no-lease-margin": "the lease is trusted to its very end",
    NoQuarantineAfterRestore = "no-quarantine-after-restore": "a restored database is trusted",
    NoQuarantineAfterStop = "no-quarantine-after-stop": "a stop of hours is no reason to look",
    QuarantineAdoptsNothing = "quarantine-adopts-nothing": "the look after lost history adopts nothing",
    SendingGoesBack = "sending-goes-back": "after a crash, sending becomes assigned",
    CrashMeansNotSent = "crash-means-not-sent": "after a crash, sending becomes skipped",
    NoTakeoverQuiet = "no-takeover-quiet": "another node's attempt is judged as if that node were dead",
    DuplicateIsForeign = "duplicate-is-foreign": "a duplicate after a lost answer is taken for somebody else's post",
    IgnoresKillSwitch = "ignores-kill-switch": "the kill switch is not asked again with the intent",
    SendsEditedPost = "sends-edited-post": "a post edited since the claim goes out as it was",
    TwoInFlight = "two-in-flight": "a bot may have two sends under way",
    IgnoresSkew = "ignores-skew": "the clock is not compared with the database's",
    NeverLooks = "never-looks": "nobody looks for lost answers",
    RetriesForEver = "retries-for-ever": "a third lost answer is followed by another send",
    SendsAfterWindow = "sends-after-window": "lateness is not asked with the intent",
    PlansTwice = "plans-twice": "a slot has a second row under another civil time",
    ForgetsSlots = "forgets-slots": "some slots of a schedule get no row",
    DropsReceipts = "drops-receipts": "X's id of a post is not stored",
    IgnoresRateLimit = "ignores-rate-limit": "a 429 is followed by another request before the reset",
    SkipsApproval = "skips-approval": "a post whose approval was undone goes out all the same",
    IgnoresCaps = "ignores-caps": "no cap is asked, neither at the claim nor with the intent",
    ForgetsSpend = "forgets-spend": "some promises of money do not stand in the ledger",
    TrustsLostCommit = "trusts-lost-commit": "a commit that did not last is taken for an intent",
}

impl Bug {
    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|bug| bug.name() == name)
    }

    /// The settings as this defect has them.
    pub fn spoil(self, settings: Settings) -> Settings {
        match self {
            Self::NoQuietTime => Settings { profile: Profile::FAST, ..settings },
            Self::NoLeaseMargin => Settings { lease_margin: SignedDuration::ZERO, ..settings },
            Self::NoQuarantineAfterStop => {
                Settings { history_gap_max: SignedDuration::from_hours(24 * 365), ..settings }
            }
            Self::NoTakeoverQuiet => Settings { takeover_quiet: None, ..settings },
            _ => settings,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found_again() {
        for bug in Bug::ALL {
            assert_eq!(Bug::from_name(bug.name()), Some(*bug));
        }
        assert_eq!(Bug::from_name("none"), None);
    }
}

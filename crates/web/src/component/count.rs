//! How much waits somewhere: a number in the rail, beside the place where it waits.

use askama::Template;
use domain::model::StateReason;
use domain::ports::store::{Store, StoreError};

/// Bots of which drafts and stops are counted at most.
const BOTS_MAX: u32 = 500;

/// What waits for a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Waits {
    /// Posts that wait for a yes.
    pub(crate) drafts: u64,
    /// Slots, findings and bots that need somebody.
    pub(crate) attention: u64,
}

impl Waits {
    /// Counts it, from counters and partial indexes.
    pub(crate) async fn read(store: &dyn Store) -> Result<Self, StoreError> {
        let drafts = store.count_drafts(BOTS_MAX).await?;
        let stopped = store.list_stopped_bots(None, BOTS_MAX).await?;
        let findings = store.count_findings().await?;
        let slots = store.counts().await?.attention;
        // Who paused a bot by hand knows of it.
        let stopped = stopped.iter().filter(|bot| bot.reason != Some(StateReason::Operator));
        let findings: u64 = findings.iter().map(|found| found.count).sum();
        Ok(Self {
            drafts: drafts.iter().map(|(_, count)| count).sum(),
            attention: slots + findings + stopped.count() as u64,
        })
    }
}

/// One number of the rail.
#[derive(Debug, PartialEq, Template)]
#[template(path = "component/count.html")]
pub(crate) struct Count {
    id: &'static str,
    number: u64,
    words: &'static str,
    is_hot: bool,
}

impl askama::filters::HtmlSafe for Count {}

impl Count {
    /// The number of posts that wait for a yes.
    pub(crate) const APPROVALS: &'static str = "count-approvals";
    /// And of what needs somebody.
    pub(crate) const ATTENTION: &'static str = "count-attention";

    pub(crate) fn approvals(waits: Waits) -> Self {
        Self { id: Self::APPROVALS, number: waits.drafts, words: "waiting", is_hot: false }
    }

    pub(crate) fn attention(waits: Waits) -> Self {
        Self { id: Self::ATTENTION, number: waits.attention, words: "open", is_hot: true }
    }

    /// As it stands in the rail.
    fn shown(&self) -> String {
        if self.number > 99 { "99+".to_owned() } else { self.number.to_string() }
    }
}

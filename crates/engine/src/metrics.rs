//! What the engine counts, for monitors. Of this process alone, from its start; what the whole house did is
//! in the database.
//!
//! Every label has a closed set of values that the program knows, so that no feed, model or bot can
//! make series (fault 80). Names of bots are no labels: a house may have ten thousand.

use std::hash::Hash;

use domain::model::SlotPhase;
use domain::ports::alerts::Delivered;
use domain::rules::alerts::courier::Next;
use domain::rules::classify::Class;
use domain::rules::review::{ASKED_RULES, RULES};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Bounds of lateness in seconds: on time is under one, and a catch-up window may be an hour.
const LATENESS: [f64; 12] =
    [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 900.0, 1_800.0, 3_600.0];

/// Where a send can leave a slot.
const OUTCOMES: [SlotPhase; 7] = [
    SlotPhase::Posted,
    SlotPhase::Unknown,
    SlotPhase::RetryWait,
    SlotPhase::Assigned,
    SlotPhase::Skipped,
    SlotPhase::Failed,
    SlotPhase::NeedsAttention,
];

/// What a look can show.
const SIGHTS: [&str; 5] = ["found", "not_there", "inadmissible", "unreadable", "put_off"];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    class: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Fate {
    fate: &'static str,
}

/// Who can be told.
const CHANNELS: [&str; 5] = ["webhook", "slack", "discord", "ntfy", "smtp"];
/// And what becomes of it.
const TOLD: [&str; 3] = ["delivered", "failed", "dead"];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Told {
    channel: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Rule {
    rule: &'static str,
}

/// Counters of one engine. Cloning gives another handle to the same numbers.
#[derive(Clone)]
pub struct Metrics {
    sends: Family<Answer, Counter>,
    lateness: Histogram,
    outcomes: Family<State, Counter>,
    looks: Family<Answer, Counter>,
    candidates: Family<Fate, Counter>,
    refusals: Family<Rule, Counter>,
    tokens: Counter,
    batches: Family<Fate, Counter>,
    deliveries: Family<Told, Counter>,
}

/// Every series is there from the start, at 0: a rate that begins with the first fault sees it.
impl Default for Metrics {
    fn default() -> Self {
        let rules = RULES.into_iter().chain(ASKED_RULES).map(|rule| Rule { rule: rule.id });
        Self {
            sends: family(Class::WORDS.map(|class| Answer { class })),
            lateness: Histogram::new(LATENESS),
            outcomes: family(OUTCOMES.map(|phase| State { state: phase.as_str() })),
            looks: family(SIGHTS.map(|class| Answer { class })),
            candidates: family(["queued", "dropped"].map(|fate| Fate { fate })),
            refusals: family(rules),
            tokens: Counter::default(),
            batches: family(["written", "failed", "no_money"].map(|fate| Fate { fate })),
            deliveries: family(
                CHANNELS
                    .into_iter()
                    .flat_map(|channel| TOLD.map(|outcome| Told { channel, outcome })),
            ),
        }
    }
}

fn family<S>(labels: impl IntoIterator<Item = S>) -> Family<S, Counter>
where
    S: Clone + Hash + Eq,
{
    let family = Family::default();
    for labels in labels {
        drop(family.get_or_create(&labels));
    }
    family
}

impl Metrics {
    /// Makes them part of what `/metrics` shows.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "sends",
            "Requests to publish a post that were made, by what the answer meant",
            self.sends.clone(),
        );
        registry.register_with_unit(
            "post_lateness",
            "How long after its slot was due X had a post, for posts whose answer arrived",
            Unit::Seconds,
            self.lateness.clone(),
        );
        registry.register(
            "outcomes",
            "Outcomes of sends that were stored, by the state in which the slot is since",
            self.outcomes.clone(),
        );
        registry.register(
            "looks",
            "Timelines that were read to find out about a lost answer, by what they showed",
            self.looks.clone(),
        );
        registry.register(
            "candidates",
            "Candidates that were written, by what became of them: queued or dropped",
            self.candidates.clone(),
        );
        registry.register(
            "review_refusals",
            "Candidates that review dropped, by the rule that was the gravest against them",
            self.refusals.clone(),
        );
        registry.register(
            "model_tokens",
            "Tokens that batches took of models, in both directions",
            self.tokens.clone(),
        );
        registry.register(
            "batches",
            "Batches that were asked of writers: written, failed, or not asked for want of money",
            self.batches.clone(),
        );
        registry.register(
            "deliveries",
            "Messages to channels and webhooks that were tried, by the kind of who is told and by what \
             became of it: delivered, failed (and tried again), or dead",
            self.deliveries.clone(),
        );
    }

    /// A send ended so; with its lateness in seconds where X has the post.
    pub(crate) fn sent(&self, class: &'static str, lateness: Option<f64>) {
        self.sends.get_or_create(&Answer { class }).inc();
        if let Some(lateness) = lateness {
            self.lateness.observe(lateness.max(0.0));
        }
    }

    /// An outcome is stored.
    pub(crate) fn settled(&self, state: &'static str) {
        self.outcomes.get_or_create(&State { state }).inc();
    }

    /// A look showed this.
    pub(crate) fn looked(&self, class: &'static str) {
        self.looks.get_or_create(&Answer { class }).inc();
    }

    /// So many candidates of a batch are stored, and so many are not.
    pub(crate) fn written(&self, queued: u64, dropped: u64, tokens: u64) {
        self.candidates.get_or_create(&Fate { fate: "queued" }).inc_by(queued);
        self.candidates.get_or_create(&Fate { fate: "dropped" }).inc_by(dropped);
        self.tokens.inc_by(tokens);
        self.batch("written");
    }

    /// A batch was `written`, `failed`, or had `no_money`.
    pub(crate) fn batch(&self, fate: &'static str) {
        self.batches.get_or_create(&Fate { fate }).inc();
    }

    /// A message was tried.
    pub(crate) fn told(&self, channel: &'static str, delivered: &Delivered) {
        let outcome = match delivered {
            Delivered::Yes => "delivered",
            Delivered::No(_, Next::Again(_) | Next::Held { .. }) => "failed",
            Delivered::No(_, Next::Dead) => "dead",
        };
        self.deliveries.get_or_create(&Told { channel, outcome }).inc();
    }

    /// That rule dropped so many candidates.
    pub(crate) fn refused(&self, rule: &'static str, count: u64) {
        self.refusals.get_or_create(&Rule { rule }).inc_by(count);
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::prometheus_text::encode;

    use super::*;

    #[test]
    fn every_series_is_there_before_anything_happened() {
        let mut registry = Registry::default();
        Metrics::default().register(&mut registry);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        for series in ["sends_total{class=\"ambiguous\"} 0", "looks_total{class=\"found\"} 0"] {
            assert!(text.contains(series), "{series}: {text}");
        }
    }
}

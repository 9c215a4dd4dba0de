//! How often what is kept for a moment was good enough, and how often it was read anew.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::fresh::Uses;

/// What is kept for a moment, at most a few seconds.
const NAMES: [&str; 5] = ["health", "board", "scrape", "waits", "birds"];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Use {
    cache: &'static str,
    result: &'static str,
}

/// The counters.
pub(crate) struct Caches(Family<Use, Counter>);

impl Default for Caches {
    fn default() -> Self {
        let caches = Self(Family::default());
        for name in NAMES {
            drop(caches.of(name));
        }
        caches
    }
}

impl Caches {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "cache_uses",
            "Questions to what is kept for a moment: it was there (hit), or had to be read anew (miss)",
            self.0.clone(),
        );
    }

    /// Those of one of them.
    pub(crate) fn of(&self, cache: &'static str) -> Uses {
        let of = |result| self.0.get_or_create(&Use { cache, result }).clone();
        Uses { hits: of("hit"), misses: of("miss") }
    }
}

//! What a collector of traces would be told by this thread.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::dispatcher::{DefaultGuard, set_default};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Dispatch, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::{Layer, Registry};

/// The fields of a span as they were when it began, and its name.
type Told = (&'static str, BTreeMap<&'static str, String>);

/// Spans, in the order in which they began.
#[derive(Clone, Default)]
pub struct Spans(Arc<Mutex<Vec<Told>>>);

/// As long as it lives, spans of this thread are heard.
pub struct Hearing {
    _told: DefaultGuard,
    _beside: Dispatch,
}

impl Spans {
    /// Hears of them until the answer is dropped.
    pub fn hear(&self) -> Hearing {
        let told = Dispatch::new(Registry::default().with(self.clone()));
        // With a single one, `tracing` asks only the thread that comes to a span first whether anybody
        // wants it: one of another test.
        let beside = Dispatch::new(Registry::default());
        Hearing { _told: set_default(&told), _beside: beside }
    }

    /// The fields of those of that name.
    pub fn named(&self, name: &str) -> Vec<BTreeMap<&'static str, String>> {
        let told = self.0.lock().unwrap();
        told.iter().filter(|(known, _)| *known == name).map(|(_, fields)| fields.clone()).collect()
    }
}

impl<S: Subscriber> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        let metadata = attributes.metadata();
        if metadata.target() == "trace" {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            self.0.lock().unwrap().push((metadata.name(), fields.0));
        }
    }
}

#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

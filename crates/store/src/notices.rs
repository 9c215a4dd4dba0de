//! What a PostgreSQL server remarks while it works.
//!
//! A commit that waits for a standby and is cancelled returns success, with a warning that it may not
//! be replicated (fault 29). sqlx tells warnings to its log only, so a commit runs with a log of its
//! own that listens.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::OnceLock;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Dispatch, Event, Level, Metadata, Subscriber, span};

/// Where sqlx tells them.
const TARGET: &str = "sqlx::postgres::notice";

thread_local! {
    /// The warning of the poll that is running on this thread.
    static WARNED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `work`; also returns the last thing that the server warned of meanwhile.
pub(crate) async fn listening<T>(work: impl Future<Output = T>) -> (T, Option<String>) {
    // One for all: a new one each time would have every place that logs look at it.
    static LOG: OnceLock<Dispatch> = OnceLock::new();
    let log = LOG.get_or_init(|| Dispatch::new(Listener));
    let mut work = pin!(work);
    let mut warned = None;
    let done = poll_fn(|context| {
        let polled = tracing::dispatcher::with_default(log, || work.as_mut().poll(context));
        warned = WARNED.take().or_else(|| warned.take());
        polled
    })
    .await;
    (done, warned)
}

/// Hears warnings of the server, and nothing else.
struct Listener;

impl Subscriber for Listener {
    fn enabled(&self, about: &Metadata<'_>) -> bool {
        about.target() == TARGET && *about.level() <= Level::WARN
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::WARN)
    }

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Words);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// Keeps the sentence of a warning.
struct Words;

impl Visit for Words {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            WARNED.set(Some(value.to_owned()));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            WARNED.set(Some(format!("{value:?}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_warning_of_the_server_is_heard_and_nothing_else() {
        let silent = async { tracing::warn!("somebody else's") };
        assert_eq!(listening(silent).await, ((), None));
        let remark = async { tracing::info!(target: "sqlx::postgres::notice", "by the way") };
        assert_eq!(listening(remark).await, ((), None));
        let warning = async {
            tracing::warn!(target: "sqlx::postgres::notice", message = "canceling wait");
            tokio::task::yield_now().await;
            7
        };
        let (done, warned) = listening(warning).await;
        assert_eq!((done, warned.as_deref()), (7, Some("canceling wait")));
        assert_eq!(listening(async {}).await, ((), None), "it is heard once");
    }
}

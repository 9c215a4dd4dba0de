//! `GET /events`: keeps an open overview up to date.
//!
//! Each listener looks once a second at the board that all share; the board is read and rendered
//! only while somebody listens, once for everybody. A listener is sent the parts that changed since
//! it was last told: first all of them, so that a page that was away needs no special care.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_core::Stream;
use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Interval, MissedTickBehavior};

use crate::pages::Board;
use crate::problem::Problem;
use crate::state::Shared;

/// How often a listener looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// After so long without a change a comment shows that the line is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// A listener is asked anew who it is after this: a session that has ended sees nothing more.
const ASKED_ANEW: Duration = Duration::from_mins(2);
/// When a browser should come back after the line broke.
const COME_BACK: Duration = Duration::from_secs(2);

/// The handler.
pub(crate) async fn events(
    State(shared): State<Arc<Shared>>,
) -> Result<impl IntoResponse, Problem> {
    listen(shared, changes)
}

/// What a listener is told of a board, of which it knows everything up to a version.
pub(crate) type Tell = fn(&Board, u64) -> Event;

/// A stream of what changes.
pub(crate) fn listen(
    shared: Arc<Shared>,
    tell: Tell,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let seat = shared.listeners.clone().try_acquire_owned().map_err(|_| {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too_many_listeners",
            format!(
                "{} pages are kept live already ([limits] listeners). Close one, or reload by hand.",
                shared.settings.bounds.listeners_max
            ),
        )
        .retry_after(30)
    })?;
    let mut looks = tokio::time::interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let until = shared.clock.monotonic() + ASKED_ANEW;
    let listener = Listener { shared, looks, tell, told: 0, until, _seat: seat };
    Ok(Sse::new(Steps::of(listener)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// One open page.
struct Listener {
    shared: Arc<Shared>,
    looks: Interval,
    tell: Tell,
    /// The version of the board it was last told.
    told: u64,
    until: Duration,
    _seat: OwnedSemaphorePermit,
}

impl Listener {
    /// Waits for a change. `None` ends the stream: the browser asks anew, or the node stops, and a graceful
    /// end waits for open connections.
    async fn next(mut self) -> Option<(Event, Self)> {
        loop {
            self.looks.tick().await;
            let is_over = self.shared.clock.monotonic() >= self.until;
            if is_over || self.shared.node.vitals().is_stopping {
                return None;
            }
            let board = Board::current(&self.shared).await;
            if board.version > self.told {
                let event = (self.tell)(&board, self.told);
                self.told = board.version;
                return Some((event, self));
            }
        }
    }
}

/// The parts that are newer than `told`.
fn changes(board: &Board, told: u64) -> Event {
    let parts: BTreeMap<&str, &str> = board
        .fragments
        .iter()
        .filter(|part| part.version > told)
        .map(|part| (part.id, &*part.html))
        .collect();
    event("board", board, &parts)
}

/// An event about a board of that version.
pub(crate) fn event(name: &str, board: &Board, data: &impl Serialize) -> Event {
    let data = serde_json::to_string(data).expect("a map of strings");
    Event::default().event(name).id(board.version.to_string()).retry(COME_BACK).data(data)
}

type Step = Pin<Box<dyn Future<Output = Option<(Event, Listener)>> + Send>>;

/// The steps of a listener as a stream.
struct Steps(Option<Step>);

impl Steps {
    fn of(listener: Listener) -> Self {
        Self(Some(Box::pin(listener.next())))
    }
}

impl Stream for Steps {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(step) = self.0.as_mut() else { return Poll::Ready(None) };
        let Poll::Ready(done) = step.as_mut().poll(context) else { return Poll::Pending };
        self.0 = None;
        Poll::Ready(done.map(|(event, listener)| {
            self.0 = Some(Box::pin(listener.next()));
            Ok(event)
        }))
    }
}

//! The overview's live part: nine components, rendered at most once a second for everybody.
//!
//! A part keeps its version while its model stays the same, so that an open page is sent only what
//! changed since it was last told.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;

use super::waits;
use crate::component::{Count, Foot, Gone, Moment, Needs, Next, Runway, SpendPart, Summary};
use crate::snapshot::{Boards, House, Pulse, read_boards};
use crate::state::Shared;

/// How old a board may be.
pub(crate) const BOARD_MAX_AGE: Duration = Duration::from_secs(1);

/// All parts at one moment.
pub(crate) struct Board {
    /// Grows with every change of any part.
    pub(crate) version: u64,
    pub(crate) fragments: Vec<Fragment>,
    pub(crate) now: Moment,
}

/// One part, rendered.
pub(crate) struct Fragment {
    /// The id of the element it replaces.
    pub(crate) id: &'static str,
    pub(crate) html: Arc<str>,
    /// The version of the board in which it last changed.
    pub(crate) version: u64,
    model: Option<Model>,
}

#[derive(Debug, PartialEq)]
enum Model {
    Summary(Summary),
    Needs(Needs),
    Next(Next),
    Gone(Gone),
    Runway(Runway),
    Spend(SpendPart),
    Foot(Foot),
    Count(Count),
}

/// The ids, in the order of the page.
const IDS: [&str; 9] = [
    "summary",
    "needs",
    "next",
    "gone",
    "runway",
    "spend",
    "foot",
    Count::APPROVALS,
    Count::ATTENTION,
];

impl Board {
    /// The board now, shared by all who look at it.
    pub(crate) async fn current(shared: &Arc<Shared>) -> Arc<Self> {
        let make = async |before: Option<Arc<Self>>| Self::make(shared, before.as_deref()).await;
        shared.board.at(shared.clock.monotonic(), make).await
    }

    /// The HTML of one part.
    pub(crate) fn html(&self, id: &str) -> &str {
        self.fragments.iter().find(|part| part.id == id).map_or("", |part| &part.html)
    }

    async fn make(shared: &Arc<Shared>, before: Option<&Self>) -> Self {
        let pulse = Pulse::take(shared).await;
        waits::current(shared).await;
        let boards = match &pulse.house {
            Ok(house) => read_boards(&*shared.store, house, pulse.now).await,
            Err(_) => None,
        };
        let version = before.map_or(1, |board| board.version + 1);
        let fragments: Vec<Fragment> = IDS
            .into_iter()
            .map(|id| {
                let old = before.and_then(|board| board.fragments.iter().find(|old| old.id == id));
                let model = Model::of(id, &pulse, boards.as_ref(), shared);
                Fragment::after(old, id, model, version)
            })
            .collect();
        let has_changed = fragments.iter().any(|part| part.version == version);
        Self {
            version: if has_changed { version } else { version - 1 },
            fragments,
            now: Moment::clock(pulse.now, pulse.now),
        }
    }
}

impl Fragment {
    /// The next rendering of a part. Without a model (the database did not answer) it stays as it
    /// was last seen.
    fn after(old: Option<&Self>, id: &'static str, model: Option<Model>, version: u64) -> Self {
        match (model, old) {
            (None, Some(old)) => {
                Self { id, html: old.html.clone(), version: old.version, model: None }
            }
            (None, None) => {
                let html = format!("<section id=\"{id}\"></section>").into();
                Self { id, html, version, model: None }
            }
            (Some(model), old) => {
                let same = old.filter(|old| old.model.as_ref() == Some(&model));
                let version = same.map_or(version, |old| old.version);
                Self { id, html: model.render().into(), version, model: Some(model) }
            }
        }
    }
}

impl Model {
    fn of(id: &str, pulse: &Pulse, boards: Option<&Boards>, shared: &Shared) -> Option<Self> {
        let is_demo = shared.sandbox.is_some();
        let waits = shared.waits.kept().as_deref().copied().unwrap_or_default();
        let known: Option<(&House, &Boards)> = pulse.house.as_ref().ok().zip(boards);
        let model = match (id, known) {
            ("summary", _) => {
                Self::Summary(Summary::of(pulse, boards.unwrap_or(&Boards::default())))
            }
            ("foot", _) => Self::Foot(Foot::of(pulse, &shared.settings.version)),
            ("needs", Some((house, boards))) => Self::Needs(Needs::of(pulse, house, boards)),
            ("next", Some((house, boards))) => Self::Next(Next::of(pulse, house, boards)),
            ("gone", Some((house, boards))) => Self::Gone(Gone::of(pulse, house, boards, is_demo)),
            ("runway", Some((house, boards))) => Self::Runway(Runway::of(pulse, house, boards)),
            ("spend", Some((_, boards))) => Self::Spend(SpendPart::of(pulse, boards)),
            (Count::APPROVALS, _) => Self::Count(Count::approvals(waits)),
            (Count::ATTENTION, _) => Self::Count(Count::attention(waits)),
            _ => return None,
        };
        Some(model)
    }

    fn render(&self) -> String {
        let html = match self {
            Self::Summary(part) => part.render(),
            Self::Needs(part) => part.render(),
            Self::Next(part) => part.render(),
            Self::Gone(part) => part.render(),
            Self::Runway(part) => part.render(),
            Self::Spend(part) => part.render(),
            Self::Foot(part) => part.render(),
            Self::Count(part) => part.render(),
        };
        html.expect("a template writes to memory and nothing in it fails")
    }
}

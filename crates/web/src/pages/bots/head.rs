//! What stands above each tab of a bot: its mark, its state, and the other tabs.

use domain::model::{Bot, BotId, BotState, ManagedBy, StateReason};

use crate::component::{Mark, Mood, Pill, state_pill};
use crate::pages::frame::Frame;
use crate::problem::Problem;
use crate::state::Shared;

/// A tab of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tab {
    Persona,
    Schedule,
    Limits,
    Keys,
    GoLive,
    History,
}

impl Tab {
    const ALL: [Self; 6] =
        [Self::Persona, Self::Schedule, Self::Limits, Self::Keys, Self::GoLive, Self::History];

    fn name(self) -> &'static str {
        match self {
            Self::Persona => "Persona",
            Self::Schedule => "Schedule",
            Self::Limits => "Limits and money",
            Self::Keys => "Credentials",
            Self::GoLive => "Go-live checklist",
            Self::History => "History",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Persona => "",
            Self::Schedule => "/schedule",
            Self::Limits => "/limits",
            Self::Keys => "/keys",
            Self::GoLive => "/go-live",
            Self::History => "/history",
        }
    }

    /// Its address.
    pub(super) fn of(self, bot: &BotId) -> String {
        format!("/bots/{bot}{}", self.path())
    }
}

/// A tab as it is drawn.
pub(super) struct Leaf {
    pub(super) href: String,
    pub(super) name: &'static str,
    pub(super) is_here: bool,
}

/// The head of a bot's page.
pub(super) struct Head {
    pub(super) mark: Mark,
    pub(super) bot: String,
    pub(super) pill: Pill,
    /// Why it does not post.
    pub(super) why: Option<&'static str>,
    /// Where it is declared, and where it is changed.
    pub(super) place: Place,
    state: BotState,
    pub(super) leaves: Vec<Leaf>,
}

impl Head {
    pub(super) fn may_pause(&self) -> bool {
        self.state == BotState::Active
    }

    pub(super) fn may_resume(&self) -> bool {
        self.state == BotState::Paused
    }

    pub(super) fn may_close(&self) -> bool {
        self.place.is_dashboard() && self.state != BotState::Closed
    }

    pub(super) fn may_reopen(&self) -> bool {
        self.place.is_dashboard() && self.state == BotState::Closed
    }
}

/// Where a bot is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Environment,
    File,
    Dashboard,
}

impl Place {
    pub(super) fn is_dashboard(self) -> bool {
        self == Self::Dashboard
    }

    pub(super) fn is_file(self) -> bool {
        self == Self::File
    }
}

impl From<ManagedBy> for Place {
    fn from(managed_by: ManagedBy) -> Self {
        match managed_by {
            ManagedBy::Environment => Self::Environment,
            ManagedBy::File => Self::File,
            ManagedBy::Dashboard => Self::Dashboard,
        }
    }
}

/// A bot, and whether it posts.
pub(super) struct Known {
    pub(super) bot: Bot,
    pub(super) state: BotState,
    pub(super) reason: Option<StateReason>,
}

impl Known {
    /// The bot of that name.
    pub(super) async fn find(shared: &Shared, name: String) -> Result<Self, Problem> {
        let id = BotId::try_from(name).map_err(|_| Problem::no_such_bot())?;
        let found = shared.store.find_bot(&id).await?;
        let (bot, state, reason) = found.ok_or_else(Problem::no_such_bot)?;
        Ok(Self { bot, state, reason })
    }

    /// Whether this page changes it: the dashboard's own, for its owner.
    pub(super) fn is_editable(&self, frame: &Frame<'_>) -> bool {
        self.bot.managed_by == ManagedBy::Dashboard
            && self.state != BotState::Closed
            && frame.may_admin()
    }

    /// What stands above that tab of it.
    pub(super) fn head(&self, here: Tab) -> Head {
        let id = &self.bot.id;
        let leaf = |tab: Tab| Leaf { href: tab.of(id), name: tab.name(), is_here: tab == here };
        Head {
            mark: Mark::of(id),
            bot: id.to_string(),
            pill: state_pill(self.state, self.bot.is_rehearsal)
                .unwrap_or(Pill::new(Mood::OnTime, "active")),
            why: self.reason.filter(|_| self.state != BotState::Active).map(StateReason::explain),
            place: self.bot.managed_by.into(),
            state: self.state,
            leaves: Tab::ALL.map(leaf).into_iter().collect(),
        }
    }
}

//! What every page has around it: head, header, and the rail of the pages there are.

use domain::model::access::{Right, Rights};

use crate::access::Caller;
use crate::assets::Assets;
use crate::state::{Shared, WebSettings};

/// The places of the rail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Overview,
    Calendar,
    Queue,
    Approvals,
    Attention,
    Settings,
    Sandbox,
    /// A page that is in no rail.
    Nowhere,
}

/// A place as the rail shows it.
pub(crate) struct Place {
    pub(crate) href: &'static str,
    pub(crate) name: &'static str,
    pub(crate) icon: &'static str,
    /// What is typed to go there.
    pub(crate) keys: &'static str,
    pub(crate) is_here: bool,
}

/// Head, header, rail and notes.
pub(crate) struct Frame<'a> {
    pub(crate) assets: &'static Assets,
    pub(crate) notes: &'a [String],
    pub(crate) rail: Vec<Place>,
    /// Who is logged in, where somebody is.
    pub(crate) user: Option<String>,
    /// What forms of this page carry; empty where there is no session to protect.
    pub(crate) csrf: String,
    rights: Rights,
}

impl<'a> Frame<'a> {
    /// The frame of a page that this caller sees.
    pub(crate) fn of(shared: &'a Shared, caller: &Caller, here: Section) -> Self {
        let session = caller.session();
        Self {
            rail: rail(here, shared.sandbox.is_some()),
            user: session.map(|session| session.user.name.to_string()),
            csrf: session.map(|session| session.csrf.clone()).unwrap_or_default(),
            rights: caller.rights,
            ..Self::bare(&shared.settings)
        }
    }

    /// The frame of a page that says nothing of the house.
    pub(crate) fn bare(settings: &'a WebSettings) -> Self {
        Self {
            assets: Assets::embedded(),
            notes: &settings.notes,
            rail: Vec::new(),
            user: None,
            csrf: String::new(),
            rights: Rights::default(),
        }
    }

    /// Whether the reader may write texts.
    pub(crate) fn may_draft(&self) -> bool {
        self.rights.has(Right::Draft)
    }

    /// Whether the reader may say yes and no.
    pub(crate) fn may_approve(&self) -> bool {
        self.rights.has(Right::Approve)
    }

    /// Whether the reader runs the house.
    pub(crate) fn may_admin(&self) -> bool {
        self.rights.has(Right::Admin)
    }
}

fn rail(here: Section, has_sandbox: bool) -> Vec<Place> {
    let place = |section, href, name, icon, keys| Place {
        href,
        name,
        icon,
        keys,
        is_here: section == here,
    };
    let mut places = vec![
        place(Section::Overview, "/", "Overview", "board", "g o"),
        place(Section::Calendar, "/calendar", "Calendar", "calendar", "g c"),
        place(Section::Queue, "/queue", "Queue", "queue", "g q"),
        place(Section::Approvals, "/approvals", "Approvals", "on-time", "g p"),
        place(Section::Attention, "/attention", "Attention", "needs-you", "g a"),
        place(Section::Settings, "/settings", "Settings", "gear", "g s"),
    ];
    if has_sandbox {
        places.push(place(Section::Sandbox, "/sandbox", "Sandbox", "sandbox", "g x"));
    }
    places
}

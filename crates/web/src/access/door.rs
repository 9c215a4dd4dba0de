//! Who is let in without showing anything.

use std::sync::atomic::{AtomicBool, Ordering};

use domain::model::access::{Right, Rights, Role};
use domain::ports::people::PeopleStore;
use domain::ports::store::StoreError;

/// How a house meets strangers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doors {
    /// Everybody who reaches it owns it: a demo on this machine alone.
    Open,
    /// Until somebody owns it, everybody on this machine may look; then nobody who has not logged in.
    Local,
    /// Nobody who has not logged in, from the first moment on.
    Locked,
}

/// A door, and what is known of the house behind it.
pub(crate) struct Door {
    doors: Doors,
    /// Once somebody owns a house somebody always does.
    has_users: AtomicBool,
}

impl Door {
    pub(crate) fn new(doors: Doors) -> Self {
        Self { doors, has_users: AtomicBool::new(false) }
    }

    /// Everybody owns the house.
    pub(crate) fn is_open(&self) -> bool {
        self.doors == Doors::Open
    }

    /// What a stranger may do.
    pub(crate) async fn guests_may(&self, people: &dyn PeopleStore) -> Result<Rights, StoreError> {
        match self.doors {
            Doors::Open => Ok(Role::Owner.rights()),
            Doors::Local if !self.has_users(people).await? => Ok(Rights::of(&[Right::Read])),
            Doors::Local | Doors::Locked => Ok(Rights::default()),
        }
    }

    /// Whether anybody can log in.
    pub(crate) async fn has_users(&self, people: &dyn PeopleStore) -> Result<bool, StoreError> {
        if !self.has_users.load(Ordering::Relaxed) && people.has_users().await? {
            self.has_users.store(true, Ordering::Relaxed);
        }
        Ok(self.has_users.load(Ordering::Relaxed))
    }
}

//! Somebody who asks.

use std::sync::Arc;

use axum::http::StatusCode;
use domain::model::access::{Act, Actor, ActorKind, Right, Rights, Session, SessionTimes, TokenId};
use domain::ports::people::PeopleStore;
use domain::ports::store::Store;
use jiff::Timestamp;

use crate::problem::Problem;
use crate::state::Shared;

/// Who asks, and what for: in the extensions of each request that is counted.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) actor: Actor,
    pub(crate) rights: Rights,
    pub(crate) holds: Holds,
    /// From where, as far as anybody knows.
    pub(crate) address: String,
}

/// How the caller proved it.
#[derive(Clone, Debug)]
pub(crate) enum Holds {
    /// Nothing: the door is open to everybody who reaches it.
    Nothing,
    /// A token in the header; without a number, that of the environment.
    Token(Option<TokenId>),
    /// A session in a cookie.
    Session(Arc<Session>),
}

impl Caller {
    /// Somebody who has shown nothing.
    pub(crate) fn guest(rights: Rights, name: &str, address: String) -> Self {
        let actor = Actor { kind: ActorKind::User, name: name.to_owned() };
        Self { actor, rights, holds: Holds::Nothing, address }
    }

    /// The session, if there is one.
    pub(crate) fn session(&self) -> Option<&Session> {
        match &self.holds {
            Holds::Session(session) => Some(session),
            Holds::Nothing | Holds::Token(_) => None,
        }
    }

    /// Who it is, for as long as the house stands: names can be given to somebody else.
    pub(crate) fn identity(&self) -> String {
        match &self.holds {
            Holds::Nothing => "guest".to_owned(),
            Holds::Token(None) => "environment".to_owned(),
            Holds::Token(Some(id)) => format!("token {}", id.0),
            Holds::Session(session) => format!("user {}", session.user.id.0),
        }
    }

    /// Whether it is a token that asks, and no person.
    pub(crate) fn is_program(&self) -> bool {
        matches!(self.holds, Holds::Token(_))
    }

    /// Refuses a program, which may not make what would outlive it.
    pub(crate) fn demand_person(&self) -> Result<(), Problem> {
        if !self.is_program() {
            return Ok(());
        }
        let detail = "A token is made by a person, at /settings/tokens or with a session: one that another \
                      token made would live on when that one is taken back.";
        Err(Problem::new(StatusCode::FORBIDDEN, "person_required", detail))
    }

    /// Refuses who may not, and says what would help.
    pub(crate) fn demand(&self, right: Right) -> Result<(), Problem> {
        if self.rights.has(right) {
            return Ok(());
        }
        if matches!(self.holds, Holds::Nothing) {
            return Err(Problem::log_in());
        }
        let detail = format!(
            "{} may not do this: it needs the right `{}` ({}).",
            self.actor.name,
            right.as_str(),
            right.explain(),
        );
        Err(Problem::new(StatusCode::FORBIDDEN, "right_required", detail))
    }

    /// Refuses a person who has not shown lately who it is. A token proves itself with each request.
    pub(crate) fn demand_proof(&self, now: Timestamp) -> Result<(), Problem> {
        match self.session() {
            Some(session) if !SessionTimes::STANDARD.is_proven(session.proven_at, now) => {
                let detail = "This needs your password once more: open /prove, then do it again.";
                Err(Problem::new(StatusCode::FORBIDDEN, "proof_required", detail))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The database in the caller's name: what it changes stands in the audit log.
    pub(crate) fn acts(
        &self,
        shared: &Shared,
        action: &'static str,
        object: impl Into<String>,
        detail: Option<String>,
    ) -> (Arc<dyn Store>, Arc<dyn PeopleStore>) {
        shared.people.acting(self.act(action, object, detail, shared.clock.now()))
    }

    /// What the caller does, as the audit log keeps it.
    pub(crate) fn act(
        &self,
        action: &'static str,
        object: impl Into<String>,
        detail: Option<String>,
        at: Timestamp,
    ) -> Act {
        let (actor, object) = (self.actor.clone(), object.into());
        Act { actor, action, object, detail, address: Some(self.address.clone()), at }
    }
}

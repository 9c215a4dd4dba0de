//! What X decides about reads and deletions.

use domain::model::{RateLimits, XPostId, XUserId};
use jiff::SignedDuration;

use crate::World;
use crate::account::Account;
use crate::chance::mix;
use crate::faults::ReadFault;
use crate::limits::Call;
use crate::problem;
use crate::reply::WireAnswer;
use crate::send::empty_window;
use crate::timeline::{Page, PageRange};

/// What came of a read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome<T> {
    Seen(T),
    Refused(WireAnswer),
    Closed,
}

/// A read with what surrounds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReadReply<T> {
    pub(crate) outcome: Outcome<T>,
    pub(crate) limits: RateLimits,
    pub(crate) request_id: String,
}

/// A page, and whether X says that it lacks something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SeenPage {
    pub(crate) page: Page,
    pub(crate) has_errors: bool,
    pub(crate) is_broken: bool,
}

/// Whose token it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SeenMe {
    pub(crate) id: XUserId,
    pub(crate) username: String,
    pub(crate) post_count: u64,
    pub(crate) is_broken: bool,
}

impl World {
    /// `GET /2/users/:id/tweets`, asked by `reader` about `owner`.
    pub(crate) fn timeline(
        &self,
        reader: &Account,
        owner: &Account,
        range: &PageRange,
    ) -> ReadReply<SeenPage> {
        let now = self.settle_late();
        self.read(reader, Call::Timeline, |fault| {
            let mut staleness = SignedDuration::ZERO;
            if let Some(ReadFault::StalePage { secs }) = fault {
                staleness = SignedDuration::from_secs(i64::from(secs));
            }
            let mut page = owner.state().timeline.page(range, now, staleness);
            if fault == Some(ReadFault::EmptyPage) {
                page = Page { posts: Vec::new(), is_cut: false };
            }
            self.till.page(page.posts.len());
            SeenPage {
                page,
                has_errors: fault == Some(ReadFault::PartialErrors),
                is_broken: fault == Some(ReadFault::BrokenJson),
            }
        })
    }

    /// `GET /2/users/me`.
    pub(crate) fn me(&self, account: &Account) -> ReadReply<SeenMe> {
        let now = self.settle_late();
        self.read(account, Call::Me, |fault| {
            self.till.user();
            SeenMe {
                id: account.id.clone(),
                username: account.username.clone(),
                post_count: account.state().timeline.visible_count(now),
                is_broken: fault == Some(ReadFault::BrokenJson),
            }
        })
    }

    /// `DELETE /2/tweets/:id`: whether the account had it.
    pub(crate) fn delete(&self, account: &Account, id: &XPostId) -> ReadReply<bool> {
        self.settle_late();
        self.read(account, Call::Delete, |_| account.state().timeline.remove(id))
    }

    /// Token, fault and window; then `look`, with the fault that only changes what is seen.
    fn read<T>(
        &self,
        reader: &Account,
        call: Call,
        look: impl FnOnce(Option<ReadFault>) -> T,
    ) -> ReadReply<T> {
        let now = self.now();
        let (draw, is_revoked) = {
            let mut state = reader.state();
            (state.draw(self.seed, &reader.username), state.is_revoked)
        };
        let reply = |outcome, limits| ReadReply {
            outcome,
            limits,
            request_id: format!("{:016x}", mix(&[draw, 1])),
        };
        if is_revoked {
            return reply(Outcome::Refused(problem::unauthorized()), RateLimits::default());
        }
        let fault = match call {
            Call::Timeline => self.faults().timeline.take(&reader.username, draw),
            Call::Me => self.faults().me.take(&reader.username, draw),
            Call::Delete => None,
        };
        if let Some(ReadFault::RateLimited { reset_secs }) = fault {
            let window = empty_window(900, reset_secs, now);
            let limits = RateLimits { quarter_hour: Some(window), ..RateLimits::default() };
            return reply(Outcome::Refused(problem::too_many_requests()), limits);
        }
        if let Some(outcome) = fault.and_then(|fault| outcome_of(fault, reader)) {
            return reply(outcome, RateLimits::default());
        }
        let (has_room, limits) = reader.state().windows.take(call, &self.limits, now);
        if !has_room {
            return reply(Outcome::Refused(problem::too_many_requests()), limits);
        }
        reply(Outcome::Seen(look(fault)), limits)
    }
}

/// The outcome of a fault that lets nothing be seen.
fn outcome_of<T>(fault: ReadFault, reader: &Account) -> Option<Outcome<T>> {
    let answer = match fault {
        ReadFault::Close => return Some(Outcome::Closed),
        ReadFault::Status { status } => problem::server_error(status),
        ReadFault::Unauthorized => problem::unauthorized(),
        ReadFault::OutOfCredit => problem::out_of_credit_old(reader.id.as_str()),
        ReadFault::Suspended => problem::suspended(),
        ReadFault::Html => WireAnswer::html(200),
        ReadFault::EmptyPage
        | ReadFault::StalePage { .. }
        | ReadFault::PartialErrors
        | ReadFault::BrokenJson
        | ReadFault::RateLimited { .. } => return None,
    };
    Some(Outcome::Refused(answer))
}

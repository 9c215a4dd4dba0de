//! What X decides about `POST /2/tweets`: fault, windows, content, and what of the answer arrives.

mod refuse;
pub(crate) use refuse::empty as empty_window;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use domain::model::{RateLimits, XPostId};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::account::{Account, AccountState};
use crate::chance::{mix, number_of};
use crate::faults::SendFault;
use crate::late::Late;
use crate::length::{LENGTH_MAX, weighted_length};
use crate::problem;
use crate::reply::{Delivery, Reply, WireAnswer};
use crate::rewrite::rewrite;
use crate::timeline::StoredPost;
use crate::truth::Accepted;
use crate::{DuplicateFilter, World};

/// A client gives up on a send after this; a `Slow` answer that takes longer never arrives.
pub(crate) const SEND_TIMEOUT: Duration = Duration::from_secs(25);

/// A post on its way to X.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// The text.
    pub text: String,
    /// The post it replies to.
    pub in_reply_to: Option<XPostId>,
    /// Pictures and films. The sandbox has no media upload yet, so any id is refused as invalid.
    pub media_ids: Vec<String>,
    /// The label for AI-made media.
    pub made_with_ai: bool,
}

impl Draft {
    /// A plain text.
    pub fn of(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }
}

/// A draft at the moment when X takes it.
pub(crate) struct Arrival<'a> {
    pub(crate) draft: &'a Draft,
    pub(crate) at: Timestamp,
    pub(crate) fault: Option<SendFault>,
}

impl World {
    /// One `POST /2/tweets`, authenticated as `account`.
    pub(crate) fn send(&self, account: &Arc<Account>, draft: &Draft) -> Reply {
        let now = self.settle_late();
        let mut state = account.state();
        let draw = state.draw(self.seed, &account.username);
        let reply = |delivery, slowness, limits| Reply {
            delivery,
            slowness,
            limits,
            request_id: format!("{:016x}", mix(&[draw, 1])),
        };
        if state.is_revoked {
            let refusal = Delivery::Whole(problem::unauthorized());
            return reply(refusal, Duration::ZERO, RateLimits::default());
        }
        let fault = self.faults().send.take(&account.username, draw);
        if let Some(refusal) = fault.and_then(|fault| refuse::by(fault, account, now)) {
            return reply(refusal.delivery, Duration::ZERO, refusal.limits);
        }
        let (has_room, limits) = {
            let mut apps = self.apps();
            let app = apps.entry(account.app.clone()).or_default();
            state.windows.take_post(app, &self.limits, now)
        };
        if !has_room {
            let refusal = Delivery::Whole(problem::too_many_requests());
            return reply(refusal, Duration::ZERO, limits);
        }
        if let Some(fault) = fault
            && let Some((after, slowness)) = takes_later(fault)
        {
            let late = Late { account: Arc::clone(account), draft: draft.clone(), fault };
            self.late().push(now + after, late);
            return reply(Delivery::Closed, slowness, limits);
        }
        let refusal = self.refusal_of_content(&mut state, account, draft, now);
        let answer = refusal.unwrap_or_else(|| {
            let arrival = Arrival { draft, at: now, fault };
            self.till.post(&draft.text);
            self.created(&self.accept(account, &mut state, &arrival))
        });
        let (delivery, slowness) = deliver(fault, answer);
        reply(delivery, slowness, limits)
    }

    /// X takes a request whose connection is long gone, if it still would.
    pub(crate) fn take_late(&self, due: Timestamp, late: &Late) {
        let mut state = late.account.state();
        if self.refusal_of_content(&mut state, &late.account, &late.draft, due).is_none() {
            let arrival = Arrival { draft: &late.draft, at: due, fault: Some(late.fault) };
            self.till.post(&late.draft.text);
            self.accept(&late.account, &mut state, &arrival);
        }
    }

    /// What X finds wrong with the text, the media or the target.
    fn refusal_of_content(
        &self,
        state: &mut AccountState,
        account: &Account,
        draft: &Draft,
        now: Timestamp,
    ) -> Option<WireAnswer> {
        if let Some(id) = draft.media_ids.first() {
            return Some(problem::invalid_media(id));
        }
        if draft.text.trim().is_empty() {
            let message = "The text of the post is missing.";
            return Some(problem::invalid_request(message, "text", &draft.text));
        }
        if weighted_length(&draft.text) > LENGTH_MAX {
            return Some(problem::too_long(&draft.text));
        }
        if draft.in_reply_to.as_ref().is_some_and(|parent| !state.timeline.holds(parent)) {
            return Some(problem::reply_not_allowed());
        }
        let misses_per_mille = match self.knobs().duplicate_filter {
            DuplicateFilter::Off => return None,
            DuplicateFilter::On => 0,
            DuplicateFilter::Flaky { misses_per_mille } => u64::from(misses_per_mille),
        };
        let is_duplicate = state.timeline.holds_duplicate(&draft.text, self.duplicate_window, now);
        let is_seen =
            is_duplicate && state.draw(self.seed, &account.username) % 1000 >= misses_per_mille;
        is_seen.then(problem::duplicate)
    }

    /// From here on X has the post.
    pub(crate) fn accept(
        &self,
        account: &Account,
        state: &mut AccountState,
        arrival: &Arrival<'_>,
    ) -> StoredPost {
        let Arrival { draft, at, fault } = *arrival;
        let id = self.flake.next(at);
        let seed = mix(&[self.seed, number_of(id.as_str())]);
        let mut post =
            StoredPost::new(id, &draft.text, rewrite(&draft.text, seed), at, self.lag(seed));
        post.in_reply_to.clone_from(&draft.in_reply_to);
        post.made_with_ai = draft.made_with_ai;
        state.timeline.push(post.clone());
        self.truth_log().append(Accepted {
            at,
            account: account.username.clone(),
            id: post.id.to_string(),
            text: draft.text.clone(),
            hidden_by: fault.map(|fault| fault.word().to_owned()),
        });
        post
    }

    fn lag(&self, seed: u64) -> SignedDuration {
        let lag = self.knobs().lag;
        let spread = (lag.most - lag.least).as_millis().max(0).unsigned_abs();
        let part = u128::from(mix(&[seed, 2])) % (spread + 1);
        lag.least + SignedDuration::from_millis(i64::try_from(part).unwrap_or(i64::MAX))
    }

    fn created(&self, post: &StoredPost) -> WireAnswer {
        let history = self.vocabularies.send.name("edit_history_tweet_ids");
        WireAnswer::json(
            201,
            &json!({ "data": { "id": post.id, "text": post.text, history: [post.id] } }),
        )
    }
}

/// When X takes a request under this fault if not now, and how long the client is kept waiting.
fn takes_later(fault: SendFault) -> Option<(SignedDuration, Duration)> {
    let after = |secs| SignedDuration::from_secs(i64::from(secs));
    if let SendFault::LateAccept { secs } = fault {
        return Some((after(secs), Duration::ZERO));
    }
    if let SendFault::Slow { secs } = fault {
        let wait = Duration::from_secs(u64::from(secs));
        return (wait >= SEND_TIMEOUT).then_some((after(secs), wait));
    }
    None
}

/// What of an answer arrives, and when.
fn deliver(fault: Option<SendFault>, answer: WireAnswer) -> (Delivery, Duration) {
    let now = |answer| (Delivery::Whole(answer), Duration::ZERO);
    let Some(fault) = fault else { return now(answer) };
    match fault {
        SendFault::AcceptThenClose => (Delivery::Closed, Duration::ZERO),
        SendFault::AcceptThenStatus { status } => now(problem::server_error(status)),
        SendFault::AcceptSlow { secs } | SendFault::Slow { secs } => {
            (Delivery::Whole(answer), Duration::from_secs(u64::from(secs)))
        }
        SendFault::Html { status, .. } => now(WireAnswer::html(status)),
        SendFault::BrokenJson => now(answer.broken()),
        SendFault::CutBody => (Delivery::Cut(answer), Duration::ZERO),
        SendFault::NoId => now(with_data(answer, |data| {
            data.remove("id");
        })),
        SendFault::NumericId => now(with_data(answer, |data| {
            if let Some(id) = data.get_mut("id") {
                *id = id.as_str().and_then(|text| text.parse::<u64>().ok()).into();
            }
        })),
        // These are decided before anything is accepted and never come here.
        SendFault::CloseBeforeAccept
        | SendFault::StatusBeforeAccept { .. }
        | SendFault::LateAccept { .. }
        | SendFault::RateLimited { .. }
        | SendFault::RateLimitedForDay { .. }
        | SendFault::UsageCapped
        | SendFault::Unauthorized
        | SendFault::OutOfCreditOld
        | SendFault::OutOfCreditNew
        | SendFault::SpendCapReached
        | SendFault::Duplicate
        | SendFault::NotPermitted
        | SendFault::Forbidden
        | SendFault::TooLong => now(answer),
    }
}

/// Changes `data` of a successful answer; any other answer stays as it is.
fn with_data(
    mut answer: WireAnswer,
    change: impl FnOnce(&mut serde_json::Map<String, Value>),
) -> WireAnswer {
    if let Ok(mut body) = serde_json::from_str::<Value>(&answer.body)
        && let Some(data) = body.get_mut("data").and_then(Value::as_object_mut)
    {
        change(data);
        answer.body = body.to_string();
    }
    answer
}

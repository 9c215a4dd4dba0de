//! What every read shares: one signed `GET`, and what its failure means. A failure is never evidence
//! that a post is absent (invariant I8).

use std::sync::Arc;

use domain::model::{BotId, RateLimits};
use domain::ports::{Problem, ReadError};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::Value;

use super::accounts::Account;
use super::client::{Call, XClient};
use super::{limits, problem, wire};
use crate::http::{Bounds, Exchange, Head};

/// A page of 100 posts with all we ask for takes about 200 KiB.
const ANSWER_BYTES_MAX: usize = 2 * 1024 * 1024;

/// A read that told nothing, and the status it came with.
pub(super) struct ReadFault {
    pub(super) status: Option<u16>,
    pub(super) error: ReadError,
}

impl ReadFault {
    fn unavailable(detail: impl Into<String>) -> Self {
        Self { status: None, error: ReadError::Unavailable(detail.into()) }
    }
}

/// The keys that read for `bot`.
pub(super) fn account(client: &XClient, bot: &BotId) -> Result<Arc<Account>, ReadError> {
    client.account(bot).ok_or_else(|| {
        ReadError::Unauthorized(format!("this node has no X credentials for bot {bot}"))
    })
}

/// One `GET`: a JSON object with status 200, or why not.
pub(super) async fn get(
    client: &XClient,
    account: &Account,
    path: String,
    query: Vec<(&'static str, String)>,
) -> Result<(Head, Value), ReadFault> {
    let bounds = Bounds { total: client.read_timeout, body_bytes_max: ANSWER_BYTES_MAX };
    let call = Call { method: Method::GET, path, query, json: None, bounds };
    let (head, body) = match client.call(account, call).await {
        Exchange::Whole(head, body) => (head, body),
        Exchange::NotSent(_, detail) | Exchange::Lost { detail, .. } => {
            return Err(ReadFault::unavailable(detail));
        }
    };
    let json = wire::parse(&body);
    match (head.status, json) {
        (200, Some(json)) => Ok((head, json)),
        (200, None) => Err(ReadFault::unavailable("the answer is not JSON")),
        (status, json) => {
            let problem = json.map(|json| problem::read(&json, &account.secrets()));
            let problem = problem.unwrap_or_default();
            let error = refusal(status, &problem, &limits::read(&head.headers));
            Err(ReadFault { status: Some(status), error })
        }
    }
}

/// What a refused read means.
pub(super) fn refusal(status: u16, problem: &Problem, limits: &RateLimits) -> ReadError {
    let words = problem::sentence(status, problem);
    let kind = problem.kind.as_deref().unwrap_or_default();
    let title = problem.title.as_deref().unwrap_or_default();
    // A cap lasts until the billing period ends: waiting for a window does not help.
    let is_capped = kind == "usage-capped" || title == "UsageCapExceeded";
    let is_out_of_credit = kind.starts_with("credits") || title == "SpendCapReached";
    match status {
        402 => ReadError::OutOfCredit(words),
        403 | 429 if is_capped || is_out_of_credit => ReadError::OutOfCredit(words),
        401 => ReadError::Unauthorized(words),
        403 => ReadError::Forbidden(words),
        429 => ReadError::RateLimited { until: waits_until(limits) },
        _ => ReadError::Unavailable(words),
    }
}

/// The reset of an exhausted window; where X left out how much remains, that of the quarter hour.
fn waits_until(limits: &RateLimits) -> Option<Timestamp> {
    let unclear = limits.quarter_hour.filter(|window| window.remaining.is_none());
    limits.exhausted_until().or(unclear.and_then(|window| window.resets_at))
}

/// What a 200 means that holds `errors` and none of the data.
pub(super) fn refusal_with_ok(json: &Value, account: &Account) -> ReadError {
    let problem = problem::read(json, &account.secrets());
    if problem == Problem::default() {
        return ReadError::Unavailable("the answer holds no data".to_owned());
    }
    let words = problem::sentence(200, &problem);
    let kind = problem.kind.as_deref().unwrap_or_default();
    let is_forbidden = kind.starts_with("not-authorized")
        || problem.title.as_deref() == Some("Forbidden")
        || problem.codes.iter().any(|code| [63, 64, 326].contains(code));
    if is_forbidden { ReadError::Forbidden(words) } else { ReadError::Unavailable(words) }
}

#[cfg(test)]
mod tests;

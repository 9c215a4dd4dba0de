//! `POST /2/tweets`: one request, one report. Nothing is decided here, and nothing is tried twice.

use domain::model::{BotId, RateLimits};
use domain::ports::{Answer, HttpAnswer, NotSentBecause, Problem, SendReport};
use reqwest::Method;

use super::accounts::Account;
use super::client::{Call, XClient};
use super::{limits, problem, wire};
use crate::http::{Bounds, Exchange, Head};
use crate::redact::printable;

/// X answers with a few hundred bytes; more than this is not X.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Sends `text` for `bot` once.
pub(super) async fn create_post(client: &XClient, bot: &BotId, text: &str) -> SendReport {
    let Some(account) = client.account(bot) else {
        let detail = format!("this node has no X credentials for bot {bot}");
        return report(Answer::NotSent(NotSentBecause::NoCredentials, detail), None);
    };
    let call = Call {
        method: Method::POST,
        path: "/2/tweets".to_owned(),
        query: Vec::new(),
        json: Some(wire::create_post_body(text)),
        bounds: Bounds { total: client.send_timeout, body_bytes_max: ANSWER_BYTES_MAX },
    };
    match client.call(&account, call).await {
        Exchange::NotSent(because, detail) => report(Answer::NotSent(because, detail), None),
        Exchange::Lost { because, detail, head } => {
            report(Answer::Lost(because, detail), head.as_ref())
        }
        Exchange::Whole(head, body) => {
            report(Answer::Http(answer(head.status, &body, &account)), Some(&head))
        }
    }
}

/// A body that is not JSON tells nothing but its status.
fn answer(status: u16, body: &[u8], account: &Account) -> HttpAnswer {
    let Some(json) = wire::parse(body) else {
        return HttpAnswer { status, post_id: None, text: None, problem: Problem::default() };
    };
    let data = json.get("data");
    HttpAnswer {
        status,
        post_id: data.and_then(|data| data.get("id")).and_then(wire::id),
        text: data.and_then(|data| data.get("text")).and_then(wire::text),
        problem: problem::read(&json, &account.secrets()),
    }
}

fn report(answer: Answer, head: Option<&Head>) -> SendReport {
    let headers = head.map(|head| &head.headers);
    SendReport {
        answer,
        limits: headers.map_or_else(RateLimits::default, limits::read),
        request_id: headers
            .and_then(|headers| limits::text(headers, "x-transaction-id"))
            .map(|id| printable(id, &[])),
        server_date: headers.and_then(limits::date),
    }
}

#[cfg(test)]
mod tests;

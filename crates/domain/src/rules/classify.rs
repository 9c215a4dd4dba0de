//! What X's answer to a send means. Total: what is not known to be a refusal is ambiguous, because
//! X may have taken the post.
//!
//! Source: `POST /2/tweets` as X documents it and as seen on the wire; legacy codes from API v1.1.

use super::restriction::restriction;
use crate::model::{RateLimits, XPostId};
use crate::ports::{Answer, HttpAnswer, Problem};
use jiff::Timestamp;

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Class {
    /// No byte reached X.
    NotSent,
    /// X has it.
    Posted {
        /// Its id.
        id: XPostId,
        /// What X made of the text, where it says.
        echo: Option<String>,
    },
    /// X may or may not have it.
    Ambiguous,
    /// Too many requests; not before `until`, where X says when.
    RateLimited {
        /// The latest reset of the exhausted windows.
        until: Option<Timestamp>,
    },
    /// X's usage cap for the period; the quarter-hour clock does not help.
    UsageCapped,
    /// X does not take the token.
    Unauthorized,
    /// No credit left, or X's spending limit reached: true for the whole app.
    OutOfCredit,
    /// X already has this text from this account.
    Duplicate,
    /// The app or the account may not post at all.
    AccountRefused,
    /// This content is refused for good.
    ContentRefused,
    /// This target or action is not permitted; the account is fine.
    NotPermitted,
    /// A refusal that nobody documented.
    UnknownRefusal,
}

impl Class {
    /// Every word, for counters that begin at nothing.
    pub const WORDS: [&'static str; 12] = [
        "not_sent",
        "posted",
        "ambiguous",
        "rate_limited",
        "usage_capped",
        "unauthorized",
        "out_of_credit",
        "duplicate",
        "account_refused",
        "content_refused",
        "not_permitted",
        "unknown_refusal",
    ];

    /// The word in the database and in logs.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Posted { .. } => "posted",
            Self::Ambiguous => "ambiguous",
            Self::RateLimited { .. } => "rate_limited",
            Self::UsageCapped => "usage_capped",
            Self::Unauthorized => "unauthorized",
            Self::OutOfCredit => "out_of_credit",
            Self::Duplicate => "duplicate",
            Self::AccountRefused => "account_refused",
            Self::ContentRefused => "content_refused",
            Self::NotPermitted => "not_permitted",
            Self::UnknownRefusal => "unknown_refusal",
        }
    }
}

/// What an answer was taken for, by its word in the database, for a person. Besides the words of
/// [`Class`] there are those of a lost answer that was looked for.
pub fn in_words(class: &str) -> &'static str {
    match class {
        "not_sent" => "nothing reached X",
        "posted" => "X took it",
        "ambiguous" => "no whole answer came: X may have it",
        "rate_limited" => "X says too many requests for now",
        "usage_capped" => "X says its usage cap for the period is reached",
        "unauthorized" => "X did not accept the token",
        "out_of_credit" => "X says there is no credit left",
        "duplicate" => "X says it has this text already",
        "account_refused" => "X does not let this app or account post",
        "content_refused" => "X refused this text for good",
        "not_permitted" => "X does not permit this",
        "unknown_refusal" => "X refused for a reason that is not documented",
        "adopted" => "its answer was lost, and the timeline shows it",
        "absent" => "its answer was lost, and X proved not to have it",
        _ => "the answer has no word here",
    }
}

/// Classifies one answer.
pub fn classify(answer: &Answer, limits: &RateLimits) -> Class {
    match answer {
        Answer::NotSent(..) => Class::NotSent,
        Answer::Lost(..) => Class::Ambiguous,
        Answer::Http(http) => by_status(http, limits),
    }
}

fn by_status(http: &HttpAnswer, limits: &RateLimits) -> Class {
    match (http.status, &http.post_id) {
        (200..=299, Some(id)) => Class::Posted { id: id.clone(), echo: http.text.clone() },
        (200..=299, None) => Class::Ambiguous,
        (429, _) => too_many(&http.problem, limits),
        (401, _) => Class::Unauthorized,
        (402, _) => Class::OutOfCredit,
        (403, _) => forbidden(&http.problem),
        (400 | 404 | 413 | 415 | 422, _) => Class::ContentRefused,
        // 1xx, 3xx, 408, 409, other 4xx, 5xx and what no standard knows.
        (0..=199 | 300..=399 | 405..=412 | 414 | 416..=421 | 423..=428 | 430..=u16::MAX, _) => {
            Class::Ambiguous
        }
    }
}

fn too_many(problem: &Problem, limits: &RateLimits) -> Class {
    let is_cap = problem.kind.as_deref() == Some("usage-capped")
        || problem.title.as_deref() == Some("UsageCapExceeded");
    if is_cap { Class::UsageCapped } else { Class::RateLimited { until: limits.exhausted_until() } }
}

/// X says almost everything with 403; the title, the last part of `type`, the sentence and the old
/// numbers tell it apart.
fn forbidden(problem: &Problem) -> Class {
    const CONTENT_CODES: [i64; 4] = [186, 324, 325, 385];
    const ACCOUNT_CODES: [i64; 5] = [64, 226, 261, 326, 453];
    const DAILY_CODES: [i64; 2] = [185, 344];
    let kind = problem.kind.as_deref().unwrap_or_default();
    let has_code = |codes: &[i64]| problem.codes.iter().any(|code| codes.contains(code));

    if problem.title.as_deref() == Some("SpendCapReached") || kind.starts_with("credits") {
        Class::OutOfCredit
    } else if says(problem, "duplicate content") || has_code(&[187]) {
        Class::Duplicate
    } else if kind == "usage-capped" {
        Class::UsageCapped
    } else if has_code(&DAILY_CODES) {
        Class::RateLimited { until: None }
    } else if matches!(
        kind,
        "oauth1-permissions" | "client-forbidden" | "unsupported-authentication"
    ) || has_code(&ACCOUNT_CODES)
        || restriction(problem).is_some()
    {
        Class::AccountRefused
    } else if says(problem, "text is too long") || has_code(&CONTENT_CODES) {
        Class::ContentRefused
    } else if ["is not allowed because", "deleted or not visible"].iter().any(|s| says(problem, s))
        || has_code(&[433])
    {
        Class::NotPermitted
    } else {
        Class::UnknownRefusal
    }
}

pub(super) fn says(problem: &Problem, words: &str) -> bool {
    problem
        .detail
        .iter()
        .chain(&problem.messages)
        .any(|sentence| sentence.to_lowercase().contains(words))
}

#[cfg(test)]
mod tests;

//! X, as the engine sees it.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::model::{BotId, RateLimits, XPostId, XUserId};

/// Why a request certainly did not reach X.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSentBecause {
    /// The name did not resolve.
    Dns,
    /// No connection.
    Connect,
    /// No trusted TLS session.
    Tls,
    /// The node gave up before the first byte: its lease or the deadline was too near.
    Guard,
    /// The bot has no credentials on this node.
    NoCredentials,
}

/// Why nobody knows whether X took a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LostBecause {
    /// No answer in time.
    TimedOut,
    /// The connection ended after the first byte was written.
    Disconnected,
    /// The answer's body broke off, was too large or could not be decoded.
    BrokenBody,
}

/// X's own words about a refusal; every field may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// Short title, such as `Forbidden` or `SpendCapReached`.
    pub title: Option<String>,
    /// The sentence.
    pub detail: Option<String>,
    /// Last path segment of `type`; `about:blank` gives `None`.
    pub kind: Option<String>,
    /// Messages of `errors[]`.
    pub messages: Vec<String>,
    /// Legacy numbers of `errors[].code`.
    pub codes: Vec<i64>,
    /// `reset_date` of a spending limit.
    pub reset_date: Option<String>,
    /// `period` of a usage cap.
    pub period: Option<String>,
}

/// A whole answer to a send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    /// HTTP status.
    pub status: u16,
    /// `data.id`, where the body is JSON and has a valid one.
    pub post_id: Option<XPostId>,
    /// `data.text`: what X made of the text.
    pub text: Option<String>,
    /// What it says went wrong, where the body is JSON.
    pub problem: Problem,
}

/// What became of a send, before anything is decided about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// No byte left this machine.
    NotSent(NotSentBecause, String),
    /// A whole answer came; it may still be ambiguous.
    Http(HttpAnswer),
    /// Bytes left, and no whole answer came.
    Lost(LostBecause, String),
}

/// One send, as it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendReport {
    /// What became of it.
    pub answer: Answer,
    /// X's windows, where it told.
    pub limits: RateLimits,
    /// X's `x-transaction-id`, for its support.
    pub request_id: Option<String>,
    /// X's `Date` header: what the local clock is compared with.
    pub server_date: Option<Timestamp>,
}

/// Why a read told nothing. None of them is evidence of absence (invariant I8).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// X does not take the token.
    #[error("X does not accept the token: {0}")]
    Unauthorized(String),
    /// X forbids it: suspended, locked, app not permitted.
    #[error("X forbids it: {0}")]
    Forbidden(String),
    /// No credit left.
    #[error("X says there is no credit left: {0}")]
    OutOfCredit(String),
    /// Too many requests, until then if X said when.
    #[error("X asks us to wait")]
    RateLimited {
        /// When the window starts anew.
        until: Option<Timestamp>,
    },
    /// No answer, a server error, or an answer nobody can read.
    #[error("X gave no usable answer: {0}")]
    Unavailable(String),
}

impl ReadError {
    /// Whether waiting alone cannot help.
    pub fn needs_a_person(&self) -> bool {
        match self {
            Self::Unauthorized(_) | Self::Forbidden(_) | Self::OutOfCredit(_) => true,
            Self::RateLimited { .. } | Self::Unavailable(_) => false,
        }
    }
}

/// `GET /2/users/me`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// The account's id.
    pub user: XUserId,
    /// Its handle, without `@`.
    pub username: String,
    /// How many posts X counts on it, where X tells.
    pub post_count: Option<u64>,
    /// `x-access-level`: `read`, or `read-write`.
    pub access_level: Option<String>,
    /// X's `Date` header.
    pub server_date: Option<Timestamp>,
}

/// Which part of the bot's own timeline to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineQuery {
    /// Only what X made at or after this.
    pub since: Timestamp,
    /// At most so many, newest first; X takes 5 to 100.
    pub max: u32,
    /// Goes on where the page ended that named this as its next.
    pub page: Option<String>,
}

/// One post on the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineItem {
    /// Its id.
    pub id: XPostId,
    /// Its text as X gives it back, links shortened and entities escaped.
    pub text: String,
    /// When X made it; from the id where the answer has no time.
    pub created_at: Option<Timestamp>,
    /// Shortened link → the link it stands for.
    pub links: Vec<(String, String)>,
    /// The post it replies to.
    pub in_reply_to: Option<XPostId>,
    /// How many pictures or films it carries.
    pub media_count: u32,
}

impl TimelineItem {
    /// When X made it, if the answer or the id tells.
    pub fn made_at(&self) -> Option<Timestamp> {
        self.created_at.or_else(|| self.id.created_at())
    }
}

/// A page of the timeline, whole and well-formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelinePage {
    /// Newest first.
    pub items: Vec<TimelineItem>,
    /// X put an `errors` list beside them, so the page may lack something.
    pub has_errors: bool,
    /// X has more items in the range than the page holds: what [`TimelineQuery::page`] asks for next.
    pub next: Option<String>,
    /// X's `Date` header.
    pub server_date: Option<Timestamp>,
}

/// X. The client and the sandbox implement it.
#[async_trait]
pub trait XApi: Send + Sync {
    /// Whether there are keys of this bot here. Without them nothing it is asked for can work.
    fn has_keys(&self, bot: &BotId) -> bool {
        let _ = bot;
        true
    }

    /// Looks whether keys came or went since the last time: called before bots are claimed, so that what
    /// somebody set counts from the next send on, before timelines are read, and whenever the lease is renewed.
    async fn refresh_keys(&self) {}

    /// Sends one `POST /2/tweets`, once: no retry, no redirect. Never fails as a call; what went
    /// wrong is in the report.
    async fn create_post(&self, bot: &BotId, text: &str) -> SendReport;

    /// Whose token this is.
    async fn me(&self, bot: &BotId) -> Result<Me, ReadError>;

    /// The bot's own timeline, replies and reposts included.
    async fn timeline(
        &self,
        bot: &BotId,
        user: &XUserId,
        query: &TimelineQuery,
    ) -> Result<TimelinePage, ReadError>;
}

//! The faults of each door, under the names that the control door takes.

use serde::{Deserialize, Serialize};

/// A fault of `POST /2/tweets`. Those that *accept* first ask the ordinary rules: a text that X would
/// refuse anyway is refused, and only the answer suffers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SendFault {
    /// X takes the post, then the connection ends without an answer.
    AcceptThenClose,
    /// The connection ends without an answer, and X took nothing.
    CloseBeforeAccept,
    /// X takes the post and answers with this status (500 to 599).
    AcceptThenStatus {
        /// The status.
        status: u16,
    },
    /// X takes nothing and answers with this status (500 to 599).
    StatusBeforeAccept {
        /// The status.
        status: u16,
    },
    /// X takes the post at once and answers late.
    AcceptSlow {
        /// How late.
        secs: u32,
    },
    /// X takes the post only when it answers; a client that hangs up earlier never learns of it.
    Slow {
        /// How late.
        secs: u32,
    },
    /// The answer is lost now, and X takes the post later.
    LateAccept {
        /// How much later.
        secs: u32,
    },
    /// 429, with or without a reset time.
    RateLimited {
        /// Seconds until the window starts anew, if the header is there.
        reset_secs: Option<i64>,
    },
    /// 429 because the 24-hour window is empty, while the 15-minute one has room and resets soon.
    RateLimitedForDay {
        /// Seconds until the day's window starts anew.
        reset_secs: i64,
    },
    /// 429 `UsageCapExceeded`: a cap of the month, not a window.
    UsageCapped,
    /// 401.
    Unauthorized,
    /// 402 in the shape used until mid 2026.
    OutOfCreditOld,
    /// 402 in the shape used since.
    OutOfCreditNew,
    /// 403 `SpendCapReached`.
    SpendCapReached,
    /// 403 duplicate, whether or not it is one.
    Duplicate,
    /// 403 `You are not permitted to perform this action.`
    NotPermitted,
    /// 403 in words that nobody documented.
    Forbidden,
    /// 400 `Your Tweet text is too long.`
    TooLong,
    /// An HTML page of a proxy. X took the post if `accepts`.
    Html {
        /// The status, 200 or 502 for instance.
        status: u16,
        /// Whether X took the post.
        accepts: bool,
    },
    /// X takes the post and answers 201 with JSON that ends in the middle.
    BrokenJson,
    /// X takes the post, and the connection ends in the middle of the body.
    CutBody,
    /// X takes the post and answers 201 without an id.
    NoId,
    /// X takes the post and answers 201 with an id that is a number, not a string.
    NumericId,
}

/// A fault of a read: `GET /2/users/:id/tweets` or `GET /2/users/me`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ReadFault {
    /// 200 without any post.
    EmptyPage,
    /// 200 as the page was this long ago.
    StalePage {
        /// How long ago.
        secs: u32,
    },
    /// 200 with an `errors` list beside the posts.
    PartialErrors,
    /// An error status (500 to 599).
    Status {
        /// The status.
        status: u16,
    },
    /// 401.
    Unauthorized,
    /// 402.
    OutOfCredit,
    /// 403: the account is suspended.
    Suspended,
    /// 429.
    RateLimited {
        /// Seconds until the window starts anew, if the header is there.
        reset_secs: Option<i64>,
    },
    /// 200 with an HTML page.
    Html,
    /// 200 with JSON that ends in the middle.
    BrokenJson,
    /// The connection ends without an answer.
    Close,
}

/// A fault of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ModelFault {
    /// Words that are neither JSON nor posts.
    Garbage,
    /// Posts far above the asked length.
    TooLong,
    /// The model declines.
    Refusal,
    /// Posts that it wrote before, every other one a little reworded, where it remembers any.
    Duplicates,
    /// Good posts inside chatter and a code fence.
    Chatter,
    /// 429.
    RateLimited {
        /// `Retry-After` in seconds, if the header is there.
        after_secs: Option<u32>,
    },
    /// 429 `credit_balance_exhausted`: waiting does not help.
    OutOfCredit,
    /// 401.
    Unauthorized,
    /// An error status (500 to 599).
    Status {
        /// The status.
        status: u16,
    },
    /// An empty list of posts.
    Empty,
    /// JSON that ends in the middle, `finish_reason` `length`.
    CutJson,
    /// A good answer with unknown fields and without usage.
    Odd,
    /// The connection ends without an answer.
    Close,
    /// A good answer, late.
    Slow {
        /// How late.
        secs: u32,
    },
}

/// A fault of the moderation endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ModerationFault {
    /// The connection ends without an answer.
    Close,
    /// 404: the server has no such endpoint.
    Missing,
    /// 401.
    Unauthorized,
    /// An error status (500 to 599).
    Status {
        /// The status.
        status: u16,
    },
    /// 429.
    RateLimited {
        /// `Retry-After` in seconds, if the header is there.
        after_secs: Option<u32>,
    },
    /// 200 with JSON that says nothing of any text.
    Garbage,
    /// 200 with one opinion too few.
    Miscounted,
    /// A good answer, late.
    Slow {
        /// How late.
        secs: u32,
    },
}

/// A fault of files and batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum BulkFault {
    /// 404: the server has no such endpoint.
    Missing,
    /// An error status, and nothing was done.
    Status {
        /// The status.
        status: u16,
    },
    /// The connection ends, and nothing was done.
    CloseBefore,
    /// It is done, then the connection ends without an answer.
    CloseAfter,
    /// The batch that is made now fails as a whole.
    Fails,
    /// It expires with half of its lines done.
    Expires,
    /// Every second line of it fails.
    PartialErrors,
    /// It does not end within a year.
    Stuck,
}

impl SendFault {
    /// The word that the truth log keeps.
    pub fn word(self) -> &'static str {
        match self {
            Self::AcceptThenClose => "accept_then_close",
            Self::CloseBeforeAccept => "close_before_accept",
            Self::AcceptThenStatus { .. } => "accept_then_status",
            Self::StatusBeforeAccept { .. } => "status_before_accept",
            Self::AcceptSlow { .. } => "accept_slow",
            Self::Slow { .. } => "slow",
            Self::LateAccept { .. } => "late_accept",
            Self::RateLimited { .. } => "rate_limited",
            Self::RateLimitedForDay { .. } => "rate_limited_for_day",
            Self::UsageCapped => "usage_capped",
            Self::Unauthorized => "unauthorized",
            Self::OutOfCreditOld => "out_of_credit_old",
            Self::OutOfCreditNew => "out_of_credit_new",
            Self::SpendCapReached => "spend_cap_reached",
            Self::Duplicate => "duplicate",
            Self::NotPermitted => "not_permitted",
            Self::Forbidden => "forbidden",
            Self::TooLong => "too_long",
            Self::Html { .. } => "html",
            Self::BrokenJson => "broken_json",
            Self::CutBody => "cut_body",
            Self::NoId => "no_id",
            Self::NumericId => "numeric_id",
        }
    }
}

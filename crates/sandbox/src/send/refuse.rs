//! Faults under which X takes nothing.

use domain::model::{RateLimits, RateWindow};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::account::Account;
use crate::faults::SendFault;
use crate::problem;
use crate::reply::{Delivery, WireAnswer};

/// A refusal and what the headers say beside it.
pub(super) struct Refusal {
    pub(super) delivery: Delivery,
    pub(super) limits: RateLimits,
}

/// The refusal that `fault` stands for; `None` if X goes on to look at the request.
pub(super) fn by(fault: SendFault, account: &Account, now: Timestamp) -> Option<Refusal> {
    let answer = match fault {
        SendFault::CloseBeforeAccept => {
            return Some(Refusal { delivery: Delivery::Closed, limits: RateLimits::default() });
        }
        SendFault::RateLimited { reset_secs } => {
            let limits = RateLimits {
                quarter_hour: Some(empty(100, reset_secs, now)),
                ..RateLimits::default()
            };
            return Some(refusal(problem::too_many_requests(), limits));
        }
        SendFault::RateLimitedForDay { reset_secs } => {
            return Some(refusal(problem::too_many_requests(), day_is_empty(reset_secs, now)));
        }
        SendFault::StatusBeforeAccept { status } => problem::server_error(status),
        SendFault::Html { status, accepts: false } => WireAnswer::html(status),
        SendFault::UsageCapped => problem::usage_capped(account.id.as_str()),
        SendFault::Unauthorized => problem::unauthorized(),
        SendFault::OutOfCreditOld => problem::out_of_credit_old(account.id.as_str()),
        SendFault::OutOfCreditNew => problem::out_of_credit_new(),
        SendFault::SpendCapReached => problem::spend_cap_reached(&next_month(now)),
        SendFault::Duplicate => problem::duplicate(),
        SendFault::NotPermitted => problem::not_permitted(),
        SendFault::Forbidden => problem::undocumented(),
        SendFault::TooLong => problem::too_long(""),
        SendFault::AcceptThenClose
        | SendFault::AcceptThenStatus { .. }
        | SendFault::AcceptSlow { .. }
        | SendFault::Slow { .. }
        | SendFault::LateAccept { .. }
        | SendFault::Html { accepts: true, .. }
        | SendFault::BrokenJson
        | SendFault::CutBody
        | SendFault::NoId
        | SendFault::NumericId => return None,
    };
    Some(refusal(answer, RateLimits::default()))
}

fn refusal(answer: WireAnswer, limits: RateLimits) -> Refusal {
    Refusal { delivery: Delivery::Whole(answer), limits }
}

/// A window without room; without `reset_secs` X says nothing about it but 429.
pub(crate) fn empty(limit: u64, reset_secs: Option<i64>, now: Timestamp) -> RateWindow {
    match reset_secs {
        Some(secs) => RateWindow {
            limit: Some(limit),
            remaining: Some(0),
            resets_at: Timestamp::from_second(now.as_second().saturating_add(secs)).ok(),
        },
        None => RateWindow { limit: None, remaining: None, resets_at: None },
    }
}

/// The trap in X's headers: the short window has room and resets soon, the long one is empty.
fn day_is_empty(reset_secs: i64, now: Timestamp) -> RateLimits {
    let soon = now + SignedDuration::from_secs(60);
    RateLimits {
        quarter_hour: Some(RateWindow {
            limit: Some(100),
            remaining: Some(99),
            resets_at: Some(soon),
        }),
        user_day: Some(empty(17, Some(reset_secs), now)),
        app_day: None,
    }
}

fn next_month(now: Timestamp) -> String {
    let date = now.to_zoned(TimeZone::UTC).date();
    date.last_of_month().tomorrow().unwrap_or(date).to_string()
}

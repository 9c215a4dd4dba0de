//! What one answer of X does to its slot, its attempt and its bot: the whole settlement (S7), as a
//! value.

use jiff::{SignedDuration, Timestamp};

use super::breaker;
use super::classify::{Class, classify};
use super::lifecycle::{self, Event, Transition};
use super::reconcile::Profile;
use super::restriction::restriction;
use super::retry;
use crate::model::{
    AppReach, AttemptId, AttemptState, AttentionReason, BotState, FailReason, MicroUsd, OnMiss,
    RateWindow, Receipt, SlotPhase, SlotState, StateReason,
};
use crate::ports::store::{
    AttemptVerdict, BotChange, DueSlot, Settlement, SlotChange, Spend, SpendKind,
};
use crate::ports::{Answer, NotSentBecause, Problem, SendReport};

/// So many permanent refusals in a row pause the bot: one more would not fare better.
pub const REFUSALS_IN_ROW_MAX: u32 = 3;
/// Longest sentence about an answer that is kept, in characters.
const DETAIL_MAX: usize = 500;

/// One send and its answer.
pub struct Sent<'a> {
    /// The slot it served.
    pub due: &'a DueSlot,
    /// The slot's version since the intent.
    pub version: i64,
    /// The attempt.
    pub attempt: AttemptId,
    /// What came back.
    pub report: &'a SendReport,
    /// What X charges for this post if it took it.
    pub price: MicroUsd,
}

/// What follows for slot and bot, before it is written out.
struct Follows {
    event: Event,
    attempt: AttemptState,
    wake_at: Option<Timestamp>,
    bot: BotChange,
}

/// Decides what `sent` settles. `now` is when the answer came, and so when its socket was closed.
pub fn outcome(sent: &Sent<'_>, profile: &Profile, now: Timestamp) -> Settlement {
    let class = classify(&sent.report.answer, &sent.report.limits);
    let follows = follows(&class, sent, profile, now);
    let to = match lifecycle::next(SlotState::Sending, follows.event) {
        Transition::To(state) => state,
        Transition::Ignore | Transition::Violation => {
            unreachable!("`follows` names only events that move a slot out of `sending`")
        }
    };
    let receipt = match &class {
        Class::Posted { id, .. } => Some(Receipt {
            x_post_id: id.clone(),
            posted_at: id.created_at().unwrap_or(now),
            is_adopted: false,
        }),
        _ => None,
    };
    let detail = detail(&class, &sent.report.answer, &sent.due.text);
    Settlement {
        spend: receipt
            .iter()
            .map(|_| Spend { kind: SpendKind::Post, amount: sent.price })
            .collect(),
        receipt,
        attempt: Some(AttemptVerdict {
            attempt: sent.attempt,
            state: follows.attempt,
            class: class.as_str(),
            status: status(&sent.report.answer),
            detail: detail.clone(),
            request_id: sent.report.request_id.clone(),
            closed_at: now,
            is_duplicate_answer: class == Class::Duplicate,
            absence_votes: 0,
            looks: 0,
        }),
        change: SlotChange {
            slot: sent.due.slot,
            bot: sent.due.bot.clone(),
            from: SlotPhase::Sending,
            version: sent.version,
            fence: Some(sent.due.fence),
            to,
            wake_at: follows.wake_at,
            post: lifecycle::post_move(to, sent.due.policy.on_miss),
            detail,
        },
        bot: BotChange {
            app: app_reach(sent, profile, now),
            blocked_until: follows.bot.blocked_until.or_else(|| own_window(sent, now)),
            ..follows.bot
        },
    }
}

/// What the answer tells of the app, for all its bots on all nodes.
fn app_reach(sent: &Sent<'_>, profile: &Profile, now: Timestamp) -> Option<AppReach> {
    let reach = breaker::of_answer(&sent.report.answer)?;
    Some(AppReach {
        app: sent.due.facts.app.clone(),
        reach,
        probe_every: profile.probe_every,
        blocked_until: exhausted(sent, &[sent.report.limits.app_day], now),
    })
}

/// Until when the bot's own windows have nothing left: one more request would be refused.
fn own_window(sent: &Sent<'_>, now: Timestamp) -> Option<Timestamp> {
    let limits = &sent.report.limits;
    exhausted(sent, &[limits.quarter_hour, limits.user_day], now)
}

fn exhausted(sent: &Sent<'_>, windows: &[Option<RateWindow>], now: Timestamp) -> Option<Timestamp> {
    let reset = windows
        .iter()
        .flatten()
        .filter(|window| window.remaining == Some(0))
        .filter_map(|window| window.resets_at)
        .max()
        .filter(|reset| *reset > now)?;
    Some(retry::after_window(Some(reset), now, sent.due.slot.0.unsigned_abs()))
}

fn follows(class: &Class, sent: &Sent<'_>, profile: &Profile, now: Timestamp) -> Follows {
    match class {
        Class::Posted { id, .. } => Follows {
            event: Event::Posted,
            attempt: AttemptState::Posted,
            wake_at: None,
            bot: BotChange {
                refusals_in_row: Some(0),
                anchor: Some(id.clone()),
                ..BotChange::default()
            },
        },
        Class::Ambiguous => lost(now + profile.first_look()),
        // X says so itself: it shows on the timeline or it is somebody else's. Look at once.
        Class::Duplicate => lost(now),
        Class::NotSent => not_sent(sent, now),
        Class::RateLimited { until } => {
            let seed = sent.due.slot.0.unsigned_abs();
            let open_at = retry::after_window(*until, now, seed);
            let bot = BotChange { blocked_until: Some(open_at), ..BotChange::default() };
            // Beyond its window the slot is skipped in time, and not after the reset.
            let window_end = sent.due.due_at + sent.due.policy.catch_up_window;
            let just_after = window_end + SignedDuration::from_millis(1);
            let waits_on = sent.due.policy.on_miss == OnMiss::LatestOnly || now >= just_after;
            let wake_at = if waits_on { open_at } else { open_at.min(just_after) };
            Follows { bot, ..refused_for_now(wake_at) }
        }
        Class::Unauthorized => call(
            AttentionReason::Auth,
            BotChange {
                state: Some((BotState::NeedsLogin, StateReason::Auth)),
                ..BotChange::default()
            },
        ),
        Class::UsageCapped => call(
            AttentionReason::UsageCap,
            BotChange {
                state: Some((BotState::Paused, StateReason::UsageCap)),
                ..BotChange::default()
            },
        ),
        Class::OutOfCredit => call(
            AttentionReason::Billing,
            BotChange { pause_app: Some(StateReason::Billing), ..BotChange::default() },
        ),
        Class::AccountRefused => call(
            AttentionReason::NotPermitted,
            BotChange {
                state: Some((BotState::Paused, stopped_by(&sent.report.answer))),
                ..BotChange::default()
            },
        ),
        Class::ContentRefused => refused(FailReason::RefusedByX, sent),
        Class::NotPermitted => refused(FailReason::NotPermitted, sent),
        // X says so of locked accounts too: without a breaker each slot would take one more post.
        Class::UnknownRefusal => call(AttentionReason::UnknownRefusal, one_more_refusal(sent)),
    }
}

/// What X has against the account, where it says so.
fn stopped_by(answer: &Answer) -> StateReason {
    let said = match answer {
        Answer::Http(http) => restriction(&http.problem),
        Answer::NotSent(..) | Answer::Lost(..) => None,
    };
    said.unwrap_or(StateReason::NotPermitted)
}

fn lost(look_at: Timestamp) -> Follows {
    Follows {
        event: Event::AnswerLost,
        attempt: AttemptState::Unknown,
        wake_at: Some(look_at),
        bot: BotChange::default(),
    }
}

fn refused_for_now(until: Timestamp) -> Follows {
    Follows {
        event: Event::RefusedForNow,
        attempt: AttemptState::Refused,
        wake_at: Some(until),
        bot: BotChange::default(),
    }
}

fn call(reason: AttentionReason, bot: BotChange) -> Follows {
    Follows { event: Event::CallPerson(reason), attempt: AttemptState::Refused, wake_at: None, bot }
}

fn not_sent(sent: &Sent<'_>, now: Timestamp) -> Follows {
    let seed = sent.attempt.0.unsigned_abs();
    let wait = match &sent.report.answer {
        Answer::NotSent(NotSentBecause::NoCredentials, _) => {
            let state = Some((BotState::NeedsLogin, StateReason::Auth));
            return call(AttentionReason::Auth, BotChange { state, ..BotChange::default() });
        }
        // This node was too slow, nothing is wrong outside.
        Answer::NotSent(NotSentBecause::Guard, _) => SignedDuration::from_secs(1),
        Answer::NotSent(NotSentBecause::Dns | NotSentBecause::Connect | NotSentBecause::Tls, _)
        | Answer::Http(_)
        | Answer::Lost(..) => retry::backoff(sent.due.attempts, seed),
    };
    refused_for_now(now + wait)
}

fn refused(reason: FailReason, sent: &Sent<'_>) -> Follows {
    Follows {
        event: Event::Refused(reason),
        attempt: AttemptState::Refused,
        wake_at: None,
        bot: one_more_refusal(sent),
    }
}

/// Three in a row open the bot's breaker.
fn one_more_refusal(sent: &Sent<'_>) -> BotChange {
    let in_row = sent.due.facts.refusals_in_row + 1;
    let pauses = in_row >= REFUSALS_IN_ROW_MAX;
    BotChange {
        refusals_in_row: Some(in_row),
        state: pauses.then_some((BotState::Paused, StateReason::RefusedInRow)),
        ..BotChange::default()
    }
}

fn status(answer: &Answer) -> Option<u16> {
    match answer {
        Answer::Http(http) => Some(http.status),
        Answer::NotSent(..) | Answer::Lost(..) => None,
    }
}

/// One sentence for a person: what X said, or what happened instead.
fn detail(class: &Class, answer: &Answer, text: &str) -> String {
    let sentence = match (class, answer) {
        (Class::Posted { echo: Some(echo), .. }, _) if !super::reconcile::is_echo(text, echo) => {
            format!("X has it, but shows another text: {echo}")
        }
        (Class::Posted { .. }, _) => String::new(),
        (_, Answer::NotSent(_, fault)) => format!("nothing was sent: {fault}"),
        (_, Answer::Lost(_, fault)) => format!("the answer was lost: {fault}"),
        (_, Answer::Http(http)) => words(http.status, &http.problem),
    };
    sentence.chars().filter(|c| !c.is_control()).take(DETAIL_MAX).collect()
}

fn words(status: u16, problem: &Problem) -> String {
    let said = problem.detail.iter().chain(&problem.messages).chain(&problem.title).next();
    match said {
        Some(said) => format!("X answered {status}: {said}"),
        None => format!("X answered {status} without a reason"),
    }
}

#[cfg(test)]
mod tests;

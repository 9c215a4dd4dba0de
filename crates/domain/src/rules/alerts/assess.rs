//! From facts to alerts. What counts as what is decided where it always was (`rules::budget`,
//! `rules::well`, `FindingKind`); here it gets words for somebody who sees nothing else.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::facts::{HouseFacts, SecurityLine};
use crate::model::{
    AlertRule, BotState, Budget, FailReason, Raised, Severity, SkipReason, SlotState, StateReason,
};
use crate::rules::budget::{Level, level_of, whose};
use crate::rules::cost::{SHUTDOWN_NOTICE_DAYS, shutdown_of};
use crate::rules::well::{UNKNOWN_AGE_MAX, oldest_unknown};

/// A model that goes off within so many days needs somebody now.
const SHUTDOWN_NEAR_DAYS: i32 = 7;
/// So many log-ins may fail in an hour.
const FAILED_LOGINS_MAX: usize = 4;
/// Of all names together.
const EVERYBODY: &str = "everybody";

/// What holds of the house.
pub fn assess_house(facts: &HouseFacts, now: Timestamp) -> Vec<Raised> {
    let mut raised = Vec::new();
    raised.extend(silence(facts));
    raised.extend(unknown(facts, now));
    raised.extend(attention(facts));
    raised.extend(stopped_bots(facts));
    raised.extend(facts.budgets.iter().filter_map(budget));
    raised.extend(runways(facts));
    raised.extend(facts.models.iter().filter_map(|model| shutdown(model, now)));
    raised.extend(silent_apps(facts));
    raised.extend(findings(facts));
    raised.extend(security(&facts.security));
    raised.extend(facts.targets.iter().map(|one| {
        let said = one.error.as_deref().unwrap_or("no answer");
        let (target, failures) = (&one.target, one.failures);
        let detail = format!("{target} did not take {failures} messages in a row: {said}");
        of(AlertRule::ChannelFailing, target.as_str(), Severity::Warning, detail)
    }));
    if facts.counts.is_stopped {
        let detail = "nothing leaves until somebody starts it again";
        raised.push(of(AlertRule::Stopped, "", Severity::Info, detail));
    }
    raised
}

pub(super) fn of(
    rule: AlertRule,
    subject: &str,
    severity: Severity,
    detail: impl Into<String>,
) -> Raised {
    Raised { rule, subject: subject.to_owned(), severity, detail: detail.into() }
}

pub(super) fn minute(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Whether a slot that ended so leaves a hole that nobody wanted.
fn is_missed(state: SlotState) -> bool {
    match state {
        SlotState::Skipped(reason) => match reason {
            SkipReason::Late
            | SkipReason::Budget
            | SkipReason::NoContent
            | SkipReason::Duplicate
            | SkipReason::Policy
            | SkipReason::NotLive
            | SkipReason::Unapproved => true,
            SkipReason::Paused
            | SkipReason::QuietHours
            | SkipReason::WarmUp
            | SkipReason::Operator
            | SkipReason::DryRun => false,
        },
        SlotState::Failed(
            FailReason::RefusedByX | FailReason::NotPermitted | FailReason::AnswerLostTwice,
        ) => true,
        _ => false,
    }
}

fn silence(facts: &HouseFacts) -> impl Iterator<Item = Raised> {
    facts.missed.iter().filter(|one| is_missed(one.state)).map(|one| {
        let (bot, due) = (&one.bot, minute(one.due_at));
        let detail = format!("@{bot} had no post for its slot of {due}: {}", one.state.explain());
        of(AlertRule::Silence, bot.as_str(), Severity::Warning, detail)
    })
}

fn unknown(facts: &HouseFacts, now: Timestamp) -> Option<Raised> {
    let age = oldest_unknown(&facts.open, now).filter(|age| *age > UNKNOWN_AGE_MAX)?;
    let detail = format!("nobody looked for it for {} minutes", age.as_mins());
    Some(of(AlertRule::UnknownOutcome, "", Severity::Critical, detail))
}

fn attention(facts: &HouseFacts) -> impl Iterator<Item = Raised> {
    facts.attention.iter().map(|slot| {
        let detail = format!(
            "@{}, slot {}, due {}: {}",
            slot.bot,
            slot.slot.0,
            minute(slot.due_at),
            slot.state.explain()
        );
        of(AlertRule::NeedsAttention, &slot.slot.0.to_string(), Severity::Critical, detail)
    })
}

fn stopped_bots(facts: &HouseFacts) -> impl Iterator<Item = Raised> {
    facts.stopped.iter().filter_map(|one| {
        let bot = &one.bot;
        let why = one.reason.map_or("nobody says why", StateReason::explain);
        match (one.state, one.reason) {
            (BotState::NeedsLogin, _) => {
                let detail = format!("@{bot}: {why}");
                Some(of(AlertRule::LoginNeeded, bot.as_str(), Severity::Critical, detail))
            }
            (BotState::Active | BotState::Closed, _)
            | (BotState::Paused, Some(StateReason::Operator) | None) => None,
            (BotState::Paused, Some(_)) => {
                let detail = format!("@{bot} does not post: {why}");
                Some(of(AlertRule::BotStopped, bot.as_str(), Severity::Critical, detail))
            }
        }
    })
}

fn budget(budget: &Budget) -> Option<Raised> {
    let (severity, what) = match level_of(budget) {
        Level::Ok => return None,
        Level::Warn => (Severity::Info, "over 80 % are gone"),
        Level::BrownOut => (Severity::Warning, "over 95 % are gone, so what is dear is left out"),
        Level::Stop => (Severity::Critical, "all of it is gone, so it stops"),
    };
    let detail =
        format!("the budget of {} for {}: {what}", whose(&budget.scope), budget.purse.explain());
    let (purse, scope, name) = (budget.purse.as_str(), budget.scope.as_str(), budget.scope.name());
    Some(of(AlertRule::Budget, &format!("{purse}/{scope}/{name}"), severity, detail))
}

fn runways(facts: &HouseFacts) -> impl Iterator<Item = Raised> {
    facts.runways.iter().filter(|one| one.ahead > one.queued).map(|one| {
        let (bot, queued, ahead) = (&one.bot, one.queued, one.ahead);
        let detail = match queued {
            0 => format!("the queue of @{bot} is empty, and {ahead} slots come within 24 hours"),
            _ => format!("@{bot} has fewer posts than the {ahead} slots of the next 24 hours"),
        };
        of(AlertRule::RunwayLow, bot.as_str(), Severity::Warning, detail)
    })
}

fn shutdown(model: &str, now: Timestamp) -> Option<Raised> {
    let day = shutdown_of(model)?;
    let left = now.to_zoned(TimeZone::UTC).date().until(day).ok()?.get_days();
    let is_near = left <= SHUTDOWN_NEAR_DAYS;
    let severity = if is_near { Severity::Critical } else { Severity::Warning };
    let when = if left <= 0 { "was switched off" } else { "is switched off" };
    (left <= SHUTDOWN_NOTICE_DAYS)
        .then(|| of(AlertRule::ModelShutdown, model, severity, format!("{model} {when} on {day}")))
}

fn silent_apps(facts: &HouseFacts) -> impl Iterator<Item = Raised> {
    facts.silent_apps.iter().map(|(app, since)| {
        let detail = format!("X does not answer app {app} since {}", minute(*since));
        of(AlertRule::BreakerOpen, app, Severity::Warning, detail)
    })
}

fn findings(facts: &HouseFacts) -> impl Iterator<Item = Raised> {
    facts.findings.iter().map(|found| {
        let is_grave = found.kind.is_serious() || found.kind.stops_bot();
        let severity = if is_grave { Severity::Critical } else { Severity::Warning };
        let subject = format!("{}/{}", found.kind.as_str(), found.subject);
        let detail = format!("{}: {}", found.kind.explain(), found.detail);
        of(AlertRule::AuditFinding, &subject, severity, detail)
    })
}

fn security(lines: &[SecurityLine]) -> Vec<Raised> {
    let from = |line: &SecurityLine| {
        line.address.as_deref().map_or(String::new(), |address| format!(" from {address}"))
    };
    let mut raised = Vec::new();
    let mut failed: BTreeMap<&str, usize> = BTreeMap::new();
    for line in lines {
        match line.action.as_str() {
            "session.refuse" | "session.refuse_proof" => {
                *failed.entry(line.object.as_str()).or_default() += 1;
                *failed.entry(EVERYBODY).or_default() += 1;
            }
            "token.make" => {
                let detail = format!("{} made {}{}", line.actor, line.object, from(line));
                let subject = line.number.to_string();
                raised.push(of(AlertRule::TokenMade, &subject, Severity::Info, detail));
            }
            "token.refuse" => {
                let what = line.detail.as_deref().unwrap_or("something");
                let detail = format!("{} was refused {what}{}", line.object, from(line));
                raised.push(of(AlertRule::ScopeDenied, &line.object, Severity::Warning, detail));
            }
            "session.open" if line.is_new_address => {
                let address = line.address.as_deref().unwrap_or("somewhere");
                let subject = format!("{}/{address}", line.object);
                let detail = format!("{} came in from {address}", line.actor);
                raised.push(of(AlertRule::NewAddress, &subject, Severity::Warning, detail));
            }
            _ => {}
        }
    }
    failed.retain(|_, count| *count > FAILED_LOGINS_MAX);
    // One name says it all where only that one was tried.
    if failed.len() > 1 {
        failed.remove(EVERYBODY);
    }
    raised.extend(failed.keys().map(|name| {
        let detail = format!("log-ins failed for {name} in the last hour");
        of(AlertRule::FailedLogins, name, Severity::Warning, detail)
    }));
    // The same program may have tried several things.
    raised.sort_by(|a, b| (a.rule.as_str(), &a.subject).cmp(&(b.rule.as_str(), &b.subject)));
    raised.dedup_by(|a, b| (a.rule, &a.subject) == (b.rule, &b.subject));
    raised
}

/// What is looked back at for alerts of a moment.
pub const MOMENT: SignedDuration = SignedDuration::from_hours(1);

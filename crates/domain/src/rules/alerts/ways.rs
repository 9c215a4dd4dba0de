//! What each rule demands of a person, and how it ends. `flockwork reference alerts` and docs/reference.md say
//! the same.

use jiff::SignedDuration;

use crate::model::AlertRule;

/// Who can tell that an alert is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Whoever reads the database.
    House,
    /// The machine it is about.
    Machine,
}

/// What goes with a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// Who judges it.
    pub scope: Scope,
    /// It is told when it has held for so long.
    pub hold: SignedDuration,
    /// What to do, with `NAME` for its subject.
    pub to_do: &'static str,
    /// How it ends.
    pub ends: &'static str,
    /// It is about a moment: told once, not again, and its end is no news.
    pub is_moment: bool,
}

const AT_ONCE: SignedDuration = SignedDuration::ZERO;

const fn house(hold: SignedDuration, to_do: &'static str, ends: &'static str) -> Way {
    Way { scope: Scope::House, hold, to_do, ends, is_moment: false }
}

const fn machine(hold: SignedDuration, to_do: &'static str, ends: &'static str) -> Way {
    Way { scope: Scope::Machine, hold, to_do, ends, is_moment: false }
}

const fn moment(to_do: &'static str) -> Way {
    Way {
        scope: Scope::House,
        hold: AT_ONCE,
        to_do,
        ends: "by itself, an hour later",
        is_moment: true,
    }
}

/// What goes with that rule.
pub fn way(rule: AlertRule) -> Way {
    match rule {
        AlertRule::Silence
        | AlertRule::UnknownOutcome
        | AlertRule::NeedsAttention
        | AlertRule::LoginNeeded
        | AlertRule::BotStopped
        | AlertRule::AuditFinding
        | AlertRule::Stopped => of_posts(rule),
        AlertRule::FailedLogins
        | AlertRule::TokenMade
        | AlertRule::ScopeDenied
        | AlertRule::NewAddress => of_security(rule),
        AlertRule::BackupOld
        | AlertRule::BackupFailing
        | AlertRule::BackupNotCarried
        | AlertRule::DrillFailed
        | AlertRule::DrillOld => of_backups(rule),
        _ => of_surroundings(rule),
    }
}

fn of_posts(rule: AlertRule) -> Way {
    match rule {
        AlertRule::Silence => house(
            AT_ONCE,
            "`flockwork stats` shows its queue, `flockwork generate --bot NAME` fills it; the reason says what else",
            "when a later slot of the bot has its post, or the bot is paused",
        ),
        AlertRule::UnknownOutcome => house(
            AT_ONCE,
            "`flockwork doctor` says whether X can be read; it is not sent again before that",
            "when it was looked for",
        ),
        AlertRule::NeedsAttention => house(
            AT_ONCE,
            "answer on the page Attention, or by `flockwork attention`",
            "with the answer, or with proof found on X",
        ),
        AlertRule::LoginNeeded => house(
            AT_ONCE,
            "make new tokens in X's developer portal, put them where the old ones are, restart, then `flockwork bot resume NAME`",
            "when the bot posts again",
        ),
        AlertRule::BotStopped => house(
            AT_ONCE,
            "do what the reason says, then `flockwork bot resume NAME`",
            "when the bot posts again, or a person pauses it",
        ),
        AlertRule::AuditFinding => house(
            AT_ONCE,
            "`flockwork attention` says what it is and what to do",
            "when the audit no longer finds it",
        ),
        _ => house(
            SignedDuration::from_mins(15),
            "an owner starts it again on the page Attention, or by `flockwork bot resume --all`",
            "when sending is started again",
        ),
    }
}

fn of_security(rule: AlertRule) -> Way {
    match rule {
        AlertRule::FailedLogins => {
            moment("tries are slowed down anyway; `flockwork audit list` says from where they come")
        }
        AlertRule::TokenMade => {
            moment("if that was nobody of yours, take it back under Settings, Tokens")
        }
        AlertRule::ScopeDenied => moment(
            "give the program a token with that scope, or find out why it tries; Settings, Tokens takes it back",
        ),
        _ => moment("if that was not you, set a new password under Settings: all sessions end"),
    }
}

fn of_backups(rule: AlertRule) -> Way {
    match rule {
        AlertRule::BackupOld => machine(
            AT_ONCE,
            "`flockwork backup now` tries; the log says why there is no new one",
            "with the next good backup",
        ),
        AlertRule::BackupFailing => machine(
            AT_ONCE,
            "look at the folder of backups and its disk; it is tried again every ten minutes, and older backups stay",
            "with the next good backup",
        ),
        AlertRule::BackupNotCarried => machine(
            AT_ONCE,
            "the log has what the program said that carries copies; `flockwork backup now` tries again, as the next backup does",
            "when a copy is there",
        ),
        AlertRule::DrillFailed => machine(
            AT_ONCE,
            "`flockwork backup drill` tries again and says what is wrong; until it goes well, do not count on backups",
            "with the next drill that goes well",
        ),
        _ => machine(
            AT_ONCE,
            "`flockwork backup drill` tries one beside the running node; have a timer run it once a week",
            "with the next drill that goes well",
        ),
    }
}

fn of_surroundings(rule: AlertRule) -> Way {
    match rule {
        AlertRule::Budget => house(
            AT_ONCE,
            "`flockwork costs` shows the caps; raise one in [budget], or let it wait for the next day or month (UTC)",
            "when less than 80 % are gone",
        ),
        AlertRule::RunwayLow => house(
            SignedDuration::from_mins(30),
            "`flockwork doctor` says whether the model works; `flockwork generate --bot NAME` writes now",
            "when the queue is over its low water, or has a post for each slot of the next 24 hours",
        ),
        AlertRule::ModelShutdown => {
            house(AT_ONCE, "set OPENAI_MODEL to another one, and restart", "with another model")
        }
        AlertRule::ModelFailing => machine(
            SignedDuration::from_mins(30),
            "`/health` says what it answered and who writes instead; queues go on while they last",
            "when it answers",
        ),
        AlertRule::ClockSuspect => machine(
            AT_ONCE,
            "look at the machine's time synchronisation",
            "when the clock is right",
        ),
        AlertRule::DiskLow => machine(
            SignedDuration::from_mins(1),
            "make room; without it nothing is sent, because nothing can be recorded",
            "when there is room",
        ),
        AlertRule::BreakerOpen => house(
            SignedDuration::from_mins(5),
            "posts wait and are not lost; `/health` has X's last answer",
            "when X answers",
        ),
        _ => house(
            AT_ONCE,
            "`flockwork alerts test NAME` says what is wrong; what could not be told is tried for three days",
            "when something reaches it",
        ),
    }
}

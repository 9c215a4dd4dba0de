//! Where a process dies, how, and the how manieth time it comes there.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Signal, getpid, kill_process};

/// `STEP.before` or `STEP.after`, `=`, what happens, `@`, at the how manieth passage:
/// `settle.before=kill@2`.
const VARIABLE: &str = "FAILPOINT";

/// What happens at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    /// The process is gone, as after a power cut.
    Kill,
    /// The task panics.
    Panic,
    /// The process stands still until it is told to go on.
    Freeze,
}

/// One point.
#[derive(Debug)]
pub(crate) struct Failpoint {
    name: String,
    action: Action,
    at: u32,
    passages: AtomicU32,
}

/// What is said of a point that is none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong(String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text) = self;
        write!(
            f,
            "{VARIABLE} is {text:?}; write STEP.before or STEP.after, =, kill, panic or freeze, @, \
             and a number from 1: settle.before=kill@2"
        )
    }
}

impl Failpoint {
    /// The one that the environment names, if it names one.
    #[expect(clippy::disallowed_methods, reason = "the product must not know this variable")]
    pub(crate) fn of_process() -> Result<Option<Self>, Wrong> {
        std::env::var(VARIABLE).ok().map(|text| text.parse()).transpose()
    }

    /// The process comes to `step`.
    pub(crate) fn pass(&self, step: &str, moment: &str) {
        if self.name.split_once('.') != Some((step, moment)) {
            return;
        }
        if self.passages.fetch_add(1, Ordering::AcqRel) + 1 != self.at {
            return;
        }
        match self.action {
            Action::Kill => die(Signal::KILL),
            Action::Freeze => die(Signal::STOP),
            Action::Panic => panic!("told to at {}", self.name),
        }
    }
}

fn die(signal: Signal) {
    kill_process(getpid(), signal).expect("a process may signal itself");
}

impl FromStr for Failpoint {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let parsed = || {
            let (name, rest) = text.split_once('=')?;
            let (action, at) = rest.split_once('@')?;
            let (step, moment) = name.split_once('.')?;
            let action = match action {
                "kill" => Action::Kill,
                "panic" => Action::Panic,
                "freeze" => Action::Freeze,
                _ => return None,
            };
            let at = at.parse().ok().filter(|at| *at > 0)?;
            let is_named = !step.is_empty() && ["before", "after"].contains(&moment);
            is_named.then(|| Self {
                name: name.to_owned(),
                action,
                at,
                passages: AtomicU32::new(0),
            })
        };
        parsed().ok_or_else(|| Wrong(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_has_a_step_a_moment_an_action_and_a_number() {
        let point: Failpoint = "settle.after=panic@3".parse().unwrap();
        assert_eq!(
            (point.name.as_str(), point.action, point.at),
            ("settle.after", Action::Panic, 3)
        );
        for wrong in [
            "",
            "settle",
            "settle.after",
            "settle.after=kill",
            "settle=kill@1",
            ".after=kill@1",
            "settle.during=kill@1",
            "settle.after=sing@1",
            "settle.after=kill@0",
        ] {
            assert_eq!(wrong.parse::<Failpoint>().unwrap_err(), Wrong(wrong.to_owned()));
        }
    }

    #[test]
    fn a_point_acts_at_its_passage_and_at_no_other() {
        let point: Failpoint = "settle.after=panic@2".parse().unwrap();
        for (step, moment) in [("settle", "before"), ("claim_due", "after"), ("settle", "after")] {
            point.pass(step, moment);
        }
        assert!(std::panic::catch_unwind(|| point.pass("settle", "after")).is_err());
        point.pass("settle", "after");
    }
}

//! Does X answer this app at all? After a few requests in a row without an answer nobody asks any
//! more, on any node, but for one request in a while that finds out when it does again.
//!
//! closed ──five silent in a row──► open ──an answer, to whatever request──► closed
//!                                  │  ▲
//!                      once a minute  └── no answer
//!
//! This is about manners and about speed, not about safety: what the silent requests were is found
//! out by `reconcile` as ever.

use jiff::{SignedDuration, Timestamp};

use super::chance;
use crate::model::Reach;
use crate::ports::{Answer, NotSentBecause, ReadError};

/// So many requests in a row without an answer, of all bots and nodes, open it.
pub const SILENT_MAX: u32 = 5;
/// What waits for a try asks again within this share of the time between two, not all at once.
const SPREAD_SHARE: i32 = 3;

/// How X has answered an app lately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    /// Requests without an answer since the last one that had one.
    pub silent: u32,
    /// While it is open: when it opened, and when the next request may try.
    pub open: Option<Open>,
}

/// An open breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    /// Since when nobody asks.
    pub since: Timestamp,
    /// The next request may try then.
    pub probe_at: Timestamp,
}

/// How a group of requests ended, in whatever order: one that was answered says that X is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Requests that were answered.
    pub answered: u32,
    /// And those that were not.
    pub silent: u32,
}

impl Heard {
    /// One more.
    pub fn add(&mut self, reach: Reach) {
        match reach {
            Reach::Answered => self.answered += 1,
            Reach::Silent => self.silent += 1,
        }
    }
}

impl Breaker {
    /// What it is after a group of requests.
    #[must_use]
    pub fn after(self, heard: Heard, now: Timestamp, probe_every: SignedDuration) -> Self {
        if heard.answered > 0 {
            return Self::default();
        }
        let silent = self.silent.saturating_add(heard.silent);
        let opens = silent >= SILENT_MAX;
        let new = opens.then_some(Open { since: now, probe_at: now + probe_every });
        Self { silent, open: self.open.or(new) }
    }

    /// When a request may ask again that must not be made now and is not the one that tries; `None`
    /// where nothing keeps it.
    pub fn waits_until(
        self,
        now: Timestamp,
        probe_every: SignedDuration,
        seed: u64,
    ) -> Option<Timestamp> {
        let Open { probe_at, .. } = self.open?;
        // Past its time somebody tries just now; the next try is a whole turn later.
        let shut_until = if probe_at > now { probe_at } else { now + probe_every };
        Some(shut_until + chance::below(probe_every / SPREAD_SHARE, seed))
    }
}

/// What a send tells; nothing where the request was not tried, or was written and the answer lost. X
/// may have taken it, and is asked for it at once: that look tells whether it is there, and must not
/// wait behind a breaker that lost answers opened.
pub fn of_answer(answer: &Answer) -> Option<Reach> {
    match answer {
        Answer::NotSent(NotSentBecause::Guard | NotSentBecause::NoCredentials, _)
        | Answer::Lost(..) => None,
        Answer::NotSent(NotSentBecause::Dns | NotSentBecause::Connect | NotSentBecause::Tls, _) => {
            Some(Reach::Silent)
        }
        Answer::Http(http) if http.status >= 500 => Some(Reach::Silent),
        Answer::Http(_) => Some(Reach::Answered),
    }
}

/// What a read tells that brought nothing.
pub fn of_error(error: &ReadError) -> Reach {
    match error {
        ReadError::Unavailable(_) => Reach::Silent,
        ReadError::Unauthorized(_)
        | ReadError::Forbidden(_)
        | ReadError::OutOfCredit(_)
        | ReadError::RateLimited { .. } => Reach::Answered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{HttpAnswer, LostBecause, Problem};

    const MINUTE: SignedDuration = SignedDuration::from_mins(1);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn nine() -> Timestamp {
        at("2026-11-23T09:00:00Z")
    }

    fn silent(silent: u32) -> Heard {
        Heard { silent, ..Heard::default() }
    }

    fn opened() -> Breaker {
        Breaker::default().after(silent(SILENT_MAX), nine(), MINUTE)
    }

    #[test]
    fn five_silent_requests_in_a_row_open_it_and_one_answer_closes_it() {
        let mut breaker = Breaker::default();
        for _ in 1..SILENT_MAX {
            breaker = breaker.after(silent(1), nine(), MINUTE);
            assert_eq!(breaker.open, None);
        }
        let breaker = breaker.after(silent(1), nine(), MINUTE);
        assert_eq!(breaker, opened());
        assert_eq!(opened().open, Some(Open { since: nine(), probe_at: nine() + MINUTE }));
        let mixed = Heard { answered: 1, silent: 90 };
        assert_eq!(opened().after(mixed, nine(), MINUTE), Breaker::default());
    }

    #[test]
    fn more_silence_does_not_put_the_next_try_off() {
        let later = nine() + SignedDuration::from_secs(30);
        assert_eq!(opened().after(silent(3), later, MINUTE).open, opened().open);
    }

    #[test]
    fn while_it_is_open_a_request_waits_for_the_next_try() {
        assert_eq!(Breaker::default().waits_until(nine(), MINUTE, 1), None);
        let due = nine() + MINUTE;
        for seed in 0..50 {
            let again = opened().waits_until(nine(), MINUTE, seed).unwrap();
            assert!(again >= due && again < due + SignedDuration::from_secs(20));
            let meanwhile = opened().waits_until(due, MINUTE, seed).unwrap();
            assert!(meanwhile >= due + MINUTE, "somebody else tries");
        }
    }

    #[test]
    fn an_answer_is_an_answer_whatever_it_says() {
        let http = |status| {
            let problem = Problem::default();
            Answer::Http(HttpAnswer { status, post_id: None, text: None, problem })
        };
        let not = |why| Answer::NotSent(why, String::new());
        for (answer, reach) in [
            (http(201), Some(Reach::Answered)),
            (http(403), Some(Reach::Answered)),
            (http(429), Some(Reach::Answered)),
            (http(503), Some(Reach::Silent)),
            (not(NotSentBecause::Connect), Some(Reach::Silent)),
            (not(NotSentBecause::Guard), None),
            (not(NotSentBecause::NoCredentials), None),
            (Answer::Lost(LostBecause::TimedOut, String::new()), None),
        ] {
            assert_eq!(of_answer(&answer), reach, "{answer:?}");
        }
        assert_eq!(of_error(&ReadError::Unavailable(String::new())), Reach::Silent);
        assert_eq!(of_error(&ReadError::RateLimited { until: None }), Reach::Answered);
    }
}

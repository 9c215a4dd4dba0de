//! One case for each row of the protocol's table, and a sweep over every status.

use super::*;
use crate::model::RateWindow;
use crate::ports::{LostBecause, NotSentBecause};

fn http(status: u16, problem: Problem) -> Answer {
    Answer::Http(HttpAnswer { status, post_id: None, text: None, problem })
}

fn detail(text: &str) -> Problem {
    Problem { detail: Some(text.to_owned()), ..Problem::default() }
}

fn kind(word: &str) -> Problem {
    Problem { kind: Some(word.to_owned()), ..Problem::default() }
}

fn title(word: &str) -> Problem {
    Problem { title: Some(word.to_owned()), ..Problem::default() }
}

fn code(number: i64) -> Problem {
    Problem { codes: vec![number], ..Problem::default() }
}

fn class(answer: &Answer) -> Class {
    classify(answer, &RateLimits::default())
}

#[test]
fn each_answer_that_x_is_known_to_give_has_its_class() {
    let cases = [
        (402, title("CreditsDepleted"), Class::OutOfCredit),
        (402, Problem::default(), Class::OutOfCredit),
        (403, title("SpendCapReached"), Class::OutOfCredit),
        (403, kind("credits"), Class::OutOfCredit),
        (401, title("Unauthorized"), Class::Unauthorized),
        (
            403,
            detail("You are not allowed to create a Tweet with duplicate content."),
            Class::Duplicate,
        ),
        (403, code(187), Class::Duplicate),
        (403, kind("oauth1-permissions"), Class::AccountRefused),
        (403, kind("client-forbidden"), Class::AccountRefused),
        (403, kind("unsupported-authentication"), Class::AccountRefused),
        (403, code(326), Class::AccountRefused),
        (403, code(64), Class::AccountRefused),
        (
            403,
            detail("Reply to this conversation is not allowed because you have not been mentioned"),
            Class::NotPermitted,
        ),
        (403, code(433), Class::NotPermitted),
        (403, detail("a tweet that is deleted or not visible to you"), Class::NotPermitted),
        (403, detail("Your Tweet text is too long. For more information"), Class::ContentRefused),
        (403, code(186), Class::ContentRefused),
        (403, code(185), Class::RateLimited { until: None }),
        (403, detail("You are not permitted to perform this action."), Class::UnknownRefusal),
        (403, Problem::default(), Class::UnknownRefusal),
        (400, Problem::default(), Class::ContentRefused),
        (404, Problem::default(), Class::ContentRefused),
        (413, Problem::default(), Class::ContentRefused),
        (415, Problem::default(), Class::ContentRefused),
        (422, Problem::default(), Class::ContentRefused),
        (429, title("Too Many Requests"), Class::RateLimited { until: None }),
        (429, title("UsageCapExceeded"), Class::UsageCapped),
        (429, kind("usage-capped"), Class::UsageCapped),
        (503, title("Service Unavailable"), Class::Ambiguous),
        (409, Problem::default(), Class::Ambiguous),
        (408, Problem::default(), Class::Ambiguous),
        (302, Problem::default(), Class::Ambiguous),
        (201, Problem::default(), Class::Ambiguous),
    ];
    for (status, problem, expected) in cases {
        assert_eq!(class(&http(status, problem.clone())), expected, "{status} {problem:?}");
    }
}

#[test]
fn no_status_outside_the_known_refusals_is_taken_for_one() {
    for status in 0..=u16::MAX {
        let is_known = matches!(status, 400 | 401 | 402 | 403 | 404 | 413 | 415 | 422 | 429);
        let found = class(&http(status, Problem::default()));
        assert_eq!(found == Class::Ambiguous, !is_known, "{status}: {found:?}");
    }
}

#[test]
fn an_id_in_a_2xx_is_proof_and_elsewhere_it_is_not() {
    let id = XPostId::try_from("1445880548472328192").unwrap();
    for status in [200, 201, 202] {
        let answer = Answer::Http(HttpAnswer {
            status,
            post_id: Some(id.clone()),
            text: Some("hi".to_owned()),
            problem: Problem::default(),
        });
        let expected = Class::Posted { id: id.clone(), echo: Some("hi".to_owned()) };
        assert_eq!(class(&answer), expected);
    }
    let answer = Answer::Http(HttpAnswer {
        status: 503,
        post_id: Some(id),
        text: None,
        problem: Problem::default(),
    });
    assert_eq!(class(&answer), Class::Ambiguous);
}

#[test]
fn only_what_never_left_this_machine_counts_as_not_sent() {
    for because in [
        NotSentBecause::Dns,
        NotSentBecause::Connect,
        NotSentBecause::Tls,
        NotSentBecause::Guard,
        NotSentBecause::NoCredentials,
    ] {
        assert_eq!(class(&Answer::NotSent(because, String::new())), Class::NotSent);
    }
    for because in [LostBecause::TimedOut, LostBecause::Disconnected, LostBecause::BrokenBody] {
        assert_eq!(class(&Answer::Lost(because, String::new())), Class::Ambiguous);
    }
}

#[test]
fn a_429_waits_for_the_latest_reset_among_the_exhausted_windows() {
    let window = |remaining, reset: &str| {
        Some(RateWindow {
            limit: Some(100),
            remaining: Some(remaining),
            resets_at: Some(reset.parse().unwrap()),
        })
    };
    let limits = RateLimits {
        quarter_hour: window(12, "2026-11-23T09:15:00Z"),
        user_day: window(0, "2026-11-24T00:00:00Z"),
        app_day: window(0, "2026-11-23T12:00:00Z"),
    };
    let found = classify(&http(429, Problem::default()), &limits);
    let until = Some("2026-11-24T00:00:00Z".parse().unwrap());
    assert_eq!(found, Class::RateLimited { until });
}

#[test]
fn every_class_has_its_word() {
    let id = XPostId::try_from("1").unwrap();
    let classes = [
        Class::NotSent,
        Class::Posted { id, echo: None },
        Class::Ambiguous,
        Class::RateLimited { until: None },
        Class::UsageCapped,
        Class::Unauthorized,
        Class::OutOfCredit,
        Class::Duplicate,
        Class::AccountRefused,
        Class::ContentRefused,
        Class::NotPermitted,
        Class::UnknownRefusal,
    ];
    assert_eq!(classes.map(|class| class.as_str()), Class::WORDS);
}

//! Histories that must not be: the judge objects to each, and to none that is as it should be.

mod money;
mod rows;

use domain::model::PayloadHash;

use super::{Judge, Protocol};
use crate::history::{Entry, Event, Look, StoredAttempt, Told};

const DUE: i64 = 1_000_000_000;
const TEXT: &str = "hello from the lighthouse";

fn attempt(id: i64, number: i64, payload: &str) -> StoredAttempt {
    StoredAttempt {
        id,
        slot: 7,
        due_at: DUE,
        catch_up_ms: 1_800_000,
        is_latest_only: false,
        bot: "ada".to_owned(),
        number,
        fence: 1,
        payload: payload.to_owned(),
        payload_hash: PayloadHash::of(payload).to_string(),
        content: payload.to_owned(),
        anchor: Some("50".to_owned()),
        send_by: DUE + 25_000,
    }
}

fn bot() -> String {
    "ada".to_owned()
}

fn began() -> Event {
    Event::Began { node: 0, bot: bot(), text: TEXT.to_owned() }
}

fn ended(told: Told) -> Event {
    Event::Ended { node: 0, bot: bot(), text: TEXT.to_owned(), told }
}

fn accepted(id: &str) -> Event {
    Event::Accepted { id: id.to_owned(), bot: bot(), text: TEXT.to_owned() }
}

fn looked(ids: &[&str]) -> Event {
    let ids = ids.iter().map(|id| (*id).to_owned()).collect();
    let look = Some(Look { ids, has_errors: false, is_cut: false });
    Event::Looked { node: 0, bot: bot(), look }
}

fn settled(from: &'static str, to: &'static str, verdict: &'static str) -> Event {
    Event::Settled {
        node: 0,
        slot: 7,
        version: 3,
        from,
        to,
        verdict: Some((1, verdict)),
        x_post: None,
    }
}

/// A judge who has heard all of it, each at so many milliseconds after the slot was due.
fn judge(is_shared: bool, news: Vec<(i64, Event)>) -> Judge {
    let mut judge = Judge::new(Protocol::standard(is_shared));
    let lease = Event::Leased { node: 0, fence: 1, until: DUE + 60_000 };
    let first = std::iter::once((0, lease));
    for (after, event) in first.chain(news) {
        judge.hear(&Entry { at: DUE + after, event });
    }
    judge
}

fn rules(judge: &Judge) -> Vec<&'static str> {
    judge.violations().iter().map(|violation| violation.rule).collect()
}

fn sent(after: i64, told: Told) -> Vec<(i64, Event)> {
    vec![(after, Event::Intended(attempt(1, 1, TEXT))), (after, began()), (after, ended(told))]
}

#[test]
fn a_post_that_went_well_is_no_reason_to_object() {
    let mut news = sent(0, Told::Posted);
    news.extend([(0, accepted("60")), (1, settled("sending", "posted", "posted"))]);
    assert_eq!(rules(&judge(false, news)), [""; 0]);
}

#[test]
fn a_text_that_stands_twice_is_a_double_unless_the_first_was_removed() {
    let twice = || vec![(0, accepted("60")), (9, accepted("61"))];
    let mut news = sent(0, Told::Lost);
    news.extend(twice());
    assert_eq!(rules(&judge(false, news)), ["I1 (no double)"]);
    let by_hand = Event::ByHand { bot: bot(), id: "60".to_owned() };
    let mut news = vec![(0, by_hand)];
    news.extend(twice());
    assert_eq!(rules(&judge(false, news)), [""; 0]);
    let removed = Event::Removed { id: "60".to_owned() };
    let news = vec![(0, accepted("60")), (5, removed), (9, accepted("61"))];
    assert_eq!(rules(&judge(false, news)), [""; 0]);
}

#[test]
fn two_texts_of_one_slot_are_a_double_too() {
    let mut news = sent(0, Told::Lost);
    news.push((0, accepted("60")));
    let other = "other words";
    news.push((9, Event::Intended(attempt(2, 2, other))));
    let text = other.to_owned();
    news.push((9, Event::Accepted { id: "61".to_owned(), bot: bot(), text }));
    assert_eq!(rules(&judge(false, news)), ["I7 (retries are identical)", "I1 (no double)"]);
}

#[test]
fn bytes_that_nobody_stored_are_not_sent() {
    assert_eq!(rules(&judge(false, vec![(0, began())])), ["S3 (intent before send), I3"]);
    let hash = StoredAttempt { payload_hash: "0".to_owned(), ..attempt(1, 1, TEXT) };
    let news = vec![(0, Event::Intended(hash))];
    assert_eq!(rules(&judge(false, news)), ["I3 (approved bytes)"]);
    let edited = StoredAttempt { content: "edited".to_owned(), ..attempt(1, 1, TEXT) };
    let news = vec![(0, Event::Intended(edited))];
    assert_eq!(rules(&judge(false, news)), ["I3 (approved bytes)"]);
}

#[test]
fn an_intent_is_sent_once_in_time_and_under_a_lease() {
    let mut news = sent(0, Told::Lost);
    news.push((5, began()));
    assert_eq!(rules(&judge(false, news)), ["S5 (one send)"]);
    let news = vec![(0, Event::Intended(attempt(1, 1, TEXT))), (25_001, began())];
    let objections = rules(&judge(false, news));
    assert!(objections.contains(&"S5 (send_by)"), "{objections:?}");
    let late = StoredAttempt { send_by: DUE + 51_000, ..attempt(1, 1, TEXT) };
    let news = vec![(26_000, Event::Intended(late)), (26_000, began())];
    assert_eq!(rules(&judge(false, news)), ["S4 (lease)"]);
    let long = StoredAttempt { send_by: DUE + 60_000, ..attempt(1, 1, TEXT) };
    assert_eq!(rules(&judge(false, vec![(0, Event::Intended(long))])), ["S3 (send_by)"]);
}

#[test]
fn one_send_of_a_bot_at_a_time() {
    let news = vec![
        (0, Event::Intended(attempt(1, 1, TEXT))),
        (0, began()),
        (0, Event::Intended(StoredAttempt { due_at: DUE + 1, ..attempt(2, 1, "more") })),
        (0, Event::Began { node: 0, bot: bot(), text: "more".to_owned() }),
    ];
    assert_eq!(rules(&judge(false, news)), ["I5 (one in flight)"]);
}

#[test]
fn nothing_is_meant_to_be_sent_that_is_stopped_or_late() {
    let intended = || Event::Intended(attempt(1, 1, TEXT));
    let news = vec![(0, Event::KillSwitch { is_on: true }), (0, intended())];
    assert_eq!(rules(&judge(false, news)), ["S3 (pause and kill switch)"]);
    let news = vec![(0, Event::Paused { bot: bot(), is_paused: true }), (0, intended())];
    assert_eq!(rules(&judge(false, news)), ["S3 (pause and kill switch)"]);
    assert_eq!(rules(&judge(false, vec![(1_803_000, intended())])), ["S3 (lateness)"]);
}

#[test]
fn a_send_that_the_timeline_shows_is_not_under_way_any_more() {
    let next = || {
        let other = "other words";
        let intent = StoredAttempt { slot: 8, due_at: DUE + 1, ..attempt(2, 1, other) };
        let began = Event::Began { node: 0, bot: bot(), text: other.to_owned() };
        [(10, Event::Intended(intent)), (10, began)]
    };
    let begun =
        || vec![(0, Event::Intended(attempt(1, 1, TEXT))), (0, began()), (0, accepted("60"))];
    let mut news = begun();
    news.push((9, settled("reconciling", "posted", "posted")));
    news.extend(next());
    assert_eq!(rules(&judge(false, news)), [""; 0]);
    let mut news = begun();
    news.extend(next());
    assert_eq!(rules(&judge(false, news)), ["I5 (one in flight)"]);
}

#[test]
fn a_clock_that_is_set_while_the_database_answers_decided_nothing() {
    const HOUR: i64 = 3_600_000;
    let leased = || Event::Leased { node: 0, fence: 1, until: DUE + HOUR };
    let at_six = |set_at, off| {
        let clock = (set_at, Event::Clock { node: 0, off });
        let news = vec![(0, Event::Clock { node: 0, off: 0 }), (0, leased()), clock];
        let intended = Event::Intended(attempt(1, 1, TEXT));
        rules(&judge(false, news.into_iter().chain([(6_000, intended)]).collect()))
    };
    for off in [HOUR, -HOUR] {
        assert_eq!(at_six(1_000, off), [""; 0]);
    }
    assert_eq!(at_six(-30_000, HOUR), ["S3 (lateness)"], "it was set long before");
    assert_eq!(at_six(-30_000, -HOUR), ["S3 (send_by)"]);
}

#[test]
fn a_bot_that_asks_sends_only_what_has_a_yes() {
    let asks = || Event::Asks { bot: bot() };
    let yes = || Event::Approved { bot: bot(), text: TEXT.to_owned() };
    let undone = || Event::Unapproved { bot: bot(), text: TEXT.to_owned() };
    let intended = || Event::Intended(attempt(1, 1, TEXT));
    for (news, objected) in [
        (vec![asks(), intended()], true),
        (vec![asks(), yes(), intended()], false),
        (vec![asks(), yes(), undone(), intended()], true),
        (vec![asks(), yes(), Event::OtherPolicy { bot: bot() }, intended()], true),
        (vec![asks(), yes(), Event::Restored, intended()], true),
        // It is on its way already.
        (vec![asks(), yes(), intended(), undone(), accepted("60")], false),
        (vec![intended()], false),
    ] {
        let news = news.into_iter().map(|event| (0, event)).collect();
        let found = rules(&judge(false, news));
        assert_eq!(found.contains(&"I3b (approved by a person)"), objected, "{found:?}");
    }
}

#[test]
fn after_lost_history_the_timeline_is_read_first() {
    let starts = Event::Starts { node: 0, must_distrust: true };
    let mut news = vec![(0, starts.clone())];
    news.extend(sent(1, Told::Posted));
    assert_eq!(rules(&judge(false, news)), ["S2 (lost history)"]);
    let mut news = vec![(0, starts), (1, looked(&["50"]))];
    news.extend(sent(1, Told::Posted));
    assert_eq!(rules(&judge(false, news)), [""; 0]);
}

#[test]
fn x_is_obeyed_and_a_wrong_clock_sends_nothing() {
    let again = [(8_000, Event::Intended(attempt(2, 2, TEXT))), (8_000, began())];
    let mut news = sent(0, Told::Wait(Some(DUE + 9_000)));
    news.push((0, settled("sending", "retry_wait", "refused")));
    news.extend(again.clone());
    assert_eq!(rules(&judge(false, news)), ["classify 429"]);
    // A node that dies before it has stored the answer takes it along.
    let mut news = sent(0, Told::Wait(Some(DUE + 9_000)));
    news.extend(again);
    assert_eq!(rules(&judge(false, news)), [""; 0]);
    let mut news = vec![(-60_000, Event::Clock { node: 0, off: 31_000 })];
    let in_time = StoredAttempt { send_by: DUE + 56_000, ..attempt(1, 1, TEXT) };
    news.extend([(0, Event::Intended(in_time)), (0, began())]);
    assert_eq!(rules(&judge(true, news)), ["time (clocks)"]);
}

const I8: &str = "I8 (three admissible looks)";

#[test]
fn absence_takes_three_admissible_looks_after_quiet_time() {
    let absent = || settled("reconciling", "retry_wait", "absent");
    let looks = |times: &[i64], ids: &[&str]| {
        let mut news = sent(0, Told::Lost);
        news.extend(times.iter().map(|after| (*after, looked(ids))));
        news.push((700_000, absent()));
        rules(&judge(false, news))
    };
    assert_eq!(looks(&[30_000, 120_000, 600_000], &["50"]), [""; 0]);
    assert_eq!(looks(&[30_000, 120_000], &["50"]), [I8], "two looks");
    assert_eq!(looks(&[3_000, 10_000, 29_000], &["50"]), [I8], "no quiet time");
    assert_eq!(looks(&[30_000, 120_000, 599_000], &["50"]), [I8], "the last one too early");
    assert_eq!(looks(&[30_000, 120_000, 600_000], &["51"]), [I8], "without the anchor");
    let mut news = sent(0, Told::Lost);
    for after in [30_000, 120_000, 600_000] {
        news.push((after, Event::Looked { node: 0, bot: bot(), look: None }));
    }
    news.push((600_000, absent()));
    assert_eq!(rules(&judge(false, news)), [I8], "errors are no looks");
}

#[test]
fn another_nodes_attempt_has_a_longer_quiet_time() {
    let other = |absent_at: i64, looks: [i64; 3]| {
        let mut news = vec![(0, Event::Intended(attempt(1, 1, TEXT))), (0, began())];
        news.push((0, Event::Leased { node: 1, fence: 2, until: DUE + 9_000_000 }));
        news.extend(looks.map(|after| (after, looked(&["50"]))));
        let mut absent = settled("reconciling", "retry_wait", "absent");
        if let Event::Settled { node, .. } = &mut absent {
            *node = 1;
        }
        news.push((absent_at, absent));
        rules(&judge(true, news))
    };
    assert_eq!(other(600_000, [30_000, 120_000, 600_000]), ["I8 (three admissible looks)"]);
    let quiet = 25_000 + 900_000;
    assert_eq!(other(quiet + 600_000, [quiet + 30_000, quiet + 120_000, quiet + 600_000]), [""; 0]);
}

#[test]
fn what_was_lost_is_not_refused_nor_somebody_elses() {
    let mut news = sent(0, Told::Lost);
    news.push((1, settled("sending", "retry_wait", "refused")));
    assert_eq!(rules(&judge(false, news)), ["I8 (errors are no evidence)"]);
    let mut news = sent(0, Told::Lost);
    news.push((1, Event::Intended(attempt(2, 2, TEXT))));
    news.extend([(1, began()), (1, ended(Told::Duplicate))]);
    let of_second = |mut event: Event, as_of: i64| {
        if let Event::Settled { verdict, version, .. } = &mut event {
            *verdict = verdict.map(|(_, what)| (2, what));
            *version = as_of;
        }
        event
    };
    news.push((1, of_second(settled("sending", "unknown", "unknown"), 3)));
    news.push((2, of_second(settled("reconciling", "skipped", "absent"), 5)));
    assert_eq!(rules(&judge(false, news)), ["classify 403 (the earlier one landed)"]);
}

#[test]
fn two_lost_answers_are_the_last() {
    let mut news = Vec::new();
    for number in 1..=3 {
        news.push((0, Event::Intended(attempt(number, number, TEXT))));
        news.extend([(0, began()), (0, ended(Told::Lost))]);
    }
    assert_eq!(rules(&judge(false, news)), ["reconcile 6 (two rounds)"]);
}

#[test]
fn states_follow_the_picture_and_versions_grow() {
    let after_crash = vec![(0, settled("sending", "assigned", "unknown"))];
    assert_eq!(rules(&judge(false, after_crash)), ["I6 (states)"]);
    let stale = vec![
        (0, settled("sending", "unknown", "unknown")),
        (1, settled("reconciling", "posted", "posted")),
    ];
    assert_eq!(rules(&judge(false, stale)), ["I6 (versions)"]);
}

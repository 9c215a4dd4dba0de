//! What a page proves, and what follows.

use super::*;
use crate::model::{AttemptId, BotId, Fence, OnMiss, PostId, SlotId};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// An id of X that carries `time`.
fn id_at(time: &str) -> XPostId {
    let millis = at(time).as_millisecond() - 1_288_834_974_657;
    XPostId::try_from((millis << 22).to_string()).unwrap()
}

/// Intended and closed at 09:00:00, nothing seen yet.
fn attempt() -> Attempt {
    Attempt {
        id: AttemptId(1),
        slot: SlotId(1),
        bot: BotId::try_from("ada").unwrap(),
        post: PostId(1),
        number: 1,
        fence: Fence(1),
        payload: "The fog has a colour & a name".to_owned(),
        anchor: Some(id_at("2026-11-22T09:00:00Z")),
        first_intent_at: at("2026-11-23T09:00:00Z"),
        intent_at: at("2026-11-23T09:00:00Z"),
        send_by: at("2026-11-23T09:00:25Z"),
        closed_at: at("2026-11-23T09:00:00Z"),
        is_duplicate_answer: false,
        absence_votes: 0,
        looks: 0,
        trace: None,
    }
}

fn open(attempt: Attempt) -> OpenAttempt {
    OpenAttempt {
        attempt,
        version: 7,
        fence: Fence(1),
        phase: SlotPhase::Reconciling,
        due_at: at("2026-11-23T09:00:00Z"),
        catch_up_window: SignedDuration::from_mins(30),
        on_miss: OnMiss::Skip,
        ambiguous_rounds: 1,
        crashes: 0,
        x_user: None,
        app: "app".to_owned(),
        silent_until: None,
        is_stranger: false,
    }
}

fn item(text: &str, time: &str) -> TimelineItem {
    TimelineItem {
        id: id_at(time),
        text: text.to_owned(),
        created_at: Some(at(time)),
        links: Vec::new(),
        in_reply_to: None,
        media_count: 0,
    }
}

fn page(items: Vec<TimelineItem>) -> TimelinePage {
    TimelinePage { items, has_errors: false, next: None, server_date: None }
}

fn anchor() -> TimelineItem {
    item("an earlier post", "2026-11-22T09:00:00Z")
}

const OURS: &str = "The fog has a colour &amp; a name";

#[test]
fn our_post_is_found_although_x_escapes_it() {
    let sight = see(&attempt(), &page(vec![item(OURS, "2026-11-23T09:00:01Z"), anchor()]), None);
    let Sight::Found(receipts) = sight else { panic!("not found: {sight:?}") };
    assert_eq!(receipts[0].x_post_id, id_at("2026-11-23T09:00:01Z"));
    assert!(receipts[0].is_adopted);
}

#[test]
fn a_sight_counts_even_on_a_page_that_proves_no_absence() {
    let mut broken = page(vec![item(OURS, "2026-11-23T09:00:01Z")]);
    broken.has_errors = true;
    assert!(matches!(see(&attempt(), &broken, None), Sight::Found(_)));
}

#[test]
fn the_same_text_from_before_the_anchor_or_from_days_later_is_somebody_elses() {
    for time in ["2026-11-22T08:59:59Z", "2026-11-24T09:15:26Z"] {
        let sight = see(&attempt(), &page(vec![item(OURS, time), anchor()]), None);
        assert_eq!(sight, Sight::NotThere, "{time}");
    }
    let first = Attempt { anchor: None, ..attempt() };
    let day_before = page(vec![item(OURS, "2026-11-22T08:59:59Z")]);
    assert_eq!(see(&first, &day_before, None), Sight::NotThere);
}

#[test]
fn a_reply_or_a_picture_with_our_words_is_not_our_post() {
    let mut reply = item(OURS, "2026-11-23T09:00:01Z");
    reply.in_reply_to = Some(id_at("2026-11-01T00:00:00Z"));
    let mut picture = item(OURS, "2026-11-23T09:00:01Z");
    picture.media_count = 1;
    assert_eq!(see(&attempt(), &page(vec![reply, picture, anchor()]), None), Sight::NotThere);
}

#[test]
fn absence_needs_the_anchor_in_the_page() {
    let other = item("something else", "2026-11-22T10:00:00Z");
    assert_eq!(see(&attempt(), &page(vec![other.clone(), anchor()]), None), Sight::NotThere);
    let cases = [page(vec![other]), page(Vec::new())];
    for page in cases {
        assert!(matches!(see(&attempt(), &page, Some(0)), Sight::Inadmissible(_)), "{page:?}");
    }
    let mut with_errors = page(vec![anchor()]);
    with_errors.has_errors = true;
    assert!(matches!(see(&attempt(), &with_errors, None), Sight::Inadmissible(_)));
}

#[test]
fn without_an_anchor_an_older_post_or_an_empty_account_is_the_control() {
    let first = Attempt { anchor: None, ..attempt() };
    let older = page(vec![item("by hand", "2026-11-20T10:00:00Z")]);
    assert_eq!(see(&first, &older, None), Sight::NotThere);
    assert_eq!(see(&first, &page(Vec::new()), Some(0)), Sight::NotThere);
    assert_eq!(see(&first, &page(Vec::new()), None), Sight::NotThere);
    assert!(matches!(see(&first, &page(Vec::new()), Some(12)), Sight::Inadmissible(_)));
    let only_newer = page(vec![item("by hand", "2026-11-23T09:01:00Z")]);
    assert!(matches!(see(&first, &only_newer, None), Sight::Inadmissible(_)));
}

#[test]
fn the_page_is_asked_for_from_the_anchor_on() {
    assert_eq!(since(&attempt()), at("2026-11-22T09:00:00Z"));
    let first = Attempt { anchor: None, ..attempt() };
    assert!(since(&first) < at("2026-10-25T00:00:00Z"));
}

/// Looks at the times the rule itself names until something other than "not yet" follows.
fn look_until_settled(mut open: OpenAttempt, profile: &Profile) -> (Vec<Timestamp>, Finding) {
    let mut now = open.attempt.closed_at + profile.first_look();
    let mut looks = Vec::new();
    loop {
        looks.push(now);
        let finding = decide(&open, Sight::NotThere, profile, now);
        if finding.event != Event::NotYet {
            return (looks, finding);
        }
        open.attempt.absence_votes = finding.absence_votes;
        open.attempt.looks += 1;
        now = finding.wake_at.expect("a time to look again");
        assert!(looks.len() < 20, "{looks:?}");
    }
}

#[test]
fn absence_is_proven_by_three_votes_at_the_protocols_times() {
    let (looks, finding) = look_until_settled(open(attempt()), &Profile::STANDARD);
    let seconds: Vec<i64> =
        looks.iter().map(|look| look.duration_since(attempt().closed_at).as_secs()).collect();
    assert_eq!(seconds, [3, 10, 30, 120, 600]);
    assert_eq!((finding.event, finding.absence_votes), (Event::ProvenAbsent, 3));
}

#[test]
fn late_votes_are_still_separate_looks() {
    let late = Attempt { closed_at: at("2026-11-23T08:00:00Z"), ..attempt() };
    let now = at("2026-11-23T09:05:00Z");
    let finding = decide(&open(late), Sight::NotThere, &Profile::STANDARD, now);
    assert_eq!((finding.event, finding.absence_votes), (Event::NotYet, 1));
    assert!(finding.wake_at.unwrap() >= now + SignedDuration::from_secs(3));
}

#[test]
fn before_quiet_time_a_look_is_no_vote() {
    let now = at("2026-11-23T09:00:29Z");
    let finding = decide(&open(attempt()), Sight::NotThere, &Profile::STANDARD, now);
    assert_eq!((finding.event, finding.absence_votes), (Event::NotYet, 0));
}

#[test]
fn what_is_proven_absent_goes_again_once_and_not_too_late() {
    let voted = Attempt { absence_votes: 2, ..attempt() };
    let decide_at = |open: &OpenAttempt, now: &str| {
        decide(open, Sight::NotThere, &Profile::STANDARD, at(now)).event
    };
    let first = open(voted.clone());
    assert_eq!(decide_at(&first, "2026-11-23T09:10:00Z"), Event::ProvenAbsent);
    assert_eq!(decide_at(&first, "2026-11-23T09:30:01Z"), Event::Skip(SkipReason::Late));
    let second = OpenAttempt { ambiguous_rounds: 2, ..first };
    assert_eq!(
        decide_at(&second, "2026-11-23T09:20:00Z"),
        Event::Refused(FailReason::AnswerLostTwice)
    );
}

#[test]
fn an_error_is_never_evidence_of_absence() {
    let voted = open(Attempt { absence_votes: 2, ..attempt() });
    let now = at("2026-11-23T09:10:00Z");
    let errors = [
        ReadError::Unavailable("503".to_owned()),
        ReadError::RateLimited { until: Some(at("2026-11-23T09:15:00Z")) },
        ReadError::RateLimited { until: None },
    ];
    for error in errors {
        let finding = decide(&voted, Sight::Unreadable(error), &Profile::STANDARD, now);
        assert_eq!((finding.event, finding.absence_votes), (Event::NotYet, 2));
        assert!(finding.wake_at.unwrap() > now);
    }
    let inadmissible = Sight::Inadmissible("no anchor".to_owned());
    let finding = decide(&voted, inadmissible, &Profile::STANDARD, now);
    assert_eq!((finding.event, finding.absence_votes), (Event::NotYet, 2));
}

#[test]
fn what_cannot_be_read_calls_a_person_and_goes_on_reading_for_a_week() {
    let call = Event::CallPerson(AttentionReason::OutcomeUnknown);
    for error in [
        ReadError::Unauthorized("401".to_owned()),
        ReadError::Forbidden("suspended".to_owned()),
        ReadError::OutOfCredit("402".to_owned()),
    ] {
        let now = at("2026-11-23T09:01:00Z");
        let finding = decide(&open(attempt()), Sight::Unreadable(error), &Profile::STANDARD, now);
        assert_eq!(finding.event, call);
        assert!(finding.wake_at.is_some());
    }
    let unavailable = || Sight::Unreadable(ReadError::Unavailable("503".to_owned()));
    let settled_by = at("2026-11-23T09:50:01Z");
    let finding = decide(&open(attempt()), unavailable(), &Profile::STANDARD, settled_by);
    assert_eq!(finding.event, call);
    let a_week_on = at("2026-11-30T09:00:01Z");
    let finding = decide(&open(attempt()), unavailable(), &Profile::STANDARD, a_week_on);
    assert_eq!((finding.event, finding.wake_at), (call, None));
}

#[test]
fn once_a_person_is_called_only_proof_settles_it() {
    let called = OpenAttempt {
        phase: SlotPhase::NeedsAttention,
        ..open(Attempt { absence_votes: 3, ..attempt() })
    };
    let now = at("2026-11-23T12:00:00Z");
    let finding = decide(&called, Sight::NotThere, &Profile::STANDARD, now);
    assert!(matches!(finding.event, Event::NotYet | Event::CallPerson(_)), "{:?}", finding.event);
    let receipt = Receipt {
        x_post_id: id_at("2026-11-23T09:00:01Z"),
        posted_at: at("2026-11-23T09:00:01Z"),
        is_adopted: true,
    };
    let finding = decide(&called, Sight::Found(vec![receipt]), &Profile::STANDARD, now);
    assert_eq!(finding.event, Event::Posted);
}

#[test]
fn a_post_of_ours_is_found_however_far_the_two_clocks_are_apart() {
    let found = |attempt: &Attempt, made_at: &str| {
        matches!(see(attempt, &page(vec![item(OURS, made_at), anchor()]), None), Sight::Found(_))
    };
    let first = Attempt { anchor: None, ..attempt() };
    for made_at in ["2026-11-23T08:59:00Z", "2026-11-22T09:30:00Z", "2026-11-24T09:00:00Z"] {
        assert!(found(&attempt(), made_at), "{made_at}");
        assert!(found(&first, made_at), "{made_at}, without an anchor");
    }
}

#[test]
fn what_is_dated_right_comes_before_a_twin_that_a_person_made() {
    let twin = item(OURS, "2026-11-22T20:00:00Z");
    let ours = item(OURS, "2026-11-23T09:00:01Z");
    let both = page(vec![ours.clone(), twin.clone(), anchor()]);
    let Sight::Found(receipts) = see(&attempt(), &both, None) else { panic!("it is there") };
    assert_eq!(receipts.iter().map(|one| &one.x_post_id).collect::<Vec<_>>(), [&ours.id]);
    // A retry has the anchor of another slot; what its first attempt made is older than that.
    let retry = Attempt { anchor: Some(id_at("2026-11-23T09:12:00Z")), ..attempt() };
    assert!(matches!(see(&retry, &both, None), Sight::Found(_)));
}

#[test]
fn a_link_that_nothing_explains_is_in_the_way_only_where_the_text_may_be_ours() {
    let hidden = |text: &str| page(vec![item(text, "2026-11-23T08:00:00Z"), anchor()]);
    let linked = Attempt { payload: "see example.com/x today".to_owned(), ..attempt() };
    let sight = see(&linked, &hidden("see https://t.co/abc today"), None);
    assert!(matches!(sight, Sight::Inadmissible(_)), "{sight:?}");
    assert_eq!(see(&linked, &hidden("my dog https://t.co/abc"), None), Sight::NotThere);
}

#[test]
fn two_sights_are_posted_and_a_double_with_the_older_as_receipt() {
    let (older, newer) = (item(OURS, "2026-11-23T09:00:01Z"), item(OURS, "2026-11-23T09:00:09Z"));
    let sight = see(&attempt(), &page(vec![newer, older.clone(), anchor()]), None);
    let finding = decide(&open(attempt()), sight, &Profile::STANDARD, at("2026-11-23T09:00:10Z"));
    assert!(finding.is_double);
    assert_eq!(finding.event, Event::Posted);
    assert_eq!(finding.receipt.unwrap().x_post_id, older.id);
}

#[test]
fn a_duplicate_answer_to_a_first_attempt_is_adopted_or_somebody_elses() {
    let duplicate = Attempt { is_duplicate_answer: true, ..attempt() };
    let now = at("2026-11-23T09:00:01Z");
    let long_ago = page(vec![item(OURS, "2026-11-21T09:00:00Z"), anchor()]);
    assert!(matches!(see(&duplicate, &long_ago, None), Sight::Found(_)));
    let finding = decide(&open(duplicate), Sight::NotThere, &Profile::STANDARD, now);
    assert_eq!(finding.event, Event::Skip(SkipReason::Duplicate));
}

#[test]
fn a_duplicate_answer_after_a_lost_one_is_searched_for_a_day_and_never_sent_again() {
    let second = Attempt {
        is_duplicate_answer: true,
        intent_at: at("2026-11-23T09:10:00Z"),
        send_by: at("2026-11-23T09:10:25Z"),
        absence_votes: 3,
        ..attempt()
    };
    let from_the_first = page(vec![item(OURS, "2026-11-23T09:00:01Z"), anchor()]);
    assert!(matches!(see(&second, &from_the_first, None), Sight::Found(_)));
    let event_at = |now: &str| {
        decide(&open(second.clone()), Sight::NotThere, &Profile::STANDARD, at(now)).event
    };
    assert_eq!(event_at("2026-11-23T09:11:00Z"), Event::NotYet);
    let call = Event::CallPerson(AttentionReason::OutcomeUnknown);
    assert_eq!(event_at("2026-11-24T09:11:00Z"), call);
    // Somebody set the clock back between the two sends.
    let before = Attempt { intent_at: at("2026-11-23T08:30:00Z"), ..second.clone() };
    let finding =
        decide(&open(before), Sight::NotThere, &Profile::STANDARD, at("2026-11-23T08:31:00Z"));
    assert_eq!(finding.event, Event::NotYet);
}

#[test]
fn texts_are_compared_as_x_rewrites_them() {
    let link = |short: &str, full: &str| vec![(short.to_owned(), full.to_owned())];
    let cases = [
        ("a & b < c", "a &amp; b &lt; c", Vec::new()),
        (
            "read example.com now",
            "read https://t.co/a1 now",
            link("https://t.co/a1", "http://example.com"),
        ),
        ("https://example.com/", "https://t.co/a1", link("https://t.co/a1", "https://example.com")),
        (
            "https://example.com/x&amp;b & more",
            "https://t.co/a1 &amp; more",
            link("https://t.co/a1", "https://example.com/x&amp;b"),
        ),
        ("cafe\u{301}", "caf\u{e9}", Vec::new()),
        ("  two  spaces ", "two spaces", Vec::new()),
    ];
    for (sent, shown, links) in cases {
        let item = TimelineItem { links, ..item(shown, "2026-11-23T09:00:01Z") };
        assert!(is_same_text(sent, &item), "{sent}");
    }
    assert!(!is_same_text("The fog", &item("the fog", "2026-11-23T09:00:01Z")));
    assert!(is_echo("see example.com/x today", "see https://t.co/abc today"));
    assert!(!is_echo("see example.com/x today", "see https://t.co/abc tomorrow"));
}

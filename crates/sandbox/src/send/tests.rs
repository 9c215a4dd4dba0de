//! Every rule of a send, seen through the in-process door as the engine sees it.

use std::sync::Arc;

use domain::model::{BotId, XPostId};
use domain::ports::{
    Answer, HttpAnswer, LostBecause, ReadError, TimelinePage, TimelineQuery, XApi,
};
use jiff::{SignedDuration, Timestamp};
use testkit::TestClock;

use crate::{
    DuplicateFilter, Lag, Limits, ReadFault, SandboxSettings, SandboxX, SendFault, Weather, World,
};

const START: &str = "2026-11-23T09:00:00Z";

struct Rig {
    clock: TestClock,
    world: Arc<World>,
    x: SandboxX,
    ada: BotId,
}

fn rig_with(settings: &SandboxSettings) -> Rig {
    let clock = TestClock::at(testkit::at(START));
    let world = World::open(Arc::new(clock.clone()), settings).unwrap();
    let x = SandboxX::new(Arc::clone(&world));
    Rig { clock, world, x, ada: BotId::try_from("ada").unwrap() }
}

fn rig() -> Rig {
    rig_with(&SandboxSettings::default())
}

impl Rig {
    async fn send(&self, text: &str) -> Answer {
        self.x.create_post(&self.ada, text).await.answer
    }

    async fn http(&self, text: &str) -> HttpAnswer {
        match self.send(text).await {
            Answer::Http(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    async fn page(&self) -> Result<TimelinePage, ReadError> {
        let me = self.x.me(&self.ada).await?;
        let query = TimelineQuery { since: Timestamp::MIN, max: 10, page: None };
        self.x.timeline(&self.ada, &me.user, &query).await
    }

    async fn seen(&self) -> Vec<String> {
        self.page().await.unwrap().items.into_iter().map(|item| item.text).collect()
    }

    fn taken(&self) -> Vec<String> {
        self.world.sent_texts("ada")
    }
}

fn secs(secs: i64) -> SignedDuration {
    SignedDuration::from_secs(secs)
}

#[tokio::test]
async fn a_post_goes_out_with_an_id_that_carries_its_time_and_stands_on_the_timeline() {
    let rig = rig();
    let answer = rig.http("Fog & light at example.com").await;
    assert_eq!(answer.status, 201);
    let id = answer.post_id.unwrap();
    assert_eq!(id.created_at(), Some(testkit::at(START)));
    assert!(answer.text.unwrap().starts_with("Fog &amp; light at https://t.co/"));
    let page = rig.page().await.unwrap();
    assert_eq!(page.items[0].id, id);
    assert_eq!(page.items[0].links[0].1, "http://example.com");
    assert_eq!(rig.world.truth()[0].text, "Fog & light at example.com");
    assert_eq!(rig.world.truth()[0].hidden_by, None);
}

#[tokio::test]
async fn answers_are_lost_after_and_before_x_took_the_post() {
    let rig = rig();
    rig.world.next_send(SendFault::AcceptThenClose);
    rig.world.next_send(SendFault::CloseBeforeAccept);
    rig.world.next_send(SendFault::AcceptSlow { secs: 40 });
    rig.world.next_send(SendFault::CutBody);
    assert!(matches!(rig.send("one").await, Answer::Lost(LostBecause::Disconnected, _)));
    assert!(matches!(rig.send("two").await, Answer::Lost(LostBecause::Disconnected, _)));
    assert!(matches!(rig.send("three").await, Answer::Lost(LostBecause::TimedOut, _)));
    assert!(matches!(rig.send("four").await, Answer::Lost(LostBecause::BrokenBody, _)));
    assert_eq!(rig.taken(), ["one", "three", "four"]);
    let hidden: Vec<_> = rig.world.truth().into_iter().map(|t| t.hidden_by.unwrap()).collect();
    assert_eq!(hidden, ["accept_then_close", "accept_slow", "cut_body"]);
    assert_eq!(rig.world.waiting_faults().send, 0);
}

#[tokio::test]
async fn ambiguous_answers_arrive_although_x_took_the_post() {
    let rig = rig();
    for (fault, status, has_id) in [
        (SendFault::AcceptThenStatus { status: 503 }, 503, false),
        (SendFault::Html { status: 502, accepts: true }, 502, false),
        (SendFault::Html { status: 200, accepts: true }, 200, false),
        (SendFault::BrokenJson, 201, false),
        (SendFault::NoId, 201, false),
        (SendFault::NumericId, 201, false),
        (SendFault::AcceptSlow { secs: 2 }, 201, true),
        (SendFault::Slow { secs: 2 }, 201, true),
    ] {
        rig.world.next_send(fault);
        let answer = rig.http(&format!("{fault:?}")).await;
        assert_eq!(answer.status, status, "{fault:?}");
        assert_eq!(answer.post_id.is_some(), has_id, "{fault:?}");
        assert_eq!(rig.taken().last().unwrap(), &format!("{fault:?}"));
    }
}

#[tokio::test]
async fn refusals_take_nothing_and_speak_as_x_does() {
    let rig = rig();
    for (fault, status, title, kind) in [
        (SendFault::Unauthorized, 401, "Unauthorized", None),
        (SendFault::OutOfCreditOld, 402, "CreditsDepleted", Some("credits")),
        (SendFault::OutOfCreditNew, 402, "Payment Required", Some("credits-depleted")),
        (SendFault::SpendCapReached, 403, "SpendCapReached", Some("credits")),
        (SendFault::Duplicate, 403, "Forbidden", None),
        (SendFault::NotPermitted, 403, "Forbidden", None),
        (SendFault::Forbidden, 403, "Forbidden", None),
        (SendFault::TooLong, 400, "Invalid Request", Some("invalid-request")),
        (SendFault::UsageCapped, 429, "UsageCapExceeded", Some("usage-capped")),
        (SendFault::StatusBeforeAccept { status: 503 }, 503, "Service Unavailable", None),
    ] {
        rig.world.next_send(fault);
        let answer = rig.http("hello").await;
        assert_eq!(answer.status, status, "{fault:?}");
        assert_eq!(answer.problem.title.as_deref(), Some(title), "{fault:?}");
        assert_eq!(answer.problem.kind.as_deref(), kind, "{fault:?}");
    }
    rig.world.next_send(SendFault::SpendCapReached);
    let reset = rig.http("hello").await.problem.reset_date;
    assert_eq!(reset.as_deref(), Some("2026-12-01"));
    assert!(rig.taken().is_empty());
}

#[tokio::test]
async fn a_late_accept_happens_on_the_virtual_clock_with_the_time_it_was_due() {
    let rig = rig();
    rig.world.next_send(SendFault::LateAccept { secs: 120 });
    assert!(matches!(rig.send("late").await, Answer::Lost(LostBecause::Disconnected, _)));
    rig.clock.advance(secs(119));
    assert!(rig.seen().await.is_empty());
    assert_eq!(rig.world.late_waiting(), 1);
    rig.clock.advance(secs(600));
    assert_eq!(rig.seen().await, ["late"]);
    assert_eq!(rig.world.truth()[0].at, testkit::at("2026-11-23T09:02:00Z"));
    assert_eq!(rig.world.late_waiting(), 0);
}

#[tokio::test]
async fn a_late_accept_meets_the_duplicate_filter_at_its_own_time() {
    for (filter, copies) in [(DuplicateFilter::On, 1), (DuplicateFilter::Off, 2)] {
        let rig = rig();
        rig.world.set_duplicate_filter(filter);
        rig.world.next_send(SendFault::LateAccept { secs: 60 });
        rig.send("same").await;
        rig.send("same").await;
        rig.clock.advance(secs(61));
        assert_eq!(rig.taken().len(), copies, "{filter:?}");
    }
}

#[tokio::test]
async fn a_slow_answer_beyond_the_time_out_is_taken_only_at_its_end() {
    let rig = rig();
    rig.world.next_send(SendFault::Slow { secs: 40 });
    assert!(matches!(rig.send("slow").await, Answer::Lost(LostBecause::TimedOut, _)));
    assert!(rig.taken().is_empty());
    rig.clock.advance(secs(40));
    assert_eq!(rig.taken(), ["slow"]);
}

#[tokio::test]
async fn duplicates_are_refused_within_the_window_per_account() {
    let rig = rig();
    assert_eq!(rig.http("hello").await.status, 201);
    let again = rig.http("  hello ").await;
    assert_eq!(again.status, 403);
    assert!(again.problem.detail.unwrap().contains("duplicate content"));
    let bob = BotId::try_from("bob").unwrap();
    let Answer::Http(other) = rig.x.create_post(&bob, "hello").await.answer else { panic!() };
    assert_eq!(other.status, 201);
    rig.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(rig.http("hello").await.status, 201);
    rig.world.set_duplicate_filter(DuplicateFilter::Off);
    assert_eq!(rig.http("hello").await.status, 201);
}

#[tokio::test]
async fn a_flaky_filter_misses_some() {
    let rig = rig();
    rig.world.set_duplicate_filter(DuplicateFilter::Flaky { misses_per_mille: 500 });
    for _ in 0..80 {
        rig.send("hello").await;
    }
    assert!((20..60).contains(&rig.taken().len()), "{}", rig.taken().len());
}

#[tokio::test]
async fn a_text_above_280_weighted_characters_is_refused() {
    let rig = rig();
    assert_eq!(rig.http(&"a".repeat(280)).await.status, 201);
    let long = rig.http(&"漢".repeat(141)).await;
    assert_eq!(long.status, 400);
    assert!(long.problem.messages[0].contains("too long"));
    assert_eq!(rig.http("   ").await.status, 400);
}

#[tokio::test]
async fn the_window_fills_and_the_headers_say_so() {
    let limits = Limits { posts_per_quarter_hour: 2, ..Limits::default() };
    let rig = rig_with(&SandboxSettings { limits, ..SandboxSettings::default() });
    rig.send("one").await;
    let second = rig.x.create_post(&rig.ada, "two").await;
    assert_eq!(second.limits.quarter_hour.unwrap().remaining, Some(0));
    assert_eq!(rig.http("three").await.status, 429);
    rig.clock.advance(secs(15 * 60));
    assert_eq!(rig.http("three").await.status, 201);
}

#[tokio::test]
async fn refusals_for_too_many_requests_come_with_and_without_a_reset() {
    let rig = rig();
    rig.world.next_send(SendFault::RateLimited { reset_secs: Some(60) });
    rig.world.next_send(SendFault::RateLimited { reset_secs: None });
    rig.world.next_send(SendFault::RateLimitedForDay { reset_secs: 7200 });
    let until = |report: domain::ports::SendReport| report.limits.exhausted_until();
    let start = testkit::at(START);
    assert_eq!(until(rig.x.create_post(&rig.ada, "a").await), Some(start + secs(60)));
    assert_eq!(until(rig.x.create_post(&rig.ada, "a").await), None);
    assert_eq!(until(rig.x.create_post(&rig.ada, "a").await), Some(start + secs(7200)));
}

#[tokio::test]
async fn lag_hides_a_post_until_it_passed() {
    let rig = rig();
    rig.world.set_lag(Lag::fixed(secs(90)));
    rig.send("hello").await;
    rig.clock.advance(secs(89));
    assert!(rig.seen().await.is_empty());
    assert_eq!(rig.x.me(&rig.ada).await.unwrap().post_count, Some(0));
    rig.clock.advance(secs(1));
    assert_eq!(rig.seen().await, ["hello"]);
    assert_eq!(rig.x.me(&rig.ada).await.unwrap().post_count, Some(1));
}

#[tokio::test]
async fn lag_by_chance_stays_between_its_bounds() {
    let rig = rig();
    rig.world.set_lag(Lag { least: secs(10), most: secs(20) });
    for n in 0..50 {
        rig.send(&format!("post {n}")).await;
    }
    let lags: Vec<i64> = rig
        .world
        .posts("ada", 100)
        .iter()
        .map(|post| post.visible_at.duration_since(post.at).as_secs())
        .collect();
    assert!(lags.iter().all(|lag| (10..=20).contains(lag)), "{lags:?}");
    assert!(lags.iter().max() > lags.iter().min());
}

#[tokio::test]
async fn timeline_faults_are_no_evidence_and_say_what_they_are() {
    let rig = rig();
    rig.send("old").await;
    rig.clock.advance(secs(60));
    rig.send("new").await;
    let me = rig.x.me(&rig.ada).await.unwrap().user;
    let query = TimelineQuery { since: Timestamp::MIN, max: 10, page: None };
    let look = || rig.x.timeline(&rig.ada, &me, &query);
    rig.world.next_timeline(ReadFault::EmptyPage);
    assert!(look().await.unwrap().items.is_empty());
    rig.world.next_timeline(ReadFault::StalePage { secs: 30 });
    assert_eq!(look().await.unwrap().items.len(), 1);
    rig.world.next_timeline(ReadFault::PartialErrors);
    assert!(look().await.unwrap().has_errors);
    rig.world.next_timeline(ReadFault::Status { status: 503 });
    assert!(matches!(look().await, Err(ReadError::Unavailable(_))));
    rig.world.next_timeline(ReadFault::Unauthorized);
    assert!(matches!(look().await, Err(ReadError::Unauthorized(_))));
    rig.world.next_timeline(ReadFault::OutOfCredit);
    assert!(matches!(look().await, Err(ReadError::OutOfCredit(_))));
    rig.world.next_timeline(ReadFault::Suspended);
    assert!(matches!(look().await, Err(ReadError::Forbidden(_))));
    rig.world.next_timeline(ReadFault::RateLimited { reset_secs: Some(5) });
    assert!(matches!(look().await, Err(ReadError::RateLimited { until: Some(_) })));
    for fault in [ReadFault::Html, ReadFault::BrokenJson, ReadFault::Close] {
        rig.world.next_timeline(fault);
        assert!(matches!(look().await, Err(ReadError::Unavailable(_))), "{fault:?}");
    }
    assert_eq!(look().await.unwrap().items.len(), 2);
}

#[tokio::test]
async fn a_hand_posts_and_removes_past_every_fault() {
    let rig = rig();
    rig.world.next_send(SendFault::NotPermitted);
    let id: XPostId = rig.world.post_by_hand("ada", "by hand").unwrap();
    assert_eq!(rig.seen().await, ["by hand"]);
    assert_eq!(rig.http("by hand").await.status, 403);
    assert_eq!(rig.http("by hand").await.status, 403);
    assert!(rig.world.remove_post("ada", &id));
    assert!(rig.seen().await.is_empty());
}

#[tokio::test]
async fn a_revoked_token_opens_nothing() {
    let rig = rig();
    let account = rig.world.account("ada").unwrap();
    rig.world.set_revoked(&account, true);
    assert_eq!(rig.http("hello").await.status, 401);
    assert!(matches!(rig.page().await, Err(ReadError::Unauthorized(_))));
    rig.world.set_revoked(&account, false);
    assert_eq!(rig.http("hello").await.status, 201);
}

#[tokio::test]
async fn a_closed_world_knows_only_who_was_registered() {
    let rig = rig_with(&SandboxSettings { is_open: false, ..SandboxSettings::default() });
    assert!(matches!(rig.send("hello").await, Answer::NotSent(..)));
}

#[tokio::test]
async fn what_happens_to_one_bot_does_not_depend_on_the_others() {
    let run = |others: usize| async move {
        let rig = rig_with(&SandboxSettings::with_weather(Weather::Storm, 42));
        let mut answers = Vec::new();
        for n in 0..60 {
            for other in 0..others {
                let bot = BotId::try_from(format!("other-{other}")).unwrap();
                rig.x.create_post(&bot, &format!("{other} {n}")).await;
            }
            let answer = rig.send(&format!("post {n}")).await;
            answers.push(match answer {
                Answer::Http(http) => format!("{}", http.status),
                Answer::Lost(because, _) => format!("{because:?}"),
                Answer::NotSent(..) => "not sent".to_owned(),
            });
        }
        answers
    };
    let alone = run(0).await;
    assert_eq!(alone, run(3).await);
    assert!(alone.iter().any(|answer| answer != "201"), "a storm without a fault");
}

#[tokio::test]
async fn the_truth_file_holds_what_the_memory_holds() {
    let path = std::env::temp_dir().join(format!("flockwork-truth-{}.jsonl", std::process::id()));
    let settings = SandboxSettings { truth_path: Some(path.clone()), ..SandboxSettings::default() };
    let rig = rig_with(&settings);
    rig.world.next_send(SendFault::AcceptThenClose);
    rig.send("one").await;
    rig.send("two").await;
    let lines = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let read: Vec<crate::Accepted> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read, rig.world.truth());
    assert_eq!(rig.world.truth_write_failures(), 0);
}

//! What is raised, what is news, how it is told, and how long it is tried.

use jiff::{SignedDuration, Timestamp};

use super::courier::{Next, NotDelivered, TRIED_FOR, after_failure, read_up_to};
use super::envelope::{AlertsEnvelope, ToldEvent};
use super::message::{Notice, message};
use super::*;
use crate::model::{
    AlertId, AlertRule, AttentionReason, BotId, BotState, Budget, Caps, MicroUsd, News, OpenAlert,
    Purse, Raised, Scope as BudgetScope, Severity, SkipReason, SlotId, SlotState, StateReason,
    TargetName, happening, utc_day,
};
use crate::ports::store::{SlotLine, StoppedBot};
use crate::ports::{Drill, Seen};

mod machine;
mod many;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-23T09:00:00Z")
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn ada() -> BotId {
    BotId::try_from("ada").unwrap()
}

fn missed(state: SlotState) -> Missed {
    Missed { bot: ada(), slot: SlotId(1), due_at: at("2026-11-23T08:00:00Z"), state }
}

fn stopped(state: BotState, reason: Option<StateReason>) -> StoppedBot {
    StoppedBot { bot: ada(), state, reason, since: now() }
}

fn budget(gone: i64) -> Budget {
    Budget {
        scope: BudgetScope::All,
        purse: Purse::X,
        caps: Caps { day: Some(MicroUsd(100)), month: None },
        day: utc_day(now()),
        gone_today: MicroUsd(gone),
        gone_this_month: MicroUsd(gone),
    }
}

fn line(action: &str, object: &str) -> SecurityLine {
    SecurityLine {
        number: 7,
        actor: "eve".to_owned(),
        action: action.to_owned(),
        object: object.to_owned(),
        detail: None,
        address: Some("203.0.113.9".to_owned()),
        is_new_address: false,
    }
}

fn raised_by(facts: &HouseFacts) -> Vec<(AlertRule, String, Severity)> {
    let raised = assess_house(facts, now());
    raised.into_iter().map(|one| (one.rule, one.subject, one.severity)).collect()
}

#[test]
fn a_house_that_is_well_raises_nothing() {
    assert_eq!(raised_by(&HouseFacts::default()), []);
}

#[test]
fn a_missed_beat_is_silence_and_a_wanted_one_is_not() {
    for (state, is_silence) in [
        (SlotState::Skipped(SkipReason::NoContent), true),
        (SlotState::Skipped(SkipReason::Late), true),
        (SlotState::Skipped(SkipReason::Budget), true),
        (SlotState::Failed(crate::model::FailReason::RefusedByX), true),
        (SlotState::Skipped(SkipReason::Operator), false),
        (SlotState::Skipped(SkipReason::QuietHours), false),
        (SlotState::Skipped(SkipReason::DryRun), false),
        (SlotState::Posted, false),
    ] {
        let facts = HouseFacts { missed: vec![missed(state)], ..HouseFacts::default() };
        let raised = raised_by(&facts);
        let wanted = [(AlertRule::Silence, "ada".to_owned(), Severity::Warning)];
        assert_eq!(raised, wanted[..usize::from(is_silence)], "{state:?}");
    }
}

#[test]
fn bots_that_a_person_paused_are_nobodys_trouble() {
    use AlertRule::{BotStopped, LoginNeeded};
    for (bot, rule) in [
        (stopped(BotState::NeedsLogin, Some(StateReason::Auth)), Some(LoginNeeded)),
        (stopped(BotState::Paused, Some(StateReason::Suspended)), Some(BotStopped)),
        (stopped(BotState::Paused, Some(StateReason::DuplicateObserved)), Some(BotStopped)),
        (stopped(BotState::Paused, Some(StateReason::Operator)), None),
    ] {
        let facts = HouseFacts { stopped: vec![bot.clone()], ..HouseFacts::default() };
        let found = raised_by(&facts).into_iter().map(|(rule, _, _)| rule).next();
        assert_eq!(found, rule, "{bot:?}");
    }
}

#[test]
fn a_budget_is_told_in_three_steps() {
    for (gone, severity) in [
        (79, None),
        (80, Some(Severity::Info)),
        (95, Some(Severity::Warning)),
        (100, Some(Severity::Critical)),
    ] {
        let facts = HouseFacts { budgets: vec![budget(gone)], ..HouseFacts::default() };
        let raised = raised_by(&facts);
        let wanted = severity.map(|severity| (AlertRule::Budget, "x/all/".to_owned(), severity));
        assert_eq!(raised, wanted.into_iter().collect::<Vec<_>>(), "{gone}");
    }
}

#[test]
fn a_queue_is_low_when_it_has_fewer_posts_than_a_day_needs() {
    for (queued, ahead, is_low) in [(0, 1, true), (3, 4, true), (4, 4, false), (0, 0, false)] {
        let runways = vec![Runway { bot: ada(), queued, ahead }];
        let facts = HouseFacts { runways, ..HouseFacts::default() };
        assert_eq!(raised_by(&facts).len(), usize::from(is_low), "{queued} of {ahead}");
    }
}

#[test]
fn a_model_that_goes_off_is_told_of_in_time() {
    let of = |day: &str| {
        let facts = HouseFacts { models: vec!["gpt-5.4".to_owned()], ..HouseFacts::default() };
        let day = at(&format!("{day}T00:00:00Z"));
        assess_house(&facts, day).into_iter().map(|one| one.severity).next()
    };
    let Some(off) = crate::rules::cost::shutdown_of("gpt-4-turbo") else {
        panic!("the list of prices knows when gpt-4-turbo went");
    };
    let facts = HouseFacts { models: vec!["gpt-4-turbo".to_owned()], ..HouseFacts::default() };
    let before = |days: i64| {
        let off = at(&format!("{off}T00:00:00Z"));
        let raised = assess_house(&facts, off - hours(24 * days));
        raised.into_iter().map(|one| one.severity).next()
    };
    assert_eq!(before(61), None);
    assert_eq!(before(60), Some(Severity::Warning));
    assert_eq!(before(7), Some(Severity::Critical));
    assert_eq!(before(-30), Some(Severity::Critical), "it is off");
    assert_eq!(of("2026-11-23"), None, "nothing is announced");
}

#[test]
fn security_is_told_by_what_the_audit_log_keeps() {
    use AlertRule::{FailedLogins, NewAddress, ScopeDenied, TokenMade};
    let of = |security: Vec<SecurityLine>| {
        let facts = HouseFacts { security, ..HouseFacts::default() };
        raised_by(&facts).into_iter().map(|(rule, subject, _)| (rule, subject)).collect::<Vec<_>>()
    };
    let failed = |object: &str, count: usize| vec![line("session.refuse", object); count];
    assert_eq!(of(failed("user eve", 4)), []);
    assert_eq!(of(failed("user eve", 5)), [(FailedLogins, "user eve".to_owned())]);
    let many: Vec<_> = (0..6).map(|n| line("session.refuse", &format!("user {n}"))).collect();
    assert_eq!(of(many), [(FailedLogins, "everybody".to_owned())]);
    assert_eq!(of(vec![line("token.make", "token ci")]), [(TokenMade, "7".to_owned())]);
    let refused = vec![line("token.refuse", "token ci"), line("token.refuse", "token ci")];
    assert_eq!(of(refused), [(ScopeDenied, "token ci".to_owned())]);
    let new = SecurityLine { is_new_address: true, ..line("session.open", "user eve") };
    assert_eq!(of(vec![new]), [(NewAddress, "user eve/203.0.113.9".to_owned())]);
    assert_eq!(of(vec![line("session.open", "user eve"), line("post.approve", "post 1")]), []);
}

fn slot(state: SlotState, minutes: i64) -> SlotLine {
    SlotLine {
        slot: SlotId(7),
        bot: ada(),
        post: None,
        due_at: at("2026-11-23T08:00:00Z"),
        moved_from: None,
        state,
        wake_at: None,
        updated_at: now() - SignedDuration::from_mins(minutes),
        detail: None,
        text: None,
        topic: None,
        x_post_id: None,
        posted_at: None,
        attempts: 1,
    }
}

fn troubled(failures: u64) -> TroubledTarget {
    let target = TargetName::parse("ops").unwrap();
    TroubledTarget { target, failures, error: Some("it answered 500".to_owned()) }
}

#[test]
fn what_stays_open_is_raised_with_what_it_is_about() {
    use AlertRule::{BreakerOpen, ChannelFailing, NeedsAttention, UnknownOutcome};
    let open =
        |state, minutes| HouseFacts { open: vec![slot(state, minutes)], ..Default::default() };
    let waits = SlotState::NeedsAttention(AttentionReason::OutcomeUnknown);
    let attention = HouseFacts { attention: vec![slot(waits, 0)], ..Default::default() };
    let silent_apps = vec![("birds".to_owned(), at("2026-11-23T08:30:00Z"))];
    let silent = HouseFacts { silent_apps, ..Default::default() };
    let channel = HouseFacts { targets: vec![troubled(3)], ..Default::default() };
    for (facts, wanted) in [
        (open(SlotState::Unknown, 20), None),
        (open(SlotState::Unknown, 21), Some((UnknownOutcome, "", Severity::Critical, "21 min"))),
        (
            open(SlotState::Reconciling, 45),
            Some((UnknownOutcome, "", Severity::Critical, "45 min")),
        ),
        (open(SlotState::Sending, 45), None),
        (attention, Some((NeedsAttention, "7", Severity::Critical, "@ada, slot 7, due"))),
        (silent, Some((BreakerOpen, "birds", Severity::Warning, "birds since 2026-11-23 08:30"))),
        (channel, Some((ChannelFailing, "ops", Severity::Warning, "3 messages in a row"))),
    ] {
        let raised = assess_house(&facts, now());
        let said: Vec<_> =
            raised.iter().map(|one| (one.rule, one.subject.as_str(), one.severity)).collect();
        let rule = wanted.map(|(rule, subject, severity, _)| (rule, subject, severity));
        assert_eq!(said, rule.into_iter().collect::<Vec<_>>(), "{facts:?}");
        if let Some((.., words)) = wanted {
            assert!(raised[0].detail.contains(words), "{}", raised[0].detail);
        }
    }
}

fn raised(rule: AlertRule, severity: Severity) -> Raised {
    Raised { rule, subject: "ada".to_owned(), severity, detail: "so".to_owned() }
}

fn row(one: &Raised, opened: Option<i64>, told: Option<i64>) -> OpenAlert {
    OpenAlert {
        id: AlertId(1),
        version: 3,
        raised: one.clone(),
        seen_at: now() - hours(10),
        opened_at: opened.map(|ago| now() - hours(ago)),
        told_at: told.map(|ago| now() - hours(ago)),
    }
}

fn silent(number: usize) -> Raised {
    let subject = format!("bot-{number:04}");
    Raised { subject, ..raised(AlertRule::Silence, Severity::Warning) }
}

#[test]
fn what_holds_is_never_told_as_over_because_there_is_too_much_of_it() {
    let of = |news: News, known: &[OpenAlert], holds: &[Raised]| -> Vec<String> {
        let changes = follow(known, holds, |_| true, (now(), hours(6)));
        let changes = changes.into_iter().filter(|change| change.news == Some(news));
        changes.map(|change| change.raised.subject).collect()
    };
    let subjects = |from, to| (from..to).map(|n| silent(n).subject).collect::<Vec<_>>();
    // Of seventy fifty are named; those that are named stay so when there are others before them.
    let last: Vec<Raised> = (30..100).map(silent).collect();
    assert_eq!(of(News::Opened, &[], &last), subjects(30, 80));
    let known: Vec<OpenAlert> = (30..80).map(|n| row(&silent(n), Some(1), Some(1))).collect();
    let all: Vec<Raised> = (0..100).map(silent).collect();
    assert_eq!(of(News::Resolved, &known, &all), [""; 0]);
    assert_eq!(of(News::Opened, &known, &all), [""; 0]);
    // One that is over is told, and makes room for the next.
    let but_one: Vec<Raised> = (0..100).filter(|n| *n != 40).map(silent).collect();
    assert_eq!(of(News::Resolved, &known, &but_one), subjects(40, 41));
    let known: Vec<OpenAlert> =
        known.into_iter().filter(|one| one.raised.subject != "bot-0040").collect();
    assert_eq!(of(News::Opened, &known, &but_one), subjects(0, 1));
    // Machines are all named.
    let machine = |n| Raised { rule: AlertRule::DiskLow, ..silent(n) };
    let held = machine_rows(60);
    assert_eq!(follow(&held, &[machine(99)], |_| false, (now(), hours(6))).len(), 1);
}

fn machine_rows(count: usize) -> Vec<OpenAlert> {
    let machine = |n| Raised { rule: AlertRule::DiskLow, ..silent(n) };
    (0..count).map(|n| row(&machine(n), Some(1), Some(1))).collect()
}

#[test]
fn a_list_that_was_cut_says_nothing_of_what_is_not_in_it() {
    use AlertRule::{BotStopped, LoginNeeded, Silence};
    let facts = HouseFacts {
        missed: vec![missed(SlotState::Skipped(SkipReason::Late)); 3],
        stopped: vec![stopped(BotState::NeedsLogin, None); 2],
        ..HouseFacts::default()
    };
    assert_eq!(facts.cut_at(4), []);
    assert_eq!(facts.cut_at(3), [Silence]);
    assert_eq!(facts.cut_at(2), [Silence, LoginNeeded, BotStopped]);
    assert_eq!(HouseFacts::default().cut_at(1), []);
}

fn told(known: &[OpenAlert], holds: &[Raised]) -> Vec<Option<News>> {
    let changes = follow(known, holds, |_| true, (now(), hours(6)));
    changes.into_iter().map(|change| change.news).collect()
}

#[test]
fn an_alert_opens_repeats_gets_worse_and_ends() {
    let warning = raised(AlertRule::Silence, Severity::Warning);
    let critical = raised(AlertRule::Silence, Severity::Critical);
    assert_eq!(told(&[], std::slice::from_ref(&warning)), [Some(News::Opened)]);
    let open = |told| row(&warning, Some(9), Some(told));
    assert_eq!(told(&[open(5)], std::slice::from_ref(&warning)), []);
    assert_eq!(told(&[open(6)], std::slice::from_ref(&warning)), [Some(News::Repeated)]);
    assert_eq!(told(&[open(1)], std::slice::from_ref(&critical)), [Some(News::Worse)]);
    let was_critical = row(&critical, Some(9), Some(1));
    assert_eq!(told(&[was_critical], std::slice::from_ref(&warning)), [None], "better is no news");
    assert_eq!(told(&[open(1)], &[]), [Some(News::Resolved)]);
}

#[test]
fn what_is_only_good_to_know_is_told_once_and_a_moment_has_no_end() {
    let info = raised(AlertRule::Budget, Severity::Info);
    assert_eq!(told(&[row(&info, Some(9), Some(9))], &[info]), []);
    let made = raised(AlertRule::TokenMade, Severity::Info);
    assert_eq!(told(&[row(&made, Some(2), Some(2))], &[]), [None]);
}

#[test]
fn what_must_hold_for_a_while_is_told_when_it_has() {
    let low = raised(AlertRule::RunwayLow, Severity::Warning);
    assert_eq!(told(&[], std::slice::from_ref(&low)), [None], "noted");
    let young =
        OpenAlert { seen_at: now() - SignedDuration::from_mins(29), ..row(&low, None, None) };
    assert_eq!(told(std::slice::from_ref(&young), std::slice::from_ref(&low)), []);
    assert_eq!(told(&[young], &[]), [None], "it was over before it was told");
    assert_eq!(told(&[row(&low, None, None)], &[low]), [Some(News::Opened)]);
}

#[test]
fn only_what_was_looked_at_ends() {
    let here = raised(AlertRule::DiskLow, Severity::Warning);
    let known = [row(&here, Some(1), Some(1))];
    assert_eq!(follow(&known, &[], |_| false, (now(), hours(6))), []);
}

#[test]
fn a_failed_delivery_is_tried_for_three_days_and_then_given_up() {
    let failed = NotDelivered::later("no answer");
    let made = now();
    for seed in 0..20 {
        let (mut clock, mut tries, mut waits) = (made, 0, Vec::new());
        while tries < 1_000 {
            tries += 1;
            match after_failure((made, clock), tries, &failed, seed) {
                Next::Again(next) => {
                    assert!(next > clock);
                    waits.push(next.duration_since(clock));
                    clock = next;
                }
                Next::Held { .. } => panic!("nobody said when to come back"),
                Next::Dead => break,
            }
        }
        assert_eq!(clock, made + TRIED_FOR, "the last try is at the very end");
        assert!((15..=30).contains(&tries), "{tries} tries");
        assert!(
            waits[0] >= SignedDuration::from_secs(10) && waits[0] < SignedDuration::from_secs(14)
        );
        assert!(waits[..6].windows(2).all(|pair| pair[0] < pair[1]), "{waits:?}");
    }
    let first = |seed| after_failure((made, made), 5, &failed, seed);
    assert_ne!(first(1), first(2), "not all at once");
}

#[test]
fn who_takes_nothing_ever_again_is_asked_no_more_and_who_says_when_is_believed() {
    let gone = NotDelivered { is_final: true, ..NotDelivered::later("410") };
    assert_eq!(after_failure((now(), now()), 1, &gone, 1), Next::Dead);
    let busy = NotDelivered { again_after: Some(hours(1)), ..NotDelivered::later("429") };
    let held = |after| Next::Held { again: now() + after, until: now() + after };
    assert_eq!(after_failure((now(), now()), 1, &busy, 1), held(hours(1)));
    let never = NotDelivered { again_after: Some(hours(999)), ..busy };
    assert_eq!(after_failure((now(), now()), 1, &never, 1), held(hours(6)));
}

#[test]
fn a_gap_is_waited_for_while_it_may_be_filled() {
    let ago = |minutes| now() - SignedDuration::from_mins(minutes);
    assert_eq!(read_up_to(4, &[], now()), 4);
    assert_eq!(read_up_to(4, &[(5, ago(0)), (6, ago(0))], now()), 6);
    assert_eq!(read_up_to(4, &[(5, ago(0)), (7, ago(0)), (8, ago(0))], now()), 5);
    assert_eq!(read_up_to(4, &[(5, ago(9)), (7, ago(3)), (8, ago(0))], now()), 8);
}

fn notice(news: News, rule: AlertRule, severity: Severity) -> Notice {
    Notice::of(1, &raised(rule, severity), news, (now(), now()))
}

#[test]
fn one_notice_says_what_it_is_and_several_are_one_message() {
    let login = notice(News::Opened, AlertRule::LoginNeeded, Severity::Critical);
    let one = message(std::slice::from_ref(&login));
    assert_eq!(one.title, "Flockwork: a bot cannot post: X no longer takes its token");
    assert!(one.text.starts_with("Critical: a bot cannot post"), "{}", one.text);
    assert!(one.text.contains("`flockwork bot resume ada`"), "{}", one.text);
    let over = notice(News::Resolved, AlertRule::Silence, Severity::Warning);
    let note = notice(News::Opened, AlertRule::Stopped, Severity::Info);
    let three = message(&[over.clone(), note, login]);
    assert_eq!(three.title, "Flockwork: 2 alerts, 1 over");
    assert_eq!(three.severity, Severity::Critical);
    let place = |word: &str| three.text.find(word).unwrap();
    assert!(place("Critical:") < place("Note:") && place("Note:") < place("Over:"));
    assert_eq!(
        message(std::slice::from_ref(&over)).severity,
        Severity::Info,
        "what is over is not grave"
    );
    let many = message(&vec![over; 30]);
    assert!(many.text.ends_with("… and 10 more: `flockwork alerts` lists all that are open."));
}

#[test]
fn a_notice_is_one_line_whatever_somebody_wrote() {
    let long = Raised {
        detail: "x\r\n\u{1b}[31m".repeat(200),
        ..raised(AlertRule::Silence, Severity::Info)
    };
    let notice = Notice::of(1, &long, News::Opened, (now(), now()));
    assert!(notice.detail.chars().all(|c| !c.is_control()));
    assert_eq!(notice.detail.chars().count(), 301);
}

#[test]
fn an_event_says_what_happened_to_which_post() {
    let event = ToldEvent {
        number: 12,
        at: now(),
        kind: happening("slot.posted").unwrap(),
        bot: Some("ada".to_owned()),
        slot: Some(3),
        detail: None,
        post: Some((5, "fog \"today\"".to_owned())),
        x_post_id: Some("1860".to_owned()),
    };
    let body: serde_json::Value = serde_json::from_str(&event.body()).unwrap();
    assert_eq!(body["id"], "event-12-1795424400000");
    assert_eq!(body["kind"], "post.published");
    assert_eq!(body["post"]["text"], "fog \"today\"");
    assert_eq!(body["post"]["url"], "https://x.com/i/web/status/1860");
    let alerts = AlertsEnvelope::of(4, Vec::new(), now());
    assert_eq!(alerts.id, "alerts-4-1795424400000");
}

#[test]
fn every_rule_says_what_to_do_and_how_it_ends() {
    for rule in AlertRule::ALL {
        let way = way(*rule);
        assert!(way.to_do.len() > 10 && way.ends.len() > 5, "{rule:?}");
    }
    assert_eq!(TargetName::parse("ops-1").unwrap().as_str(), "ops-1");
    for wrong in ["", "Ops", "a b", "-x", &"x".repeat(41)] {
        assert_eq!(TargetName::parse(wrong), None, "{wrong}");
    }
}

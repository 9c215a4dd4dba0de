//! A second reader: what it flags does not go out unseen, and neither does what it did not see.

use std::sync::Arc;
use std::time::Duration;

use clients::BaseUrl;
use clients::http::{Http, HttpSettings};
use clients::llm::ModerationClient;
use domain::model::{
    ApprovalMode, Bot, BotId, Budgets, Caps, Fence, MicroUsd, Opinion, Post, PostState, PurseCaps,
    QueueLimits, Secret,
};
use domain::ports::store::{
    ApprovalAct, ApprovalStore as _, BudgetStore as _, Draft, PostStore as _, Said,
};
use domain::ports::{Moderator as _, ModeratorError, Node as _};
use engine::GeneratorReport;
use sandbox::{FaultOrder, ModerationFault};
use tokio::net::TcpListener;

use crate::world::{World, bot};

fn ada(mode: ApprovalMode) -> Bot {
    let queue = QueueLimits { low_water: 6, high_water: 6, batch: 6 };
    Bot { mode, queue, ..bot("ada") }
}

async fn free() -> World {
    World::moderated(MicroUsd::ZERO, false).await
}

async fn refill(world: &World) -> GeneratorReport {
    let refills = world.db.take_refills(world.now(), Fence(1), 1).await.unwrap();
    world.engine.refill(&refills[0]).await.unwrap()
}

async fn drafts(world: &World) -> Vec<Draft> {
    world.db.list_drafts(None, 100).await.unwrap()
}

async fn queue(world: &World) -> Vec<Post> {
    world.db.list_queue(&BotId::try_from("ada").unwrap(), 100).await.unwrap()
}

fn always(fault: ModerationFault) -> FaultOrder {
    FaultOrder::Moderation { fault, times: u32::MAX }
}

#[tokio::test]
async fn each_text_is_seen_before_it_is_queued() {
    let world = free().await;
    world.given(ada(ApprovalMode::Auto), &[]).await;
    let report = refill(&world).await;
    assert!(report.queued >= 5, "{report:?}");
    let seen = world.x.moderated();
    assert!(queue(&world).await.iter().all(|post| seen.contains(&post.content)), "{seen:?}");
    assert_eq!(world.x.moderation_questions(), 1, "one question for the batch");
    assert!(world.engine.vitals().moderation.ok_at.is_some());
    world.finish().await;
}

#[tokio::test]
async fn what_is_flagged_is_let_go_of_or_waits_for_a_person_as_the_mode_says() {
    for (mode, category, waits) in [
        (ApprovalMode::Auto, "violence", false),
        (ApprovalMode::Risk, "violence", true),
        (ApprovalMode::Approval, "violence", true),
        (ApprovalMode::Risk, "sexual/minors", false),
        (ApprovalMode::Approval, "sexual/minors", false),
    ] {
        let world = free().await;
        world.given(ada(mode), &[]).await;
        // Every text has one of them.
        for letter in ["a", "e", "i", "o", "u"] {
            world.x.flag(letter, category);
        }
        let report = refill(&world).await;
        let drafts = drafts(&world).await;
        assert_eq!(queue(&world).await, [], "{mode:?} {category}");
        assert_eq!(!drafts.is_empty(), waits, "{mode:?} {category}: {report:?}");
        for draft in drafts {
            assert!(draft.needs_person);
            let because = draft.because.unwrap();
            let told = format!("moderation: the moderation endpoint flags it: {category}");
            assert!(because.ends_with(&told), "{because}");
        }
        assert_eq!(report.dropped > 0, !waits, "{report:?}");
        world.finish().await;
    }
}

#[tokio::test]
async fn what_it_did_not_see_waits_for_a_person_in_every_mode_and_is_never_lost() {
    for fault in [
        ModerationFault::Close,
        ModerationFault::Missing,
        ModerationFault::Unauthorized,
        ModerationFault::Status { status: 503 },
        ModerationFault::RateLimited { after_secs: Some(9) },
        ModerationFault::Garbage,
        ModerationFault::Miscounted,
        ModerationFault::Slow { secs: 60 },
    ] {
        let world = free().await;
        world.given(ada(ApprovalMode::Auto), &[]).await;
        world.x.order(always(fault));
        let report = refill(&world).await;
        let held = drafts(&world).await;
        assert_eq!((held.len() as u64, queue(&world).await), (report.queued, vec![]), "{fault:?}");
        assert!(report.queued >= 5, "{fault:?}: {report:?}");
        for draft in &held {
            let because = draft.because.clone().unwrap();
            let told = "unmoderated: the moderation endpoint did not see it: ";
            assert!(because.starts_with(told), "{because}");
        }
        assert!(world.engine.vitals().moderation.error.is_some(), "{fault:?}");
        world.x.clear_faults();
        world.finish().await;
    }
}

#[tokio::test]
async fn nothing_goes_out_that_waits_and_a_yes_or_an_answer_mends_it() {
    let world = free().await;
    world.given(ada(ApprovalMode::Auto), &[]).await;
    world.x.order(always(ModerationFault::Close));
    world.advance_to("2026-11-23T12:00:00Z").await;
    assert_eq!(world.timeline("ada"), Vec::<String>::new());
    let held = drafts(&world).await;
    assert!(held.len() >= 5, "{}", held.len());

    // A person reads one of them.
    let reviewed = world.db.find_reviewed(held[0].post.id).await.unwrap().unwrap();
    assert_eq!(reviewed.because, held[0].because);
    let seen = held[0].post.content.clone();
    let act = ApprovalAct { post: held[0].post.id, seen, who: "eve@host".to_owned() };
    let said = world.db.approve_post(&act, &reviewed.policy_hash, world.now()).await.unwrap();
    assert_eq!(said, Said::Done(PostState::Queued));

    // And the endpoint comes back: what is written from now on needs nobody.
    world.x.clear_faults();
    for draft in &held[1..] {
        let (post, seen) = (draft.post.id, draft.post.content.clone());
        let act = ApprovalAct { post, seen, who: "eve@host".to_owned() };
        let no = domain::ports::store::Rejection { act, reason: "dull".to_owned() };
        world.db.reject_post(&no, world.now()).await.unwrap();
    }
    world.advance_to("2026-11-25T10:00:00Z").await;
    assert!(world.timeline("ada").contains(&held[0].post.content));
    assert!(world.timeline("ada").len() >= 2, "{:?}", world.timeline("ada"));
    assert_eq!(drafts(&world).await.len(), 0);
    assert_eq!(world.engine.vitals().moderation.error, None);
    world.finish().await;
}

#[tokio::test]
async fn what_a_grammar_writes_is_shown_only_where_somebody_wants_that() {
    let world = World::moderated(MicroUsd::ZERO, true).await;
    world.given(ada(ApprovalMode::Auto), &[]).await;
    assert!(refill(&world).await.queued > 0);
    assert_eq!(world.x.moderation_questions(), 1);
    world.finish().await;
}

async fn ledger(world: &World) -> i64 {
    let sum = "SELECT CAST(COALESCE(sum(amount_micro_usd), 0) AS INTEGER) FROM ledger";
    world.number(sum).await
}

async fn cap(world: &World, model: i64) {
    let day = Caps { day: Some(MicroUsd(model)), month: None };
    let all = PurseCaps { model: day, ..PurseCaps::default() };
    world.db.sync_budgets(&Budgets { all, ..Budgets::default() }, world.now()).await.unwrap();
}

#[tokio::test]
async fn what_it_charges_is_counted_and_what_no_money_is_left_for_waits() {
    let world = World::moderated(MicroUsd(40), false).await;
    world.given(ada(ApprovalMode::Auto), &[]).await;
    cap(&world, 100).await;
    let first = refill(&world).await;
    assert_eq!((ledger(&world).await, drafts(&world).await.len()), (40, 0), "{first:?}");
    assert_eq!(world.number("SELECT count(*) FROM reservations").await, 0);

    // Lost on the way it may be billed, refused it is not.
    world.execute("DELETE FROM approvals; UPDATE posts SET state = 'rejected'").await;
    world.execute("UPDATE bot_stats SET remaining_posts = 0, refill_not_before = 0").await;
    world.x.next_moderation(ModerationFault::Close);
    refill(&world).await;
    assert_eq!(ledger(&world).await, 80);
    world.execute("UPDATE posts SET state = 'rejected'").await;
    world.execute("UPDATE bot_stats SET draft_posts = 0, refill_not_before = 0").await;
    let third = refill(&world).await;
    assert_eq!(ledger(&world).await, 80, "40 more are not there");
    let held = drafts(&world).await;
    assert_eq!(held.len() as u64, third.queued);
    let because = held[0].because.clone().unwrap();
    assert!(because.contains("the budget of all bots for the model"), "{because}");
    let spend = "SELECT spend_micro_usd FROM bot_stats WHERE bot_id = 'ada'";
    assert_eq!(world.number(spend).await, 80);
    world.finish().await;
}

/// The client of the product against the bytes of the sandbox.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test's runtime owns the server and ends it")]
async fn the_client_reads_what_the_endpoint_says_and_takes_nothing_else_for_a_yes() {
    let world =
        sandbox::World::calm(Arc::new(testkit::TestClock::at(testkit::at("2026-11-23T08:00:00Z"))));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(sandbox::http::serve(listener, world.clone(), std::future::pending()));
    let client = ModerationClient::new(
        Http::new(&HttpSettings::default()).unwrap(),
        BaseUrl::parse(&base).unwrap(),
        Some(Secret::new("sk-canary")),
        "omni-moderation-2024-09-26",
        Duration::from_millis(700),
    );
    world.flag("storm", "violence");
    world.flag("storm", "illicit");
    let answer = client.moderate(&["fog", "a storm"]).await.unwrap();
    let categories = vec!["illicit".to_owned(), "violence".to_owned()];
    let flagged = Opinion { is_flagged: true, categories };
    assert_eq!(answer.opinions, [Opinion::default(), flagged]);

    let all = |fault| world.order(FaultOrder::Moderation { fault, times: 2 });
    let kind = async || match client.moderate(&["fog", "sun"]).await.unwrap_err() {
        ModeratorError::Unauthorized(_) => "unauthorized",
        ModeratorError::Refused(_) => "refused",
        ModeratorError::Unavailable(_) => "unavailable",
        ModeratorError::Unusable(_) => "unusable",
    };
    for (fault, expected) in [
        (ModerationFault::Close, "unavailable"),
        (ModerationFault::Status { status: 500 }, "unavailable"),
        (ModerationFault::RateLimited { after_secs: Some(3) }, "unavailable"),
        (ModerationFault::Slow { secs: 3 }, "unavailable"),
        (ModerationFault::Missing, "refused"),
        (ModerationFault::Unauthorized, "unauthorized"),
        (ModerationFault::Garbage, "unusable"),
        (ModerationFault::Miscounted, "unusable"),
    ] {
        all(fault);
        assert_eq!(kind().await, expected, "{fault:?}");
        world.clear_faults();
    }
    world.next_moderation(ModerationFault::Status { status: 503 });
    assert!(client.moderate(&["fog"]).await.is_ok(), "what was lost is asked once more");
}

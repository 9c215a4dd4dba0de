//! Money: reserved with the intent, settled by the outcome, never over a cap, and always the sum of the
//! ledger.

use domain::model::{
    AttemptState, BotId, Budgets, Caps, Fence, MicroUsd, Purse, PurseCaps, ReservationId, Scope,
    SlotPhase, SlotState,
};
use domain::ports::store::{
    AttemptStore, BudgetStore, ClosedAt, ModelWish, NodeStore, PostMove, PostStore, ReadStore,
    RefillNote, Reserved, SeenPost, Settlement, SlotStore, Spend, SpendKind,
};
use domain::rules::budget::{Level, Wish};
use jiff::Timestamp;

use crate::steps::{
    change, claim_all, claimed, declare, id, intent, lease, lost, moved, nine, posted, receipt,
    secs, sending, settle, start, verdict,
};
use crate::world::{World, on_both};

/// What a post without a link costs.
pub(crate) const POST: i64 = 15_000;

pub(crate) fn day(cap: i64) -> Caps {
    Caps { day: Some(MicroUsd(cap)), month: None }
}

pub(crate) async fn cap_all(world: &World, x: i64, model: i64) {
    let all = PurseCaps { x: day(x), model: day(model) };
    let budgets = Budgets { all, ..Budgets::default() };
    world.db.sync_budgets(&budgets, start()).await.unwrap();
}

/// The lines of the ledger sum to the totals, of every budget, today and this month.
pub(crate) async fn demand_sums(world: &World) {
    for (scope, whose) in [
        ("bot", "l.bot_id = g.name"),
        ("app", "EXISTS (SELECT 1 FROM bots b WHERE b.bot_id = l.bot_id AND b.app = g.name)"),
        ("all", "1 = 1"),
    ] {
        for (column, when) in [
            ("gone_today", "l.day = g.day"),
            ("gone_this_month", "substr(l.day, 1, 7) = substr(g.day, 1, 7)"),
        ] {
            let wrong = format!(
                "SELECT count(*) FROM budgets g WHERE g.scope = '{scope}' AND g.name <> '*'
                    AND g.{column} <> (SELECT CAST(COALESCE(sum(l.amount_micro_usd), 0) AS BIGINT)
                        FROM ledger l WHERE {whose} AND {when}
                            AND (l.kind = 'model') = (g.purse = 'model'))"
            );
            assert_eq!(world.number(&wrong).await, 0, "{scope} {column}");
        }
    }
}

/// What is gone of all bots' money for X, or for the model.
pub(crate) async fn gone(world: &World, purse: Purse) -> i64 {
    let purse = purse.as_str();
    let gone = format!(
        "SELECT CAST(COALESCE(max(gone_today), 0) AS BIGINT) FROM budgets
         WHERE scope = 'all' AND purse = '{purse}'"
    );
    world.number(&gone).await
}

async fn entries(world: &World) -> Vec<String> {
    world.words("SELECT entry || ' ' || amount_micro_usd FROM ledger ORDER BY id").await
}

fn price() -> Vec<Spend> {
    vec![Spend { kind: SpendKind::Post, amount: MicroUsd(POST) }]
}

async fn an_intent_reserves_and_a_post_spends_what_was_reserved(world: &World) {
    let sent = sending(world, &["ada"]).await.remove(0);
    assert_eq!(entries(world).await, ["reserve 15000"]);
    assert_eq!(gone(world, Purse::X).await, POST);
    let reserved = world.db.list_reserved().await.unwrap();
    assert_eq!(reserved, [(Purse::X, MicroUsd(POST)), (Purse::Model, MicroUsd::ZERO)]);
    let stats = || async { world.number("SELECT spend_micro_usd FROM bot_stats").await };
    assert_eq!(stats().await, 0, "reserved is not spent");
    let settlement = Settlement { spend: price(), ..posted(&sent, "101") };
    settle(world, &[settlement]).await;
    assert_eq!(entries(world).await, ["reserve 15000"], "nothing is left to say");
    assert_eq!((gone(world, Purse::X).await, stats().await), (POST, POST));
    assert_eq!(world.db.list_reserved().await.unwrap()[0].1, MicroUsd::ZERO);
    demand_sums(world).await;
}

async fn a_refusal_gives_back_and_a_lost_answer_does_not_until_it_is_proven_absent(world: &World) {
    let sent = sending(world, &["ada", "bob"]).await;
    let (due, begun) = &sent[0];
    let mut refused = Settlement {
        attempt: Some(verdict(begun, AttemptState::Refused)),
        change: change(due, SlotPhase::Sending, begun.version, SlotState::RetryWait),
        ..moved(due, SlotState::RetryWait, PostMove::Keep)
    };
    refused.change.wake_at = Some(nine() + secs(60));
    settle(world, &[refused, lost(&sent[1], nine())]).await;
    assert_eq!(gone(world, Purse::X).await, POST, "nobody knows of bob's");
    let fence = due.fence;
    let open = world.db.take_open_attempts(nine(), fence, 10).await.unwrap().remove(0);
    let mut absent = Settlement {
        attempt: Some(verdict(&sent[1].1, AttemptState::Absent)),
        change: change(&sent[1].0, SlotPhase::Reconciling, open.version, SlotState::RetryWait),
        ..moved(&sent[1].0, SlotState::RetryWait, PostMove::Keep)
    };
    absent.change.wake_at = Some(nine() + secs(60));
    let read = Spend { kind: SpendKind::Read, amount: MicroUsd(1_000) };
    absent.spend = vec![read];
    assert_eq!(settle(world, &[absent]).await.len(), 1);
    assert_eq!(gone(world, Purse::X).await, 1_000, "what was read is paid");
    let mut entries = entries(world).await;
    entries.sort();
    let expected =
        ["release -15000", "release -15000", "reserve 15000", "reserve 15000", "spend 1000"];
    assert_eq!(entries, expected);
    demand_sums(world).await;
    // Tried again, it is reserved again.
    let again = claim_and_send(world, nine() + secs(60), fence).await;
    assert_eq!(again.iter().filter(|one| one.is_none()).count(), 2);
    assert_eq!(gone(world, Purse::X).await, 2 * POST + 1_000);
    demand_sums(world).await;
}

/// Claims all that is due with an intent for each; why those that did not send did not.
async fn claim_and_send(world: &World, now: Timestamp, fence: Fence) -> Vec<Option<String>> {
    let intend = |due: &domain::ports::store::DueSlot| Some(intent(due, now));
    let claimed = world.db.claim_due(now, fence, 100, &intend).await.unwrap();
    claimed
        .into_iter()
        .map(|one| match one.begun {
            Some(_) => None,
            None => Some(one.due.facts.budget_shut.expect("a reason").because),
        })
        .collect()
}

async fn a_post_found_after_its_money_was_given_back_is_charged(world: &World) {
    let sent = sending(world, &["ada"]).await.remove(0);
    let mut absent = lost(&sent, nine());
    absent.attempt = Some(verdict(&sent.1, AttemptState::Absent));
    settle(world, &[absent]).await;
    assert_eq!(gone(world, Purse::X).await, 0);
    let open = world.db.take_open_attempts(nine(), sent.0.fence, 10).await.unwrap().remove(0);
    let mut found = posted(&sent, "101");
    found.change.from = SlotPhase::Reconciling;
    found.change.version = open.version;
    found.spend = price();
    assert_eq!(settle(world, &[found]).await.len(), 1);
    assert_eq!(gone(world, Purse::X).await, POST);
    assert_eq!(entries(world).await, ["reserve 15000", "release -15000", "settle 15000"]);
    demand_sums(world).await;
}

async fn what_is_adopted_on_its_way_is_charged_once(world: &World) {
    let sent = sending(world, &["ada"]).await.remove(0);
    let seen = SeenPost { post: sent.0.post, slot: None, receipt: receipt("101"), spent: price() };
    let look = crate::steps::doubted(world, sent.0.fence).await;
    let adopted = world.db.adopt_seen(&sent.0.bot, &[seen], look, nine()).await.unwrap();
    assert_eq!(adopted, Some(vec![sent.0.post]));
    assert_eq!(gone(world, Purse::X).await, POST);
    assert_eq!(entries(world).await, ["reserve 15000"]);
    assert_eq!(world.number("SELECT spend_micro_usd FROM bot_stats").await, POST);
    demand_sums(world).await;
}

async fn a_cap_stops_what_does_not_fit_and_a_raise_lets_it_go_on(world: &World) {
    let due = claimed(world, &["ada", "bob", "carl"]).await;
    let fence = due[0].fence;
    let back: Vec<_> = due
        .iter()
        .map(|due| {
            let mut back = moved(due, SlotState::Assigned, PostMove::Keep);
            back.change.wake_at = Some(nine());
            back
        })
        .collect();
    settle(world, &back).await;
    cap_all(world, 2 * POST + POST - 1, 0).await;
    let told = claim_and_send(world, nine(), fence).await;
    let shut: Vec<&String> = told.iter().flatten().collect();
    assert_eq!((told.len(), shut.len()), (3, 1));
    assert_eq!(
        shut[0],
        "the budget of all bots for X is at $0.03 of $0.044999 today (UTC), and this takes up to \
         $0.015"
    );
    demand_sums(world).await;

    // It waits, and a raised cap wakes it.
    let again = claim_one(world, fence).await;
    let mut wait = moved(&again, SlotState::Assigned, PostMove::Keep);
    wait.change.wake_at = Some(nine() + secs(300));
    settle(world, &[wait]).await;
    assert_eq!(claim_and_send(world, nine() + secs(4), fence).await, []);
    let all = PurseCaps { x: day(3 * POST), model: Caps::default() };
    let raised = Budgets { all, ..Budgets::default() };
    world.db.sync_budgets(&raised, nine() + secs(5)).await.unwrap();
    assert_eq!(claim_and_send(world, nine() + secs(5), fence).await, [None]);
    assert_eq!(gone(world, Purse::X).await, 3 * POST);
    demand_sums(world).await;
}

/// The slot that was claimed and did not send.
async fn claim_one(world: &World, fence: Fence) -> domain::ports::store::DueSlot {
    let slots = "UPDATE slots SET state = 'assigned', fence = NULL WHERE state = 'claimed'";
    world.execute(slots).await;
    claim_all(&world.db, nine(), fence, 10).await.remove(0)
}

async fn claimed_slots_are_refused_too_where_the_money_went_meanwhile(world: &World) {
    let due = claimed(world, &["ada", "bob"]).await;
    let bot = PurseCaps { x: day(POST), model: Caps::default() };
    let own = PurseCaps { x: day(POST - 1), model: Caps::default() };
    let budgets = Budgets { bot, of_bots: [(id("bob"), own)].into(), ..Budgets::default() };
    world.db.sync_budgets(&budgets, start()).await.unwrap();
    let intents: Vec<_> = due.iter().map(|due| intent(due, nine())).collect();
    let begun = world.db.begin_attempts(&intents, nine()).await.unwrap();
    let ada = due.iter().find(|due| due.bot == id("ada")).unwrap();
    assert_eq!(begun.iter().map(|one| one.slot).collect::<Vec<_>>(), [ada.slot]);
    assert_eq!(gone(world, Purse::X).await, POST);
    demand_sums(world).await;
}

async fn a_brown_out_keeps_posts_with_links_back(world: &World) {
    declare(world, &["ada", "bob"]).await;
    crate::steps::plan(world, nine()).await;
    crate::steps::queue(world, "ada", "the tide, at example.com", None).await;
    crate::steps::queue(world, "bob", "the tide, in words", None).await;
    crate::steps::assign_all(world, nine()).await;
    let fence = lease(world, nine()).await.fence;
    cap_all(world, 10_000_000, 1).await;
    world
        .execute(
            "UPDATE budgets SET day = '2026-11-23', gone_today = 9500000, gone_this_month = 9500000
             WHERE scope = 'all' AND purse = 'x'",
        )
        .await;
    let told = claim_and_send(world, nine(), fence).await;
    let shut: Vec<&String> = told.iter().flatten().collect();
    assert_eq!((told.len(), shut.len()), (2, 1));
    assert!(shut[0].ends_with("and from 95 % on posts with links wait"), "{}", shut[0]);
    let tight = world.db.list_tight_budgets(80, 10, nine()).await.unwrap();
    assert_eq!(tight.len(), 1);
    assert_eq!((&tight[0].scope, tight[0].gone_today), (&Scope::All, MicroUsd(9_515_000)));
    // Whoever looks at one bot sees what it counts against, and nobody else's.
    let of_ada = world.db.list_budgets_of(&id("ada"), nine()).await.unwrap();
    assert!(of_ada.contains(&tight[0]), "{of_ada:?}");
    let is_hers = |scope: &Scope| !matches!(scope, Scope::Bot(bot) if *bot != id("ada"));
    assert!(of_ada.iter().all(|budget| is_hers(&budget.scope)), "{of_ada:?}");
    assert_eq!(world.db.list_budgets_of(&id("nobody"), nine()).await.unwrap(), []);
    // Tomorrow nothing of it is gone.
    let tomorrow = nine() + secs(86_400);
    assert_eq!(world.db.list_tight_budgets(80, 10, tomorrow).await.unwrap(), []);
}

async fn money_belongs_to_the_day_on_which_it_was_reserved(world: &World) {
    let sent = sending(world, &["ada", "bob"]).await;
    settle(world, &[lost(&sent[0], nine()), lost(&sent[1], nine())]).await;
    // Tomorrow something else is paid, and then it turns out that one never arrived.
    let tomorrow = nine() + secs(86_400);
    let fence = sent[0].0.fence;
    let read = vec![Spend { kind: SpendKind::Read, amount: MicroUsd(700) }];
    let open = world.db.take_open_attempts(tomorrow, fence, 10).await.unwrap();
    let mut absent = Vec::new();
    for (one, open) in sent.iter().map(|one| {
        (one, open.iter().find(|open| open.attempt.id == one.1.attempt).expect("it is open"))
    }) {
        let to = SlotState::RetryWait;
        absent.push(Settlement {
            attempt: Some(verdict(&one.1, AttemptState::Absent)),
            change: change(&one.0, SlotPhase::Reconciling, open.version, to),
            spend: read.clone(),
            ..moved(&one.0, to, PostMove::Keep)
        });
    }
    let first = world.db.settle(&absent[..1], tomorrow).await.unwrap();
    assert_eq!(first.len(), 1);
    assert_eq!(gone(world, Purse::X).await, 700);
    world.db.settle(&absent[1..], tomorrow).await.unwrap();
    assert_eq!(gone(world, Purse::X).await, 1_400);
    let month = "SELECT gone_this_month FROM budgets WHERE scope = 'all' AND purse = 'x'";
    assert_eq!(world.number(month).await, 1_400);
    demand_sums(world).await;
}

pub(crate) fn model_wish(bot: &str, fence: Fence, amount: i64) -> ModelWish {
    let wish = Wish { amount: MicroUsd(amount), is_dear: false, is_unpriced: false };
    ModelWish { bot: id(bot), fence: Some(fence), wish }
}

async fn reserve(
    world: &World,
    amount: i64,
    fence: Fence,
) -> Result<(ReservationId, Level), String> {
    match world.db.reserve_model(&model_wish("ada", fence, amount), nine()).await.unwrap() {
        Reserved::Granted { id, level } => Ok((id, level)),
        Reserved::Refused(shut) => Err(shut.because),
    }
}

fn bill(reservation: ReservationId, cost: Option<i64>) -> RefillNote {
    let spend = |amount| Spend { kind: SpendKind::Model, amount: MicroUsd(amount) };
    RefillNote {
        bot: id("ada"),
        not_before: nine(),
        error: None,
        spend: cost.map(spend),
        reservation: Some(reservation),
        drops: Vec::new(),
    }
}

async fn a_model_call_is_reserved_at_its_most_and_settled_by_its_bill(world: &World) {
    declare(world, &["ada"]).await;
    let fence = lease(world, nine()).await.fence;
    cap_all(world, 0, 1_000).await;
    let (first, level) = reserve(world, 900, fence).await.unwrap();
    assert_eq!(level, Level::Ok);
    let refused = reserve(world, 101, fence).await.unwrap_err();
    assert_eq!(
        refused,
        "the budget of all bots for the model is at $0.0009 of $0.001 today (UTC), and this takes up \
         to $0.000101"
    );
    assert_eq!(world.db.list_reserved().await.unwrap()[1].1, MicroUsd(900));
    world.db.store_refill(&[], &bill(first, Some(300)), nine()).await.unwrap();
    assert_eq!(gone(world, Purse::Model).await, 300);
    let line = world.db.find_bot_line(&id("ada")).await.unwrap().unwrap();
    assert_eq!(line.stats.spend, MicroUsd(300));
    let (second, _) = reserve(world, 650, fence).await.unwrap();
    world.db.store_refill(&[], &bill(second, None), nine()).await.unwrap();
    assert_eq!(gone(world, Purse::Model).await, 300, "it was not billed");
    // A bill counts once, however often it comes.
    world.db.store_refill(&[], &bill(second, Some(650)), nine()).await.unwrap();
    assert_eq!(gone(world, Purse::Model).await, 300);
    assert_eq!(world.number("SELECT spend_micro_usd FROM bot_stats").await, 300);
    assert_eq!(entries(world).await, ["reserve 900", "settle -600", "reserve 650", "release -650"]);
    let (_, level) = reserve(world, 660, fence).await.unwrap();
    assert_eq!(level, Level::Ok);
    let (_, level) = reserve(world, 10, fence).await.unwrap();
    assert_eq!(level, Level::BrownOut, "960 of 1000 were gone before it");
    assert!(reserve(world, 40, fence).await.is_err());
    assert!(reserve(world, 30, fence).await.is_ok(), "to the last micro-dollar");
    assert!(reserve(world, 0, fence).await.is_err(), "and then not even what has no price");
    demand_sums(world).await;
}

async fn a_question_that_brings_no_post_is_billed_as_well(world: &World) {
    declare(world, &["ada"]).await;
    let fence = lease(world, nine()).await.fence;
    cap_all(world, 0, 1_000).await;
    let (first, _) = reserve(world, 400, fence).await.unwrap();
    let (ada, settle) = (id("ada"), async |reservation, cost| {
        world.db.settle_model(&id("ada"), reservation, MicroUsd(cost), nine()).await.unwrap();
    });
    settle(Some(first), 150).await;
    settle(Some(first), 150).await;
    assert_eq!(gone(world, Purse::Model).await, 150, "a bill counts once");
    let (second, _) = reserve(world, 400, fence).await.unwrap();
    settle(Some(second), 0).await;
    settle(None, 30).await;
    assert_eq!(gone(world, Purse::Model).await, 180);
    let line = world.db.find_bot_line(&ada).await.unwrap().unwrap();
    assert_eq!(line.stats.spend, MicroUsd(180));
    let told = ["reserve 400", "settle -250", "reserve 400", "release -400", "spend 30"];
    assert_eq!(entries(world).await, told);
    demand_sums(world).await;
}

async fn what_a_crash_left_counts_as_spent_and_is_written_off(world: &World) {
    declare(world, &["ada"]).await;
    let node = lease(world, nine()).await;
    let (_, _) = reserve(world, 900, node.fence).await.unwrap();
    let no_node = ModelWish { fence: None, ..model_wish("ada", node.fence, 50) };
    world.db.reserve_model(&no_node, nine()).await.unwrap();
    let long_ago = nine() - secs(3_600);
    let left = world.db.write_off_reservations(long_ago, 10, nine()).await.unwrap();
    assert_eq!(left, [], "its node lives, and a command has none");
    world.db.end_lease(&node, nine()).await.unwrap();
    world.db.recover_abandoned(nine(), ClosedAt::At(nine())).await.unwrap();
    let left = world.db.write_off_reservations(long_ago, 10, nine()).await.unwrap();
    assert_eq!(left.iter().map(|one| one.amount.0).collect::<Vec<_>>(), [900]);
    assert_eq!(gone(world, Purse::Model).await, 950);
    assert_eq!(entries(world).await, ["reserve 900", "reserve 50", "write_off 0"]);
    let said = world.words("SELECT detail FROM events WHERE kind = 'budget.write_off'").await;
    assert_eq!(
        said,
        [
            "$0.0009 reserved for a request to the model counts as spent: its node ended before the bill \
          was known"
        ]
    );
    assert_eq!(world.number("SELECT spend_micro_usd FROM bot_stats").await, 900);
    let old = world.db.write_off_reservations(nine() + secs(1), 10, nine()).await.unwrap();
    assert_eq!(old.len(), 1, "one that is too old is forgotten by whoever made it");
    demand_sums(world).await;
}

async fn caps_are_those_of_the_last_start_and_hold_for_new_bots_too(world: &World) {
    declare(world, &["ada", "bob"]).await;
    let caps = |x: i64| PurseCaps { x: day(x), model: Caps::default() };
    let mut budgets = Budgets { bot: caps(5), app: caps(7), ..Budgets::default() };
    budgets.of_bots.insert(id("bob"), caps(9));
    world.db.sync_budgets(&budgets, start()).await.unwrap();
    declare(world, &["ada", "bob", "carl"]).await;
    let of = async || -> Vec<(String, Option<i64>)> {
        let all = world.db.list_bot_budgets(None, 10, nine()).await.unwrap();
        let x = all.into_iter().filter(|one| one.purse == Purse::X);
        x.map(|one| (one.scope.name().to_owned(), one.caps.day.map(|cap| cap.0))).collect()
    };
    let named = |ada, bob, carl| {
        [("ada", ada), ("bob", bob), ("carl", carl)].map(|(name, cap)| (name.to_owned(), cap))
    };
    assert_eq!(of().await, named(Some(5), Some(9), Some(5)));
    let shared = world.db.list_shared_budgets(nine()).await.unwrap();
    let app = shared.iter().find(|one| one.scope == Scope::App("app".to_owned())).unwrap();
    assert_eq!((app.purse, app.caps), (Purse::X, day(7)));
    budgets.of_bots.clear();
    budgets.bot = PurseCaps::default();
    world.db.sync_budgets(&budgets, start()).await.unwrap();
    assert_eq!(of().await, named(None, None, None));
    let after: Option<BotId> = Some(id("bob"));
    let rest = world.db.list_bot_budgets(after.as_ref(), 10, nine()).await.unwrap();
    assert_eq!(rest.len(), 2, "both purses of carl: {rest:?}");
}

async fn past_posts_tell_what_the_next_will_cost(world: &World) {
    declare(world, &["ada"]).await;
    crate::steps::queue(world, "ada", "see example.com", None).await;
    let imported = domain::ports::store::NewPost {
        origin: domain::ports::store::PostOrigin::Imported,
        ..crate::steps::new_post("ada", "by hand", None)
    };
    world.db.store_posts(&[imported], start()).await.unwrap();
    let past = world.db.list_past_costs(&id("ada"), 10).await.unwrap();
    assert_eq!(past.len(), 2);
    assert_eq!((past[0].text.as_str(), past[0].generation), ("by hand", None));
    assert_eq!(past[1].generation, Some(MicroUsd(400)));
}

on_both! {
    an_intent_reserves_and_a_post_spends_what_was_reserved,
    a_refusal_gives_back_and_a_lost_answer_does_not_until_it_is_proven_absent,
    a_post_found_after_its_money_was_given_back_is_charged,
    what_is_adopted_on_its_way_is_charged_once,
    a_cap_stops_what_does_not_fit_and_a_raise_lets_it_go_on,
    claimed_slots_are_refused_too_where_the_money_went_meanwhile,
    a_brown_out_keeps_posts_with_links_back,
    money_belongs_to_the_day_on_which_it_was_reserved,
    a_model_call_is_reserved_at_its_most_and_settled_by_its_bill,
    a_question_that_brings_no_post_is_billed_as_well,
    what_a_crash_left_counts_as_spent_and_is_written_off,
    caps_are_those_of_the_last_start_and_hold_for_new_bots_too,
    past_posts_tell_what_the_next_will_cost,
}

//! What must be true of every world at its end: the database and X's own truth log agree.

use std::collections::{HashMap, HashSet};

use domain::model::{AttentionReason, SlotPhase, SlotState};
use domain::ports::store::{AuditStore as _, ReadStore as _, SlotView};

use super::World;

/// I1: no text of ours stands on X twice. I2: every slot that was due has an outcome, or is still
/// being found out. And every receipt is of a post that X has, every post that X has has a receipt
/// or is being looked for.
pub async fn audit(world: &World) {
    // The product's own auditor sees the same, and finds nothing.
    world.audit().await;
    let findings = world.db.list_findings(10).await.unwrap();
    assert!(findings.is_empty(), "{findings:#?}");

    books(world).await;

    let mut accepted: HashMap<(String, String), u32> = HashMap::new();
    let mut ids = HashSet::new();
    for post in world.x.truth() {
        *accepted.entry((post.account.clone(), post.text.clone())).or_default() += 1;
        ids.insert(post.id.as_str().to_owned());
    }
    for ((account, text), times) in &accepted {
        assert_eq!(*times, 1, "@{account} posted {text:?} {times} times");
    }

    let gone = world.db.list_slots(SlotView::Gone, None, 1_000).await.unwrap();
    let mut receipts = HashSet::new();
    for line in &gone {
        let is_posted = line.state == SlotState::Posted;
        assert_eq!(is_posted, line.x_post_id.is_some(), "slot {:?} {:?}", line.slot, line.state);
        if let Some(id) = &line.x_post_id {
            assert!(receipts.insert(id.to_string()), "two slots share receipt {id}");
            assert!(ids.contains(id.as_str()), "X never had {id}");
        }
    }
    let attention = world.db.list_slots(SlotView::Attention, None, 1_000).await.unwrap();
    let open = world.db.list_slots(SlotView::Open, None, 1_000).await.unwrap();
    let unknown = attention
        .iter()
        .filter(|l| l.state == SlotState::NeedsAttention(AttentionReason::OutcomeUnknown))
        .count();
    let unaccounted = ids.difference(&receipts).count();
    assert!(
        unaccounted <= unknown + open.len(),
        "X has {unaccounted} posts without a receipt, and only {unknown} slots ask for one"
    );

    for line in open.iter().chain(&world.db.list_slots(SlotView::Next, None, 1_000).await.unwrap())
    {
        let phase = line.state.phase();
        assert_ne!(phase, SlotPhase::Sending, "slot {:?} is still sending", line.slot);
        let settled_by = line.due_at + jiff::SignedDuration::from_mins(50);
        assert!(
            world.now() <= settled_by,
            "slot {:?}, due {}, is still {} at {}",
            line.slot,
            line.due_at,
            phase.as_str(),
            world.now()
        );
    }
}

/// The running totals are the sum of the ledger, and no cap is passed but by reads, which find out about
/// lost answers and are never refused.
async fn books(world: &World) {
    let wrong = "SELECT count(*) FROM budgets g WHERE g.name <> '*' AND g.gone_today <>
        (SELECT COALESCE(sum(l.amount_micro_usd), 0) FROM ledger l JOIN bots b ON b.bot_id = l.bot_id
            WHERE l.day = g.day AND (l.kind = 'model') = (g.purse = 'model')
            AND (g.scope = 'all' OR g.name = CASE g.scope WHEN 'bot' THEN b.bot_id ELSE b.app END))";
    assert_eq!(world.number(wrong).await, 0, "the totals are not the sum of the ledger");
    let over = "SELECT count(*) FROM budgets g WHERE g.day_cap IS NOT NULL AND g.name <> '*'
        AND g.gone_today > g.day_cap + (SELECT COALESCE(sum(l.amount_micro_usd), 0) FROM ledger l
            WHERE l.kind = 'read' AND l.day = g.day)";
    assert_eq!(world.number(over).await, 0, "a cap was passed");
}

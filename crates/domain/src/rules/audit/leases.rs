//! (e) Leases make sense: one live lease a node, fences that grow with time, no end beyond what a node
//! asks for, and no slot held by a node that is gone.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::{Checked, Covered};
use crate::model::{BotId, Fence, Finding, FindingKind, SlotId, SlotPhase};

/// The kinds of this check.
pub const KINDS: &[FindingKind] = &[
    FindingKind::TwinLeases,
    FindingKind::ShrinkingFence,
    FindingKind::FarLease,
    FindingKind::DeadHold,
];

/// Clocks of nodes may differ by this much before they stop sending.
const SKEW: SignedDuration = SignedDuration::from_secs(30);
/// A dead node's slots are taken over within this: its lease, and some rounds of the janitor.
pub const TAKEN_OVER_WITHIN: SignedDuration = SignedDuration::from_mins(5);

/// A start of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseRow {
    /// Its fence.
    pub fence: Fence,
    /// Its name.
    pub node: String,
    /// When it was taken.
    pub started_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// It was ended.
    pub has_ended: bool,
}

/// A slot that is held by a fence without a live lease, for longer than [`TAKEN_OVER_WITHIN`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The slot.
    pub slot: SlotId,
    /// Its bot.
    pub bot: BotId,
    /// What it is held for.
    pub phase: SlotPhase,
    /// By whom.
    pub fence: Option<Fence>,
}

/// Judges the latest leases, newest first, and what dead nodes hold. `lease` is how long one lasts.
pub fn check(leases: &[LeaseRow], held: &[Held], lease: SignedDuration, now: Timestamp) -> Checked {
    let live: Vec<&LeaseRow> =
        leases.iter().filter(|row| !row.has_ended && row.expires_at > now).collect();
    let mut found = twins(&live);
    found.extend(leases.windows(2).filter_map(shrinking));
    found.extend(live.iter().filter_map(|row| too_far(row, lease, now)));
    found.extend(held.iter().map(dead_hold));
    Checked { kinds: KINDS, covered: Covered::everything(), found }
}

fn twins(live: &[&LeaseRow]) -> Vec<Finding> {
    let mut by_node: HashMap<&str, Vec<Fence>> = HashMap::new();
    for row in live {
        by_node.entry(&row.node).or_default().push(row.fence);
    }
    let mut twins: Vec<_> = by_node.into_iter().filter(|(_, fences)| fences.len() > 1).collect();
    twins.sort_unstable();
    twins
        .into_iter()
        .map(|(node, fences)| {
            let detail = format!("node {node} holds {} live leases", fences.len());
            finding(FindingKind::TwinLeases, format!("node {node}"), detail)
        })
        .collect()
}

/// A later fence that was taken earlier.
fn shrinking(pair: &[LeaseRow]) -> Option<Finding> {
    let [later, earlier] = pair else { return None };
    (later.started_at + SKEW < earlier.started_at || later.fence <= earlier.fence).then(|| {
        let (fence, before) = (later.fence.0, earlier.fence.0);
        let detail = format!("fence {fence} was taken before fence {before}");
        finding(FindingKind::ShrinkingFence, format!("fence {fence}"), detail)
    })
}

fn too_far(row: &LeaseRow, lease: SignedDuration, now: Timestamp) -> Option<Finding> {
    (row.expires_at > now + lease + SKEW).then(|| {
        let (fence, until) = (row.fence.0, row.expires_at);
        let detail = format!("the lease of node {} lasts until {until:.0}", row.node);
        finding(FindingKind::FarLease, format!("fence {fence}"), detail)
    })
}

fn dead_hold(held: &Held) -> Finding {
    let slot = held.slot.0;
    let by = held.fence.map_or_else(|| "no fence".to_owned(), |fence| format!("fence {}", fence.0));
    Finding {
        bot: Some(held.bot.clone()),
        slot: Some(held.slot),
        ..finding(
            FindingKind::DeadHold,
            format!("slot {slot}"),
            format!("slot {slot} is {} under {by}, which has no live lease", held.phase.as_str()),
        )
    }
}

fn finding(kind: FindingKind, subject: String, detail: String) -> Finding {
    let at = Timestamp::UNIX_EPOCH;
    Finding { kind, subject, bot: None, slot: None, place: 0, at, detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-23T09:00:00Z".parse().unwrap()
    }

    fn secs(secs: i64) -> SignedDuration {
        SignedDuration::from_secs(secs)
    }

    /// Taken so many seconds ago, to end in so many.
    fn lease(fence: i64, node: &str, ago: i64, ends_in: i64) -> LeaseRow {
        LeaseRow {
            fence: Fence(fence),
            node: node.to_owned(),
            started_at: now() - secs(ago),
            expires_at: now() + secs(ends_in),
            has_ended: false,
        }
    }

    #[test]
    fn leases_that_make_no_sense_are_found() {
        use FindingKind as K;
        let ended = |row: LeaseRow| LeaseRow { has_ended: true, ..row };
        let cases: [(&str, Vec<LeaseRow>, Vec<K>); 8] = [
            ("two nodes", vec![lease(2, "b", 10, 50), lease(1, "a", 90, 50)], vec![]),
            ("twins", vec![lease(2, "a", 10, 50), lease(1, "a", 90, 50)], vec![K::TwinLeases]),
            ("one ended", vec![lease(2, "a", 10, 50), ended(lease(1, "a", 90, 50))], vec![]),
            ("one expired", vec![lease(2, "a", 10, 50), lease(1, "a", 90, 0)], vec![]),
            ("clocks a bit apart", vec![lease(2, "b", 80, 50), lease(1, "a", 60, 50)], vec![]),
            (
                "a later fence from before",
                vec![lease(2, "b", 100, 50), lease(1, "a", 60, 50)],
                vec![K::ShrinkingFence],
            ),
            ("to its end", vec![lease(1, "a", 0, 90)], vec![]),
            ("for ever", vec![lease(1, "a", 0, 91)], vec![K::FarLease]),
        ];
        for (case, leases, expected) in cases {
            let checked = check(&leases, &[], secs(60), now());
            let kinds: Vec<K> = checked.found.iter().map(|finding| finding.kind).collect();
            assert_eq!(kinds, expected, "{case}");
        }
    }

    #[test]
    fn what_a_dead_node_holds_is_found() {
        let held = Held {
            slot: SlotId(4),
            bot: BotId::try_from("ada").unwrap(),
            phase: SlotPhase::Claimed,
            fence: Some(Fence(2)),
        };
        let found = check(&[], &[held], secs(60), now()).found;
        assert_eq!(found[0].detail, "slot 4 is claimed under fence 2, which has no live lease");
    }
}

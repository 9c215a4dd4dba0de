//! Of many alerts of one rule some are named, and what is worse always is.

use super::*;

#[test]
fn ten_thousand_bots_are_not_ten_thousand_messages() {
    let missed: Vec<Missed> = (0..10_000)
        .map(|n| Missed {
            bot: BotId::try_from(format!("bot-{n:05}")).unwrap(),
            ..missed(SlotState::Skipped(SkipReason::Late))
        })
        .collect();
    let facts = HouseFacts { missed, ..HouseFacts::default() };
    let changes = follow(&[], &assess_house(&facts, now()), |_| true, (now(), hours(6)));
    assert_eq!(changes.len(), SUBJECTS_MAX);
}

#[test]
fn what_is_worse_is_told_however_much_of_the_same_rule_is_told_already() {
    let raised = |rule, subject: String, severity| Raised {
        rule,
        subject,
        severity,
        detail: "so".to_owned(),
    };
    let many = |rule, of: &str, severity| -> Vec<Raised> {
        (0..SUBJECTS_MAX).map(|n| raised(rule, format!("{of}{n:03}"), severity)).collect()
    };
    let known = |raised: Vec<Raised>| -> Vec<OpenAlert> {
        let begun = follow(&[], &raised, |_| true, (now(), hours(6)));
        let row = |(id, change): (i64, Change)| OpenAlert {
            id: AlertId(id),
            version: 1,
            raised: change.raised,
            seen_at: now(),
            opened_at: change.opened_at,
            told_at: change.told_at,
        };
        (0..).zip(begun).map(row).collect()
    };
    let news = |old: Vec<Raised>, new: Raised| {
        let rows = known(old.clone());
        let all: Vec<Raised> = old.into_iter().chain([new]).collect();
        follow(&rows, &all, |_| true, (now(), hours(6))).len()
    };
    let silent = many(AlertRule::AuditFinding, "silent_feed/feed ", Severity::Warning);
    let double = raised(AlertRule::AuditFinding, "duplicate_on_x/7".to_owned(), Severity::Critical);
    assert_eq!(news(silent.clone(), double), 1);
    let another = raised(AlertRule::AuditFinding, "silent_feed/x".to_owned(), Severity::Warning);
    assert_eq!(news(silent, another), 0, "one feed more");
    let empty = many(AlertRule::Budget, "x/bot/bot-", Severity::Critical);
    let house = raised(AlertRule::Budget, "x/all/".to_owned(), Severity::Critical);
    assert_eq!(news(empty, house), 1, "all bots stop");
}

//! What is told of a machine: its clock, its backups and their copies, its model, its disks.

use super::*;

#[test]
fn a_machine_is_judged_by_its_clock_its_backups_and_its_disks() {
    use AlertRule::{BackupFailing, BackupOld, ClockSuspect, DiskLow};
    let well = NodeFacts {
        host: "alpha".to_owned(),
        backup: Some((Seen { ok_at: Some(now() - hours(47)), error: None }, hours(24))),
        started_at: Some(now() - hours(100)),
        disks: vec![DiskSpace { what: "the database", free: 6_000_000_000, total: 1 << 40 }],
        ..NodeFacts::default()
    };
    let of = |facts: &NodeFacts| -> Vec<(AlertRule, Severity)> {
        assess_node(facts, now()).into_iter().map(|one| (one.rule, one.severity)).collect()
    };
    let disk = |free| vec![DiskSpace { what: "backups", free, total: 100_000_000_000 }];
    let seen = |ok_at, error: Option<&str>| {
        Some((Seen { ok_at, error: error.map(str::to_owned) }, hours(24)))
    };
    assert_eq!(of(&well), []);
    let facts = NodeFacts { clock_suspect: Some("it went back".to_owned()), ..well.clone() };
    assert_eq!(of(&facts), [(ClockSuspect, Severity::Critical)]);
    let facts = NodeFacts { backup: seen(Some(now() - hours(49)), None), ..well.clone() };
    assert_eq!(of(&facts), [(BackupOld, Severity::Warning)]);
    let facts = NodeFacts { backup: seen(None, None), ..well.clone() };
    assert_eq!(of(&facts), [(BackupOld, Severity::Warning)], "never since the start");
    let facts = NodeFacts { backup: seen(Some(now()), Some("no room")), ..well.clone() };
    assert_eq!(of(&facts), [(BackupFailing, Severity::Warning)]);
    for (free, found) in [
        (5_100_000_000, None),
        (4_900_000_000, Some(Severity::Warning)),
        (499_000_000, Some(Severity::Warning)),
        (99_000_000, Some(Severity::Critical)),
    ] {
        let facts = NodeFacts { disks: disk(free), ..well.clone() };
        let wanted: Vec<_> = found.into_iter().map(|severity| (DiskLow, severity)).collect();
        assert_eq!(of(&facts), wanted, "{free}");
    }
}

#[test]
fn a_model_that_fails_is_told_by_the_machine_that_asked_it() {
    let of = |model: Seen| {
        assess_node(&NodeFacts { host: "alpha".to_owned(), model, ..NodeFacts::default() }, now())
    };
    assert_eq!(of(seen(Some(now()), None)), []);
    let raised = of(seen(Some(now()), Some("it answered 503")));
    let [one] = &raised[..] else { panic!("{raised:?}") };
    let told = (one.rule, one.subject.as_str(), one.severity, one.detail.as_str());
    let model = AlertRule::ModelFailing;
    assert_eq!(told, (model, "alpha", Severity::Warning, "on alpha: it answered 503"));
}

fn ago(days: i64) -> Timestamp {
    now() - hours(24 * days)
}

fn seen(ok_at: Option<Timestamp>, error: Option<&str>) -> Seen {
    Seen { ok_at, error: error.map(str::to_owned) }
}

/// A machine with a backup of an hour ago, a copy of it elsewhere, and a drill of 34 days ago.
fn kept() -> NodeFacts {
    NodeFacts {
        host: "alpha".to_owned(),
        backup: Some((seen(Some(now() - hours(1)), None), hours(24))),
        off_site: Some(seen(Some(now() - hours(1)), None)),
        drill: Some(drill(Some(ago(34)), None)),
        backups_since: Some(ago(28)),
        started_at: Some(ago(100)),
        ..NodeFacts::default()
    }
}

fn drill(good_at: Option<Timestamp>, problem: Option<&str>) -> Drill {
    let (backup, problem) = ("flockwork-1.db".to_owned(), problem.map(str::to_owned));
    Drill { backup, at: now() - hours(1), good_at, problem }
}

fn demand_rules(cases: Vec<(&str, NodeFacts, Option<AlertRule>)>) {
    for (what, facts, rule) in cases {
        let raised: Vec<_> = assess_node(&facts, now()).into_iter().map(|one| one.rule).collect();
        assert_eq!(raised, rule.into_iter().collect::<Vec<_>>(), "{what}");
    }
}

#[test]
fn a_copy_elsewhere_is_told_of_when_it_fails_and_when_it_is_overdue() {
    use AlertRule::{BackupNotCarried, BackupOld};
    let with = |off_site| NodeFacts { off_site, ..kept() };
    let young = Some(now() - hours(47));
    let late = Some((seen(Some(ago(1)), None), hours(5)));
    let just_started = Some(now() - hours(1));
    demand_rules(vec![
        ("all is well", kept(), None),
        ("none are carried", with(None), None),
        (
            "it failed",
            with(Some(seen(Some(ago(0)), Some("exit status: 3")))),
            Some(BackupNotCarried),
        ),
        ("it hangs", with(Some(seen(Some(ago(3)), None))), Some(BackupNotCarried)),
        ("it never came to an end", with(Some(seen(None, None))), Some(BackupNotCarried)),
        ("it is at work", NodeFacts { started_at: young, ..with(Some(seen(None, None))) }, None),
        (
            "the first backup after a long stop is on its way",
            NodeFacts { started_at: just_started, ..with(Some(seen(Some(ago(3)), None))) },
            None,
        ),
        (
            "there is nothing newer to carry",
            NodeFacts { backup: late, ..with(Some(seen(Some(ago(1)), None))) },
            Some(BackupOld),
        ),
    ]);
}

#[test]
fn a_drill_is_told_of_when_it_failed_and_when_it_is_overdue() {
    use AlertRule::{DrillFailed, DrillOld};
    let with = |drill| NodeFacts { drill, ..kept() };
    let young = || NodeFacts { started_at: Some(now() - hours(47)), ..with(None) };
    demand_rules(vec![
        ("it failed", with(Some(drill(Some(ago(34)), Some("it is damaged")))), Some(DrillFailed)),
        ("it is overdue", with(Some(drill(Some(ago(36)), None))), Some(DrillOld)),
        ("there was none", with(None), Some(DrillOld)),
        ("a young node with old backups", young(), Some(DrillOld)),
        ("and one with young backups", NodeFacts { backups_since: Some(ago(13)), ..young() }, None),
        ("no backups are kept", NodeFacts { backup: None, off_site: None, ..with(None) }, None),
    ]);
}

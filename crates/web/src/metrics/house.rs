//! The house in numbers, as the database and the engine tell it at a scrape. All nodes of a database say the
//! same of the house, so take the maximum over nodes, not the sum.

use std::sync::atomic::AtomicU64;

use domain::model::{FindingKind, Quotas};
use domain::ports::Vitals;
use domain::ports::store::Counts;
use domain::rules::budget::{Level, level_of};
use domain::rules::well::{Status, verdict};
use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::Reading;
use crate::snapshot::{House, Pulse};

/// A gauge of a fraction.
type Real = Gauge<f64, AtomicU64>;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct At {
    level: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Window {
    window: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Part {
    part: &'static str,
}

/// A number of the house that the database counts: its name, what it means, and where it stands.
type Counted = (&'static str, &'static str, fn(&Counts) -> u64);

const COUNTED: [Counted; 11] = [
    ("bots", "Bots that are declared", |counts| counts.bots),
    ("bots_active", "Bots that post", |counts| counts.bots_active),
    ("bots_needing_login", "Bots whose token X no longer takes", |counts| {
        counts.bots_needing_login
    }),
    ("posts_queued", "Posts that wait in queues", |counts| counts.queued),
    ("queues_low", "Active bots with fewer posts queued than they should have", |counts| {
        counts.queues_low
    }),
    ("queues_empty", "Active bots with an empty queue", |counts| counts.queues_empty),
    ("posts_published", "Posts that X has, ever", |counts| counts.published),
    ("slots_unknown", "Slots whose outcome is being found out", |counts| counts.unknown),
    ("slots_attention", "Slots that need a person", |counts| counts.attention),
    ("stopped", "1 while the stop for everything is on", |counts| u64::from(counts.is_stopped)),
    (
        "spend_micro_usd",
        "Money that is gone, X and models together, in millionths of a US dollar",
        |counts| u64::try_from(counts.spend.0).unwrap_or_default(),
    ),
];

/// What can work or fail.
const PARTS: [&str; 4] = ["database", "x", "model", "moderation"];
/// What a budget can be that is not well.
const LEVELS: [Level; 3] = [Level::Warn, Level::BrownOut, Level::Stop];

/// All of them. What the database does not tell keeps its last value, and `up` of it is 0.
#[derive(Default)]
pub(super) struct HouseGauges {
    counted: [Gauge; COUNTED.len()],
    findings: Family<Kind, Gauge>,
    budgets: Family<At, Gauge>,
    quota_left: Family<Window, Real>,
    runway: Real,
    nodes: Gauge,
    unknown_age: Real,
    well: Real,
    up: Family<Part, Gauge>,
    clock_suspect: Gauge,
    tick_age: Real,
    tick_lag: Real,
    lease_age: Real,
    backup_age: Real,
    backup_interval: Real,
    backup_carried_age: Real,
    backup_drill_age: Real,
}

impl HouseGauges {
    pub(super) fn register(&self, registry: &mut Registry) {
        self.begin();
        let registry = registry.sub_registry_with_prefix("flockwork");
        for ((name, help, _), gauge) in COUNTED.iter().zip(&self.counted) {
            registry.register(*name, *help, gauge.clone());
        }
        registry.register("nodes", "Nodes with a live lease", self.nodes.clone());
        let help = "Open findings of the auditor, by kind";
        registry.register("audit_findings", help, self.findings.clone());
        let help =
            "Budgets that are nearly gone: 80 % (warn), 95 % (brown_out) or all of it (stop)";
        registry.register("budgets_tight", help, self.budgets.clone());
        let help = "1 if all is well, 0.5 if something should be looked at, 0 if the node does not do \
                    its work; as /health says";
        registry.register("well", help, self.well.clone());
        let help = "1 if it worked when it was last used, by part of the node";
        registry.register("up", help, self.up.clone());
        let help = "Share of X's rate limit that is left, 0 to 1, of the bot that has the least, by the \
                    window; NaN where no answer spoke of one that has not ended";
        registry.register("x_quota_left_ratio", help, self.quota_left.clone());
        let help = "1 while nothing new is sent because the clock cannot be trusted";
        registry.register("clock_suspect", help, self.clock_suspect.clone());
        let mut age = |name: &str, help: &str, gauge: &Real| {
            registry.register_with_unit(name, help, Unit::Seconds, gauge.clone());
        };
        let help = "How long the lost answer that was left alone longest was not looked for";
        age("unknown_age", help, &self.unknown_age);
        age("tick_age", "Since the engine's last round ended", &self.tick_age);
        age("tick_lag", "How much later than wanted that round ended", &self.tick_lag);
        age("lease_age", "Since the lease was renewed; NaN without one", &self.lease_age);
        age("backup_age", "Since the last good backup; NaN where none is kept", &self.backup_age);
        let help = "How often a backup should be taken; NaN where none is kept";
        age("backup_interval", help, &self.backup_interval);
        let help = "Until the first slot of an active bot for which nothing is left in its queue, of the \
                    bots with the fewest posts; +Inf where none is seen within what is planned";
        age("queue_runway", help, &self.runway);
        let help = "Since the newest backup was taken of which a copy is in the other place; NaN where \
                    none are carried";
        age("backup_carried_age", help, &self.backup_carried_age);
        let help = "Since the last restore that was tried and went well; NaN where there was none";
        age("backup_drill_age", help, &self.backup_drill_age);
    }

    /// What is not known yet is 0 or NaN, so that each metric can be seen.
    fn begin(&self) {
        for (window, _) in Quotas::WINDOWS {
            self.quota_left.get_or_create(&Window { window }).set(f64::NAN);
        }
        self.runway.set(f64::NAN);
        for part in PARTS {
            drop(self.up.get_or_create(&Part { part }));
        }
        for kind in FindingKind::ALL {
            drop(self.findings.get_or_create(&Kind { kind: kind.as_str() }));
        }
        for level in LEVELS {
            drop(self.budgets.get_or_create(&At { level: level.as_str() }));
        }
    }

    /// Takes what was read.
    pub(super) fn show(&self, reading: &Reading) {
        let pulse = &reading.pulse;
        let facts = pulse.facts();
        self.well.set(match verdict(&facts).0 {
            Status::Ok => 1.0,
            Status::Degraded => 0.5,
            Status::Down => 0.0,
        });
        self.unknown_age.set(facts.unknown_age.map_or(0.0, |age| age.as_secs_f64()));
        self.show_node(&pulse.vitals, pulse);
        if let Ok(house) = &pulse.house {
            self.show_house(house);
        }
        if let Some(runway) = reading.runway {
            self.runway.set(runway);
        }
        if let Some(tight) = &reading.tight {
            for level in LEVELS {
                let count = tight.iter().filter(|budget| level_of(budget) == level).count();
                let level = level.as_str();
                self.budgets.get_or_create(&At { level }).set(whole(count as u64));
            }
        }
    }

    fn show_node(&self, vitals: &Vitals, pulse: &Pulse) {
        let works = [
            pulse.house.is_ok() && vitals.database.error.is_none(),
            vitals.x.error.is_none(),
            vitals.model.error.is_none(),
            vitals.moderation.error.is_none(),
        ];
        for (part, is_up) in PARTS.into_iter().zip(works) {
            self.up.get_or_create(&Part { part }).set(i64::from(is_up));
        }
        let since = |at: Timestamp| pulse.now.duration_since(at).as_secs_f64();
        self.tick_age.set(since(vitals.ticked_at.unwrap_or(pulse.started_at)));
        self.tick_lag.set(vitals.lag.as_secs_f64());
        self.lease_age.set(vitals.lease_renewed_at.map_or(f64::NAN, since));
        let backup = vitals.backup.as_ref().map(|seen| seen.ok_at.unwrap_or(pulse.started_at));
        self.backup_age.set(backup.map_or(f64::NAN, since));
        let every = vitals.backup_every.map_or(f64::NAN, |every| every.as_secs_f64());
        self.backup_interval.set(every);
        let carried = vitals.off_site.as_ref().map(|seen| seen.ok_at.unwrap_or(pulse.started_at));
        self.backup_carried_age.set(carried.map_or(f64::NAN, since));
        let drilled = vitals.drill.as_ref().and_then(|drill| drill.good_at);
        self.backup_drill_age.set(drilled.map_or(f64::NAN, since));
        for (window, left) in vitals.quotas.left(pulse.now) {
            self.quota_left.get_or_create(&Window { window }).set(left.unwrap_or(f64::NAN));
        }
        self.clock_suspect.set(i64::from(vitals.clock_suspect.is_some()));
    }

    fn show_house(&self, house: &House) {
        for ((_, _, count), gauge) in COUNTED.iter().zip(&self.counted) {
            gauge.set(whole(count(&house.counts)));
        }
        self.nodes.set(whole(house.nodes.len() as u64));
        for kind in FindingKind::ALL {
            let found = house.findings.iter().find(|found| found.kind == *kind);
            let count = found.map_or(0, |found| whole(found.count));
            self.findings.get_or_create(&Kind { kind: kind.as_str() }).set(count);
        }
    }
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

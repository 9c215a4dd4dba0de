//! What holds now, and what of it is news.

use domain::model::{AlertRule, OpenAlert, Raised};
use domain::ports::Vitals;
use domain::ports::store::{SlotView, StoreError};
use domain::rules::alerts::{HouseFacts, NodeFacts, Scope, assess_house, assess_node, follow, way};
use domain::rules::budget::WARN_PERCENT;
use jiff::{SignedDuration, Timestamp};

use super::Alerting;
use crate::Engine;

/// The house is judged this often, by one of its nodes.
pub(crate) const JUDGED_EVERY: SignedDuration = SignedDuration::from_secs(30);
/// Facts of a kind that are read.
const FACTS_MAX: u32 = 1_000;
/// Alerts that are open at most: a rule of the house names fifty, one of a machine each machine.
const OPEN_MAX: u32 = 5_000;

/// What a tick found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JudgeReport {
    /// This node judged the house, and not only itself.
    pub judged_house: bool,
    /// Changes that were stored.
    pub noted: u64,
}

impl Engine {
    /// Works out what holds of this machine, and, when it is this node's turn, of the house.
    pub async fn tick_alerts(&self, now: Timestamp) -> Result<JudgeReport, StoreError> {
        let Some(alerting) = &self.alerting else { return Ok(JudgeReport::default()) };
        let every = JUDGED_EVERY - SignedDuration::from_secs(1);
        let judged_house = alerting.store.take_alert_turn(every, now).await?;
        let host = host_of(&self.settings.node).to_owned();
        let mut raised = assess_node(&self.node_facts(alerting, &host), now);
        let (mut hosts, mut cut) = (Vec::new(), Vec::new());
        if judged_house {
            let facts = self.house_facts(alerting, now).await?;
            cut = facts.cut_at(usize::try_from(FACTS_MAX).unwrap_or(usize::MAX));
            raised.extend(assess_house(&facts, now));
            hosts = self.store.list_nodes(now).await?;
        }
        let covered = |one: &Raised| match way(one.rule).scope {
            Scope::House => judged_house && !cut.contains(&one.rule),
            Scope::Machine if one.subject == host => true,
            // A machine on which no node lives any more says nothing of itself.
            Scope::Machine => {
                judged_house && !hosts.iter().any(|line| host_of(&line.node) == one.subject)
            }
        };
        let known: Vec<OpenAlert> = alerting.store.list_open_alerts(OPEN_MAX).await?;
        let changes = follow(&known, &raised, covered, (now, alerting.pace.repeat));
        for change in &changes {
            log(change.news.map(domain::model::News::explain), &change.raised);
        }
        let noted = alerting.store.note_alerts(&changes, &alerting.channels, now).await?;
        Ok(JudgeReport { judged_house, noted })
    }

    fn node_facts(&self, alerting: &Alerting, host: &str) -> NodeFacts {
        let vitals = self.vitals.now();
        let Vitals { clock_suspect, backup, off_site, drill, backups_since, model, .. } = vitals;
        let every = self.keeping.as_ref().map(|keeping| keeping.plan.every);
        NodeFacts {
            host: host.to_owned(),
            clock_suspect,
            backup: backup.zip(every),
            off_site,
            drill,
            backups_since,
            started_at: Some(alerting.started_at),
            model,
            disks: alerting.disks.space(),
        }
    }

    async fn house_facts(
        &self,
        alerting: &Alerting,
        now: Timestamp,
    ) -> Result<HouseFacts, StoreError> {
        let store = &self.store;
        let own = alerting.store.alert_facts(FACTS_MAX, now).await?;
        Ok(HouseFacts {
            counts: store.counts().await?,
            open: store.list_slots(SlotView::Open, None, FACTS_MAX).await?,
            attention: store.list_slots(SlotView::Attention, None, FACTS_MAX).await?,
            stopped: store.list_stopped_bots(None, FACTS_MAX).await?,
            budgets: store.list_tight_budgets(WARN_PERCENT, FACTS_MAX, now).await?,
            findings: store.list_findings(FACTS_MAX).await?,
            missed: own.missed,
            runways: own.runways,
            silent_apps: own.silent_apps,
            security: own.security,
            targets: own.targets,
            models: alerting.models.clone(),
        })
    }
}

/// A node is named by its machine and its process; what is true of the machine outlives the process.
fn host_of(node: &str) -> &str {
    node.rsplit_once('-').map_or(node, |(host, _)| host)
}

fn log(news: Option<&'static str>, raised: &Raised) {
    let Some(news) = news else { return };
    let rule: AlertRule = raised.rule;
    tracing::warn!(
        alert.rule = rule.as_str(),
        alert.subject = %raised.subject,
        alert.severity = raised.severity.as_str(),
        "Alert, {news}: {}: {}",
        rule.explain(),
        raised.detail
    );
}

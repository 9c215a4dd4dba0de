//! Channels and webhooks: is anybody told, and do they answer? Nothing is said to them.

use clients::notify::TargetCourier;
use domain::model::TargetName;

use super::finding::Finding;
use crate::adapters;
use crate::config::Config;

const AREA: &str = "alerts";

/// What can be said without asking anybody.
pub(super) fn judge(config: &Config) -> Option<Finding> {
    config.alerts.channels.is_empty().then(|| {
        Finding::doubtful(
            AREA,
            "nobody is told when something needs a person",
            "add an [[alerts.channel]] to flockwork.toml: docs/alerts.md shows how",
        )
    })
}

/// Whether one answers.
pub(super) async fn ask(courier: &TargetCourier, target: &TargetName) -> Finding {
    match adapters::in_time(courier.look(target)).await {
        Ok(()) => Finding::good(AREA, format!("{target} answers")),
        Err(failed) => Finding::bad(
            AREA,
            format!("{target}: {}", failed.why),
            format!("mend it, then `flockwork alerts test {target}` tries a message"),
        ),
    }
}

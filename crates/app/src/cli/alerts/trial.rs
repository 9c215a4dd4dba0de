//! `flockwork alerts test`: does it arrive?

use domain::model::TargetName;
use domain::ports::alerts::{Courier as _, DeliveryId, Parcel};
use domain::rules::alerts::envelope::{ALERTS, AlertsEnvelope};
use domain::rules::alerts::message::trial;
use jiff::Timestamp;
use serde_json::json;

use crate::adapters;
use crate::cli::context::Context;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::output::{Accent, Format};

pub(super) async fn run(mut context: Context, name: Option<String>) -> Result<Exit, Failure> {
    let config = context.load().for_sending()?;
    let targets = named(&config, name.as_deref())?;
    let courier = adapters::courier(&config)?;
    let now = context.clock.now();
    let mut exit = Exit::Success;
    for target in targets {
        let outcome = adapters::in_time(courier.deliver(&parcel(target.clone(), now), now)).await;
        if outcome.is_err() {
            exit = Exit::Failure;
        }
        let error = outcome.err().map(|failed| failed.why);
        let kind = courier.kind_of(&target);
        match (context.out.format, error) {
            (Format::Json, error) => {
                let name = target.as_str();
                context.out.json(&json!({ "target": name, "kind": kind, "error": error }))?;
            }
            (Format::Table, None) => {
                let word = context.out.paint("taken", Accent::Good);
                context.out.line(&format!("{target} ({kind}): {word}"))?;
            }
            (Format::Table, Some(why)) => {
                let word = context.out.paint("not taken", Accent::Bad);
                context.out.line(&format!("{target} ({kind}): {word}: {why}"))?;
            }
        }
    }
    Ok(exit)
}

/// The one that is named, or all there are.
fn named(config: &Config, name: Option<&str>) -> Result<Vec<TargetName>, Failure> {
    let all: Vec<TargetName> = config.alerts.targets().map(|(name, _)| name.clone()).collect();
    let Some(name) = name else {
        if all.is_empty() {
            let message = "there is nobody to tell: no channel and no webhook is configured";
            return Err(Failure::new(Exit::Failure, message).hint(
                "docs/alerts.md shows how: [[alerts.channel]] or [[webhook]] in flockwork.toml",
            ));
        }
        return Ok(all);
    };
    let found: Vec<TargetName> = all.iter().filter(|one| one.as_str() == name).cloned().collect();
    if found.is_empty() {
        let names: Vec<&str> = all.iter().map(TargetName::as_str).collect();
        let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let message = format!("there is no channel or webhook named `{name}`");
        return Err(Failure::new(Exit::Usage, message).hint(format!("configured: {there}")));
    }
    Ok(found)
}

fn parcel(target: TargetName, now: Timestamp) -> Parcel {
    let envelope = AlertsEnvelope::of(0, vec![trial(now)], now);
    let envelope = AlertsEnvelope { id: format!("test-{}", now.as_millisecond()), ..envelope };
    Parcel {
        id: DeliveryId(0),
        target,
        key: envelope.id.clone(),
        kind: ALERTS.to_owned(),
        body: serde_json::to_string(&envelope).expect("a struct of numbers and strings"),
        made_at: now,
        tries: 1,
    }
}

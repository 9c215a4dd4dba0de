//! `flockwork alerts dead`: what could not be told.

use domain::ports::alerts::{
    AlertStore as _, DELIVERIES_MAX, DeliveryLine, DeliveryView, TargetLine,
};
use jiff::Timestamp;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::words::{count, cut, near};
use crate::exit::{Exit, Failure};
use crate::output::Format;

pub(super) async fn run(mut context: Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let db = context.open_existing(&config).await?;
    let dead = db.list_deliveries(DeliveryView::Dead, DELIVERIES_MAX).await?;
    let targets = db.list_targets().await?;
    db.close().await;
    let now = context.clock.now();
    if context.out.format == Format::Json {
        for one in &dead {
            context.out.json(&as_json(one))?;
        }
        return Ok(Exit::Success);
    }
    if dead.is_empty() {
        context.out.line("No message was given up.")?;
    } else {
        let rows = dead.iter().map(|one| row(one, now)).collect();
        context.out.table(&["#", "to", "what", "made", "tries", "why"], rows, &[0, 4])?;
        context.out.hint("`flockwork alerts send-again ID` tries one for three more days")?;
    }
    for target in &targets {
        let said = standing(target, now);
        context.out.note(&said)?;
    }
    Ok(Exit::Success)
}

fn as_json(one: &DeliveryLine) -> serde_json::Value {
    json!({
        "delivery": one.id.0,
        "target": one.target,
        "kind": one.kind,
        "id": one.key,
        "made_at": one.made_at,
        "tries": one.tries,
        "error": one.error,
    })
}

fn row(one: &DeliveryLine, now: Timestamp) -> Vec<String> {
    vec![
        one.id.0.to_string(),
        one.target.clone(),
        one.kind.clone(),
        near(one.made_at, now),
        one.tries.to_string(),
        cut(one.error.as_deref().unwrap_or_default(), 100),
    ]
}

fn standing(target: &TargetLine, now: Timestamp) -> String {
    let last = target.ok_at.map_or("never".to_owned(), |at| near(at, now));
    let mut said = vec![format!("{}: last taken {last}", target.target)];
    if target.failures > 0 {
        let why = target.error.as_deref().unwrap_or("no answer");
        said.push(format!("failed {} since: {}", count(target.failures, "time"), cut(why, 100)));
    }
    if target.waiting > 0 {
        said.push(format!("{} waiting", count(target.waiting, "message")));
    }
    said.join(", ")
}

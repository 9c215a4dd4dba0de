//! `flockwork alerts`: those that are open.

use domain::model::{OpenAlert, Severity};
use domain::ports::alerts::AlertStore as _;
use domain::rules::alerts::way;
use jiff::Timestamp;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::words::near;
use crate::exit::{Exit, Failure};
use crate::output::{Accent, Format};

/// Alerts that are listed.
const LISTED_MAX: u32 = 1_000;

pub(super) async fn run(mut context: Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let db = context.open_existing(&config).await?;
    let mut open = db.list_open_alerts(LISTED_MAX).await?;
    db.close().await;
    open.retain(|one| one.opened_at.is_some());
    open.sort_by_key(|one| (std::cmp::Reverse(one.raised.severity), one.opened_at));
    let now = context.clock.now();
    for one in &open {
        say(&mut context, one, now)?;
    }
    if open.is_empty() && context.out.format == Format::Table {
        context.out.line("No alert is open.")?;
    }
    if config.alerts.channels.is_empty() {
        context
            .out
            .note("Nobody is told of alerts: [[alerts.channel]] in flockwork.toml says whom.")?;
    }
    Ok(Exit::Success)
}

fn say(context: &mut Context, one: &OpenAlert, now: Timestamp) -> Result<(), Failure> {
    let raised = &one.raised;
    let (rule, way) = (raised.rule, way(raised.rule));
    let name = raised.subject.rsplit('/').next().unwrap_or_default();
    let to_do = way.to_do.replace("NAME", name);
    if context.out.format == Format::Json {
        return Ok(context.out.json(&json!({
            "alert": one.id.0,
            "rule": rule.as_str(),
            "subject": raised.subject,
            "severity": raised.severity.as_str(),
            "meaning": rule.explain(),
            "detail": raised.detail,
            "to_do": to_do,
            "opened_at": one.opened_at,
            "told_at": one.told_at,
        }))?);
    }
    let accent = match raised.severity {
        Severity::Critical => Accent::Bad,
        Severity::Warning => Accent::Warn,
        Severity::Info => Accent::Quiet,
    };
    let since = one.opened_at.map_or(String::new(), |at| format!(", since {}", near(at, now)));
    let word = context.out.paint(raised.severity.as_str(), accent);
    context.out.line(&format!("{word}: {}{since}", rule.explain()))?;
    context.out.line(&format!("    {}", raised.detail))?;
    Ok(context.out.line(&format!("  - {to_do}"))?)
}

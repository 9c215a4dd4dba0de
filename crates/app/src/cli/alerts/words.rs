//! Everything that people and programs can be told, as lists; docs/alerts.md says the same.

use domain::model::{AlertRule, HAPPENINGS};
use domain::rules::alerts::way;
use serde_json::json;

use crate::cli::context::Context;
use crate::exit::{Exit, Failure};
use crate::output::Format;

/// `flockwork alerts rules`.
pub(super) fn rules(mut context: Context) -> Result<Exit, Failure> {
    let line = |rule: &AlertRule| {
        let way = way(*rule);
        [rule.as_str(), rule.explain(), way.to_do, way.ends]
    };
    let lines: Vec<[&str; 4]> = AlertRule::ALL.iter().map(line).collect();
    if context.out.format == Format::Json {
        for [rule, meaning, to_do, ends] in lines {
            let one = json!({ "rule": rule, "meaning": meaning, "to_do": to_do, "ends": ends });
            context.out.json(&one)?;
        }
        return Ok(Exit::Success);
    }
    let rows = lines.into_iter().map(|line| line.map(str::to_owned).to_vec()).collect();
    context.out.table(&["rule", "meaning", "what to do", "it ends"], rows, &[])?;
    Ok(Exit::Success)
}

/// `flockwork alerts events`: each word once, since several things inside may be one outside.
pub(super) fn events(mut context: Context) -> Result<Exit, Failure> {
    let mut lines: Vec<[&str; 2]> = HAPPENINGS.iter().map(|one| [one.word, one.meaning]).collect();
    lines.dedup();
    if context.out.format == Format::Json {
        for [event, meaning] in lines {
            context.out.json(&json!({ "event": event, "meaning": meaning }))?;
        }
        return Ok(Exit::Success);
    }
    let rows = lines.into_iter().map(|line| line.map(str::to_owned).to_vec()).collect();
    context.out.table(&["event", "meaning"], rows, &[])?;
    Ok(Exit::Success)
}
